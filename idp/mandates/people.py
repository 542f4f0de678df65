"""What becomes of mandates when somebody is frozen, comes back, dies, leaves for good, or loses a document.

What a person holds and what they granted rests while they may not sign in, and goes on afterwards. Whoever
represents an organisation leaves it when they close their account, or when the document by which the registry
knows them turns out to be another's.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.mandates import ending, states, succession, telling
from idp.mandates.ending import PERSON
from idp.mandates.models import OPEN, Mandate, Role, State
from idp.organisations import applications
from idp.organisations.models import Organisation, OrganisationEvidence
from idp.persons.models import Person, PersonStatus

LIVING = (PersonStatus.ACTIVE, PersonStatus.CLOSING)
CLOSED, DOCUMENT_LOST = "person_closed", "document_lost"


def follow(db: Session, person_id: UUID, status: str, now: datetime) -> Sequence[Mandate]:
    """Do what follows for mandates from a person's status; twice is once. Gives what changed."""
    if status in LIVING:
        return back(db, person_id, now)
    if status == PersonStatus.CLOSED:
        return closed(db, person_id, now)
    return lost(db, person_id, status, now)


def lost(db: Session, person_id: UUID, status: str, now: datetime) -> Sequence[Mandate]:
    """Somebody was frozen or died: what they hold and what they granted rests (domain: life cycle)."""
    resting = ending.suspend(db, _held(db, person_id, [State.ACTIVE]), f"{PERSON}{status}", now)
    telling.agents(db, resting, "mandate.suspended", now, but=person_id)
    return resting


def back(db: Session, person_id: UUID, now: datetime) -> Sequence[Mandate]:
    """
    They may sign in again: what rested because of them goes on.

    Not what rests because of somebody else as well: whoever granted it, or the agent of a mandate below.
    """
    held = _held(db, person_id, [State.SUSPENDED])
    going: list[Mandate] = []
    for one in [*held, *states.below(db, [one.id for one in held], (State.SUSPENDED,))]:
        if _may_go_on(db, one):
            going += ending.resume(db, [one], one.ended_because or "", now)
    telling.agents(db, going, "mandate.resumed", now, but=person_id)
    return going


def closed(db: Session, person_id: UUID, now: datetime, reason: str = CLOSED) -> Sequence[Mandate]:
    """An account is gone for good, or nobody knows whose it was: what it held ends, and what it granted; whom
    it represented must look."""
    for application in applications.of_person(db, person_id):
        applications.withdraw(db, application, now)
    for organisation_id in _represented(db, person_id):
        succession.leave(db, states.hold(db, organisation_id), now, reason=reason)
    held = _held(db, person_id, list(OPEN))
    gone = [*held, *states.below(db, [one.id for one in held])]
    ended = ending.end_all(db, gone, State.REVOKED, reason, now)
    telling.agents(db, ended, "mandate.over", now, but=person_id)
    return ended


def document_lost(db: Session, document_id: UUID, now: datetime) -> int:
    """A document is another's: by it nobody represents anything; gives how many organisations were left."""
    query = (
        select(Mandate.organisation_id)
        .join(OrganisationEvidence, OrganisationEvidence.id == Mandate.evidence_id)
        .where(
            OrganisationEvidence.document_id == document_id,
            Mandate.role == Role.REPRESENTATIVE,
            Mandate.state.in_([State.ACTIVE, State.SUSPENDED]),
        )
    )
    left = list(db.scalars(query))
    for organisation_id in sorted(left):
        succession.leave(db, states.hold(db, organisation_id), now, reason=DOCUMENT_LOST)
    return len(left)


def _may_go_on(db: Session, mandate: Mandate) -> bool:
    """Whether a person was all it rested for, and neither they nor anybody above is away."""
    if not (mandate.ended_because or "").startswith(PERSON):
        return False
    agent = db.get(Person, mandate.agent_person_id) if mandate.agent_person_id else None
    if agent is not None and agent.status not in LIVING:
        return False
    above = db.get(Mandate, mandate.granted_under) if mandate.granted_under else None
    return above is None or above.state != State.SUSPENDED or mandate.grace_until is not None


def _held(db: Session, person_id: UUID, wanted: Sequence[State]) -> Sequence[Mandate]:
    query = select(Mandate).where(Mandate.agent_person_id == person_id, Mandate.state.in_(wanted))
    return db.scalars(query.order_by(Mandate.organisation_id, Mandate.id)).all()


def _represented(db: Session, person_id: UUID) -> Sequence[UUID]:
    query = select(Organisation.id).where(Organisation.representative_id == person_id)
    return db.scalars(query.order_by(Organisation.id)).all()
