"""A person's own means of proof: found, added, taken away, each with its event and its notice."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from idp.audit import trail
from idp.audit.events import CredentialAdded, CredentialEnded, TwoStepsChosen
from idp.authenticators.models import Credential
from idp.notices.telling import tell
from idp.persons import locking
from idp.persons.models import Person, Realm

SECOND_FACTORS = ("totp", "passkey", "certificate")
"""Kinds that make two steps possible without the phone."""
LONGEST_NAME = 32


def living(db: Session, person_id: UUID, *kinds: str) -> Sequence[Credential]:
    """The person's credentials of these kinds (of every kind without one), oldest first."""
    query = select(Credential).where(Credential.person_id == person_id, Credential.ended_at.is_(None))
    if kinds:
        query = query.where(Credential.kind.in_(kinds))
    return db.scalars(query.order_by(Credential.created_at, Credential.id)).all()


def find(db: Session, kind: str, handle: str) -> Credential | None:
    """Whose credential this is, by the digest it is found by."""
    return db.scalar(
        select(Credential).where(
            Credential.kind == kind, Credential.handle == handle, Credential.ended_at.is_(None)
        )
    )


def add(db: Session, credential: Credential, now: datetime) -> Credential:
    """Keep a new one; its name is cut to what a page can show."""
    credential.name = credential.name.strip()[:LONGEST_NAME]
    credential.created_at = credential.changed_at = now
    db.add(credential)
    db.flush()
    trail.record(db, CredentialAdded(person_id=credential.person_id, kind=credential.kind))
    tell(db, credential.person_id, "credential.added", now)
    return credential


def rename(credential: Credential, name: str, now: datetime) -> None:
    """Call it something else."""
    credential.name, credential.changed_at = name.strip()[:LONGEST_NAME], now


def end(db: Session, credential: Credential, because: str, now: datetime) -> None:
    """Take one away; with the last second factor, two steps are no longer asked for."""
    locking.first(db, credential.person_id)
    credential.ended_at, credential.handle, credential.seed_sealed = now, None, None
    trail.record(db, CredentialEnded(person_id=credential.person_id, kind=credential.kind, reason=because))
    tell(db, credential.person_id, "credential.ended", now)
    db.flush()
    if not living(db, credential.person_id, *SECOND_FACTORS):
        choose_two_steps(db, credential.person_id, False)


def guarded(db: Session, person: Person) -> int:
    """The AAL at which a person's means of proof may be changed: the best that those they have can give."""
    return 2 if person.least_aal > 1 or living(db, person.id, *SECOND_FACTORS) else 1


def choose_two_steps(db: Session, person_id: UUID, wanted: bool) -> None:
    """Ask for a second factor at every sign-in from now on, or no longer; civil servants are always asked."""
    aal = 2 if wanted else 1
    changed = db.scalars(
        update(Person)
        .where(Person.id == person_id, Person.least_aal != aal, Person.realm == Realm.CITIZEN)
        .values(least_aal=aal)
        .returning(Person.id)
    ).all()
    if changed:
        trail.record(db, TwoStepsChosen(person_id=person_id, chosen=wanted))
