"""Confirm with a code from an authenticator app."""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from idp.authenticators import base, guesses, throttle, totp
from idp.authenticators.base import Denied, Proven
from idp.authenticators.throttle import Wait
from idp.interaction.record import Facts
from idp.services import current
from idp.sign_in import proof
from idp.sign_in.proof import Proving
from idp.web import forms
from idp.web.doorway import door
from idp.web.request_scope import now, source

bp = Blueprint("sign_in_totp", __name__, url_prefix="/interaction/<handle>")
WAY = "totp"


@bp.get("/totp")
def ask(handle: str) -> ResponseReturnValue:
    """Ask for the code."""
    proving = proof.asked(handle)
    if not isinstance(proving, Proving):
        return proving
    return door(handle) if proving.confirms is None else _page(proving, forms.Code(), "")


@bp.post("/totp")
def prove(handle: str) -> ResponseReturnValue:
    """Judge the code, which is accepted once."""
    proving = proof.asked(handle)
    if not isinstance(proving, Proving):
        return proving
    if proving.confirms is None:
        return door(handle)
    form = forms.Code(request.form)
    if not proof.token_fits(proving, WAY):
        return _page(proving, form, "form_stale", 400)
    if not form.validate():
        return _page(proving, form, "", 400)
    outcome = _judge(proving, proving.confirms, form.code.data)
    return proof.judged(proving, outcome, lambda *said: _page(proving, form, *said))


def _judge(proving: Proving, facts: Facts, typed: str) -> Proven | Denied | Wait:
    services, who = current(), f"totp|{facts.person_id.hex}"
    wait = throttle.admit(services.state, who, source(), services.limits)
    if wait is not None:
        return wait
    guess = guesses.admit((guesses.of_person(services.state, who, source(), totp.WRONG_A_DAY, now()),))
    with services.database.writing() as db:
        if guess is None or not totp.accept(db, facts.person_id, typed, now()):
            return base.deny(
                db, "otp", "code_wrong", facts.person_id, proving.interaction.demand.client_id or None
            )
    throttle.succeeded(services.state, who, source())
    guesses.forgive(services.state, who)
    return Proven(facts.person_id, totp.AMR)


def _page(proving: Proving, form: forms.Code, refusal: str, status: int = 200, seconds: int = 0) -> Response:
    return proof.page(proving, WAY, status=status, form=form, refusal=refusal, seconds=seconds)
