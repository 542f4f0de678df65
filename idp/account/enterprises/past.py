"""What was done for an organisation and to its mandates, with names: on a page, and as a file."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from idp import clock
from idp.account import own
from idp.account.enterprises import acting
from idp.account.enterprises.acting import LIST
from idp.mandates import roster, tables
from idp.mandates.models import Mandate
from idp.organisations import history
from idp.organisations.models import OrganisationRecord
from idp.services import current
from idp.web import downloads
from idp.web.request_scope import now
from idp.web.signed_in import login_required, who

bp = Blueprint("past", __name__, url_prefix=f"{LIST}/<uuid:organisation_id>")
SHOWN = 50
MOST = 20_000
"""Lines of one file."""
KINDS = ("mandate", "act", "organisation")
ALSO = {
    "mandate": ("mandate", "letter"),
    "organisation": ("organisation", "representative", "handover", "members", "history"),
    "act": ("act", "capacity"),
}
COLUMNS = ("at", "beijing", "what", "who", "agent", "service", "details")


@dataclass(frozen=True)
class Line:
    """One thing that happened."""

    id: UUID
    at: datetime
    what: str
    who: str
    """Who did it; empty where a registry, an operator or the clock did."""
    agent: str
    """Whose mandate it is about."""
    service: str
    reason: str
    matter: str


@bp.get("/history")
@login_required  # type: ignore[untyped-decorator]  # flask-login has no types
def lines(organisation_id: UUID) -> ResponseReturnValue:
    """The newest, or those before one; `kind` keeps some."""
    kind, before = request.args.get("kind", ""), _id(request.args.get("before", ""))
    with current().database.reading() as db:
        here = acting.administering(db, organisation_id)
        found = history.read(db, organisation_id, kinds=_kinds(kind), before=before, most=SHOWN + 1)
        shown = _lines(db, found[:SHOWN])
    more = f"before={shown[-1].id}" if len(found) > SHOWN else ""
    keep = f"kind={kind}" if kind in KINDS else ""
    return own.show(
        "account/enterprises/history.html",
        organisation=here.organisation,
        lines=shown,
        kind=kind,
        kinds=KINDS,
        more_url=f"?{'&'.join(filter(None, [keep, more]))}" if more else None,
        file_url=f"{here.url}/history.csv?{keep}",
        url=here.url,
        printed_at=now(),
    )


@bp.get("/history.csv")
@login_required  # type: ignore[untyped-decorator]  # flask-login has no types
def file(organisation_id: UUID) -> ResponseReturnValue:
    """The same for spreadsheets."""
    with current().database.writing() as db:
        here = acting.administering(db, organisation_id)
        kinds = _kinds(request.args.get("kind", ""))
        found = history.read(db, organisation_id, kinds=kinds, most=MOST)
        rows = list(_rows(_lines(db, found)))
        tables.history_taken(db, organisation_id, who().person_id, len(rows), now())
    words = _words()
    body = downloads.table([str(words.history_column(name)) for name in COLUMNS], rows)
    name = f"{here.organisation.credit_code}-{clock.day(now())}.csv"
    return downloads.attachment(body, name, "text/csv")


def _rows(lines: Iterable[Line]) -> Iterator[list[str]]:
    words = _words()
    for line in lines:
        yield [
            line.at.isoformat(timespec="seconds"),
            line.at.astimezone(clock.CHINA).strftime("%Y-%m-%d %H:%M:%S"),
            str(words.history_name(line.what)),
            line.who,
            line.agent,
            line.service,
            str(words.history_details(line)),
        ]


def _words() -> Any:
    """The words of the page, for what is not one."""
    return current_app.jinja_env.get_template("account/enterprises/_history.html").module


def _lines(db: Session, records: Sequence[OrganisationRecord]) -> list[Line]:
    people = roster.people(db, (one.person_id for one in records))
    agents = _agents(db, {one.mandate_id for one in records if one.mandate_id})
    return [
        Line(
            id=one.id,
            at=one.at,
            what=one.what,
            who=people.get(one.person_id, "") if one.person_id else "",
            agent=agents.get(one.mandate_id, "") if one.mandate_id else "",
            service=own.service_name(one.client_id) or "",
            reason=one.details.get("reason", ""),
            matter=one.details.get("matter", ""),
        )
        for one in records
    ]


def _agents(db: Session, ids: set[UUID]) -> dict[UUID, str]:
    wanted, found = sorted(ids), dict[UUID, str]()
    for start in range(0, len(wanted), roster.MOST_AT_ONCE):
        query = select(Mandate).where(Mandate.id.in_(wanted[start : start + roster.MOST_AT_ONCE]))
        found |= {key: agent.name for key, agent in roster.agents(db, db.scalars(query)).items()}
    return found


def _kinds(kind: str) -> Sequence[str]:
    return ALSO.get(kind, (kind,)) if kind in KINDS else ()


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
