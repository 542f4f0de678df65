"""What happened with the person's account and data: on a page, filtered in its address, and as a file."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from ipaddress import IPv4Address, ip_address
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, current_app, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from idp import clock
from idp.account import own, timeline
from idp.account.timeline import Entry, Kind, Wanted
from idp.consents import texts
from idp.consents.texts import Text
from idp.mandates import roster
from idp.services import current
from idp.sessions.models import SignInSession
from idp.web import downloads, languages
from idp.web.request_scope import now
from idp.web.signed_in import login_required, who

bp = Blueprint("activity", __name__, url_prefix="/account/activity")
PAGE = "/account/activity"
SHOWN = 50
MOST = 20_000
"""Lines of one file; who has more narrows the days."""


@dataclass(frozen=True)
class EventShown:
    """One event in the person's words."""

    topic: str
    at: datetime
    actor: str
    service: str | None
    claims: list[str]
    device: str | None
    source: str | None
    purpose: str
    text: Text | None
    """What was agreed to or told."""
    times: int
    """More than one for what was added up by the day."""
    matter: str = ""
    """What an operator did for the person: its name, or its code where it has none."""
    action: str = ""
    """Which step of it."""


@bp.get("")
@login_required  # type: ignore[untyped-decorator]  # flask-login has no types
def activity() -> ResponseReturnValue:
    """The latest events, or those before one."""
    wanted, person_id = _wanted(), who().person_id
    with current().database.reading() as db:
        before = timeline.place(request.args.get("before", ""))
        found = timeline.page(db, person_id, wanted, before, SHOWN + 1)
        events = _shown(db, found[:SHOWN])
        services = [(one, own.service_name(one)) for one in timeline.services(db, person_id)]
    last = found[SHOWN - 1] if len(found) > SHOWN else None
    return own.show(
        "account/activity.html",
        events=events,
        services=[pair for pair in services if pair[1]],
        kinds=list(Kind),
        wanted=wanted,
        older_url=_address(wanted, before=str(timeline.Place(last.at, last.id))) if last else None,
        file_url=_address(wanted, "/file.csv"),
        kept_days=current().settings.security_log_days,
        printed_at=now(),
    )


@bp.get("/file.csv")
@login_required  # type: ignore[untyped-decorator]  # flask-login has no types
def file() -> ResponseReturnValue:
    """The same as a file for spreadsheets."""
    with current().database.reading() as db:
        entries = list(timeline.everything(db, who().person_id, _wanted(), MOST))
        rows = list(_rows(_shown(db, entries)))
    body = downloads.table([_words().column(name) for name in COLUMNS], rows)
    return downloads.attachment(body, f"activity-{clock.day(now())}.csv", "text/csv")


COLUMNS = (
    "at",
    "beijing",
    "who",
    "what",
    "matter",
    "action",
    "service",
    "claims",
    "times",
    "device",
    "source",
)


def _rows(events: Iterable[EventShown]) -> Iterable[list[str]]:
    words = _words()
    for event in events:
        yield [
            event.at.isoformat(timespec="seconds"),
            event.at.astimezone(clock.CHINA).strftime("%Y-%m-%d %H:%M:%S"),
            str(words.who(event.actor, event.service)),
            str(words.what(event.topic)),
            event.matter,
            str(words.step(event.action)),
            event.service or "",
            str(words.data(event.claims)),
            str(event.times),
            event.device or "",
            event.source or "",
        ]


def _words() -> Any:
    """The words of the page, for what is not one."""
    return current_app.jinja_env.get_template("account/_activity.html").module


def _wanted() -> Wanted:
    """What the address asks for; what it cannot mean is not asked."""
    kind = request.args.get("kind", "")
    return Wanted(
        service=request.args.get("service", "")[:64],
        kind=Kind(kind) if kind in set(Kind) else None,
        since=_day("since"),
        until=_day("until"),
    )


def _day(name: str) -> date | None:
    try:
        day = date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
    return day if 2000 <= day.year < 2200 else None


def _address(wanted: Wanted, path: str = "", **more: str) -> str:
    asked = {
        "service": wanted.service,
        "kind": wanted.kind or "",
        "since": str(wanted.since or ""),
        "until": str(wanted.until or ""),
        **more,
    }
    query = urlencode({name: value for name, value in asked.items() if value})
    return f"{PAGE}{path}{'?' if query else ''}{query}"


def _shown(db: Session, entries: list[Entry]) -> list[EventShown]:
    devices = _devices(db, entries)
    named = roster.matters(db, (one.matter for one in entries if one.matter))
    language = languages.of_request()
    return [
        EventShown(
            topic=entry.topic,
            at=entry.at,
            actor=entry.actor,
            service=own.service_name(entry.client_id),
            claims=entry.claims,
            device=devices.get(entry.session_id) if entry.session_id else None,
            source=_masked(entry.source),
            purpose=entry.purpose,
            text=texts.TEXTS.get(entry.text),
            times=entry.times,
            matter=named[entry.matter].said(language) if entry.matter in named else entry.matter,
            action=entry.action,
        )
        for entry in entries
    ]


def _devices(db: Session, entries: list[Entry]) -> dict[UUID, str]:
    ids = list({entry.session_id for entry in entries if entry.session_id})
    found: dict[UUID, str] = {}
    for start in range(0, len(ids), 500):
        query = select(SignInSession).where(SignInSession.id.in_(ids[start : start + 500]))
        found |= {one.id: one.name or one.device for one in db.scalars(query)}
    return found


def _masked(source: str | None) -> str | None:
    """The network, not the machine: enough to recognise a place."""
    try:
        address = ip_address(source or "")
    except ValueError:
        return None
    if isinstance(address, IPv4Address):
        return ".".join(str(address).split(".")[:3]) + ".*"
    return ":".join(address.exploded.split(":")[:3]) + ":*"
