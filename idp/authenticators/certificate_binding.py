"""Bind a certificate to who is signed in, and look again and again whether its authority stands by it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp import clock
from idp.authenticators import certificate, credentials
from idp.authenticators.base import Denied
from idp.authenticators.certificate import KIND, Holder, Shown
from idp.authenticators.certificate_authority import CertificateAuthority, Good, Unavailable
from idp.authenticators.models import Credential
from idp.crypto import certificates
from idp.evidence import levels
from idp.evidence.models import Evidence, Method
from idp.keys.vault import Vault
from idp.notices.telling import tell
from idp.persons import claim, enrolment, locking
from idp.persons.belongings import Proof
from idp.persons.claim import Claim
from idp.persons.enrolment import Confirmation, Taken
from idp.persons.models import Person
from idp.sessions import lifecycle
from idp.storage.database import Database

LOOK_AGAIN = timedelta(hours=6)
"""How long a bound certificate is believed without its authority being asked."""
AT_ONCE = 200
"""How many are asked about in one turn of the worker."""


class Bound(StrEnum):
    """What became of a certificate that somebody added."""

    BOUND = "bound"
    HELD = "held"
    """Somebody else holds the document at a lower level; it comes after the hold."""


def bind(
    database: Database,
    vault: Vault,
    authority: CertificateAuthority,
    shown: Shown,
    still: Callable[[Session], Person],
    now: datetime,
    hold: timedelta,
) -> Bound | Denied:
    """Add a certificate to the account of who is signed in, if it names them.

    `still` gives them, as they are once nobody else changes how they sign in; it raises if they are no more.
    """
    good = certificate.confirmed(authority, shown, now)
    if isinstance(good, Denied):
        return good
    try:
        with database.writing() as db:
            person, known = still(db), credentials.find(db, KIND, shown.fingerprint)
            if known is not None:
                return Bound.BOUND if known.person_id == person.id else Denied("certificate_taken")
            return _bind(db, vault, person, shown, good, now, hold)
    except Taken:
        return Denied("certificate_taken")


def _bind(
    db: Session, vault: Vault, person: Person, shown: Shown, good: Good, now: datetime, hold: timedelta
) -> Bound | Denied:
    holder = certificate.holder_of(shown.leaf)
    document = certificate.document_of(db, vault, person, holder, now)
    outcome = Confirmation.RAISED
    if document is None:
        said = _claim(holder, now)
        if said is None or any(one.verified_at and not one.displaced_at for one in person.documents):
            return Denied("certificate_other_person")
        document = enrolment.claim_document(db, person, said, now)
        proof = Proof(
            Method.CERTIFICATE,
            levels.SUPPORTS[Method.CERTIFICATE],
            good.authority[:64],
            shown.fingerprint,
            now,
        )
        outcome = enrolment.confirm(db, vault, person, document, proof, now, hold)
        db.flush()
    certificate.keep(db, person, shown, good, now)
    if outcome is Confirmation.HELD:
        return Bound.HELD
    certificate.note(db, person, document, shown, good, now)
    tell(db, person.id, "identity.verified", now)
    return Bound.BOUND


def _claim(holder: Holder, now: datetime) -> Claim | None:
    """What the certificate says of an adult whose document we know how to read."""
    today = clock.day(now)
    for kind, number in certificate.documents(holder, now):
        try:
            said = claim.read(kind, number, holder.name, None, today)
        except ValueError:
            continue
        return None if said.is_for_a_guardian(today) else said
    return None


def look_again(database: Database, authority: CertificateAuthority, now: datetime) -> int:
    """Periodic: ask about certificates nobody has asked about for hours; gives how many were taken back."""
    before = int((now - LOOK_AGAIN).timestamp())
    due = (Credential.kind == KIND, Credential.ended_at.is_(None), Credential.used < before)
    with database.reading() as db:
        waiting = db.scalars(select(Credential).where(*due).order_by(Credential.used).limit(AT_ONCE)).all()
        found = [(one.id, one.seed or "") for one in waiting]
    taken_back = sum(_look(database, authority, one, pem, now) for one, pem in found)
    withdraw_orphans(database, now)
    return taken_back


def _look(
    database: Database, authority: CertificateAuthority, credential_id: UUID, pem: str, now: datetime
) -> bool:
    """Whether it was taken back; an authority that gives no answer is asked again at the next turn."""
    leaf, *sent = certificates.read(pem)
    standing = authority.check(leaf, sent, now)
    if isinstance(standing, Unavailable):
        return False
    with database.writing() as db:
        credential = db.get(Credential, credential_id)
        if credential is None or credential.ended_at is not None:
            return False
        locking.first(db, credential.person_id)
        credential.used = int(now.timestamp())
        if isinstance(standing, Good):
            return False
        reason = certificate.reason_of(standing)
        _withdraw(db, credential.person_id, str(credential.handle), reason, now)
        credentials.end(db, credential, reason, now)
        proven = [one for one in lifecycle.live(db, credential.person_id, now) if "sc" in one.amr]
        lifecycle.end(db, proven, reason, now)
    return True


def withdraw_orphans(database: Database, now: datetime) -> None:
    """A level rests on a certificate that is watched: whoever removed it is proven by it no longer."""
    bound = select(Credential.handle).where(Credential.kind == KIND, Credential.handle.is_not(None))
    orphaned = select(Evidence).where(
        Evidence.method == Method.CERTIFICATE,
        Evidence.withdrawn_at.is_(None),
        Evidence.request_id.not_in(bound),
    )
    with database.writing() as db:
        for record in db.scalars(orphaned.limit(AT_ONCE)).all():
            _withdraw(db, record.person_id, str(record.request_id), "certificate_removed", now)


def _withdraw(db: Session, person_id: UUID, fingerprint: str, because: str, now: datetime) -> None:
    for record in levels.of_person(db, person_id, now):
        if record.method == Method.CERTIFICATE and record.request_id == fingerprint:
            record.withdrawn_at, record.withdrawn_because = now, because
            db.get_one(Person, person_id).version += 1
