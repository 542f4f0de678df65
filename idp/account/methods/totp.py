"""Add an authenticator app: its picture and its text, and a first code as the proof that it was taken."""

import segno
from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from werkzeug.wrappers import Response

from idp.account import own, wizards
from idp.account.methods.guard import also_proven, freshly_proven, still
from idp.account.methods.overview import has_two
from idp.authenticators import credentials, recovery_codes, throttle, totp
from idp.persons.models import Person
from idp.services import current
from idp.web import forms
from idp.web.request_scope import now, source
from idp.web.signed_in import who

bp = Blueprint("methods_totp", __name__, url_prefix="/account/methods/totp")
STEP = "methods.totp"


@bp.get("")
@freshly_proven
def show() -> ResponseReturnValue:
    """Show a seed, the same one until it is taken or the page has grown old."""
    return _page(forms.AppCode(), "")


@bp.post("")
@freshly_proven
def take() -> ResponseReturnValue:
    """Keep the seed if the app shows the right code; two steps are asked for from now on unless declined."""
    form, seed = forms.AppCode(request.form), _seed()
    if not own.token_fits(STEP):
        return _page(form, "form_stale", 400)
    if not form.validate():
        return _page(form, "", 400)
    if throttle.admit(current().state, f"totp-new|{who().person_id.hex}", source(), current().limits):
        return _page(form, "throttled", 429)
    step = totp.step_of(seed, form.code.data, now())
    if step is None:
        forms.refuse(form.code, "totp_wrong")
        return _page(form, "", 400)
    with current().database.writing() as db:
        still(db)
        totp.enrol(db, who().person_id, seed, step, request.form.get("name", ""), now())
        makes_two = has_two(db, db.get_one(Person, who().person_id))
        credentials.choose_two_steps(
            db, who().person_id, request.form.get("two_steps") == "yes" and makes_two
        )
        first = recovery_codes.left(db, who().person_id) == 0
        cookie = also_proven(db, totp.AMR)
    carried = wizards.carried(wizards.asked_interaction(), added="totp")
    response = redirect(f"/account/methods{'/recovery-codes' if first else ''}{carried}", 303)
    response.headers.add("Set-Cookie", cookie)
    return response


def _seed() -> str:
    with current().database.reading() as db:
        return totp.offered(db, current().vault, who().person_id, who().session_id)


def _page(form: forms.AppCode, refusal: str, status: int = 200) -> Response:
    seed, services = _seed(), current()
    with services.database.reading() as db:
        person = db.get_one(Person, who().person_id)
        login = person.login_name or wizards.masked(person.phone or "")
    picture = segno.make(totp.address(seed, services.settings.name, login), error="m")
    return own.show(
        "account/methods/totp.html",
        status=status,
        form=form,
        refusal=refusal,
        picture=Markup(picture.svg_inline(scale=5, border=2)),  # noqa: S704 – made here, of modules only
        seed=" ".join(seed[start : start + 4] for start in range(0, len(seed), 4)),
        csrf_token=own.token(STEP),
        action=request.full_path.rstrip("?"),
    )
