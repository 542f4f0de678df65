"""Searching the trail: by what happened, about whom, for which application, when, in which request.

An auditor of a part of the tree sees what its applications, its civil servants and its administrators did.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from admin_ui.administrators import actor_of
from admin_ui.models import Administrator
from admin_ui.subtree import Top, below
from idp import clock
from idp.account.timeline import Place
from idp.audit import chain, events
from idp.audit.models import AuditEvent
from idp.clients.models import ClientRow
from idp.departments.models import Department
from idp.persons.models import Staff

LATELY = 5000
"""So many of the last events are verified at once; the whole chain is the command's."""


@dataclass(frozen=True)
class Sought:
    """What an auditor asks to see; empty means everything."""

    topic: str = ""
    person: UUID | None = None
    client: str = ""
    request: str = ""
    since: date | None = None
    until: date | None = None
    """The last day, in Beijing."""

    @property
    def filters(self) -> str:
        """Which filters are used, without what they say."""
        return " ".join(field.name for field in fields(self) if getattr(self, field.name))


def topics() -> list[str]:
    """Every topic there is."""
    return sorted(events.topics())


def page(
    db: Session, sought: Sought, tops: Sequence[Top], before: Place | None, limit: int
) -> Sequence[AuditEvent]:
    """The latest events before a place, newest first."""
    query = select(AuditEvent).where(*_narrowing(sought), *_within(db, tops))
    if before:
        at, ident = AuditEvent.at, AuditEvent.id
        query = query.where(or_(at < before.at, and_(at == before.at, ident < before.id)))
    return db.scalars(query.order_by(AuditEvent.at.desc(), AuditEvent.id.desc()).limit(limit)).all()


def clients(db: Session, tops: Sequence[Top]) -> Sequence[str]:
    """The ids of the applications in these subtrees."""
    return db.scalars(_clients(tops)).all()


def verified_lately(db: Session, key: bytes) -> chain.Report:
    """Whether the last events fit together and into the chain."""
    first, last = db.execute(select(func.min(AuditEvent.sequence), func.max(AuditEvent.sequence))).one()
    since = max((last or 0) - LATELY, 0)
    return chain.verify(db, key, since if since >= (first or 0) else 0)


def _narrowing(sought: Sought) -> Iterator[ColumnElement[bool]]:
    if sought.topic:
        yield AuditEvent.topic == sought.topic
    if sought.person:
        yield AuditEvent.person_id == sought.person
    if sought.client:
        yield AuditEvent.client_id == sought.client
    if sought.request:
        yield AuditEvent.request_id == sought.request
    if sought.since:
        yield AuditEvent.at >= _midnight(sought.since)
    if sought.until:
        yield AuditEvent.at < _midnight(sought.until + timedelta(days=1))


def _within(db: Session, tops: Sequence[Top]) -> Iterator[ColumnElement[bool]]:
    if None in tops:
        return
    servants = (
        select(Staff.person_id)
        .join(Department, Department.id == Staff.department_id)
        .where(below(tops, Department.path))
    )
    appointed = (
        select(Administrator.person_id)
        .join(Department, Department.id == Administrator.department_id)
        .where(below(tops, Department.path))
    )
    actors = [actor_of(person_id) for person_id in db.scalars(appointed.distinct())]
    yield or_(
        AuditEvent.client_id.in_(_clients(tops)),
        AuditEvent.person_id.in_(servants),
        AuditEvent.person_id.in_(appointed),
        AuditEvent.actor.in_(actors),
    )


def _clients(tops: Sequence[Top]) -> Select[str]:
    here = below(tops, Department.path)
    return select(ClientRow.id).outerjoin(Department, Department.id == ClientRow.department_id).where(here)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), clock.CHINA)
