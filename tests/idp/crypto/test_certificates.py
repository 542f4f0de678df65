"""Certificates of people: reading them, the path to a root, and signatures."""

import base64
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from connectors.simulator import authority as authorities
from connectors.simulator.authority import SIGNING, Authority, Pair
from idp import clock
from idp.crypto import certificates
from idp.crypto.certificates import Anchors, Distrust, Malformed

NUMBER = "210000199303300000"


@pytest.fixture(scope="module")
def authority() -> Authority:
    return authorities.found()


@pytest.fixture(scope="module")
def trusted(authority: Authority) -> Anchors:
    return certificates.anchors((authority.root.certificate_pem + authority.issuing.certificate_pem).encode())


def made(
    authority: Authority, key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, *extensions: x509.ExtensionType
) -> x509.Certificate:
    """A certificate for a key, with these extensions and those every one has."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(authorities.person_name("甲", NUMBER))
        .issuer_name(authority.issuing.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(clock.now() - timedelta(minutes=1))
        .not_valid_after(clock.now() + timedelta(days=1))
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.issuing.key.public_key()), False
        )
    )
    for extension in extensions:
        builder = builder.add_extension(extension, critical=isinstance(extension, x509.UnrecognizedExtension))
    return builder.sign(authority.issuing.key, hashes.SHA256())


SIGNS = x509.KeyUsage(**{**SIGNING, "digital_signature": True})
ENCRYPTS = x509.KeyUsage(**{**SIGNING, "key_encipherment": True})
CLIENT = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
ANYTHING = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE])
STRANGE = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4.5"), b"\x05\x00")


@pytest.mark.parametrize(
    ("extensions", "expected"),
    [
        ((SIGNS,), Distrust.USAGE),
        ((CLIENT,), Distrust.USAGE),
        ((ENCRYPTS, CLIENT), Distrust.USAGE),
        ((SIGNS, ANYTHING), Distrust.USAGE),
        ((SIGNS, CLIENT, x509.BasicConstraints(ca=True, path_length=None)), Distrust.USAGE),
        ((SIGNS, CLIENT, STRANGE), Distrust.PATH),
    ],
)
def test_what_a_certificate_is_for_must_be_said(
    authority: Authority, trusted: Anchors, extensions: tuple[x509.ExtensionType, ...], expected: Distrust
) -> None:
    """Both usages, no authority, and nothing critical that nobody here understands (RFC 5280 §4.2)."""
    leaf = made(authority, ec.generate_private_key(ec.SECP256R1()), *extensions)

    assert expected is certificates.path(leaf, (), trusted, clock.now())


def test_small_keys_and_strange_curves_are_refused(authority: Authority, trusted: Anchors) -> None:
    """RSA below 2048 bits, and curves outside those of the web's profile."""
    small = made(authority, rsa.generate_private_key(65537, 1024), SIGNS, CLIENT)
    strange = made(authority, ec.generate_private_key(ec.SECP256K1()), SIGNS, CLIENT)

    assert [Distrust.PATH] * 2 == [
        certificates.path(leaf, (), trusted, clock.now()) for leaf in (small, strange)
    ]


def test_an_authority_below_the_issuing_one_is_none(authority: Authority, trusted: Anchors) -> None:
    """The issuing authority may certify people and no further authorities (pathLenConstraint 0)."""
    below = authorities.authority("下级", authority.issuing)
    leaf = Authority(authority.root, below, None, clock.now).issue("甲", NUMBER)

    found = certificates.path(leaf.certificate, (below.certificate,), trusted, clock.now())

    assert Distrust.PATH is found


def test_a_person_is_no_authority(authority: Authority, trusted: Anchors) -> None:
    """Whoever has a certificate cannot issue one."""
    person = authority.issue("甲", NUMBER)
    forged = Authority(authority.root, person, None, clock.now).issue("乙", NUMBER)

    found = certificates.path(forged.certificate, (person.certificate,), trusted, clock.now())

    assert Distrust.PATH is found


@pytest.mark.parametrize(
    "way", [padding.PKCS1v15(), padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.MAX_LENGTH)]
)
def test_rsa_signs_both_ways(authority: Authority, way: padding.PKCS1v15 | padding.PSS) -> None:
    """PKCS #1 v1.5, as most UKeys do, and PSS; with SHA-256 alone."""
    key = rsa.generate_private_key(65537, 2048)
    leaf = made(authority, key, SIGNS, CLIENT)
    right, weak = key.sign(b"text", way, hashes.SHA256()), key.sign(b"text", way, hashes.SHA1())  # noqa: S303

    assert [True, False, False] == [
        certificates.has_signed(leaf, right, b"text"),
        certificates.has_signed(leaf, right, b"other"),
        certificates.has_signed(leaf, weak, b"text"),
    ]


def test_both_spellings_are_read(authority: Authority) -> None:
    """PEM with a chain, and the Base64 of one in DER with line breaks."""
    pair = authority.issue("甲", NUMBER)
    der = base64.encodebytes(pair.certificate.public_bytes(serialization.Encoding.DER)).decode()
    chain = pair.certificate_pem + authority.issuing.certificate_pem

    assert (pair.certificate, authority.issuing.certificate) == certificates.read(chain)
    assert (pair.certificate,) == certificates.read(der)


def noise(pair: Pair) -> list[str]:
    pem = pair.certificate_pem
    return ["", "x", "AAAA", pem.replace("M", "A", 3), pem[:-40], "甲" + pem, pem * 60, pair.key_pem]


@pytest.mark.parametrize("index", range(8))
def test_anything_else_is_malformed(authority: Authority, index: int) -> None:
    """One exception for all of it."""
    with pytest.raises(Malformed):
        certificates.read(noise(authority.issue("甲", NUMBER))[index])


def test_a_file_without_a_root_is_none(authority: Authority) -> None:
    """An issuing authority alone would make everything below it its own proof."""
    with pytest.raises(Malformed):
        certificates.anchors(authority.issuing.certificate_pem.encode())
