"""An operator's page at `/staff/window`: stand by what a device has read, be second eyes for a case.

Whoever answers proves themselves for it, by a factor that is good for this one answer; what the answer is
worth, and whose it may be, are the rules of `idp.windows`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import wraps
from uuid import UUID

from flask import Blueprint, abort, g
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from idp.account import returning, staff_factor, staff_waiting
from idp.account.staff_guard import HOME, for_staff, page, token, token_fits
from idp.account.staff_waiting import CASES, VISITS, Item
from idp.api import visiting
from idp.audit import scope
from idp.authenticators.base import Denied, Proven
from idp.authenticators.throttle import Wait
from idp.persons.enrolment import Taken
from idp.services import current
from idp.web.request_scope import now
from idp.windows import cases, operators
from idp.windows.assertions import NotBelieved
from idp.windows.cases import NotPossible
from idp.windows.events import Vouched
from idp.windows.models import WindowOperator
from idp.windows.proving import NotDone, NotProven

PATH = f"{HOME}/window"
bp = Blueprint("staff_window", __name__, url_prefix=PATH)
GONE = "gone"
"""Somebody has answered it already, or time is over."""


@dataclass(frozen=True)
class Answered:
    """What came of an answer: a refusal of the rules of windows, or an outcome, perhaps with a slip."""

    outcome: str
    refusal: str = ""
    slip: str = field(default="", repr=False)
    ready_at: datetime | None = None


Answer = Callable[[UUID, WindowOperator, Vouched], Answered]
View = Callable[..., ResponseReturnValue]


def for_operators(view: View) -> View:
    """Only for who may witness; to others there is no such page."""

    @wraps(view)
    def guarded(*args: object, **kwargs: object) -> ResponseReturnValue:
        with current().database.reading() as db:
            operator = operators.of_person(db, g.staff_person) or abort(404)
        return view(operator, *args, **kwargs)

    return for_staff(guarded)


@bp.get("")
@for_operators
def show(operator: WindowOperator) -> ResponseReturnValue:
    """Everything that waits."""
    with current().database.reading() as db:
        found = {kind: list(waiting(db, operator)) for kind, waiting in WAITING.items()}
    return page("window", number=operator.number, path=PATH, visits=found[VISITS], cases=found[CASES])


@bp.get("/<any(visits, cases):kind>/<uuid:id>")
@for_operators
def look(operator: WindowOperator, kind: str, id: UUID) -> ResponseReturnValue:
    """One of them: what is to be compared, and what one answers for."""
    item = _find(operator, kind, id)
    return _gone() if item is None else page("window_item", item=item, path=PATH, url=_url(item))


@bp.get("/<any(visits, cases):kind>/<uuid:id>/<decision>")
@for_operators
def ask(operator: WindowOperator, kind: str, id: UUID, decision: str) -> ResponseReturnValue:
    """Ask for the factor that this answer takes."""
    item = _find(operator, kind, id)
    if decision not in ANSWERS[kind]:
        abort(404)
    return _gone() if item is None else _ask(item, decision, "")


@bp.post("/<any(visits, cases):kind>/<uuid:id>/<decision>")
@for_operators
def answer(operator: WindowOperator, kind: str, id: UUID, decision: str) -> ResponseReturnValue:
    """Answer for it, once the factor was given."""
    item = _find(operator, kind, id)
    if decision not in ANSWERS[kind]:
        abort(404)
    if item is None:
        return _gone()
    act = _act(item, decision)
    if not token_fits(act):
        return _ask(item, decision, "form_stale", 400)
    match staff_factor.given(act):
        case Wait(seconds=seconds):
            slower = _ask(item, decision, "", 429, seconds)
            slower.headers["Retry-After"] = str(seconds)
            return slower
        case Denied(reason=reason):
            return _ask(item, decision, reason)
        case Proven(amr=amr):
            vouched = Vouched("+".join(sorted(amr)), g.staff_session.hex)
            with scope.within(replace(scope.current(), actor=f"operator:{operator.number}")):
                answered = _answered(ANSWERS[kind][decision], id, operator, vouched)
            return page("window_done", item=item, answered=answered, path=PATH, made_at=now())


def _answered(give: Answer, id: UUID, operator: WindowOperator, vouched: Vouched) -> Answered:
    try:
        return give(id, operator, vouched)
    except (NotBelieved, NotProven) as refusal:
        return Answered("", refusal.reason)
    except NotPossible as refusal:
        return Answered("", refusal.fault)
    except Taken:
        return Answered("", NotDone.TAKEN)


def _stand_by(id: UUID, operator: WindowOperator, vouched: Vouched) -> Answered:
    visited = visiting.stand_by(current(), id, operator, vouched, now())
    if visited is None:
        return Answered("", GONE)
    return Answered(visited.outcome, slip=visited.slip, ready_at=visited.ready_at)


def _turn_away(id: UUID, operator: WindowOperator, vouched: Vouched) -> Answered:
    done = visiting.refuse(current(), id, operator, vouched, now())
    return Answered("refused") if done else Answered("", GONE)


def _approve(id: UUID, operator: WindowOperator, vouched: Vouched) -> Answered:
    with current().database.writing() as db:
        done = returning.approve(db, current().vault, id, operator, now(), vouched)
    return Answered("approved", slip=done.slip)


def _disagree(id: UUID, operator: WindowOperator, vouched: Vouched) -> Answered:
    with current().database.writing() as db:
        cases.refuse(db, id, operator, now(), vouched)
    return Answered("case_refused")


WAITING = {VISITS: staff_waiting.visits, CASES: staff_waiting.second_eyes}
ANSWERS: dict[str, dict[str, Answer]] = {
    VISITS: {"witness": _stand_by, "refuse": _turn_away},
    CASES: {"approve": _approve, "refuse": _disagree},
}
"""What can be answered to each kind; the names are the paths of the pages that ask for the factor."""


def _find(operator: WindowOperator, kind: str, id: UUID) -> Item | None:
    with current().database.reading() as db:
        return next((item for item in WAITING[kind](db, operator) if item.id == id), None)


def _ask(item: Item, decision: str, refusal: str, status: int = 200, seconds: int = 0) -> Response:
    act = _act(item, decision)
    return page(
        "window_confirm",
        status,
        item=item,
        decision=decision,
        refusal=refusal,
        seconds=seconds,
        csrf_token=token(act),
        action=f"{_url(item)}/{decision}",
        back_url=_url(item),
        **staff_factor.offered(act),
    )


def _url(item: Item) -> str:
    return f"{PATH}/{item.kind}/{item.id}"


def _act(item: Item, decision: str) -> str:
    """What a form's token and a passkey's challenge are bound to: this answer to this very reading."""
    return f"window.{item.kind}.{item.id.hex}.{decision}.{item.request_id}"


def _gone() -> Response:
    return page("window_gone", 410, path=PATH)
