"""Add a certificate: it must name the very person, and its key is used once, to prove that it is at hand."""

from datetime import timedelta

from flask import Blueprint, abort, redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from idp.account import own, wizards
from idp.account.methods.guard import also_proven, freshly_proven, still
from idp.authenticators import certificate, certificate_binding, throttle
from idp.authenticators.base import Denied
from idp.authenticators.certificate_binding import Bound
from idp.services import current
from idp.sign_in.certificate import allow_ukey
from idp.web import certificates, forms
from idp.web.request_scope import now, source
from idp.web.signed_in import who

bp = Blueprint("methods_certificate", __name__, url_prefix="/account/methods/certificate")
STEP = "methods.certificate"
PAGE = "account/methods/certificate.html"


@bp.get("")
@freshly_proven
def show() -> ResponseReturnValue:
    """Show the text to be signed."""
    return _page(forms.Signature(), "")


@bp.post("")
@freshly_proven
def take() -> ResponseReturnValue:
    """Keep it if the authority stands by it and it names who is signed in; level 5 comes with it."""
    form = forms.Signature(request.form)
    if not own.token_fits(STEP):
        return _page(form, "form_stale", 400)
    if request.form.get("by") != "tls" and not form.validate():
        return _page(form, "", 400)
    if throttle.pace(current().state, source(), "certificate", current().limits):
        return _page(form, "throttled", 429)
    outcome = _bind(form)
    if isinstance(outcome, Denied):
        return _page(form, outcome.reason)
    said = {"added": "certificate"} if outcome is Bound.BOUND else {}
    carried = wizards.carried(wizards.asked_interaction(), **said)
    response = redirect(f"/account/methods{carried}", 303)
    if outcome is Bound.BOUND:
        with current().database.writing() as db:
            response.headers.add("Set-Cookie", also_proven(db, certificate.AMR))
    return response


def _bind(form: forms.Signature) -> Bound | Denied:
    services = current()
    shown = certificates.shown(certificates.BIND, who().session_id.hex, form)
    if isinstance(shown, Denied):
        return shown
    return certificate_binding.bind(
        services.database,
        services.vault,
        services.extras["certificates"],
        shown,
        still,
        now(),
        timedelta(seconds=services.settings.displacement_hold),
    )


def _page(form: forms.Signature, refusal: str, status: int = 200) -> Response:
    if not certificates.is_there():
        abort(404)
    page = own.show(
        PAGE,
        status=status,
        form=form,
        refusal=refusal,
        text=certificates.to_sign(certificates.BIND, who().session_id.hex),
        offered=certificates.offered(),
        ukey_url=certificates.ukey_url(),
        csrf_token=own.token(STEP),
        action=request.full_path.rstrip("?"),
    )
    return allow_ukey(page)
