"""A certification authority that is one: a root, an issuing authority below it, a revocation list, OCSP.

Its keys are made at the first start and kept in a folder (the sandbox's `var/ca`) or in memory; they are
worth nothing outside, because nobody but the sandbox trusts the root.
"""

import json
import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from idp import clock

EARLIER = timedelta(minutes=5)
"""Certificates begin a little before they are made, for clocks that are slow."""
YEARS = timedelta(days=3653)
PERSONAL = timedelta(days=365)
LIST_LASTS = timedelta(hours=1)
SIGNING = dict.fromkeys(
    (
        "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
        "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
    ),
    False,
)  # fmt: skip


@dataclass(frozen=True)
class Pair:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def certificate_pem(self) -> str:
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    @property
    def key_pem(self) -> str:
        return self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode()


def read(pem: str) -> Pair:
    """Both out of one text."""
    key = serialization.load_pem_private_key(pem.encode(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)  # noqa: S101 - we wrote it
    return Pair(x509.load_pem_x509_certificate(pem.encode()), key)


class Authority:
    """Issues certificates to people, revokes them, and says so in a list and over OCSP."""

    def __init__(self, root: Pair, issuing: Pair, folder: Path | None, now: Callable[[], datetime]) -> None:
        self.root, self.issuing, self.now = root, issuing, now
        self._revoked = folder / "revoked.json" if folder else None
        self._lock = threading.Lock()
        self._memory: dict[str, dict[str, float]] = {"crl": {}, "ocsp": {}}

    def issue(
        self,
        name: str,
        number: str,
        *,
        lasts: timedelta = PERSONAL,
        begins: timedelta = -EARLIER,
        purpose: x509.ObjectIdentifier = ExtendedKeyUsageOID.CLIENT_AUTH,
    ) -> Pair:
        """A certificate for a person: the name as the document spells it, its number as serialNumber."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = (
            _begun(
                person_name(name, number), self.issuing.certificate.subject, key, self.now() + begins, lasts
            )
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.KeyUsage(**{**SIGNING, "digital_signature": True}), critical=True)
            .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
            .add_extension(_identifier_of(self.issuing), critical=False)
        )
        return Pair(builder.sign(self.issuing.key, hashes.SHA256()), key)

    def revoke(self, serial: int, where: str = "") -> None:
        """From now on this certificate is no longer good: in the list, over OCSP, or (empty) in both."""
        with self._lock:
            known = self._known()
            for place in (where,) if where else ("crl", "ocsp"):
                known[place][str(serial)] = self.now().timestamp()
            self._keep(known)

    def revoked(self, where: str) -> Mapping[int, datetime]:
        """Serial number and moment of everything revoked there."""
        with self._lock:
            known = self._known()[where]
        return {int(serial): datetime.fromtimestamp(at, clock.now().tzinfo) for serial, at in known.items()}

    def revocation_list(self, issuer: Pair | None = None, *, lasts: timedelta = LIST_LASTS) -> bytes:
        """The list of the issuing authority, or of another (which revoked nothing), in DER."""
        issuer, at = issuer or self.issuing, self.now()
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(issuer.certificate.subject)
            .last_update(at - EARLIER)
            .next_update(at + lasts)
            .add_extension(x509.CRLNumber(int(at.timestamp())), critical=False)
            .add_extension(_identifier_of(issuer), critical=False)
        )
        for serial, moment in self.revoked("crl").items() if issuer is self.issuing else ():
            entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(moment).build()
            builder = builder.add_revoked_certificate(entry)
        return builder.sign(issuer.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)

    def _known(self) -> dict[str, dict[str, float]]:
        if self._revoked is None or not self._revoked.exists():
            return self._memory
        known: dict[str, dict[str, float]] = json.loads(self._revoked.read_text())
        return known

    def _keep(self, known: dict[str, dict[str, float]]) -> None:
        self._memory = known
        if self._revoked is not None:
            self._revoked.write_text(json.dumps(known))


def found(folder: Path | None = None, now: Callable[[], datetime] = clock.now) -> Authority:
    """The authority of a folder, founded there if there is none yet; without a folder, a new one."""
    if folder is not None and (folder / "issuing.pem").exists():
        return Authority(
            read((folder / "root.pem").read_text()), read((folder / "issuing.pem").read_text()), folder, now
        )
    root = authority("示范省数字证书根 CA", None, now)
    issuing = authority("示范省数字证书认证中心", root, now)
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "trusted.pem").write_text(root.certificate_pem + issuing.certificate_pem)
        for name, pair in (("root.pem", root), ("issuing.pem", issuing)):
            _write_private(folder / name, pair.certificate_pem + pair.key_pem)
    return Authority(root, issuing, folder, now)


def authority(name: str, above: Pair | None, now: Callable[[], datetime] = clock.now) -> Pair:
    """An authority: a root of its own, or one that another has certified."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "示范省"),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )
    usage = {**SIGNING, "key_cert_sign": True, "crl_sign": True, "digital_signature": True}
    builder = (
        _begun(subject, above.certificate.subject if above else subject, key, now() - EARLIER, YEARS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0 if above else None), critical=True)
        .add_extension(x509.KeyUsage(**usage), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if above:
        builder = builder.add_extension(_identifier_of(above), critical=False)
    return Pair(builder.sign(above.key if above else key, hashes.SHA256()), key)


def person_name(name: str, number: str) -> x509.Name:
    """How a person is called in a certificate of this authority."""
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
            x509.NameAttribute(NameOID.SERIAL_NUMBER, number),
        ]
    )


def _begun(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, begins: datetime, lasts: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + lasts)
    )


def _identifier_of(issuer: Pair) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key())


def _write_private(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
