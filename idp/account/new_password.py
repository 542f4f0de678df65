"""Changing one's password in place: the current one, the new one, and what ends elsewhere with it."""

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from idp.account import own
from idp.account.ending import end_everything
from idp.authenticators import password, throttle
from idp.authenticators.password import Weak
from idp.crypto import passwords
from idp.notices.telling import tell
from idp.persons.models import Person
from idp.services import current
from idp.sessions import lifecycle
from idp.web import forms
from idp.web.request_scope import now, source
from idp.web.signed_in import login_required, who

bp = Blueprint("new_password", __name__, url_prefix="/account/security/password")
CHANGED = "/account/security?changed=password"


@bp.get("")
@login_required  # type: ignore[untyped-decorator]  # flask-login has no types
def ask() -> ResponseReturnValue:
    """Ask for both; whoever has no password yet gets one by phone and document."""
    with current().database.reading() as db:
        if password.stored(db, who().person_id) is None:
            return redirect("/recover", 303)
    return _page(forms.ChangedPassword(), "")


@bp.post("")
@login_required  # type: ignore[untyped-decorator]  # flask-login has no types
def change() -> ResponseReturnValue:
    """Set the new one, if the current one was right; throttled as signing in is."""
    form = forms.ChangedPassword(request.form)
    if not own.token_fits("password"):
        return _page(form, "form_stale", 400)
    form.validate()
    if form.current.errors:
        return _page(form, "", 400)
    if _comes_too_early():
        return _page(form, "throttled", 429)
    wanted = form.password.data or ""
    verified = _verified(form.current.data)
    unfit = password.weakness(wanted) if verified is None else _unfit(form.current.data, wanted)
    if unfit:
        forms.refuse_once(form.password, unfit)
    status = 400 if form.errors else 200
    if verified is None:
        forms.refuse(form.current, "password_wrong")
    if verified is None or form.errors:
        return _page(form, "", status)
    return _set(verified, passwords.hash_password(form.password.data), form)


def _comes_too_early() -> bool:
    """Whoever sits at somebody's open browser guesses no faster than at the sign-in."""
    services, person_id = current(), who().person_id.hex
    wait = throttle.pace(services.state, source(), "password", services.limits) or throttle.admit(
        services.state, person_id, source(), services.limits
    )
    return wait is not None


def _verified(typed: str) -> str | None:
    """The stored hash, if this is its password."""
    services, person_id = current(), who().person_id
    with services.database.reading() as db:
        secret = password.stored(db, person_id)
    if secret is None or not password.verify(secret, typed):
        return None
    throttle.succeeded(services.state, person_id.hex, source())
    return secret


def _unfit(before: str, wanted: str) -> str | None:
    """
    Why the new password must not be used.

    Judged once the current one was right: the answer would tell a stranger which number is the person's.
    Until then only what anybody's password must not be is told.
    """
    if wanted == before:
        return "password_same"
    with current().database.reading() as db:
        person = db.get_one(Person, who().person_id)
        numbers = [document.number or "" for document in person.documents]
        known = (person.login_name or "", (person.phone or "").removeprefix("+86"), *numbers)
        earlier = password.remembered(db, person.id)
    if weak := password.weakness(wanted, known):
        return weak
    return Weak.USED_BEFORE if password.is_used_before(earlier, wanted) else None


def _set(verified: str, hashed: str, form: forms.ChangedPassword) -> Response:
    """Write it once, in place of what was verified; this browser goes on under a new handle."""
    services, user = current(), who()
    with services.database.writing() as db:
        if not lifecycle.is_still(db, user.person_id, user.session_id):
            return redirect(request.path, 303)
        if not password.replace_hash(db, user.person_id, verified, hashed, "own_wish", now()):
            return _page(form, "form_stale", 400)
        if form.elsewhere.data:
            end_everything(db, user.person_id, "password_changed", now(), but=user.session_id)
        handle = lifecycle.renew(db, user.session_id)
        tell(db, user.person_id, "password.changed", now())
    response = redirect(CHANGED, 303)
    response.headers.add("Set-Cookie", services.cookies.keep_session(handle))
    return response


def _page(form: forms.ChangedPassword, refusal: str, status: int = 200) -> Response:
    return own.show(
        "account/password.html",
        status=status,
        form=form,
        refusal=refusal,
        csrf_token=own.token("password"),
        action="/account/security/password",
    )
