"""Accounts of older systems at `/admin/imports`: sources, runs and how fast they go, rows to take home.

A source belongs to the department of its portal; one without is the whole instance's. Files are imported on
the machine (`idp import`); what is wrong with their rows is told here, without anybody's old password.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from flask import Blueprint, abort
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from admin_ui import subtree
from admin_ui.access import HOME, Me, Permission, needs, who
from admin_ui.events import RowsTaken
from admin_ui.showing import show
from admin_ui.subtree import Top
from idp.account.own import service_name
from idp.audit import trail
from idp.clients.models import ClientRow
from idp.departments.models import Department
from idp.moving import faults, standing
from idp.moving.faults import Row
from idp.moving.models import ImportRun, ImportSource
from idp.moving.rows import COLUMNS, RETURNED
from idp.services import current
from idp.web import downloads
from idp.web.pages import care_is_on
from idp.web.request_scope import now

bp = Blueprint("imports", __name__, url_prefix=f"{HOME}/imports")
PAGE = f"{HOME}/imports"
READ, TAKE = Permission.READ_IMPORTS, Permission.TAKE_ROWS
MOST = 50
QUIET = timedelta(minutes=1)
"""A run that has written nothing for so long was stopped."""
PAUSE, PATIENT_PAUSE = 5, 20
"""Seconds until the page is fetched again while a run is going on."""
ROW_COLUMNS = ("line", *(name for name in COLUMNS if name not in faults.WITHHELD), *RETURNED)


@dataclass(frozen=True)
class Run:
    """One file as the pages show it."""

    row: ImportRun
    source: str
    is_going: bool
    rate: int
    """Rows a second on the average, from its first start to the last handful."""
    kept: int
    """Faulty rows that can be taken home."""


@bp.get("")
@needs(READ)
def overview() -> ResponseReturnValue:
    """Sources and runs; fetched again by itself while a run is going on."""
    me = who()
    with current().database.reading() as db:
        sources = _sources(db, me)
        shown = _runs(db, sources)
        page = show(
            "imports",
            sources=[(one, service_name(one.client_id) or one.client_id) for one in sources],
            runs=shown,
            may_read_claims=me.may(Permission.READ_ORGANISATIONS),
            may_take=me.may(TAKE),
        )
    if any(one.is_going for one in shown):
        page.headers["Refresh"] = f"{PATIENT_PAUSE if care_is_on() else PAUSE}; url={PAGE}"
    return page


@bp.get("/sources/<import_source>")
@needs(READ)
def see(import_source: str) -> ResponseReturnValue:
    """How many accounts of a source stand how, and the files read into it."""
    with current().database.reading() as db:
        source = _source(db, import_source, READ)
        return show(
            "import_source",
            source=source,
            portal=service_name(source.client_id) or source.client_id,
            count=standing.count(db, source),
            runs=_shown(db, standing.runs_of(db, source.code), {source.code: source.name}),
            may_take=who().may(TAKE),
        )


@bp.get("/sources/<import_source>/contradicted")
@needs(TAKE, fresh=True)
def contradicted(import_source: str) -> ResponseReturnValue:
    """The accounts of a source that a registry or another holder contradicts, for who brought them."""
    with current().database.writing() as db:
        source = _source(db, import_source, TAKE)
        found = standing.open_accounts(db, current().vault, source.code)
        rows = [faults.contradicted(stored, account) for stored, account in found]
        return _taken(db, source, "contradicted", rows)


@bp.get("/<uuid:import_run>/rows")
@needs(TAKE, fresh=True)
def rows(import_run: UUID) -> ResponseReturnValue:
    """The faulty rows of a run, with what to do about each."""
    with current().database.writing() as db:
        run = db.get(ImportRun, import_run) or abort(404)
        source = _source(db, run.source, TAKE)
        return _taken(db, source, run.id.hex[-8:], list(faults.of_run(db, current().vault, run.id)))


def _taken(db: Session, source: ImportSource, what: str, found: Sequence[Row]) -> Response:
    trail.record(db, RowsTaken(source=source.code, what=what, rows=len(found)))
    told = ([_cell(row, name) for name in ROW_COLUMNS] for row in found)
    body, name = downloads.table(ROW_COLUMNS, told), f"{source.code}-{what}.csv"
    return downloads.attachment(body, name, "text/csv; charset=utf-8")


def _cell(row: Row, column: str) -> str:
    own = {"line": str(row.line), "fault": row.fault, "advice": row.advice}
    return own.get(column) or row.cells.get(column, "")


def _source(db: Session, code: str, permission: Permission) -> ImportSource:
    """A source of the administrator's own part of the country; anything else is not there."""
    source = db.get(ImportSource, code)
    if source is None or not who().sees(permission, _place(db, source)):
        abort(404)
    return source


def _place(db: Session, source: ImportSource) -> Top:
    """The department of its portal, by path."""
    client = db.get(ClientRow, source.client_id) if source.client_id else None
    department = db.get(Department, client.department_id) if client and client.department_id else None
    return department.path if department else None


def _sources(db: Session, me: Me) -> Sequence[ImportSource]:
    query = (
        select(ImportSource)
        .outerjoin(ClientRow, ClientRow.id == ImportSource.client_id)
        .outerjoin(Department, Department.id == ClientRow.department_id)
        .where(subtree.below(me.tops(READ), Department.path))
    )
    return db.scalars(query.order_by(ImportSource.name)).all()


def _runs(db: Session, sources: Sequence[ImportSource]) -> list[Run]:
    names = {one.code: one.name for one in sources}
    query = select(ImportRun).where(ImportRun.source.in_(names))
    return _shown(db, db.scalars(query.order_by(ImportRun.started_at.desc()).limit(MOST)).all(), names)


def _shown(db: Session, found: Iterable[ImportRun], names: dict[str, str]) -> list[Run]:
    runs, at = list(found), now()
    kept = faults.counted(db, [one.id for one in runs])
    return [Run(one, names[one.source], _is_going(one, at), _rate(one), kept.get(one.id, 0)) for one in runs]


def _is_going(run: ImportRun, at: datetime) -> bool:
    return run.finished_at is None and at - run.seen_at < QUIET


def _rate(run: ImportRun) -> int:
    seconds = (run.seen_at - run.started_at).total_seconds()
    return round(run.position / seconds) if seconds > 0 else 0
