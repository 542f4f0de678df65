"""A slip from a service window at `/recover/slip`: its number and a new password, once, after the hold."""

from uuid import UUID

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import PasswordField, StringField
from wtforms.validators import Optional

from idp.account.ending import end_everything
from idp.account.recovery import WIZARD
from idp.authenticators import credentials, password, throttle
from idp.crypto import passwords
from idp.notices.telling import tell
from idp.persons import locking, lookup
from idp.persons.models import Person
from idp.services import current
from idp.web import forms
from idp.web.pages import render
from idp.web.request_scope import may_enter, now, source
from idp.windows import slips

bp = Blueprint("slip", __name__, url_prefix="/recover/slip")
STEP = "slip"
THROTTLED = "throttled"
OF_THE_LOGIN = frozenset({"login_needed", "login_malformed", "login_taken"})
"""Faults of the login name somebody wants, and not of the slip."""


class SlipForm(forms.Fields):
    """What is printed on the slip, a password to be, and a login name for who has nothing else to type."""

    login = StringField(
        filters=[forms.trimmed], validators=[Optional(), forms.matches(forms.LOGIN, "login_malformed")]
    )
    slip = StringField(filters=[forms.compact], validators=[forms.required("slip_wrong")])
    password = PasswordField(
        validators=[
            forms.required("password_required"),
            forms.holds(forms.PASSWORD_LENGTHS, "password_short", "password_long"),
        ]
    )


@bp.get("")
def ask() -> ResponseReturnValue:
    """Ask for both."""
    return _page(SlipForm(), "")


@bp.post("")
def use() -> ResponseReturnValue:
    """Set the password if the slip is good; the ways that were lost end, and everything that was open."""
    form = SlipForm(request.form)
    if not WIZARD.token_fits(WIZARD.handle, STEP):
        return _page(form, "form_stale", 400)
    form.validate()
    weak = password.weakness(form.password.data or "")
    if weak:
        forms.refuse_once(form.password, weak)
    typed = form.slip.data, form.login.data.lower()
    fault = "" if form.slip.errors else unfit(*typed)
    if fault in OF_THE_LOGIN:
        forms.refuse_once(form.login, fault)
    elif fault:
        return _page(form, fault, 429 if fault == THROTTLED else 400)
    if form.errors:
        return _page(form, "", 400)
    if fault := used(*typed, form.password.data):
        return _page(form, fault, 400)
    return WIZARD.forget(render("recover/slip_done.html", destination=None, sign_in_url="/sign-in"))


def unfit(typed: str, login: str) -> str:
    """Why a slip cannot be used, or not with this login name (a reason code); nothing where it can."""
    if throttle.pace(current().state, source(), STEP, current().limits):
        return THROTTLED
    with current().database.reading() as db:
        slip = slips.find(db, typed, now())
        if slip is None:
            return "slip_wrong"
        return "slip_early" if slip.ready_at > now() else _login_fault(db, slip.person_id, login)


def used(typed: str, login: str, chosen: str) -> str:
    """
    Use up a slip that is fit, for a password that is strong enough; gives why it was not, or nothing.

    The password is the only way left until its person adds others.
    """
    hashed = passwords.hash_password(chosen)
    with current().database.writing() as db:
        slip = slips.find(db, typed, now())
        person = None if slip is None else locking.alone(db, slip.person_id)
        if slip is None or person is None or not may_enter(person) or not slips.use(db, slip.id, now()):
            return "slip_wrong"
        person.login_name = person.login_name or login or None
        for credential in credentials.living(db, person.id):
            if credential.kind != password.KIND:
                credentials.end(db, credential, "slip_used", now())
        password.set_hash(db, person.id, hashed, "slip", now())
        end_everything(db, person.id, "slip_used", now())
        tell(db, person.id, "password.recovered", now())
    return ""


def _login_fault(db: Session, person_id: UUID, wanted: str) -> str:
    """A foreign passport's number is nothing one can sign in with, so its holder needs a name for it."""
    person = db.get_one(Person, person_id)
    if not wanted:
        numbers = [document.number or "" for document in person.documents if document.verified_at]
        known = any(lookup.by_login(db, current().vault, number, now()) for number in numbers)
        return "" if known or person.login_name or person.phone else "login_needed"
    if not lookup.is_login_name(wanted, now()):
        return "login_malformed"
    taken = db.scalar(select(Person.id).where(Person.login_name == wanted, Person.id != person_id))
    return "login_taken" if taken else ""


def _page(form: SlipForm, refusal: str, status: int = 200) -> Response:
    handle = WIZARD.begin()
    page = render(
        "recover/slip.html",
        status=status,
        form=form,
        refusal=refusal,
        destination=None,
        csrf_token=WIZARD.token(handle, STEP),
        action="/recover/slip",
    )
    return WIZARD.keep(page, handle)
