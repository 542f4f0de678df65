"""A civil servant without a second factor takes one at their first sign-in; there is no way past it."""

from collections.abc import Sequence
from datetime import timedelta

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from idp.authenticators import credentials, recovery_codes, throttle, totp
from idp.authenticators.base import Proven
from idp.interaction.record import Facts
from idp.persons import staff
from idp.persons.models import Realm
from idp.services import current
from idp.sessions import lifecycle
from idp.sign_in import proof
from idp.sign_in.proof import Proving
from idp.web import forms, seeds, showing
from idp.web.doorway import door
from idp.web.request_scope import now, source

bp = Blueprint("sign_in_first_app", __name__, url_prefix="/interaction/<handle>")
WAY = "first-app"
RECENT = timedelta(minutes=15)
"""How old the password's proof may be."""


@bp.get("/first-app")
def show(handle: str) -> ResponseReturnValue:
    """Show a seed, the same one until it is taken."""
    proving, facts = _entitled(handle)
    if not isinstance(proving, Proving) or facts is None:
        return proving if isinstance(proving, Response) else door(handle)
    return _page(proving, facts, forms.AppCode(), "")


@bp.post("/first-app")
def take(handle: str) -> ResponseReturnValue:
    """Keep the seed if the app shows the right code, which is the second proof of this sign-in."""
    proving, facts = _entitled(handle)
    if not isinstance(proving, Proving) or facts is None:
        return proving if isinstance(proving, Response) else door(handle)
    form = forms.AppCode(request.form)
    if not proof.token_fits(proving, WAY):
        return _page(proving, facts, form, "form_stale", 400)
    if not form.validate():
        return _page(proving, facts, form, "", 400)
    wait = throttle.admit(current().state, f"totp-new|{facts.person_id.hex}", source(), current().limits)
    if wait is not None:
        return proof.judged(proving, wait, lambda *said: _page(proving, facts, form, *said))
    step = totp.step_of(_seed(facts), form.code.data, now())
    if step is None:
        forms.refuse(form.code, "totp_wrong")
        return _page(proving, facts, form, "", 400)
    codes = _enrolled(facts, step)
    if not codes:  # an app was taken meanwhile, in another browser, and shall confirm this one; or all ended
        return door(handle)
    return _codes_page(proving, facts, codes, proof.succeeded(proving, Proven(facts.person_id, totp.AMR)))


def _entitled(handle: str) -> tuple[Proving | Response, Facts | None]:
    """Only a civil servant whose password was just proven, and who has no second factor yet."""
    proving = proof.asked(handle)
    if not isinstance(proving, Proving) or proving.confirms is None:
        return proving, None
    return proving, proving.confirms if is_due(proving, proving.confirms) else None


def is_due(proving: Proving, facts: Facts) -> bool:
    """Whether this is a civil servant who has no second factor yet, fresh from their directory's password."""
    if proving.interaction.realm != Realm.STAFF or now() - facts.authenticated_at > RECENT:
        return False
    with current().database.reading() as db:
        return not credentials.living(db, facts.person_id, *credentials.SECOND_FACTORS)


def _seed(facts: Facts) -> str:
    with current().database.reading() as db:
        return totp.offered(db, current().vault, facts.person_id, facts.session_id)


def _enrolled(facts: Facts, step: int) -> Sequence[str]:
    """Keep the app, make recovery codes and give them; nothing if there is an app already, or no session."""
    services, seed = current(), _seed(facts)
    with services.database.writing() as db:
        if not lifecycle.is_still(db, facts.person_id, facts.session_id):
            return ()
        if credentials.living(db, facts.person_id, *credentials.SECOND_FACTORS):
            return ()
        totp.enrol(db, facts.person_id, seed, step, "", now())
        return recovery_codes.renew(db, services.vault, facts.person_id, now())


def _page(
    proving: Proving, facts: Facts, form: forms.AppCode, refusal: str, status: int = 200, seconds: int = 0
) -> Response:
    return proof.page(
        proving,
        WAY,
        status=status,
        seconds=seconds,
        form=form,
        refusal=refusal,
        **seeds.shown(_seed(facts), current().settings.name, _login(facts)),
    )


def _login(facts: Facts) -> str:
    with current().database.reading() as db:
        known = staff.of(db, facts.person_id)
        return known.login if known else ""


def _codes_page(proving: Proving, facts: Facts, codes: Sequence[str], entered: Response) -> Response:
    """The codes, shown once, on the way to where the proof leads."""
    whose = showing.masked_login(_login(facts))
    page = proof.page(
        proving, "first-codes", codes=codes, made_at=now(), whose=whose, onward_url=proving.path()
    )
    for cookie in entered.headers.getlist("Set-Cookie"):
        page.headers.add("Set-Cookie", cookie)
    return page
