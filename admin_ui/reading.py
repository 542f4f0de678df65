"""The audit trail at `/admin/trail`, for auditors: search, page by page, and whether the chain is whole."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_ui import administrators, searching
from admin_ui.access import HOME, Permission, needs, who
from admin_ui.events import TrailSearched
from admin_ui.searching import Sought
from admin_ui.showing import show
from idp import clock
from idp.account import timeline
from idp.account.own import service_name
from idp.audit import trail
from idp.audit.models import AuditEvent
from idp.persons.models import Staff
from idp.services import current

bp = Blueprint("trail", __name__, url_prefix=f"{HOME}/trail")
PAGE = f"{HOME}/trail"
SHOWN = 50
OFFERED = 500


@dataclass(frozen=True)
class Line:
    """One event, with names in place of ids where an auditor knows whom they mean."""

    at: datetime
    topic: str
    actor: str
    """`self`, `worker`, `system`, or who else acts: an administrator's login, an operator's."""
    person: UUID | None
    login: str
    """Of the person, if they are a civil servant; citizens are told by their id alone."""
    client: str
    source: str
    request: str
    sequence: int | None
    details: Mapping[str, object]

    @property
    def beijing(self) -> str:
        """When, to the second, as every table writes it."""
        return f"{self.at.astimezone(clock.CHINA):%Y-%m-%d %H:%M:%S}"


@bp.get("")
@needs(Permission.READ_TRAIL)
def search() -> ResponseReturnValue:
    """The latest events that are sought, or those before one."""
    sought, tops = _sought(), who().tops(Permission.READ_TRAIL)
    malformed = bool(request.args.get("person", "").strip()) and sought.person is None
    with current().database.reading() as db:
        before = timeline.place(request.args.get("before", ""))
        found = [] if malformed else searching.page(db, sought, tops, before, SHOWN + 1)
        lines = _lines(db, found[:SHOWN])
        clients = [(one, service_name(one) or one) for one in searching.clients(db, tops)[:OFFERED]]
    if sought.person:
        _note(sought, sought.person)
    last = found[SHOWN - 1] if len(found) > SHOWN else None
    return show(
        "trail",
        sought=sought,
        malformed=malformed,
        lines=lines,
        topics=searching.topics(),
        clients=sorted(clients, key=lambda one: one[1]),
        older_url=_address(sought, before=str(timeline.Place(last.at, last.id))) if last else None,
    )


@bp.get("/verify")
@needs(Permission.READ_TRAIL)
def verify() -> ResponseReturnValue:
    """Recompute the digests of the last events."""
    key = current().vault.service_key("audit")
    with current().database.reading() as db:
        report = searching.verified_lately(db, key)
    return show("trail_verified", report=report, most=searching.LATELY)


def as_listed(named: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Words and what they stand for, in reading order: GB 18030 keeps common characters by sound."""
    return sorted(named, key=lambda one: str(one[0]).casefold().encode("gb18030"))


def _sought() -> Sought:
    """What the address asks for; what it cannot mean is not asked."""
    topic = request.args.get("topic", "")
    return Sought(
        topic=topic if topic in searching.topics() else "",
        person=_person(request.args.get("person", "")),
        client=request.args.get("client", "")[:64],
        request=request.args.get("request", "").strip()[:64],
        since=_day("since"),
        until=_day("until"),
    )


def _person(typed: str) -> UUID | None:
    try:
        return UUID(typed.strip())
    except ValueError:
        return None


def _day(name: str) -> date | None:
    try:
        day = date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
    return day if 2000 <= day.year < 2200 else None


def _note(sought: Sought, about: UUID) -> None:
    """Reading about one person is itself kept."""
    me = who()
    searched = TrailSearched(
        person_id=me.person_id, session_id=me.session_id, about=about.hex, filters=sought.filters
    )
    with current().database.writing() as db:
        trail.record(db, searched)


def _lines(db: Session, events: Sequence[AuditEvent]) -> list[Line]:
    acting = {event.actor: administrators.acting(event.actor) for event in events}
    people = {event.person_id for event in events} | set(acting.values())
    logins = _logins(db, {one for one in people if one})
    return [
        Line(
            at=event.at,
            topic=event.topic,
            actor=_login(logins, acting[event.actor]) or event.actor,
            person=event.person_id,
            login=_login(logins, event.person_id),
            client=(service_name(event.client_id) or event.client_id or ""),
            source=event.source or "",
            request=event.request_id or "",
            sequence=event.sequence,
            details=event.details,
        )
        for event in events
    ]


def _logins(db: Session, people: Collection[UUID]) -> Mapping[UUID, str]:
    query = select(Staff.person_id, Staff.login).where(Staff.person_id.in_(people))
    return dict(list(db.execute(query)))


def _login(logins: Mapping[UUID, str], person_id: UUID | None) -> str:
    return logins.get(person_id, "") if person_id else ""


def _address(sought: Sought, **more: str) -> str:
    asked = {
        "topic": sought.topic,
        "person": str(sought.person or ""),
        "client": sought.client,
        "request": sought.request,
        "since": str(sought.since or ""),
        "until": str(sought.until or ""),
        **more,
    }
    return f"{PAGE}?{urlencode({name: value for name, value in asked.items() if value})}"
