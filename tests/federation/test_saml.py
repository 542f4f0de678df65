"""A SAML identity provider as an upstream: what it is asked, and everything its answer may not be."""

from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography import x509
from lxml import etree

from federation import saml_metadata
from federation.saml import Saml
from federation.simulator import saml_routes
from federation.simulator.people import People
from idp import clock
from idp.interaction.upstream import AssertedIdentity, NotLeft, Reason, Refused
from idp.saml import messages, signatures
from idp.saml.documents import DS, MD, SAML, SAMLP, Untrusted
from tests.federation.docked import BACK, Docked, docked, province, signer

LEFT = BACK.replace("callback", "left")


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[str, People]]:
    with province() as there:
        yield there


@pytest.fixture
def idp(running: tuple[str, People]) -> Docked:
    there = docked(*running, "saml")
    there.order("clear")
    return there


def test_the_request_is_ours_and_signed(idp: Docked) -> None:
    """For this callback, with an id of its own, and with a signature over the query."""
    begun = idp.begun(silent=True)
    query = urlsplit(begun.url).query
    root = etree.fromstring(messages.inflated(parse_qs(query)["SAMLRequest"][0]))
    certificate = x509.load_der_x509_certificate(signer().certificate)
    signatures.verify_query(query, "SAMLRequest", [certificate])

    assert (begun.kept["request"], BACK) == (root.get("ID"), root.get("AssertionConsumerServiceURL"))
    assert "true" == root.get("IsPassive")


@pytest.mark.parametrize(
    ("lie", "code"),
    [
        ("forged", "signature"),
        ("unsigned", "signature"),
        ("expired", "time"),
        ("early", "time"),
        ("wrong_audience", "audience"),
        ("wrong_issuer", "issuer"),
        ("wrong_nonce", "recipient"),
        ("garbage", "form"),
    ],
)
def test_a_lie_is_not_believed(idp: Docked, lie: str, code: str) -> None:
    """Each is refused for what it is; the code is for the trail."""
    idp.order(lie, "user")

    assert Refused(Reason.UNBELIEVED, code) == idp.visit()


def test_an_answer_to_another_request_is_refused(idp: Docked) -> None:
    """A response that was recorded fits no other visit, whoever brings it (replay)."""
    idp.visit()
    idp.order("replayed", "authorize")

    assert Refused(Reason.UNBELIEVED, "request") == idp.visit()


def test_an_answer_for_another_address_is_refused(idp: Docked) -> None:
    """Another upstream's callback is not this one's (mix-up)."""
    begun = idp.begun()
    received, elsewhere = idp.received(begun), {**begun.kept, "back": BACK.replace("province", "nation")}

    assert Refused(Reason.UNBELIEVED, "destination") == idp.upstream.finish(elsewhere, received, clock.now())


def test_nobody_is_taken_who_was_not_asked_for(idp: Docked) -> None:
    """A response that an upstream, or somebody in its name, sends by itself."""
    received = idp.received(idp.begun())

    assert Refused(Reason.UNBELIEVED, "state") == idp.upstream.finish({}, received, clock.now())


def test_a_sign_in_of_yesterday_is_not_fresh(idp: Docked) -> None:
    """Where a fresh proof was asked for, the instant it names must be one (ForceAuthn)."""
    begun = idp.begun()
    received, later = idp.received(begun), clock.now() + timedelta(hours=1)
    kept = {**begun.kept, "fresh": "1", "began": later.isoformat()}

    assert Refused(Reason.UNBELIEVED, "not_fresh") == idp.upstream.finish(kept, received, clock.now())


Twist = Callable[[etree._Element], object]


def _assertion(response: etree._Element) -> etree._Element:
    found = response.find(f"{{{SAML}}}Assertion")
    assert found is not None
    return found


def _evil(response: etree._Element, *, signed: bool = False) -> etree._Element:
    """The assertion about somebody else that an attacker would like to be read."""
    made = etree.fromstring(etree.tostring(_assertion(response), with_tail=False))
    name = made.find(f".//{{{SAML}}}NameID")
    assert name is not None
    name.text = "somebody-else"
    made.set("ID", "_evil")
    signature = made.find(f"{{{DS}}}Signature")
    if signature is not None and not signed:
        made.remove(signature)
    return made


def two_assertions(response: etree._Element) -> None:
    response.insert(0, _evil(response))


def wrapped_in_extensions(response: etree._Element) -> None:
    good, evil = _assertion(response), _evil(response)
    response.replace(good, evil)
    etree.SubElement(response, f"{{{SAMLP}}}Extensions").append(good)


def wrapped_in_evil(response: etree._Element) -> None:
    good, evil = _assertion(response), _evil(response)
    response.replace(good, evil)
    evil.append(good)


def wrapped_in_signature(response: etree._Element) -> None:
    good, evil = _assertion(response), _evil(response, signed=True)
    response.replace(good, evil)
    signature = evil.find(f"{{{DS}}}Signature")
    assert signature is not None
    etree.SubElement(signature, f"{{{DS}}}Object").append(good)


def same_id_twice(response: etree._Element) -> None:
    good, evil = _assertion(response), _evil(response, signed=True)
    evil.set("ID", str(good.get("ID")))
    response.replace(good, evil)
    etree.SubElement(response, f"{{{SAMLP}}}Extensions").append(good)


def comment_in_the_name(response: etree._Element) -> None:
    name = response.find(f".//{{{SAML}}}NameID")
    assert name is not None
    name.append(etree.Comment("x"))


def another_name(response: etree._Element) -> None:
    name = response.find(f".//{{{SAML}}}NameID")
    assert name is not None
    name.text = "somebody-else"


def signature_taken_off(response: etree._Element) -> None:
    signature = _assertion(response).find(f"{{{DS}}}Signature")
    assert signature is not None
    _assertion(response).remove(signature)


def encrypted_beside(response: etree._Element) -> None:
    etree.SubElement(response, f"{{{SAML}}}EncryptedAssertion")


@pytest.mark.parametrize(
    "twist",
    [
        two_assertions,
        wrapped_in_extensions,
        wrapped_in_evil,
        wrapped_in_signature,
        same_id_twice,
        comment_in_the_name,
        another_name,
        signature_taken_off,
        encrypted_beside,
    ],
)
def test_a_twisted_answer_names_nobody(idp: Docked, twist: Twist) -> None:
    """Signature wrapping and its kin: what is read is what was signed, or nothing is."""
    begun = idp.begun()
    received = idp.received(begun)
    response = etree.fromstring(b64decode(received["SAMLResponse"]))
    twist(response)
    twisted = {**received, "SAMLResponse": b64encode(etree.tostring(response)).decode()}
    answer = idp.upstream.finish(begun.kept, twisted, clock.now())

    assert isinstance(answer, Refused), twist.__name__
    assert Reason.UNBELIEVED is answer.reason


@pytest.mark.parametrize(
    "response",
    [
        "",
        "not base64!",
        b64encode(b"<x/>").decode(),
        b64encode(b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]><x>&e;</x>').decode(),
        b64encode(b"<a>" * 5000).decode(),
        "A" * 1_000_000,
    ],
)
def test_whatever_is_posted_is_answered(idp: Docked, response: str) -> None:
    """A stranger's form is a refusal and never a crash."""
    begun = idp.begun()
    received = {"RelayState": begun.kept["state"], "SAMLResponse": response}

    assert Refused(Reason.UNBELIEVED, "form") == idp.upstream.finish(begun.kept, received, clock.now())


def test_silent_and_signed_out_is_a_no(idp: Docked) -> None:
    """`IsPassive` shows no page (SAML Core §3.4.1)."""
    begun = idp.begun(silent=True)
    idp.browser.open(begun.url)
    answer = idp.upstream.finish(begun.kept, idp.browser.posts, clock.now())

    assert isinstance(answer, Refused)
    assert Reason.DECLINED is answer.reason


def test_signing_out_names_the_session_there(idp: Docked) -> None:
    """A signed request that ends it; nothing to ask of an upstream that named no session."""
    said = idp.visit()
    assert isinstance(said, AssertedIdentity)
    leaving = idp.upstream.leave(said.kept, BACK)
    assert isinstance(leaving, str)
    root = etree.fromstring(messages.inflated(parse_qs(urlsplit(leaving).query)["SAMLRequest"][0]))

    assert said.kept["session_index"] == root.findtext(f"{{{SAMLP}}}SessionIndex")
    assert idp.upstream.leave({}, BACK) is NotLeft.NO_SERVICE


def test_we_describe_ourselves_to_its_operator(idp: Docked) -> None:
    """Our name, the one address answers are posted to, and the key our requests are signed with."""
    assert isinstance(idp.upstream, Saml)
    root = etree.fromstring(idp.upstream.metadata([BACK], LEFT))
    [logout] = root.iter(f"{{{MD}}}SingleLogoutService")
    [consumer] = root.iter(f"{{{MD}}}AssertionConsumerService")
    [key] = root.iter(f"{{{DS}}}X509Certificate")

    assert ("yitong-city", BACK) == (root.get("entityID"), consumer.get("Location"))
    assert LEFT == logout.get("Location")
    assert b64encode(signer().certificate).decode() == key.text


@pytest.mark.parametrize(
    ("changed", "into"),
    [
        ("/saml/sso", "/saml/sso<!-- -->"),
        ("IDPSSODescriptor", "SPSSODescriptor"),
        ("http://127.0.0.1:1/saml/sso", "http://id.province.example/sso"),
        ("HTTP-Redirect", "SOAP"),
        ("<ds:X509Certificate>", "<ds:X509Certificate>AAAA"),
        ('entityID="', 'entityID="https://elsewhere.example/'),
    ],
)
def test_metadata_that_does_not_fit_is_refused_at_the_start(changed: str, into: str) -> None:
    """Another issuer's, without TLS, without a key or an address: an instance does not start with it."""
    url = "http://127.0.0.1:1"
    document = saml_routes.metadata(url).replace(changed, into)

    with pytest.raises(Untrusted):
        saml_metadata.read(document.encode(), f"{url}/saml")
