"""Who did what with a person's account, and which service got which of their data, as one line of time.

Three records are read side by side: the trail, the authorizations – one for each time a service was given
something – and what services read with them, added up by service and day (`oauth.reads`). A day's reads stand
at the hour of the last one. Pages follow time and id; nothing is skipped.
"""

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from heapq import merge
from itertools import islice
from uuid import UUID

from sqlalchemy import ColumnElement, and_, not_, or_, select, union
from sqlalchemy.orm import InstrumentedAttribute, Session

from idp import clock
from idp.audit import attribution, scope
from idp.audit.events import ConsentGiven, StatusChanged
from idp.audit.models import AuditEvent
from idp.clients.scopes import SCOPES
from idp.oauth.models import Authorization, DataRead
from idp.persons.models import PersonStatus
from idp.storage.columns import microseconds, moment

RECEIVED = "data.received"
"""Topic of what the authorizations tell."""
LOOKED_UP = "person.looked_up"
"""Topic of what the trail tells with its purpose."""
DONE = "visit.used"
"""Topic of what the trail tells with its matter and step."""
STATUSES: dict[tuple[str, str], str] = {
    (PersonStatus.CLOSING, PersonStatus.ACTIVE): "person.reopened",
    (PersonStatus.FROZEN, PersonStatus.ACTIVE): "person.unfrozen",
    ("", PersonStatus.FROZEN): "person.frozen",
    ("", PersonStatus.CLOSING): "person.closing",
    ("", PersonStatus.DECEASED): "person.deceased",
}
"""Status before (of any kind: empty) and after → the topic that names the change."""
READ = "data.read"
"""Topic of what was read on one day."""


class Kind(StrEnum):
    """What one may ask to see alone."""

    RECEIVED = "received"
    SIGN_IN = "sign_in"
    CONSENT = "consent"
    SECURITY = "security"
    IDENTITY = "identity"
    ACCOUNT = "account"
    """Whatever else happened."""


TOPICS = {
    Kind.SIGN_IN: ("session.", "sign_in.", "code.", "refresh."),
    Kind.CONSENT: ("consent.", "department.", "authorization."),
    Kind.SECURITY: ("password.", "credential.", "two_steps.", "recovery", "phone."),
    Kind.IDENTITY: ("identity.", "name.", "verification.", "document.", "displacement.", "registration."),
}
"""How the topics of the trail begin, by kind."""


@dataclass(frozen=True)
class Place:
    """Where a page ends: the moment and id of its last entry."""

    at: datetime
    id: UUID

    def __str__(self) -> str:
        return f"{microseconds(self.at)}.{self.id.hex}"


@dataclass(frozen=True)
class Wanted:
    """What a person asks to see; empty means everything."""

    service: str = ""
    kind: Kind | None = None
    since: date | None = None
    until: date | None = None
    """The last day, in Beijing."""


@dataclass(frozen=True)
class Entry:
    """One thing that happened."""

    id: UUID
    at: datetime
    topic: str
    actor: str
    """`self`, `worker`, `system`, `service`, `unproven`, `another` (`audit.attribution`), or an operator."""
    client_id: str | None
    session_id: UUID | None
    source: str | None = None
    """None of an administrator's: where they work is nobody else's business."""
    scopes: frozenset[str] = field(default=frozenset())
    purpose: str = ""
    """Why an administrator looked the person up."""
    text: str = ""
    """The key of the text that was agreed to or told."""
    times: int = 1
    """How often, of what was added up by the day."""
    matter: str = ""
    """The code of what an operator did for the person."""
    action: str = ""
    """Which step of it (`matters.Action`)."""

    @property
    def claims(self) -> list[str]:
        """The kinds of data a service was given."""
        return claims_of(self.scopes)


def claims_of(given: Container[str]) -> list[str]:
    """The kinds of data that scopes give away besides the person's number there."""
    found = (claim for scope in SCOPES if scope in given for claim in SCOPES[scope])
    return [claim for claim in found if claim != "sub" and not claim.endswith("_verified")]


def page(db: Session, person_id: UUID, wanted: Wanted, before: Place | None, limit: int) -> list[Entry]:
    """The latest entries before a place, newest first."""
    found: list[list[Entry]] = []
    if wanted.kind is not Kind.RECEIVED:
        found.append(_happened(db, person_id, wanted, before, limit))
    if wanted.kind in (None, Kind.RECEIVED):
        found.append(_received(db, person_id, wanted, before, limit))
        found.append(_read(db, person_id, wanted, before, limit))
    ordered = merge(*found, key=lambda entry: (entry.at, entry.id.int), reverse=True)
    return list(islice(ordered, limit))


def everything(db: Session, person_id: UUID, wanted: Wanted, most: int) -> Iterator[Entry]:
    """Entry by entry, read a batch at a time, at most so many."""
    place: Place | None = None
    while most > 0:
        batch = page(db, person_id, wanted, place, min(500, most))
        if not batch:
            return
        yield from batch
        most -= len(batch)
        place = Place(batch[-1].at, batch[-1].id)


def place(text: str) -> Place | None:
    """Read a place from an address; None for anything else."""
    at, _, ident = text.partition(".")
    if not (at.isdecimal() and len(at) <= 17):
        return None
    try:
        return Place(moment(int(at)), UUID(ident))
    except (ValueError, OverflowError):
        return None


def services(db: Session, person_id: UUID) -> Sequence[str]:
    """The clients that ever got something of the person, as far as it is kept."""
    given = select(Authorization.client_id).where(Authorization.person_id == person_id)
    read = select(DataRead.client_id).where(DataRead.person_id == person_id)
    told = select(AuditEvent.client_id).where(
        AuditEvent.person_id == person_id, AuditEvent.client_id.is_not(None)
    )
    return sorted({*db.scalars(union(given, read)), *(one for one in db.scalars(told.distinct()) if one)})


def _happened(db: Session, person_id: UUID, wanted: Wanted, before: Place | None, limit: int) -> list[Entry]:
    at, ident = AuditEvent.at, AuditEvent.id
    query = (
        select(AuditEvent)
        .where(AuditEvent.person_id == person_id, *_of_kind(wanted.kind))
        .where(*_narrowing(at, ident, AuditEvent.client_id, wanted, before))
        .order_by(at.desc(), ident.desc())
    )
    return [
        Entry(
            id=row.id,
            at=row.at,
            topic=_named(row),
            actor=attribution.who(row.topic, row.actor),
            client_id=row.client_id,
            session_id=row.session_id,
            source=None if row.actor.startswith(scope.ADMINISTRATOR) else row.source,
            purpose=_told(row, LOOKED_UP, "purpose"),
            text=_told(row, ConsentGiven.topic, "text").partition("@")[0],
            matter=_told(row, DONE, "matter"),
            action=_told(row, DONE, "action"),
        )
        for row in db.scalars(query.limit(limit))
    ]


def _told(row: AuditEvent, topic: str, detail: str) -> str:
    """A detail that readers of this topic are told; nothing for another topic."""
    return str(row.details.get(detail, "")) if row.topic == topic else ""


def _named(row: AuditEvent) -> str:
    """The topic; of a status, which one it was, in the words of the notice about it."""
    if row.topic != StatusChanged.topic:
        return row.topic
    before, after = str(row.details.get("before", "")), str(row.details.get("after", ""))
    return STATUSES.get((before, after)) or STATUSES.get(("", after)) or row.topic


def _received(db: Session, person_id: UUID, wanted: Wanted, before: Place | None, limit: int) -> list[Entry]:
    at, ident = Authorization.created_at, Authorization.id
    query = (
        select(Authorization)
        .where(Authorization.person_id == person_id)
        .where(*_narrowing(at, ident, Authorization.client_id, wanted, before))
        .order_by(at.desc(), ident.desc())
    )
    return [
        Entry(row.id, row.created_at, RECEIVED, "service", row.client_id, row.session_id, scopes=row.scopes)
        for row in db.scalars(query.limit(limit))
    ]


def _read(db: Session, person_id: UUID, wanted: Wanted, before: Place | None, limit: int) -> list[Entry]:
    at, ident = DataRead.last_at, DataRead.id
    query = (
        select(DataRead)
        .where(DataRead.person_id == person_id)
        .where(*_narrowing(at, ident, DataRead.client_id, wanted, before))
        .order_by(at.desc(), ident.desc())
    )
    return [
        Entry(row.id, row.last_at, READ, "service", row.client_id, None, scopes=row.scopes, times=row.times)
        for row in db.scalars(query.limit(limit))
    ]


def _of_kind(kind: Kind | None) -> Iterator[ColumnElement[bool]]:
    if kind is Kind.ACCOUNT:
        known = [start for starts in TOPICS.values() for start in starts]
        yield not_(or_(*(AuditEvent.topic.startswith(start, autoescape=True) for start in known)))
    elif kind is not None:
        yield or_(*(AuditEvent.topic.startswith(start, autoescape=True) for start in TOPICS[kind]))


def _narrowing(
    at: InstrumentedAttribute[datetime],
    ident: InstrumentedAttribute[UUID],
    client_id: InstrumentedAttribute[str] | InstrumentedAttribute[str | None],
    wanted: Wanted,
    before: Place | None,
) -> Iterator[ColumnElement[bool]]:
    if wanted.service:
        yield client_id == wanted.service
    if wanted.since:
        yield at >= _midnight(wanted.since)
    if wanted.until:
        yield at < _midnight(wanted.until + timedelta(days=1))
    if before:
        yield or_(at < before.at, and_(at == before.at, ident < before.id))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), clock.CHINA)
