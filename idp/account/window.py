"""For a visit to a service window at `/account/window`: the code that shows whose account this is; slips."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from idp.account import own
from idp.account.methods.guard import freshly_proven
from idp.mandates import roster
from idp.mandates.statement import Name
from idp.matters.models import Action
from idp.services import current
from idp.web.request_scope import now
from idp.web.signed_in import login_required, who
from idp.windows import slips, visits
from idp.windows.attending import Counter, Noted

bp = Blueprint("window", __name__, url_prefix="/account/window")
STEP = "window"


@dataclass(frozen=True)
class Done:
    """What an operator has written down in the visit that goes on."""

    name: Name
    action: Action
    at: datetime


@bp.get("")
@login_required  # type: ignore[untyped-decorator]  # flask-login has no types
def show() -> ResponseReturnValue:
    """Say what to bring, and whether a slip is on its way that somebody did not ask for."""
    return _page("")


@bp.post("")
@login_required  # type: ignore[untyped-decorator]  # flask-login has no types
def act() -> ResponseReturnValue:
    """Show a code for the operator, stop a slip (`decision=stop`), or end a visit (`decision=end`)."""
    if not own.token_fits(STEP):
        return redirect("/account/window", 303)
    if request.form.get("decision") == "stop":
        with current().database.writing() as db:
            slips.stop(db, who().person_id, "stopped_by_person", now())
        return redirect("/account/window", 303)
    if request.form.get("decision") == "end":
        with current().database.writing() as db:
            counter().stop(db, who().person_id, "person", now())
        return redirect("/account/window", 303)
    answer: ResponseReturnValue = _code()
    return answer


@freshly_proven
def _code() -> ResponseReturnValue:
    """A picture of somebody's screen is no proof: the code lets a document into the account."""
    return _page(visits.code(current().state, current().vault, who().person_id, now()))


def counter() -> Counter:
    """The visits of this moment, those to whoever is signed in among them."""
    return cast(Counter, current().extras["counter"])


def _noted(db: Session, noted: Sequence[Noted]) -> Sequence[Done]:
    """Newest first; a matter that is gone from the catalogue is called by its code."""
    names = roster.matters(db, [one.matter for one in noted])
    return [Done(names.get(one.matter, Name(one.matter)), one.action, one.at) for one in reversed(noted)]


def _page(code: str) -> ResponseReturnValue:
    with current().database.reading() as db:
        slip = slips.waiting(db, who().person_id, now())
        ready_at = slip.ready_at if slip else None
        visit = counter().attending(who().person_id)
        noted = _noted(db, visit.noted) if visit else ()
    return own.show(
        "account/window.html",
        code=f"{code[:4]} {code[4:]}" if code else "",
        minutes=int(visits.LIFETIME // 60),
        slip_ready_at=ready_at,
        attended_until=visit and visit.ends_at,
        noted=noted,
        csrf_token=own.token(STEP),
        action="/account/window",
    )
