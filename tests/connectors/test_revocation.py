"""What an authority says about revocation, and what somebody else makes it say."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from connectors.revocation import Question, Unbelievable, read_list
from connectors.simulator import authority as authorities
from connectors.simulator.authority import Authority, Pair
from idp import clock


@pytest.fixture(scope="module")
def authority() -> Authority:
    return authorities.found()


@pytest.fixture(scope="module")
def question(authority: Authority) -> Question:
    return Question(authority.issue("甲", "1").certificate, authority.issuing.certificate)


def answered(question: Question, signer: Pair, *, carries: tuple[x509.Certificate, ...] = ()) -> bytes:
    """A good answer to this question, by this signer."""
    at = clock.now()
    builder = (
        ocsp.OCSPResponseBuilder()
        .add_response(
            question.leaf,
            question.issuer,
            hashes.SHA1(),  # noqa: S303 - as it was asked
            ocsp.OCSPCertStatus.GOOD,
            at,
            at + timedelta(minutes=5),
            None,
            None,
        )
        .responder_id(ocsp.OCSPResponderEncoding.HASH, signer.certificate)
        .add_extension(x509.OCSPNonce(question.nonce), critical=False)
    )
    if carries:
        builder = builder.certificates(list(carries))
    return builder.sign(signer.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def test_the_issuer_may_answer(authority: Authority, question: Question) -> None:
    """The simplest responder there is."""
    assert question.revoked_at(answered(question, authority.issuing), clock.now()) is None


def test_whom_the_issuer_certified_for_it_may_answer(authority: Authority, question: Question) -> None:
    """A responder with a certificate of its own (RFC 6960 §4.2.2.2)."""
    responder = authority.issue("OCSP", "", purpose=ExtendedKeyUsageOID.OCSP_SIGNING)
    body = answered(question, responder, carries=(responder.certificate,))

    assert question.revoked_at(body, clock.now()) is None


Signer = Callable[[Authority], Pair]
STRANGERS: dict[str, Signer] = {
    "a person": lambda authority: authority.issue("甲", "1"),
    "the root": lambda authority: authority.root,
    "of another authority": lambda _: authorities.found().issue(
        "OCSP", "", purpose=ExtendedKeyUsageOID.OCSP_SIGNING
    ),
    "an expired responder": lambda authority: authority.issue(
        "OCSP",
        "",
        purpose=ExtendedKeyUsageOID.OCSP_SIGNING,
        begins=-timedelta(days=2),
        lasts=timedelta(days=1),
    ),
}


@pytest.mark.parametrize("who", STRANGERS)
def test_nobody_else_may(authority: Authority, question: Question, who: str) -> None:
    """A certificate that travels with the answer vouches for nothing by itself."""
    signer = STRANGERS[who](authority)
    body = answered(question, signer, carries=(signer.certificate,))

    with pytest.raises(Unbelievable, match="somebody else"):
        question.revoked_at(body, clock.now())


def test_an_answer_is_to_this_question_alone(authority: Authority, question: Question) -> None:
    """Yesterday's answer, and an answer about another certificate of the same authority."""
    body = answered(question, authority.issuing)
    other = replace(question, leaf=authority.issue("乙", "2").certificate)

    with pytest.raises(Unbelievable, match="another question"):
        replace(question, nonce=b"n" * 32).revoked_at(body, clock.now())
    with pytest.raises(Unbelievable, match="another certificate"):
        other.revoked_at(body, clock.now())


def test_an_answer_grows_old(authority: Authority, question: Question) -> None:
    """Past nextUpdate it is worth nothing."""
    body = answered(question, authority.issuing)

    with pytest.raises(Unbelievable, match="outdated"):
        question.revoked_at(body, clock.now() + timedelta(minutes=11))


def test_a_list_is_its_authoritys(authority: Authority) -> None:
    """One of another authority with the very same name is not."""
    authorities_known = (authority.issuing.certificate, authority.root.certificate)
    read_list(authority.revocation_list(), authorities_known, clock.now())

    with pytest.raises(Unbelievable, match="nobody"):
        read_list(authorities.found().revocation_list(), authorities_known, clock.now())


def test_a_part_of_a_list_is_none(authority: Authority) -> None:
    """A list for some reasons or some certificates only would leave out the rest (critical extension)."""
    at = clock.now()
    partial = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(authority.issuing.certificate.subject)
        .last_update(at)
        .next_update(at + timedelta(hours=1))
        .add_extension(x509.DeltaCRLIndicator(1), critical=True)
        .sign(authority.issuing.key, hashes.SHA256())
        .public_bytes(serialization.Encoding.DER)
    )

    with pytest.raises(Unbelievable, match="partial"):
        read_list(partial, (authority.issuing.certificate,), at)
