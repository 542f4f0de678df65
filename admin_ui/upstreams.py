"""Upstreams at `/admin/upstreams`: what is believed of each, whether it answers, where it and we disagree.

An upstream is the whole instance's, and so are its cases: who sees a part of the country finds none. What
concerns one person is found by that person (`upstream_links`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from flask import Blueprint, abort, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import RadioField

from admin_ui import deciding, joining
from admin_ui.access import HOME, Me, Permission, needs, who
from admin_ui.joining import DECIDE
from admin_ui.showing import show
from federation import cases, linking, reaching
from federation.cases import DECISIONS, CaseRefused
from federation.models import UpstreamCase
from federation.reaching import Reached
from idp.persons.identifiers import mask
from idp.services import current
from idp.settings_upstreams import UpstreamTable
from idp.sign_in.arrivals import federation
from idp.sign_in.upstreams import title
from idp.web import forms
from idp.web.request_scope import now
from idp.web.showing import masked_name

bp = Blueprint("upstreams", __name__, url_prefix=f"{HOME}/upstreams")
PAGE = f"{HOME}/upstreams"
READ = Permission.READ_UPSTREAMS
LATELY = timedelta(days=30)


class Finding(deciding.Decision):
    """What an operator found, and why."""

    decision = RadioField(choices=[*DECISIONS], validators=[forms.required("choose_one")])


@dataclass(frozen=True)
class Shown:
    """One upstream as its page shows it."""

    name: str
    title: str
    table: UpstreamTable
    links: int
    is_down: bool
    """Whether it was out of order when it was last asked, as far as this process knows."""


@dataclass(frozen=True)
class Case:
    """A case as the pages show it; what the upstream asserted is masked."""

    row: UpstreamCase
    upstream: str
    name: str = field(repr=False)
    number: str = field(repr=False)
    closed_by: str = ""


@bp.route("", methods=["GET", "POST"])
@needs(READ)
def overview() -> ResponseReturnValue:
    """All upstreams, and the cases; posted with a name, that upstream is asked for an answer."""
    tables = current().settings.upstreams
    asked = request.form.get("reach", "") if request.method == "POST" else ""
    reached = {asked: reaching.reach(asked, tables[asked])} if asked in tables else {}
    return _overview(reached)


@bp.get("/cases/<uuid:upstream_case>")
@needs(DECIDE)
def see(upstream_case: UUID) -> ResponseReturnValue:
    """One case: what was asserted, what a registry said, the accounts here, what was found."""
    with current().database.reading() as db:
        return _page(db, "upstream_case", _found(db, upstream_case))


@bp.route("/cases/<uuid:upstream_case>/close", methods=["GET", "POST"])
@needs(DECIDE, fresh=True)
def close(upstream_case: UUID) -> ResponseReturnValue:
    """Say what was found, and why; what the upstream had asserted is forgotten, and no account changes."""
    form = Finding(request.form)
    with current().database.reading() as db:
        case = _found(db, upstream_case)
        if request.method == "GET" or not form.validate():
            status = 200 if request.method == "GET" else 400
            return _page(db, "upstream_case_close", case, form=form, status=status)
    try:
        with current().database.writing() as db:
            operator, reason = deciding.decider(db), form.reason.data
            cases.decide(db, upstream_case, form.decision.data, operator, reason, now())
    except CaseRefused as refused:
        with current().database.reading() as db:
            case, refusal = _found(db, upstream_case), f"upstream_{refused.reason}"
            return _page(db, "upstream_case_close", case, form=form, refusal=refusal, status=409)
    return redirect(f"{PAGE}/cases/{upstream_case}", 303)


def seen(db: Session, me: Me) -> Sequence[UpstreamCase]:
    """The open cases, for who sees the whole instance."""
    return cases.waiting(db) if me.sees(DECIDE, None) else ()


def titled(name: str) -> str:
    """What people know an upstream by."""
    desk = federation()
    return title(desk, name) if desk else name


def shown(case: UpstreamCase, closed_by: str = "") -> Case:
    """Masked."""
    number = mask(case.number) if case.number else ""
    return Case(case, titled(case.upstream), masked_name(case.name), number, closed_by)


def _found(db: Session, case_id: UUID) -> UpstreamCase:
    case = db.get(UpstreamCase, case_id)
    if case is None or not who().sees(DECIDE, None):
        abort(404)
    return case


def _overview(reached: Mapping[str, Reached]) -> Response:
    me, settings = who(), current().settings
    desk = federation()
    with current().database.reading() as db:
        linked, sees_cases = linking.counted(db), me.sees(DECIDE, None)
        return show(
            "upstreams",
            mode=settings.mode,
            upstreams=[
                Shown(name, titled(name), table, linked.get(name, 0), bool(desk and desk.is_down(name)))
                for name, table in settings.upstreams.items()
            ],
            reached=reached,
            sees_cases=sees_cases,
            waiting=[shown(one) for one in seen(db, me)],
            decided=[
                shown(one, joining.staff_name(db, one.closed_by)) for one in cases.decided(db, now() - LATELY)
            ]
            if sees_cases
            else [],
            may_find=me.may(Permission.FIND_PERSONS),
            action=PAGE,
        )


def _page(
    db: Session,
    page: str,
    case: UpstreamCase,
    *,
    form: Finding | None = None,
    refusal: str = "",
    status: int = 200,
) -> Response:
    accounts = [joining.account(db, one) for one in cases.people_of(case)]
    return show(
        page,
        status=status,
        case=shown(case, joining.staff_name(db, case.closed_by)),
        accounts=accounts,
        merge=cases.merge_of(db, case),
        may_propose=len(accounts) > 1 and who().may(joining.OPEN),
        decisions=DECISIONS,
        form=form,
        refusal=refusal,
        url=f"{PAGE}/cases/{case.id}",
        action=request.path,
    )
