"""Level 5: what a believed assertion does, by the rules that hold for every proof of a document.

An account is raised only if the person showed that it is theirs. Who came without one gets a new one, unless
somebody holds the document: then the operator asks whether it is theirs (a slip) or not (a case).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy.orm import Session

from idp.audit import trail
from idp.audit.events import PersonRegistered
from idp.consents import rules as consents
from idp.consents import texts
from idp.consents.models import ConsentKind
from idp.evidence import levels
from idp.evidence.models import Method
from idp.keys.vault import Vault
from idp.notices.telling import tell
from idp.persons import belongings, enrolment, names
from idp.persons.belongings import Proof
from idp.persons.claim import Claim
from idp.persons.enrolment import Confirmation
from idp.persons.models import Document, Person, PersonStatus, Realm
from idp.storage.database import Refusal
from idp.windows.assertions import Presented
from idp.windows.events import WindowRefused, WindowWitnessed

LEVEL = levels.SUPPORTS[Method.WINDOW]
AGREED = {
    "service-agreement": ConsentKind.AGREEMENT,
    "privacy-policy": ConsentKind.NOTICE,
    "identity-number": ConsentKind.SENSITIVE,
}
"""What somebody who gets an account at a window signs there, and what each is."""
PROVEN = "window.proven"


class NotDone(StrEnum):
    """Why a proof came to nothing."""

    HELD = "held"
    """Somebody has an account with this document, and it was not shown to be theirs who stands here."""
    TAKEN = "taken"
    """Somebody else proved the document at a window already."""
    DIFFERS = "holder_differs"
    """The account is somebody else's than the document's: it holds or claims another."""
    RECENT = "verified_lately"
    """The document came to its account only now: whoever else is in there must have time to object."""
    ACCOUNT = "unknown_account"
    """The code is nobody's, or its person may not sign in."""
    UNSIGNED = "consent_missing"
    ELSEWHERE = "registered_elsewhere"
    """Who stands here has no account, and nobody gets one here: people register at the upstream."""


class NotProven(Refusal):
    """Nothing was changed, for this reason."""

    def __init__(self, reason: NotDone) -> None:
        super().__init__(reason.value)
        self.reason = reason


class Outcome(StrEnum):
    """What a visit came to."""

    RAISED = "raised"
    HELD = "held"
    """Proven; the document comes after the hold, because somebody holds it at a lower level."""
    CREATED = "created"


@dataclass(frozen=True)
class Proven:
    """Who was proven, and how."""

    person_id: UUID
    outcome: Outcome


def prove(
    db: Session,
    vault: Vault,
    presented: Presented,
    account: UUID | None,
    hold: timedelta,
    now: datetime,
    *,
    registers: bool = True,
) -> Proven:
    """
    Make the document the person's own at level 5; raises NotProven, or Taken if two did so at once.

    `registers` says whether whoever has no account gets one.
    """
    proof = proof_of(presented, now)
    held = belongings.held(db, vault, presented.claim, now)
    if account is None:
        if held is not None:
            raise NotProven(NotDone.HELD)
        if not registers:
            raise NotProven(NotDone.ELSEWHERE)
        return Proven(_create(db, vault, presented, proof, hold, now).id, Outcome.CREATED)
    person = db.get(Person, account)
    if person is None or person.realm != Realm.CITIZEN or person.status != PersonStatus.ACTIVE:
        raise NotProven(NotDone.ACCOUNT)
    if held is not None and held.document.person_id != person.id and held.level >= LEVEL:
        raise NotProven(NotDone.TAKEN)
    if not is_the_holders(person, presented.claim):
        trail.record(db, WindowRefused(person_id=person.id, reason=NotDone.DIFFERS))
        raise NotProven(NotDone.DIFFERS)
    witnessed(db, presented, person.id)
    document = claimed(db, person, presented.claim, now)
    confirmed = enrolment.confirm(db, vault, person, document, proof, now, hold)
    if confirmed is Confirmation.RAISED:
        tell(db, person.id, PROVEN, now)
        return Proven(person.id, Outcome.RAISED)
    return Proven(person.id, Outcome.HELD)


def is_the_holders(person: Person, claim: Claim) -> bool:
    """
    Whether a document can belong to this account: its code alone says nothing of who stands there.

    The number that it holds does. Any other must be of a kind that it has not verified, and show the name,
    birth date and sex that it holds or, before anything is verified, claims; a document that tells no birth
    date cannot join one that does, because of namesakes.
    """
    live = [one for one in person.documents if one.verified_at and one.displaced_at is None]
    if any(belongings.claim_of(one).key == claim.key for one in live):
        return True
    if any(one.kind == claim.kind for one in live):
        return False
    if not live and belongings.claims_the_same(person, claim):
        return True
    born = claim.birth_date.isoformat() if claim.birth_date else None
    is_known = bool(person.name) and names.same(person.name or "", claim.name)
    return is_known and (person.birth_date, person.sex) == (born, claim.sex)


def proof_of(presented: Presented, now: datetime) -> Proof:
    """What a reading that an operator stood by is worth."""
    return Proof(Method.WINDOW, LEVEL, f"window:{presented.operator}"[:64], presented.request_id, now)


def claimed(db: Session, person: Person, claim: Claim, now: datetime) -> Document:
    """Note the document; whoever has a verified one already keeps the name that it shows."""
    known = any(d.verified_at and d.displaced_at is None for d in person.documents)
    before = person.name, person.sex, person.birth_date
    document = enrolment.claim_document(db, person, claim, now)
    if known and document.verified_at is None:
        person.name, person.sex, person.birth_date = before
    return document


def newcomer(db: Session, claim: Claim, now: datetime) -> tuple[Person, Document]:
    """A person who has nothing yet but the document in their hand."""
    person = Person(origin="window", created_at=now)
    db.add(person)
    db.flush()
    trail.record(db, PersonRegistered(person_id=person.id, origin="window"))
    return person, enrolment.claim_document(db, person, claim, now)


def witnessed(db: Session, presented: Presented, person_id: UUID) -> None:
    """Both who stood by it are in the trail, and nobody's number is."""
    trail.record(
        db,
        WindowWitnessed(
            person_id=person_id,
            client_id=presented.device,
            operator=presented.operator,
            reader=presented.reader,
            purpose=presented.purpose,
            request_id=presented.request_id,
            **vars(presented.vouched),
        ),
    )


def _create(
    db: Session, vault: Vault, presented: Presented, proof: Proof, hold: timedelta, now: datetime
) -> Person:
    if not presented.agreed >= AGREED.keys():
        raise NotProven(NotDone.UNSIGNED)
    person, document = newcomer(db, presented.claim, now)
    for key, kind in AGREED.items():
        said = texts.said(key)
        consents.record(db, person.id, kind, said, purpose="registration", now=now, channel="window")
    witnessed(db, presented, person.id)
    enrolment.confirm(db, vault, person, document, proof, now, hold)
    return person
