"""Accounts of one person at `/admin/merges`: what waits, a case with both accounts, deciding, undoing."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from admin_ui import deciding, joining
from admin_ui.access import HOME, Me, Permission, needs, who
from admin_ui.deciding import Decision
from admin_ui.joining import DECIDE, OPEN
from admin_ui.showing import show
from idp.account import merging as accounts
from idp.organisations.reviews import Decider
from idp.persons import merge_rules, merging, moving
from idp.persons.merge_rules import MergeRefused
from idp.persons.models import Merge, MergeStatus
from idp.services import current
from idp.web.request_scope import now

bp = Blueprint("merges", __name__, url_prefix=f"{HOME}/merges")
PAGE = f"{HOME}/merges"
LATELY = timedelta(days=30)
WAITING = (MergeStatus.SUGGESTED, MergeStatus.PROPOSED)
UNDERWAY = (MergeStatus.APPROVED, MergeStatus.MERGED)
Rule = Callable[[Session, Decider, str, datetime], object]


@bp.get("")
@needs(DECIDE)
def cases() -> ResponseReturnValue:
    """What waits, what is under way, and what was settled of late."""
    with current().database.reading() as db:
        return show(
            "merges",
            waiting=[joining.row(db, one, one.survivor_id) for one in seen(db, who(), WAITING)],
            underway=[joining.row(db, one, one.survivor_id) for one in seen(db, who(), UNDERWAY)],
            settled=[joining.row(db, one, one.survivor_id) for one in _settled(db)],
            may_open=who().may(OPEN),
        )


@bp.get("/<uuid:merge_id>")
@needs(DECIDE)
def see(merge_id: UUID) -> ResponseReturnValue:
    """One case: both accounts side by side, what would move or did, who said what."""
    with current().database.reading() as db:
        return _page(db, "merge", joining.found(db, Merge, merge_id, DECIDE))


@bp.route("/<uuid:merge_id>/adopt", methods=["GET", "POST"])
@needs(OPEN, fresh=True)
def adopt(merge_id: UUID) -> ResponseReturnValue:
    """Make a suggestion one's own: the first pair of eyes."""

    def rule(db: Session, operator: Decider, reason: str, at: datetime) -> object:
        return merging.adopt(db, merge_id, operator, reason, joining.department_of(db, who()), at)

    return _decide(merge_id, "adopt", OPEN, rule)


@bp.route("/<uuid:merge_id>/approve", methods=["GET", "POST"])
@needs(DECIDE, fresh=True)
def approve(merge_id: UUID) -> ResponseReturnValue:
    """Be the second pair of eyes."""
    return _decide(merge_id, "approve", DECIDE, lambda db, *said: merging.approve(db, merge_id, *said))


@bp.route("/<uuid:merge_id>/refuse", methods=["GET", "POST"])
@needs(DECIDE, fresh=True)
def refuse(merge_id: UUID) -> ResponseReturnValue:
    """Say no; whoever proposed it may, too."""
    return _decide(merge_id, "refuse", DECIDE, lambda db, *said: merging.refuse(db, merge_id, *said))


@bp.route("/<uuid:merge_id>/undo", methods=["GET", "POST"])
@needs(DECIDE, fresh=True)
def undo(merge_id: UUID) -> ResponseReturnValue:
    """Make two accounts of it again, while that can be."""

    def rule(db: Session, operator: Decider, reason: str, at: datetime) -> object:
        services = current()
        return accounts.undo(db, services.vault, services.clients, merge_id, operator, reason, at)

    return _decide(merge_id, "undo", DECIDE, rule)


def seen(db: Session, me: Me, statuses: Sequence[MergeStatus]) -> Sequence[Merge]:
    """The cases of an administrator's own part of the country in these states, the oldest first."""
    query = joining.seen(Merge, me).where(Merge.status.in_(statuses))
    return db.scalars(query.order_by(Merge.opened_at)).all()


def _settled(db: Session) -> Sequence[Merge]:
    query = joining.seen(Merge, who()).where(Merge.settled_at >= now() - LATELY)
    return db.scalars(query.order_by(Merge.settled_at.desc())).all()


def _decide(merge_id: UUID, act: str, permission: Permission, rule: Rule) -> ResponseReturnValue:
    form = Decision(request.form)
    with current().database.reading() as db:
        case = joining.found(db, Merge, merge_id, permission)
        if request.method == "GET" or not form.validate():
            status = 200 if request.method == "GET" else 400
            return _page(db, "merge_decide", case, act=act, form=form, status=status)
    try:
        with current().database.writing() as db:
            rule(db, deciding.decider(db), form.reason.data, now())
    except MergeRefused as refused:
        with current().database.reading() as db:
            case, refusal = joining.found(db, Merge, merge_id, permission), f"merge_{refused.reason}"
            return _page(db, "merge_decide", case, act=act, form=form, refusal=refusal, status=409)
    return redirect(f"{PAGE}/{merge_id}", 303)


def _page(
    db: Session,
    page: str,
    merge: Merge,
    *,
    act: str = "",
    form: Decision | None = None,
    refusal: str = "",
    status: int = 200,
) -> Response:
    before = merge.status in (*WAITING, MergeStatus.APPROVED)
    survivor, merged = merging.persons_of(db, merge)
    return show(
        page,
        status=status,
        case=merge,
        accounts=[joining.account(db, one) for one in (merge.survivor_id, merge.merged_id)],
        moves=moving.count(db, merge.merged_id, merge.survivor_id) if before else {},
        obstacle=merge_rules.unfit(db, survivor, merged, now(), merge.id) if before else None,
        opened_by=joining.staff_name(db, merge.opened_by),
        decided_by=joining.staff_name(db, merge.decided_by),
        undone_by=joining.staff_name(db, merge.undone_by),
        is_own=merge.opened_by == who().person_id,
        may_adopt=who().may(OPEN),
        act=act,
        form=form,
        refusal=refusal,
        url=f"{PAGE}/{merge.id}",
        action=request.path,
    )
