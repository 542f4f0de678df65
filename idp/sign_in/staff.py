"""Civil servants sign in with login and password, of their directory or of an account of our own."""

from dataclasses import replace

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from idp.authenticators import staff as judge
from idp.authenticators.base import Denied, Proven
from idp.authenticators.proving import Typed
from idp.authenticators.staff import Staffing
from idp.authenticators.throttle import Wait
from idp.persons.models import Realm
from idp.services import current
from idp.sign_in import proof
from idp.sign_in.proof import Proving
from idp.web import forms
from idp.web.doorway import client_of, door
from idp.web.request_scope import now, source

bp = Blueprint("sign_in_staff", __name__, url_prefix="/interaction/<handle>")
WAY = "staff"


@bp.get("/as/<realm>")
def choose_realm(handle: str, realm: str) -> ResponseReturnValue:
    """Go on as a citizen or as a civil servant, where the application admits both."""
    proving = proof.asked(handle)
    if not isinstance(proving, Proving):
        return proving
    if realm in proving.interaction.demand.realms:
        current().interactions.revise(handle, replace(proving.interaction, realm=realm, kept={}))
    return door(handle)


@bp.get("/staff")
def ask(handle: str) -> ResponseReturnValue:
    """The sign-in page of civil servants."""
    proving = proof.asked(handle)
    if not isinstance(proving, Proving):
        return proving
    if proving.interaction.realm != Realm.STAFF:
        return door(handle)
    return _page(
        proving,
        forms.StaffSignIn(login=proving.interaction.demand.login_hint or ""),
        proof.why_again(proving),
    )


@bp.post("/staff")
def prove(handle: str) -> ResponseReturnValue:
    """Judge it; the answer is the same for a wrong password and for somebody who is not there."""
    proving = proof.asked(handle)
    if not isinstance(proving, Proving):
        return proving
    if proving.interaction.realm != Realm.STAFF:
        return door(handle)
    form = forms.StaffSignIn(request.form)
    if not proof.token_fits(proving, WAY):
        return _page(proving, form, "form_stale", 400)
    if not form.validate():
        return _page(proving, form, "", 400)
    outcome = _judge(proving, form)
    return proof.judged(proving, outcome, lambda *said: _page(proving, form, *said))


def _judge(proving: Proving, form: forms.StaffSignIn) -> Proven | Denied | Wait:
    services = current()
    staffing: Staffing | None = services.extras.get("directory")
    client_id = proving.interaction.demand.client_id or None
    typed = Typed(form.login.data, form.password.data, source(), client_id)
    return judge.by_login(
        services.database, services.vault, services.state, services.limits, staffing, typed, now()
    )


def _page(
    proving: Proving, form: forms.StaffSignIn, refusal: str, status: int = 200, seconds: int = 0
) -> Response:
    admits_citizens = Realm.CITIZEN in proving.interaction.demand.realms
    return proof.page(
        proving,
        WAY,
        status=status,
        seconds=seconds,
        form=form,
        refusal=refusal,
        citizen_url=proving.path("as/citizen") if admits_citizens else None,
        again=client_of(proving.interaction) is None and proving.facts is not None,
    )
