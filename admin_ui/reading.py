"""The audit trail at `/admin/trail`, for auditors: search, page by page, and whether the chain is whole."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from wtforms import Field, Form, StringField
from wtforms.validators import Optional, StopValidation

from admin_ui import naming, searching
from admin_ui.access import HOME, Permission, needs, who
from admin_ui.events import TrailSearched
from admin_ui.searching import Sought
from admin_ui.showing import show
from idp import clock
from idp.account import timeline
from idp.account.own import service_name
from idp.audit import trail
from idp.audit.models import AuditEvent
from idp.services import current
from idp.web import forms

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
    """A word of `audit.attribution`, `worker`, `system`, or who else acts: an administrator's login, say."""
    acted_as: str
    """The same as the trail keeps it."""
    person: UUID | None
    login: str
    """Of the person, if they are a civil servant; citizens are told by their id alone."""
    client: str
    source: str
    request: str
    sequence: int | None
    details: Mapping[str, object]
    named: Mapping[str, str]
    """Detail → what its value is called, where that has a name."""

    @property
    def beijing(self) -> str:
        """When, to the second, as every table writes it."""
        return f"{self.at.astimezone(clock.CHINA):%Y-%m-%d %H:%M:%S}"


def _is_an_id(_form: Form, field: Field) -> None:
    if _person(field.data) is None:
        raise StopValidation("person_id_malformed")


class Filter(forms.Fields):
    """The one field of the filter into which something can be typed that means nothing."""

    person = StringField(filters=[forms.trimmed], validators=[Optional(), _is_an_id])


@bp.get("")
@needs(Permission.READ_TRAIL)
def search() -> ResponseReturnValue:
    """The latest events that are sought, or those before one."""
    sought, tops, form = _sought(), who().tops(Permission.READ_TRAIL), Filter(request.args)
    well_formed = form.validate()
    with current().database.reading() as db:
        before = timeline.place(request.args.get("before", ""))
        found = searching.page(db, sought, tops, before, SHOWN + 1) if well_formed else []
        lines = _lines(db, found[:SHOWN])
        clients = [(one, service_name(one) or one) for one in searching.clients(db, tops)[:OFFERED]]
    if sought.person:
        _note(sought, sought.person)
    last = found[SHOWN - 1] if len(found) > SHOWN else None
    return show(
        "trail",
        status=200 if well_formed else 400,
        sought=sought,
        form=form,
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
    names = naming.of(db, events)
    return [
        Line(
            at=event.at,
            topic=event.topic,
            actor=names.actor(event),
            acted_as=event.actor,
            person=event.person_id,
            login=names.login(event.person_id),
            client=(service_name(event.client_id) or event.client_id or ""),
            source=event.source or "",
            request=event.request_id or "",
            sequence=event.sequence,
            details=event.details,
            named=names.details(event),
        )
        for event in events
    ]


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
