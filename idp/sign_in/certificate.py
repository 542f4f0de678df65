"""Sign in, or confirm, by a certificate: one the browser has shown in TLS, or one that signs a text."""

from collections.abc import Callable
from urllib.parse import urlsplit

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from idp.account import elsewhere
from idp.authenticators import base, certificate, throttle
from idp.authenticators.base import Denied, Proven
from idp.authenticators.certificate import Shown
from idp.authenticators.throttle import Wait
from idp.persons.models import Realm
from idp.services import current
from idp.sign_in import proof
from idp.sign_in.proof import Proving
from idp.web import certificates, forms
from idp.web.doorway import door
from idp.web.request_scope import now, source

bp = Blueprint("sign_in_certificate", __name__, url_prefix="/interaction/<handle>")
WAY = "certificate"


@bp.get("/certificate")
def ask(handle: str) -> ResponseReturnValue:
    """Show the text to be signed."""
    proving = proof.asked(handle)
    if not isinstance(proving, Proving):
        return proving
    return _page(proving, forms.Signature(), "") if is_offered(proving) else door(handle)


@bp.post("/certificate")
def prove(handle: str) -> ResponseReturnValue:
    """Judge certificate and signature."""
    proving = proof.asked(handle)
    if not isinstance(proving, Proving):
        return proving
    if not is_offered(proving):
        return door(handle)
    form = forms.Signature(request.form)
    if not proof.token_fits(proving, WAY):
        return _page(proving, form, "form_stale", 400)
    if request.form.get("by") != "tls" and not form.validate():
        return _page(proving, form, "", 400)
    outcome = judge(proving, lambda: certificates.shown(certificates.SIGN_IN, proving.handle, form))
    return proof.judged(proving, outcome, lambda *said: _page(proving, form, *said))


def judge(proving: Proving, show: Callable[[], Shown | Denied]) -> Proven | Denied | Wait:
    """What a certificate is worth in this sign-in; `show` gives it, once it is this source's turn."""
    services, client_id = current(), proving.interaction.demand.client_id or None
    wait = throttle.pace(services.state, source(), WAY, services.limits)
    if wait is not None:
        return wait
    confirms = proving.confirms.person_id if proving.confirms else None
    shown = show()
    if isinstance(shown, Denied):
        with services.database.writing() as db:
            return base.deny(db, "sc", shown.reason, confirms, client_id)
    return certificate.sign_in(
        services.database,
        services.vault,
        services.extras["certificates"],
        shown,
        now(),
        confirms=confirms,
        client_id=client_id,
    )


def is_offered(proving: Proving) -> bool:
    """Whether certificates are believed here, in this realm."""
    return certificates.is_there() and proving.interaction.realm == Realm.CITIZEN


def _page(
    proving: Proving, form: forms.Signature, refusal: str, status: int = 200, seconds: int = 0
) -> Response:
    page = proof.page(
        proving,
        WAY,
        status=status,
        form=form,
        refusal=refusal,
        seconds=seconds,
        text=certificates.to_sign(certificates.SIGN_IN, proving.handle),
        offered=certificates.offered(),
        ukey_url=certificates.ukey_url(),
        add_url=f"/account/methods/certificate?interaction={proving.handle}",
        register_url=f"/register?interaction={proving.handle}",
        registers_at=elsewhere.named(proving.interaction.demand.ui_locales),
    )
    return allow_ukey(page)


def allow_ukey(page: Response) -> Response:
    """Let the script of this page ask the UKey's service on the person's own computer, and nobody else."""
    where = urlsplit(certificates.ukey_url())
    if where.netloc:
        page.headers["Content-Security-Policy"] += f"; connect-src {where.scheme}://{where.netloc}"
    return page
