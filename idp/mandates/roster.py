"""Lists of an organisation's mandates, and the names that go with them: what pages and files show."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, or_, select
from sqlalchemy.orm import Session

from idp.mandates.models import Mandate, Role, State
from idp.mandates.scope import Scope
from idp.mandates.statement import Name, Names
from idp.matters.models import Matter, MatterGroup
from idp.organisations.models import Organisation
from idp.persons.models import Person

LIVING = (State.ACTIVE, State.SUSPENDED, State.COOLING)
SHOWN = 100
MOST_AT_ONCE = 500
"""Parameters of one statement."""


@dataclass(frozen=True)
class Agent:
    """Who a mandate names, as those who administer the organisation may read it."""

    name: str
    organisation: bool = False


def members(
    db: Session, organisation_id: UUID, after: UUID | None = None, most: int = SHOWN
) -> Sequence[Mandate]:
    """Whoever may act for it or would if nothing rested: the highest roles first, then the oldest."""
    query = select(Mandate).where(
        Mandate.organisation_id == organisation_id, Mandate.state.in_(list(LIVING)), _after(db, after)
    )
    return db.scalars(query.order_by(_rank(), Mandate.created_at, Mandate.id).limit(most)).all()


def waiting(db: Session, organisation_id: UUID, now: datetime) -> Sequence[Mandate]:
    """Invitations that nobody has answered."""
    query = select(Mandate).where(
        Mandate.organisation_id == organisation_id,
        Mandate.state == State.INVITED,
        Mandate.settles_at > now,
    )
    return db.scalars(query.order_by(Mandate.created_at.desc()).limit(MOST_AT_ONCE)).all()


def agents(db: Session, mandates: Iterable[Mandate]) -> Mapping[UUID, Agent]:
    """Whom each of these mandates names, or was offered to, by the mandate's id."""
    rows = list(mandates)
    persons = people(db, (one.agent_person_id for one in rows))
    companies = organisations(db, (one.agent_organisation_id for one in rows))
    found = {}
    for one in rows:
        if one.agent_organisation_id is not None:
            found[one.id] = Agent(companies[one.agent_organisation_id].name, organisation=True)
        elif one.agent_person_id is not None:
            found[one.id] = Agent(persons.get(one.agent_person_id, ""))
        else:
            found[one.id] = Agent(one.invitee_name or "")
    return found


def people(db: Session, ids: Iterable[UUID | None]) -> Mapping[UUID, str]:
    """The names of these persons."""
    return {
        one.id: one.name or ""
        for batch in _batches(ids)
        for one in db.scalars(select(Person).where(Person.id.in_(batch)))
    }


def organisations(db: Session, ids: Iterable[UUID | None]) -> Mapping[UUID, Organisation]:
    """These organisations by their ids."""
    return {
        one.id: one
        for batch in _batches(ids)
        for one in db.scalars(select(Organisation).where(Organisation.id.in_(batch)))
    }


def names(db: Session, scopes: Iterable[Scope]) -> Names:
    """What the matters and groups of these scopes are called, withdrawn ones too."""
    found = list(_matters(db, (code for scope in scopes for code in scope.matters)))
    return Names(
        matters={one.code: Name(one.name, one.name_en) for one in found},
        groups={one.code: Name(one.name, one.name_en) for one in db.scalars(select(MatterGroup))},
        group_of={one.code: one.group_code for one in found},
    )


def matters(db: Session, codes: Iterable[str]) -> Mapping[str, Name]:
    """What the matters of these codes are called, withdrawn ones too."""
    return {one.code: Name(one.name, one.name_en) for one in _matters(db, codes)}


def _matters(db: Session, codes: Iterable[str]) -> Iterator[Matter]:
    wanted = sorted(set(codes))
    for start in range(0, len(wanted), MOST_AT_ONCE):
        yield from db.scalars(select(Matter).where(Matter.code.in_(wanted[start : start + MOST_AT_ONCE])))


def _after(db: Session, after: UUID | None) -> ColumnElement[bool]:
    last = db.get(Mandate, after) if after else None
    if last is None:
        return Mandate.id.is_not(None)
    rank = list(Role).index(Role(last.role))
    later = or_(
        Mandate.created_at > last.created_at,
        and_(Mandate.created_at == last.created_at, Mandate.id > last.id),
    )
    return or_(_rank() > rank, and_(_rank() == rank, later))


def _rank() -> ColumnElement[int]:
    return case({role.value: place for place, role in enumerate(Role)}, value=Mandate.role, else_=len(Role))


def _batches(ids: Iterable[UUID | None]) -> Iterator[list[UUID]]:
    wanted = sorted({one for one in ids if one is not None})
    for start in range(0, len(wanted), MOST_AT_ONCE):
        yield wanted[start : start + MOST_AT_ONCE]
