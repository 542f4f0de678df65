"""Level 4 实人: the holder of a verified document has shown their face to the service that knows it.

Level 3 comes first, because a face is compared with the photograph of somebody known by name and number. What
is kept is the result, its band, the service's id of the call and when; it lasts as long as the setting says.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from idp import clock
from idp.audit import trail
from idp.audit.events import ConsentWithdrawn, IdentityVerified, LikenessCompared
from idp.evidence import levels
from idp.evidence.models import Evidence, Method
from idp.keys.vault import Vault
from idp.notices.telling import tell
from idp.persons import belongings
from idp.persons.belongings import Proof
from idp.persons.identifiers import DocumentType
from idp.persons.likeness import Compared, Outcome, Sitting
from idp.persons.models import Document, Person
from idp.persons.registry import IdentityClaim, Purpose
from idp.storage.state import StateStore
from idp.storage.tally import Tally

LEVEL = levels.SUPPORTS[Method.REAL_PERSON]
NEEDED = levels.SUPPORTS[Method.REGISTRY_MATCH]
SYSTEM, MATTER = "yitong", "real_person"
PROVEN, REFUSED = "real_person.proven", "real_person.refused"
"""Topics of what the person is told."""


@dataclass(frozen=True)
class Attempt:
    """A sitting, and whose: the session that asked for it is the only one that its result may raise."""

    person_id: UUID
    session_id: UUID
    document_id: UUID
    sitting: Sitting
    interaction: str | None = None
    """The sign-in that is waiting, if one sent the person here."""


@dataclass(frozen=True)
class Subject:
    """The document whose holder is to be seen, and the question about it."""

    document_id: UUID
    claim: IdentityClaim


def subject(db: Session, person_id: UUID, now: datetime) -> Subject | None:
    """Whom to compare with; None below level 3, where there is nobody to compare with."""
    person = db.get_one(Person, person_id)
    for document in sorted(person.documents, key=lambda one: one.kind != DocumentType.RESIDENT_ID):
        if _is_held(db, document, now):
            purpose = Purpose(SYSTEM, MATTER)
            kind, number = DocumentType(document.kind), document.number or ""
            return Subject(document.id, IdentityClaim(kind, number, person.name or "", purpose))
    return None


def attempts(state: StateStore, vault: Vault, person_id: UUID, now: datetime) -> Tally:
    """How often this person has tried today; counted before it is tried."""
    blind = vault.digest("likeness", person_id.hex).hex()
    return Tally(state, f"likeness:{blind}:{clock.day(now):%Y%m%d}")


def conclude(db: Session, attempt: Attempt, compared: Compared, lasts: timedelta, now: datetime) -> bool:
    """Note what the service found; a yes about a document that is still the person's makes level 4."""
    trail.record(
        db,
        LikenessCompared(
            person_id=attempt.person_id,
            session_id=attempt.session_id,
            outcome=compared.outcome,
            band=compared.band or "",
            registry_request_id=compared.request_id,
        ),
    )
    person, document = db.get_one(Person, attempt.person_id), db.get(Document, attempt.document_id)
    if compared.outcome is Outcome.NOT_SAME:
        tell(db, person.id, REFUSED, now)
    if compared.outcome is not Outcome.SAME or document is None or document.person_id != person.id:
        return False
    if not _is_held(db, document, now):
        return False
    proof = Proof(Method.REAL_PERSON, LEVEL, compared.authority, compared.request_id, compared.at)
    evidence = belongings.evidence_of(person, document, proof)
    evidence.expires_at = now + lasts
    db.add(evidence)
    person.version += 1
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
    tell(db, person.id, PROVEN, now)
    return True


def valid_until(db: Session, person_id: UUID, now: datetime) -> datetime | None:
    """How long the person's last proof of this kind is good for; None without a valid one."""
    ends = [
        record.expires_at or now
        for record in levels.of_person(db, person_id, now)
        if record.method == Method.REAL_PERSON
    ]
    return max(ends, default=None)


def withdraw(db: Session, person_id: UUID, now: datetime) -> int:
    """Take back what rests on the consent to compare faces (PIPL Art. 15): the level falls with it."""
    ended = db.scalars(
        update(Evidence)
        .where(
            Evidence.person_id == person_id,
            Evidence.method == Method.REAL_PERSON,
            Evidence.withdrawn_at.is_(None),
        )
        .values(withdrawn_at=now, withdrawn_because="consent_withdrawn")
        .returning(Evidence.id)
    ).all()
    if ended:
        db.execute(update(Person).where(Person.id == person_id).values(version=Person.version + 1))
        trail.record(db, ConsentWithdrawn(person_id=person_id, authorizations=0))
    return len(ended)


def _is_held(db: Session, document: Document, now: datetime) -> bool:
    """Whether the document is its person's own, by evidence that still holds."""
    if document.verified_at is None or document.displaced_at is not None:
        return False
    records = db.scalars(select(Evidence).where(Evidence.document_id == document.id))
    return levels.level_of(records, now) >= NEEDED
