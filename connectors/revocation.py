"""
What an authority says about the certificates it has taken back: lists (RFC 5280 §5) and OCSP (RFC 6960).

Nothing here asks anybody. An answer is believed when it is signed by the authority itself, or by somebody the
authority certified for it, is about this very certificate, and is of now; otherwise it is `Unbelievable`.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

SKEW = timedelta(minutes=5)
"""How far clocks may be apart."""
STRONG = (hashes.SHA256, hashes.SHA384, hashes.SHA512)
NONCE_BYTES = 32


class Unbelievable(Exception):
    """The answer proves nothing; says why."""


@dataclass(frozen=True)
class RevocationList:
    """A list whose signature holds, and who signed it."""

    entries: x509.CertificateRevocationList
    issuer: x509.Certificate

    @property
    def of(self) -> datetime:
        """When it was made."""
        return self.entries.last_update_utc

    def holds_at(self, now: datetime) -> bool:
        """Whether it is the authority's present word (nextUpdate, RFC 5280 §5.1.2.5)."""
        until = self.entries.next_update_utc
        return until is not None and self.of - SKEW <= now < until

    def covers(self, issuer: x509.Certificate) -> bool:
        """Whether what this authority has issued would be on it; a new key of the same name is another."""
        same_key = issuer.public_key() == self.issuer.public_key()
        return same_key and issuer.subject == self.issuer.subject

    def revoked_at(self, certificate: x509.Certificate) -> datetime | None:
        """When it was taken back, if it was."""
        entry = self.entries.get_revoked_certificate_by_serial_number(certificate.serial_number)
        return entry.revocation_date_utc if entry is not None else None


def read_list(body: bytes, authorities: Iterable[x509.Certificate], now: datetime) -> RevocationList:
    """A list that one of these authorities has signed and that is of now; raises Unbelievable."""
    try:
        load = x509.load_pem_x509_crl if body.startswith(b"-----") else x509.load_der_x509_crl
        entries = load(body)
        _require(isinstance(entries.signature_hash_algorithm, STRONG), "weak signature")
        _require(not any(one.critical for one in entries.extensions), "a partial list")
        issuer = next((one for one in authorities if _signed_list(one, entries)), None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as fault:
        raise Unbelievable("no list") from fault
    if issuer is None:
        raise Unbelievable("signed by nobody we know")
    found = RevocationList(entries, issuer)
    _require(found.holds_at(now), "outdated")
    return found


@dataclass(frozen=True)
class Question:
    """One OCSP request about one certificate; its nonce makes yesterday's answer worthless (RFC 9654)."""

    leaf: x509.Certificate
    issuer: x509.Certificate
    nonce: bytes = field(default_factory=lambda: os.urandom(NONCE_BYTES))

    @property
    def body(self) -> bytes:
        """The request in DER. SHA-1 only abbreviates the issuer here, as responders expect (RFC 5019)."""
        builder = ocsp.OCSPRequestBuilder().add_certificate(self.leaf, self.issuer, hashes.SHA1())  # noqa: S303
        return (
            builder.add_extension(x509.OCSPNonce(self.nonce), critical=False)
            .build()
            .public_bytes(serialization.Encoding.DER)
        )

    def revoked_at(self, body: bytes, now: datetime) -> datetime | None:
        """When the certificate was taken back, None if it holds; raises Unbelievable."""
        try:
            said = ocsp.load_der_ocsp_response(body)
            _require(said.response_status is ocsp.OCSPResponseStatus.SUCCESSFUL, "declined")
            self._require_ours(said)
            self._require_fresh(said, now)
            _require(_signed_answer(said, self.issuer, now), "signed by somebody else")
        except (ValueError, TypeError, UnsupportedAlgorithm, x509.ExtensionNotFound) as fault:
            raise Unbelievable("no answer") from fault
        _require(said.certificate_status is not ocsp.OCSPCertStatus.UNKNOWN, "an unknown certificate")
        return said.revocation_time_utc

    def _require_ours(self, said: ocsp.OCSPResponse) -> None:
        asked = ocsp.load_der_ocsp_request(self.body)
        same = (
            said.serial_number == asked.serial_number
            and said.issuer_key_hash == asked.issuer_key_hash
            and said.issuer_name_hash == asked.issuer_name_hash
        )
        _require(same, "about another certificate")
        nonce = said.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce
        _require(nonce == self.nonce, "an answer to another question")

    def _require_fresh(self, said: ocsp.OCSPResponse, now: datetime) -> None:
        until = said.next_update_utc
        _require(said.this_update_utc - SKEW <= now, "of tomorrow")
        _require(until is None or now < until + SKEW, "outdated")


def _signed_answer(said: ocsp.OCSPResponse, issuer: x509.Certificate, now: datetime) -> bool:
    """By the issuer, or by whom it has certified for OCSP with its own signature (RFC 6960 §4.2.2.2)."""
    algorithm = said.signature_hash_algorithm
    if not isinstance(algorithm, STRONG):
        return False
    signers = [issuer, *(one for one in said.certificates if _is_delegate(one, issuer, now))]
    return any(_verifies(one, said.signature, said.tbs_response_bytes, algorithm) for one in signers)


def _is_delegate(one: x509.Certificate, issuer: x509.Certificate, now: datetime) -> bool:
    try:
        one.verify_directly_issued_by(issuer)
        purposes = one.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        return False
    in_time = one.not_valid_before_utc <= now <= one.not_valid_after_utc
    strong = isinstance(one.signature_hash_algorithm, STRONG)
    return in_time and strong and ExtendedKeyUsageOID.OCSP_SIGNING in purposes


def _verifies(signer: x509.Certificate, signature: bytes, signed: bytes, how: hashes.HashAlgorithm) -> bool:
    key = signer.public_key()
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, signed, ec.ECDSA(how))
        elif isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, signed, padding.PKCS1v15(), how)
        else:
            return False
    except InvalidSignature:
        return False
    return True


def _signed_list(authority: x509.Certificate, entries: x509.CertificateRevocationList) -> bool:
    if authority.subject != entries.issuer:
        return False
    try:
        usage = authority.extensions.get_extension_for_class(x509.KeyUsage).value
        may_sign = usage.crl_sign
    except x509.ExtensionNotFound:
        may_sign = True
    key = authority.public_key()
    knows = isinstance(key, ec.EllipticCurvePublicKey | rsa.RSAPublicKey)
    return may_sign and knows and entries.is_signature_valid(key)  # type: ignore[arg-type]  # narrowed by `knows`


def _require(condition: bool, why: str) -> None:
    if not condition:
        raise Unbelievable(why)
