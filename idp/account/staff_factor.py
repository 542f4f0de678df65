"""A second factor given for one act by a civil servant who is signed in: code of an app, or passkey."""

from typing import Any

from flask import g, request

from idp.authenticators import ceremonies, passkey, throttle, totp
from idp.authenticators.base import Denied, Proven
from idp.authenticators.ceremonies import RelyingParty
from idp.authenticators.passkey import Asked
from idp.authenticators.throttle import Wait
from idp.persons.models import Realm
from idp.services import current
from idp.sign_in import totp as app
from idp.web import forms, zones
from idp.web.request_scope import now, source


def offered(act: str) -> dict[str, Any]:
    """What a page shows of it: `form`, `has_app`, and `options` for the script where there is a passkey."""
    party = _party()
    with current().database.reading() as db:
        mine = passkey.ids(passkey.of(db, g.staff_person))
        has_app = totp.of(db, g.staff_person) is not None
    options = ceremonies.question(party, _bound_to(act), mine) if party and mine else None
    return {"form": forms.AppCode(), "has_app": has_app, "options": options}


def given(act: str) -> Proven | Denied | Wait:
    """Judge what was posted; a passkey's answer is good for the act on whose page it was asked."""
    party, posted = _party(), request.form.get("credential", "")
    if party is not None and posted:
        wait = throttle.pace(current().state, source(), "passkey", current().limits)
        asked = Asked(_bound_to(act), Realm.STAFF, g.staff_person)
        return wait or passkey.prove(current().database, party, posted, asked, now())
    form = forms.AppCode(request.form)
    if not form.validate():
        return Denied("totp_wrong")
    outcome = app.judge(g.staff_person, form.code.data, None)
    return Denied("totp_wrong") if isinstance(outcome, Denied) else outcome


def _party() -> RelyingParty | None:
    return zones.passkey_party()


def _bound_to(act: str) -> str:
    return f"{act}|{g.staff_session.hex}"
