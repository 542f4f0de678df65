"""The sign-in page: login and password, and the links to every other way."""

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from idp.account import elsewhere
from idp.authenticators.base import Denied, Proven
from idp.authenticators.proving import Arrived, Typed, by_password
from idp.authenticators.throttle import Wait
from idp.persons.models import Realm
from idp.services import current
from idp.sign_in import arrivals, passkey, proof, upstreams
from idp.sign_in.proof import Proving
from idp.web import forms
from idp.web.doorway import client_of
from idp.web.request_scope import now, source

bp = Blueprint("sign_in_password", __name__, url_prefix="/interaction/<handle>")
WAY = "sign-in"


@bp.get("/sign-in")
def ask(handle: str) -> ResponseReturnValue:
    """The sign-in page."""
    proving = proof.asked(handle)
    if not isinstance(proving, Proving):
        return proving
    if proving.interaction.realm == Realm.STAFF:
        return redirect(proving.path("staff"), 303)
    typed = proving.kept.get("sms_phone", "").removeprefix("+86")
    form = forms.SignIn(login=proving.interaction.demand.login_hint or typed)
    return _page(proving, form, "other_person" if _is_somebody_else(proving) else proof.why_again(proving))


@bp.post("/sign-in")
def prove(handle: str) -> ResponseReturnValue:
    """Judge a login and password; the answer is the same for a wrong one and for an unknown person."""
    proving = proof.asked(handle)
    if not isinstance(proving, Proving):
        return proving
    if proving.interaction.realm == Realm.STAFF:
        return redirect(proving.path("staff"), 303)
    form = forms.SignIn(request.form)
    if not proof.token_fits(proving, WAY):
        return _page(proving, form, "form_stale", 400)
    if not form.validate():
        return _page(proving, form, "", 400)
    client_id = proving.interaction.demand.client_id or None
    outcome = judge(form.login.data, form.password.data, client_id)
    return proof.judged(proving, outcome, lambda *said: _page(proving, form, *said))


def judge(login: str, typed: str, client_id: str | None) -> Arrived | Proven | Denied | Wait:
    """What a login and password are worth, typed where this request comes from."""
    services = current()
    return by_password(
        services.database,
        services.prepared,
        services.vault,
        services.state,
        services.limits,
        Typed(login, typed, source(), client_id),
        now(),
    )


def _is_somebody_else(proving: Proving) -> bool:
    facts, wanted = proving.facts, proving.interaction.demand.subject
    return facts is not None and wanted not in {None, facts.sub}


def _begins_for_client(proving: Proving) -> bool:
    return proving.confirms is None and client_of(proving.interaction) is not None


def _page(
    proving: Proving, form: forms.SignIn, refusal: str, status: int = 200, seconds: int = 0
) -> Response:
    handle, awaited = proving.handle, upstreams.awaited(proving)
    begins = _begins_for_client(proving) and awaited is None
    return proof.page(
        proving,
        WAY,
        "interaction/slow_down.html" if seconds else "interaction/sign_in.html",
        status=status,
        seconds=seconds,
        form=form,
        refusal=refusal,
        organisation_url=proving.path("organisation") if begins else None,
        forgot_url=f"/recover?interaction={handle}",
        register_url=None if proving.confirms or awaited else f"/register?interaction={handle}",
        registers_at=elsewhere.named(proving.interaction.demand.ui_locales),
        passkey=None if seconds else passkey.offered(proving),
        awaited=awaited,
        upstreams=[] if awaited else upstreams.offered(proving),
        failed_upstream=upstreams.failed(proving),
        ways=[] if proving.confirms else proof.ways_to_begin(proving),
        own=proving.interaction.demand.own and arrivals.federation() is not None,
        again=client_of(proving.interaction) is None and proving.facts is not None,
    )
