"""Create a person from a proven phone and a claim, and believe a claim that an authority confirmed.

A verified document belongs to one person; an unverified claim holds no number, so nobody can squat one. Nor
does a claim for whose holder the registry has another phone on file: whoever knows a name and a number need
not be their holder. What two do at once is decided by the unique indexes of the database: the second gets
`Taken`, nothing written.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from idp.audit import trail
from idp.audit.events import (
    IdentityRefused,
    IdentityVerified,
    PersonRegistered,
    PhoneProven,
    VerificationQueued,
)
from idp.evidence import levels
from idp.evidence.models import Evidence, Method
from idp.keys.vault import Vault
from idp.notices.telling import tell
from idp.outbox import queue
from idp.persons import belongings, displacement
from idp.persons.belongings import Proof
from idp.persons.claim import Claim
from idp.persons.models import Document, Person
from idp.persons.registry import PhoneMatch, Unavailable, Unsupported, Verified

METHODS = {
    PhoneMatch.MATCH: Method.REGISTRY_PHONE_MATCH,
    PhoneMatch.UNKNOWN: Method.REGISTRY_MATCH,
    PhoneMatch.MISMATCH: Method.REGISTRY_PHONE_MISMATCH,
}
"""How somebody was verified whose name and number the registry confirmed."""
VERIFY = "person.verify"
"""Topic of checks that wait for the registry (`persons.pending`)."""


class Taken(Exception):
    """Somebody else has the document, phone or login name by now; nothing was written."""


class Confirmation(StrEnum):
    """What became of a claim whose name and number an authority confirmed."""

    RAISED = "raised"
    """The person now holds the document."""
    HELD = "held"
    """Somebody holds it at a lower level; it moves after the hold."""
    DOUBTED = "doubted"
    """The authority has another phone on file; the person holds nothing more than before."""


@dataclass(frozen=True)
class Applicant:
    """Who is to become a person: a phone proven by a code, a claim, and what the registry said of it."""

    claim: Claim
    answer: Verified | Unavailable | Unsupported
    phone: str | None = field(default=None, repr=False)
    """E.164, proven; None when an operator creates a person without one."""
    login_name: str | None = None
    locale: str = "zh-Hans"
    origin: str = "portal"


def enrol(db: Session, vault: Vault, applicant: Applicant, now: datetime, hold: timedelta) -> Person:
    """
    Create the person; raises Taken when document, phone or login name are somebody's already.

    Ask `belongings.known_to` first: it says who must be told instead of creating anybody. A phone that is
    somebody else's is detached from them here, which only a conclusive proof may cause.
    """
    proof = proof_of(applicant.answer) if isinstance(applicant.answer, Verified) else None
    person = Person(
        locale=applicant.locale, origin=applicant.origin, login_name=applicant.login_name, created_at=now
    )
    try:
        db.add(person)
        db.flush()
        document = claim_document(db, person, applicant.claim, now)
        if applicant.phone is not None:
            may_reclaim = proof is not None and proof.is_conclusive
            _give_phone(db, vault, person, applicant.phone, may_reclaim, now)
        db.flush()
        trail.record(db, PersonRegistered(person_id=person.id, origin=applicant.origin))
        if proof is not None:
            confirm(db, vault, person, document, proof, now, hold)
        elif isinstance(applicant.answer, Unavailable):
            queue_check(db, person, document, applicant.answer, now)
        db.flush()
    except IntegrityError:
        raise Taken from None
    return person


def claim_document(db: Session, person: Person, claim: Claim, now: datetime) -> Document:
    """Note what the person says of themselves, in place of earlier claims that nobody confirmed."""
    for earlier in list(person.documents):
        if earlier.verified_at is None:
            person.documents.remove(earlier)
            db.delete(earlier)
        elif earlier.displaced_at is None and belongings.claim_of(earlier).key == claim.key:
            _describe(person, claim)
            return earlier
    document = Document(person_id=person.id, kind=claim.kind, country=claim.country, created_at=now)
    person.documents.append(document)
    document.number = claim.number
    _describe(person, claim)
    db.flush()
    db.add(
        Evidence(
            person_id=person.id,
            document_id=document.id,
            method=Method.DOCUMENT_FORMAT,
            authority="self",
            level=levels.SUPPORTS[Method.DOCUMENT_FORMAT],
            at=now,
        )
    )
    return document


def confirm(
    db: Session,
    vault: Vault,
    person: Person,
    document: Document,
    proof: Proof,
    now: datetime,
    hold: timedelta,
) -> Confirmation:
    """
    Believe a claim that an authority confirmed; raises Taken when somebody holds the document just as well.

    Proof at a higher level than the holder's takes it from them, after a notice and the hold. What is not
    conclusive is noted and gives nothing.
    """
    held = belongings.held(db, vault, belongings.claim_of(document), now)
    of_another = held if held is not None and held.document.person_id != person.id else None
    if of_another is not None and of_another.level >= proof.level:
        raise Taken
    if not proof.is_conclusive:
        _doubt(db, person, document, proof, now)
        return Confirmation.DOUBTED
    if of_another is not None:
        displacement.announce(db, of_another.document, person, document, proof, now, hold)
        return Confirmation.HELD
    try:
        belongings.give_document(db, vault, person, document, proof, now)
        db.flush()
    except IntegrityError:
        raise Taken from None
    trail.record(
        db,
        IdentityVerified(
            person_id=person.id,
            method=proof.method,
            authority=proof.authority,
            registry_request_id=proof.request_id,
            level=proof.level,
        ),
    )
    return Confirmation.RAISED


def queue_check(db: Session, person: Person, document: Document, why: Unavailable, now: datetime) -> None:
    """Leave the check to the worker, because the authority gave no answer, and tell the person."""
    payload = {"person_id": str(person.id), "document_id": str(document.id)}
    queue.put(db, VERIFY, payload, subject=str(person.id))
    trail.record(db, VerificationQueued(person_id=person.id, reason=why.reason))
    tell(db, person.id, "verification.queued", now)


def proof_of(answer: Verified) -> Proof:
    """What a registry's answer about name, number and phone is worth."""
    method = METHODS[answer.phone]
    return Proof(method, levels.SUPPORTS[method], answer.authority, answer.request_id, answer.at)


def _doubt(db: Session, person: Person, document: Document, proof: Proof, now: datetime) -> None:
    """Note what the authority said, and tell the person what they can do."""
    db.add(belongings.evidence_of(person, document, proof))
    trail.record(
        db, IdentityRefused(person_id=person.id, reason=proof.method, registry_request_id=proof.request_id)
    )
    tell(db, person.id, "identity.unconfirmed", now)


def _describe(person: Person, claim: Claim) -> None:
    person.name = claim.name
    person.sex = claim.sex
    person.birth_date = claim.birth_date.isoformat() if claim.birth_date else None


def _give_phone(
    db: Session, vault: Vault, person: Person, phone: str, may_reclaim: bool, now: datetime
) -> None:
    holder = belongings.phone_holder(db, vault, phone)
    if holder is not None:
        if not may_reclaim:
            raise Taken
        belongings.reclaim_phone(db, holder, now)
    belongings.give_phone(db, vault, person, phone)
    db.add(
        Evidence(
            person_id=person.id,
            method=Method.PHONE_CODE,
            authority="sms",
            level=levels.SUPPORTS[Method.PHONE_CODE],
            at=now,
        )
    )
    trail.record(db, PhoneProven(person_id=person.id))
