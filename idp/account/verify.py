"""Verify now: a person below level 3 has themselves checked, and goes back to the service that asked."""

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from idp import clock
from idp.account import documents, own, raising, wizards
from idp.account.raising import Raised
from idp.account.registering import Refusal
from idp.authenticators import throttle
from idp.evidence import levels
from idp.evidence.models import Method
from idp.persons.models import Person
from idp.services import current
from idp.web import forms
from idp.web.pages import render
from idp.web.request_scope import now, source
from idp.web.signed_in import login_required, who

bp = Blueprint("verify", __name__, url_prefix="/account/verify")
REACHABLE = levels.SUPPORTS[Method.REGISTRY_MATCH]
"""The level one can reach here; more takes a window or a certificate."""


@bp.get("")
@login_required  # type: ignore[untyped-decorator]  # flask-login has no types
def ask() -> ResponseReturnValue:
    """Ask for the document, filled in as far as the person told us before."""
    with current().database.reading() as db:
        if own.standing(db).level >= REACHABLE:
            return redirect(_back(), 303)
        person = db.get_one(Person, who().person_id)
        claimed = next((document.kind for document in person.documents), None)
        form = forms.Document(data={"name": person.name, "kind": claimed or "resident_id_18"})
    return _page(form, "")


@bp.post("")
@login_required  # type: ignore[untyped-decorator]  # flask-login has no types
def check() -> ResponseReturnValue:
    """Ask the authority; raise the level, queue the check, or say what does not fit."""
    form = forms.Document(request.form)
    if not own.token_fits("verify"):
        return _page(form, "form_stale", 400)
    with current().database.reading() as db:
        standing = own.standing(db)
        phone = db.get_one(Person, who().person_id).phone
    if standing.pending or standing.level >= REACHABLE:
        return redirect(_here(), 303)
    claim = documents.read(form)
    if claim is None:
        return _page(form, "", 400)
    if claim.is_for_a_guardian(clock.day(now())):
        return render("register/under_age.html", destination=None, home_url="/account")
    if throttle.pace(current().state, source(), "identity", current().limits):
        return _page(form, "throttled", 429)
    if phone is None:
        return _page(form, "unconfirmed")
    outcome = raising.verify(who().person_id, phone, claim)
    if isinstance(outcome, Refusal):
        status = 429 if outcome.reason == "attempts_spent" else 200
        return _page(form, outcome.reason, status, outcome.left)
    match outcome:
        case Raised.UNSUPPORTED | Raised.UNCONFIRMED:
            return _page(form, outcome)
        case Raised.TAKEN:
            return _taken()
        case Raised.RAISED:
            return redirect(_back(), 303)
        case Raised.PENDING | Raised.HELD:
            return redirect(_here(), 303)


def _taken() -> Response:
    with current().database.reading() as db:
        phone = db.get_one(Person, who().person_id).phone or ""
    return render(
        "register/check_messages.html",
        destination=None,
        phone=wizards.masked(phone) if phone else "",
        back_url=_back(),
    )


def _here() -> str:
    return f"/account/verify{wizards.carried(wizards.asked_interaction())}"


def _back() -> str:
    """The service that asked, or the start page."""
    interaction = wizards.asked_interaction()
    return f"/interaction/{interaction}" if interaction else "/account"


def _page(form: forms.Document, refusal: str, status: int = 200, left: int | None = None) -> Response:
    with current().database.reading() as db:
        standing = own.standing(db)
    interaction = wizards.asked_interaction()
    return own.show(
        "account/verify.html",
        status=status,
        form=form,
        refusal=refusal,
        attempts_left=left,
        pending=standing.pending,
        return_url=_back() if interaction else None,
        csrf_token=own.token("verify"),
        action=_here(),
        **{**wizards.surroundings(interaction), **documents.choices()},
    )
