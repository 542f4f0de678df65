"""The certificate of the provincial authority: who it names, and whether that is the person here.

A certificate proves who somebody is in the world; whose account that is must be shown once as well, because
an account in one's name may have been opened by somebody else. So a certificate is bound by whoever is signed
in (`certificate_binding`), and from then on it is a proof by itself: AAL 3, and identity level 5.
Domain: S0 R0-19, R2-16; Electronic Signature Law Art. 13, 14.
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import unquote
from uuid import UUID

from cryptography.x509 import Certificate
from cryptography.x509.oid import NameOID
from sqlalchemy.orm import Session

from idp import clock
from idp.audit import trail
from idp.audit.events import IdentityVerified
from idp.authenticators import base, credentials
from idp.authenticators.base import Denied, Proven
from idp.authenticators.certificate_authority import (
    CertificateAuthority,
    Good,
    Revoked,
    Unavailable,
    Untrusted,
)
from idp.authenticators.models import Credential
from idp.crypto import certificates
from idp.crypto.certificates import Distrust, Malformed
from idp.crypto.handles import digest
from idp.evidence import levels
from idp.evidence.models import Evidence, Method
from idp.keys.vault import Vault
from idp.persons import locking, lookup, names
from idp.persons.identifiers import DocumentType, recognise
from idp.persons.models import Document, Person
from idp.storage.database import Database

KIND = "certificate"
AMR = frozenset({"sc"})
DOMAIN = "yitong-certificate-v1"
"""What every text we ask to be signed begins with, so that it is good for nothing else."""
DISTRUSTED = {
    Distrust.EXPIRED: "certificate_expired",
    Distrust.NOT_YET_VALID: "certificate_early",
    Distrust.USAGE: "certificate_usage",
    Distrust.PATH: "certificate_untrusted",
}


@dataclass(frozen=True)
class Shown:
    """A certificate whose key has just been used here."""

    leaf: Certificate
    sent: tuple[Certificate, ...] = ()
    """What else came along."""
    since: datetime | None = None
    """When the text that its key has signed was shown; None where the key was used just now."""

    @property
    def fingerprint(self) -> str:
        """By which it is told from every other."""
        return certificates.fingerprint(self.leaf)


@dataclass(frozen=True)
class Holder:
    """Whom a certificate names."""

    name: str = field(repr=False)
    number: str = field(repr=False)


def challenge_text(issuer: str, use: str, place: str, challenge: str) -> str:
    """The text to be signed: one line of ASCII, without a line end.

    It names us, what the signature is for, the place it is given in (an interaction or a session, as a
    digest) and a random challenge, so that it can be used nowhere else and only once.
    """
    return "|".join((DOMAIN, issuer, use, digest(place), challenge))


def signed(certificate: str, signature: str, text: str, since: datetime) -> Shown | Denied:
    """What somebody has pasted, if the key of that certificate signed that text."""
    try:
        leaf, *sent = certificates.read(certificate)
        mark = base64.b64decode("".join(signature.split()), validate=True)
    except (Malformed, binascii.Error, ValueError):
        return Denied("certificate_malformed")
    if not certificates.has_signed(leaf, mark, text.encode()):
        return Denied("certificate_signature")
    return Shown(leaf, tuple(sent), since)


def from_proxy(header: str) -> Shown | Denied:
    """What a proxy of ours saw proven in TLS: PEM, percent-encoded (nginx `$ssl_client_escaped_cert`).

    Exactly one certificate: of two, somebody has added one.
    """
    try:
        pem = unquote(header, errors="strict").strip()
        found = certificates.read(pem) if certificates.PEM.fullmatch(pem.encode()) else ()
    except (Malformed, UnicodeError):
        return Denied("certificate_malformed")
    return Shown(found[0]) if len(found) == 1 else Denied("certificate_malformed")


def holder_of(leaf: Certificate) -> Holder:
    """The profile we know: commonName is the name, serialNumber the number of the identity document."""
    name = certificates.subject(leaf, NameOID.COMMON_NAME)
    return Holder(name, certificates.subject(leaf, NameOID.SERIAL_NUMBER))


def confirmed(authority: CertificateAuthority, shown: Shown, now: datetime) -> Good | Denied:
    """What the authority says of it; silence is no yes, and costs the person nothing."""
    standing = authority.check(shown.leaf, shown.sent, now)
    return standing if isinstance(standing, Good) else Denied(reason_of(standing))


def reason_of(standing: Revoked | Untrusted | Unavailable) -> str:
    """The reason code of what is not good."""
    match standing:
        case Revoked():
            return "certificate_revoked"
        case Untrusted(reason=reason):
            return DISTRUSTED[reason]
        case Unavailable():
            return "certificate_unavailable"


def sign_in(
    database: Database,
    vault: Vault,
    authority: CertificateAuthority,
    shown: Shown,
    now: datetime,
    *,
    confirms: UUID | None = None,
    client_id: str | None = None,
) -> Proven | Denied:
    """Who has proven themselves by a certificate bound before; `confirms` is who else must have been meant.

    Whoever confirms a session that was begun in another way has shown both, so the certificate is bound then.
    """
    good = confirmed(authority, shown, now)
    with database.writing() as db:
        if isinstance(good, Denied):
            return base.deny(db, "sc", good.reason, confirms, client_id)
        known = credentials.find(db, KIND, shown.fingerprint)
        owner = known.person_id if known else confirms
        if owner is None:
            return base.deny(db, "sc", "certificate_unbound", None, client_id)
        if confirms is not None and owner != confirms:
            return base.deny(db, "sc", "other_person", confirms, client_id)
        locking.first(db, owner)
        if known is not None and not _is_still(db, known, owner):
            return base.deny(db, "sc", "certificate_removed", confirms, client_id)
        person = db.get_one(Person, owner)
        document = document_of(db, vault, person, holder_of(shown.leaf), now)
        if document is None:
            reason = "certificate_unbound" if confirms is None else "other_person"
            return base.deny(db, "sc", reason, confirms, client_id)
        if known is None and was_removed(db, person.id, shown.fingerprint):
            return base.deny(db, "sc", "certificate_removed", confirms, client_id)
        outcome = base.let_in(db, person, AMR, shown.since)
        if isinstance(outcome, Proven):
            keep(db, person, shown, good, now)
            note(db, person, document, shown, good, now)
        return outcome


def _is_still(db: Session, known: Credential, owner: UUID) -> bool:
    """Whether it is theirs now that their row is locked: it may have been removed while this waited."""
    db.refresh(known)
    return known.ended_at is None and known.person_id == owner


def document_of(db: Session, vault: Vault, person: Person, holder: Holder, now: datetime) -> Document | None:
    """The person's own verified document that the certificate names, under the very name."""
    if not holder.name or not names.same(person.name or "", holder.name):
        return None
    for kind, number in documents(holder, now):
        found = lookup.verified_document(db, vault, kind, number)
        if found is not None and found.person_id == person.id:
            return found
    return None


def documents(holder: Holder, now: datetime) -> Sequence[tuple[DocumentType, str]]:
    """Every document whose number this could be, as it is filed."""
    today = clock.day(now)
    return [lookup.filed_as(number) for number in recognise(holder.number, today)]


def keep(db: Session, person: Person, shown: Shown, good: Good, now: datetime) -> Credential:
    """Bind it to the person, or note that it was used; `used` says when its authority last stood by it."""
    credential = credentials.find(db, KIND, shown.fingerprint)
    if credential is None:
        credential = Credential(
            person_id=person.id,
            kind=KIND,
            name=good.authority,
            handle=shown.fingerprint,
            details={"fingerprint": shown.fingerprint, "until": shown.leaf.not_valid_after_utc.isoformat()},
        )
        credentials.add(db, credential, now)
        credential.seed = certificates.to_pem((shown.leaf, *good.chain[1:-1]))
    else:
        credential.used_at = now
    credential.used = int(now.timestamp())
    return credential


def note(db: Session, person: Person, document: Document, shown: Shown, good: Good, now: datetime) -> None:
    """Level 5 for the person, as long as the certificate lasts."""
    until, level = shown.leaf.not_valid_after_utc, levels.SUPPORTS[Method.CERTIFICATE]
    for record in levels.of_person(db, person.id, now):
        if record.method == Method.CERTIFICATE and record.request_id == shown.fingerprint:
            record.expires_at = until
            return
    db.add(
        Evidence(
            person_id=person.id,
            document_id=document.id,
            method=Method.CERTIFICATE,
            authority=good.authority[:64],
            request_id=shown.fingerprint,
            level=level,
            at=now,
            expires_at=until,
        )
    )
    person.version += 1
    event = IdentityVerified(
        person_id=person.id,
        method=Method.CERTIFICATE,
        authority=good.authority,
        registry_request_id=shown.fingerprint,
        level=level,
    )
    trail.record(db, event)


def was_removed(db: Session, person_id: UUID, fingerprint: str) -> bool:
    """Whether the person has taken this very certificate away: then only they themselves add it again."""
    ended = db.query(Credential).filter(Credential.person_id == person_id, Credential.kind == KIND)
    return any(one.ended_at is not None and one.details.get("fingerprint") == fingerprint for one in ended)
