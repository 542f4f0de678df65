"""Confirm with one of the recovery codes, for who has lost the phone and the app."""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from idp.authenticators import base, recovery_codes, throttle
from idp.authenticators.base import Denied, Proven
from idp.authenticators.throttle import Wait
from idp.interaction.record import Facts
from idp.notices.telling import tell
from idp.services import current
from idp.sign_in import proof
from idp.sign_in.proof import Proving
from idp.web import forms
from idp.web.doorway import door
from idp.web.request_scope import now, source

bp = Blueprint("sign_in_recovery_code", __name__, url_prefix="/interaction/<handle>")
WAY = "recovery-code"


@bp.get("/recovery-code")
def ask(handle: str) -> ResponseReturnValue:
    """Ask for one of them."""
    proving = proof.asked(handle)
    if not isinstance(proving, Proving):
        return proving
    return door(handle) if proving.confirms is None else _page(proving, forms.RecoveryCode(), "")


@bp.post("/recovery-code")
def prove(handle: str) -> ResponseReturnValue:
    """Judge it; each is good once, and its person hears of it."""
    proving = proof.asked(handle)
    if not isinstance(proving, Proving):
        return proving
    if proving.confirms is None:
        return door(handle)
    form = forms.RecoveryCode(request.form)
    if not proof.token_fits(proving, WAY):
        return _page(proving, form, "form_stale", 400)
    if not form.validate():
        return _page(proving, form, "", 400)
    outcome = _judge(proving, proving.confirms, form.recovery_code.data)
    return proof.judged(proving, outcome, lambda *said: _page(proving, form, *said))


def _judge(proving: Proving, facts: Facts, typed: str) -> Proven | Denied | Wait:
    services, who = current(), f"rc|{facts.person_id.hex}"
    wait = throttle.admit(services.state, who, source(), services.limits)
    if wait is not None:
        return wait
    with services.database.writing() as db:
        if not recovery_codes.spend(db, services.vault, facts.person_id, typed, now()):
            client_id = proving.interaction.demand.client_id or None
            return base.deny(db, "rc", "recovery_code_wrong", facts.person_id, client_id)
        tell(db, facts.person_id, "recovery_code.used", now())
    throttle.succeeded(services.state, who, source())
    return Proven(facts.person_id, recovery_codes.AMR)


def _page(
    proving: Proving, form: forms.RecoveryCode, refusal: str, status: int = 200, seconds: int = 0
) -> Response:
    return proof.page(proving, WAY, status=status, form=form, refusal=refusal, seconds=seconds)
