"""X.509 certificates of people: read them, follow them to a root we trust, check what their keys have signed.

The path is built by `cryptography.x509.verification` (RFC 5280 §6): signatures, validity, CA flags, key
sizes, no SHA-1. What it leaves to us is what these certificates are for: to sign, and to identify a client.
GB/T 20518 certificates with SM2 keys are not understood yet; they are untrusted, never half trusted.
"""

import base64
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509 import verification
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LONGEST = 32 * 1024
"""Characters of a certificate with its chain; nobody's is a tenth of that."""
DEEPEST = 4
"""Authorities between a person and a root, at most."""
CURVES = (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)
PEM = re.compile(rb"-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----")


class Malformed(ValueError):
    """The text holds no certificate, or more than anybody has."""


class Distrust(StrEnum):
    """Why a certificate does not show who somebody is."""

    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    USAGE = "usage"
    """Made for something else than signing in."""
    PATH = "path"
    """No way to a root we trust: self-signed, of somebody else, broken or weak."""


_AUTHORITIES = verification.ExtensionPolicy.webpki_defaults_ca()
_PEOPLE = verification.ExtensionPolicy.permit_all()
"""People have no DNS names, which the web's rules would ask for; `_is_for_signing_in` says what counts."""


@dataclass(frozen=True)
class Anchors:
    """Whom we trust: roots, and authorities below them whose certificates people need not send along."""

    roots: tuple[x509.Certificate, ...]
    intermediates: tuple[x509.Certificate, ...] = ()


def read(text: str) -> tuple[x509.Certificate, ...]:
    """PEM, one certificate or several, the person's first; or the base64 of one in DER. Raises Malformed."""
    if len(text) > LONGEST or not text.isascii():
        raise Malformed
    blocks = PEM.findall(text.encode())[: DEEPEST + 2]
    try:
        if blocks:
            return tuple(_sound(x509.load_pem_x509_certificate(block)) for block in blocks)
        return (
            _sound(x509.load_der_x509_certificate(base64.b64decode("".join(text.split()), validate=True))),
        )
    except (ValueError, UnsupportedAlgorithm, x509.InvalidVersion):
        raise Malformed from None


def anchors(pem: bytes) -> Anchors:
    """The authorities in a file: self-signed ones are roots, the others lie on the way to them."""
    found = [x509.load_pem_x509_certificate(block) for block in PEM.findall(pem)]
    roots = tuple(one for one in found if one.issuer == one.subject)
    if not roots:
        raise Malformed("no root certificate")
    return Anchors(roots, tuple(one for one in found if one.issuer != one.subject))


def path(
    leaf: x509.Certificate, sent: Sequence[x509.Certificate], trusted: Anchors, now: datetime
) -> tuple[x509.Certificate, ...] | Distrust:
    """The way from a person's certificate to a root, the person's first; or why there is none."""
    if now < leaf.not_valid_before_utc:
        return Distrust.NOT_YET_VALID
    if now > leaf.not_valid_after_utc:
        return Distrust.EXPIRED
    if not _is_for_signing_in(leaf):
        return Distrust.USAGE
    if not _is_strong(leaf.public_key()):
        return Distrust.PATH
    verifier = (
        verification.PolicyBuilder()
        .store(verification.Store(list(trusted.roots)))
        .time(now)
        .max_chain_depth(DEEPEST)
        .extension_policies(ca_policy=_AUTHORITIES, ee_policy=_PEOPLE)
        .build_client_verifier()
    )
    try:
        return tuple(verifier.verify(leaf, [*sent, *trusted.intermediates]).chain)
    except (verification.VerificationError, UnsupportedAlgorithm, ValueError):
        return Distrust.PATH


def has_signed(leaf: x509.Certificate, signature: bytes, message: bytes) -> bool:
    """Whether the key of this certificate signed this: ECDSA or RSA (PSS, PKCS #1 v1.5) with SHA-256."""
    key = leaf.public_key()
    if isinstance(key, ec.EllipticCurvePublicKey):
        return _holds(lambda: key.verify(signature, message, ec.ECDSA(hashes.SHA256())))
    if isinstance(key, rsa.RSAPublicKey):
        pss = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.AUTO)
        return _holds(lambda: key.verify(signature, message, pss, hashes.SHA256())) or _holds(
            lambda: key.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
        )
    return False


def fingerprint(leaf: x509.Certificate) -> str:
    """SHA-256 over the whole certificate, by which it is told from every other."""
    return leaf.fingerprint(hashes.SHA256()).hex()


def subject(certificate: x509.Certificate, oid: x509.ObjectIdentifier) -> str:
    """One attribute of the subject; empty where there is none, or more than one to choose from."""
    found = certificate.subject.get_attributes_for_oid(oid)
    return str(found[0].value) if len(found) == 1 else ""


def authority_of(leaf: x509.Certificate) -> str:
    """The name of who issued it."""
    found = leaf.issuer.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(found[0].value) if found else leaf.issuer.rfc4514_string()


def to_pem(chain: Sequence[x509.Certificate]) -> str:
    """One after the other, as `read` takes them."""
    return "".join(one.public_bytes(serialization.Encoding.PEM).decode() for one in chain)


def _sound(certificate: x509.Certificate) -> x509.Certificate:
    """Read all of it once, so that what is malformed inside shows here and nowhere later."""
    _ = certificate.extensions, certificate.subject, certificate.issuer
    certificate.public_key()
    return certificate


def _is_for_signing_in(leaf: x509.Certificate) -> bool:
    """Key usage digitalSignature and extended key usage clientAuth, both of them (RFC 5280 §4.2.1.3, .12)."""
    try:
        usage = leaf.extensions.get_extension_for_class(x509.KeyUsage).value
        purposes = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        constraints = leaf.extensions.get_extension_for_class(x509.BasicConstraints).value
    except x509.ExtensionNotFound as missing:
        if missing.oid != x509.BasicConstraints.oid:
            return False
        constraints = x509.BasicConstraints(ca=False, path_length=None)
    return usage.digital_signature and ExtendedKeyUsageOID.CLIENT_AUTH in purposes and not constraints.ca


def _is_strong(key: object) -> bool:
    """Of a person's own key the verifier asks nothing; it holds that of authorities to the same."""
    if isinstance(key, rsa.RSAPublicKey):
        return key.key_size >= 2048
    return isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, CURVES)


def _holds(verify: Callable[[], None]) -> bool:
    try:
        verify()
    except (InvalidSignature, ValueError, UnsupportedAlgorithm):
        return False
    return True
