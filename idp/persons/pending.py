"""Checks that wait in the outbox because the authority gave no answer; the worker asks again."""

from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp import clock
from idp.audit import trail
from idp.audit.events import IdentityRefused
from idp.keys.vault import Vault
from idp.notices.telling import tell
from idp.outbox.models import Message
from idp.outbox.worker import Leased, TryAgain
from idp.persons import belongings, displacement, enrolment
from idp.persons.checking import identity_claim
from idp.persons.claim import Claim
from idp.persons.identifiers import DocumentType
from idp.persons.models import Document, Person, PersonStatus
from idp.persons.registry import Mismatch, MismatchReason, PersonRegistry, Unavailable, Unsupported, Verified
from idp.storage.database import Database

WAITING = (enrolment.VERIFY, displacement.SETTLE)
MATTER = "queued_check"


class Outcome(StrEnum):
    """What became of a queued check."""

    RAISED = "raised"
    HELD = "held"
    """Proven, and the document comes after the hold."""
    DOUBTED = "doubted"
    """Name and number are right, and the authority has another phone on file."""
    PHONELESS = "phoneless"
    """The person's phone has gone to a new owner; name and number alone others may know too."""
    MISMATCH = "mismatch"
    TAKEN = "taken"
    """Somebody else had the document verified in the meantime."""
    OBSOLETE = "obsolete"
    """The claim is verified, replaced or gone."""


def is_waiting(db: Session, person_id: UUID) -> bool:
    """Whether a check or a hold of this person is still open."""
    query = select(Message.id).where(
        Message.subject == str(person_id), Message.topic.in_(WAITING), Message.settled_at.is_(None)
    )
    return db.scalar(query.limit(1)) is not None


def verify_queued(
    database: Database, vault: Vault, registry: PersonRegistry, hold: timedelta, message: Leased
) -> Outcome:
    """Ask again; raises TryAgain while the authority gives no answer. Never believes anything on doubt."""
    document_id = UUID(message.payload["document_id"])
    waiting = _waiting(database, document_id)
    if waiting is None:
        return Outcome.OBSOLETE
    claim, phone = waiting
    if phone is None:
        return _doubt(database, document_id, clock.now())
    answer = registry.verify(identity_claim(claim, phone, MATTER))
    if isinstance(answer, Unavailable):
        raise TryAgain(answer.reason)
    now = clock.now()
    if isinstance(answer, Unsupported):
        return Outcome.OBSOLETE
    if isinstance(answer, Mismatch):
        return _refuse(database, document_id, answer, now)
    try:
        return _confirm(database, vault, document_id, answer, now, hold)
    except enrolment.Taken:
        return _tell_of_loss(database, vault, document_id, claim, now)


def _waiting(database: Database, document_id: UUID) -> tuple[Claim, str | None] | None:
    """The claim, and the phone that the person has proven by a code."""
    with database.reading() as db:
        found = _open(db, document_id)
        if found is None:
            return None
        person, document = found
        kind = DocumentType(document.kind)
        return Claim(kind, document.number or "", person.name or "", document.country), person.phone


def _open(db: Session, document_id: UUID) -> tuple[Person, Document] | None:
    """The claim, if it still waits for an answer."""
    document = db.get(Document, document_id)
    if document is None or document.verified_at is not None:
        return None
    person = db.get_one(Person, document.person_id)
    gone = (PersonStatus.CLOSED, PersonStatus.MERGED)
    return None if person.status in gone else (person, document)


def _confirm(
    database: Database, vault: Vault, document_id: UUID, answer: Verified, now: datetime, hold: timedelta
) -> Outcome:
    with database.writing() as db:
        found = _open(db, document_id)
        if found is None:
            return Outcome.OBSOLETE
        person, document = found
        proof = enrolment.proof_of(answer)
        outcome = enrolment.confirm(db, vault, person, document, proof, now, hold)
        if outcome is enrolment.Confirmation.RAISED:
            tell(db, person.id, "identity.verified", now)
        return Outcome(outcome)


def _doubt(database: Database, document_id: UUID, now: datetime) -> Outcome:
    with database.writing() as db:
        found = _open(db, document_id)
        if found is None:
            return Outcome.OBSOLETE
        refused = IdentityRefused(person_id=found[0].id, reason=Outcome.PHONELESS, registry_request_id="")
        trail.record(db, refused)
        tell(db, found[0].id, "identity.unconfirmed", now)
        return Outcome.PHONELESS


def _refuse(database: Database, document_id: UUID, answer: Mismatch, now: datetime) -> Outcome:
    with database.writing() as db:
        found = _open(db, document_id)
        if found is None:
            return Outcome.OBSOLETE
        person, _ = found
        trail.record(
            db,
            IdentityRefused(person_id=person.id, reason=answer.reason, registry_request_id=answer.request_id),
        )
        dead = answer.reason is MismatchReason.DECEASED
        tell(db, person.id, "identity.cannot_verify" if dead else "identity.refused", now)
        return Outcome.MISMATCH


def _tell_of_loss(
    database: Database, vault: Vault, document_id: UUID, claim: Claim, now: datetime
) -> Outcome:
    """The person hears that their document is another's; the holder hears that somebody proved it too."""
    with database.writing() as db:
        found = _open(db, document_id)
        if found is not None:
            trail.record(db, IdentityRefused(person_id=found[0].id, reason="taken", registry_request_id=""))
            tell(db, found[0].id, "verification.taken", now)
        owner = belongings.held(db, vault, claim, now)
        if owner is not None:
            tell(db, owner.document.person_id, "registration.repeated", now)
        return Outcome.TAKEN
