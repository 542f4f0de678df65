"""Another password for an administrator whose account is one of our own, before it is due."""

from flask import Blueprint, abort, redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from admin_ui.access import HOME, Permission, needs, who
from admin_ui.showing import show
from idp.account.ending import end_everything
from idp.authenticators import password
from idp.crypto import passwords
from idp.persons.models import Realm
from idp.services import current
from idp.sessions import lifecycle
from idp.sign_in.new_password import unfit_for_staff
from idp.web import forms
from idp.web.request_scope import now

bp = Blueprint("own_password", __name__, url_prefix=f"{HOME}/password")
PAGE = f"{HOME}/password"


@bp.route("", methods=["GET", "POST"])
@needs(Permission.ENTER, fresh=True)
def change() -> ResponseReturnValue:
    """Set it; this browser goes on under a new handle, no other does."""
    me, form = who(), forms.NewPassword(request.form)
    with current().database.reading() as db:
        if password.stored(db, me.person_id) is None:
            abort(404)
    if request.method == "GET":
        return _page(form)
    unfit = unfit_for_staff(me.person_id, form.password.data) if form.validate() else None
    if unfit:
        forms.refuse(form.password, unfit)
    if form.errors:
        return _page(form, 400)
    return _set(passwords.hash_password(form.password.data))


def _set(hashed: str) -> Response:
    services, me = current(), who()
    with services.database.writing() as db:
        if not lifecycle.is_still(db, me.person_id, me.session_id):
            return redirect(PAGE, 303)
        password.set_hash(db, me.person_id, hashed, "own_wish", now())
        end_everything(db, me.person_id, "password_changed", now(), but=me.session_id)
        handle = lifecycle.renew(db, me.session_id)
    response = redirect(HOME, 303)
    response.headers.add("Set-Cookie", services.cookies.keep_session(handle, Realm.STAFF))
    return response


def _page(form: forms.NewPassword, status: int = 200) -> Response:
    return show("password", status=status, form=form, action=PAGE)
