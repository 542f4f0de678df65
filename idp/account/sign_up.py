"""Registration at `/register`: phone, code, identity, password; then on to the service or the start page.

Whoever is known already is not told so here: holder and stranger see one page, and only the holder's phone
gets the message. No transaction is open while a message is sent, the registry is asked or a hash is computed.
"""

from dataclasses import replace
from typing import Any

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from idp import clock
from idp.account import documents, registering, wizards
from idp.account.desk import desk
from idp.account.records import Registration
from idp.account.registering import Refusal
from idp.account.wizards import Wizard
from idp.authenticators import sms, throttle
from idp.crypto import passwords
from idp.persons import lookup
from idp.persons.enrolment import Taken
from idp.persons.identifiers import mask
from idp.services import current
from idp.web import forms, showing
from idp.web.pages import render
from idp.web.request_scope import now, source

bp = Blueprint("register", __name__, url_prefix="/register")
WIZARD: Wizard[Registration] = Wizard("register")


@bp.get("")
def start() -> ResponseReturnValue:
    """Ask for a phone."""
    return _phone_page(forms.Phone(), "")


@bp.post("")
def send_code() -> ResponseReturnValue:
    """Send a code to any phone alike, and begin the wizard."""
    form = forms.Phone(request.form)
    if not WIZARD.token_fits(WIZARD.handle, "phone"):
        return _phone_page(form, "form_stale", 400)
    phone = lookup.normalise_phone(form.phone.data) if form.validate() else None
    if phone is None:
        if not form.errors:
            forms.refuse(form.phone, "phone_malformed")
        return _phone_page(form, "", 400)
    if throttle.pace(current().state, source(), "register", current().limits):
        return _phone_page(form, "throttled", 429)
    interaction = wizards.asked_interaction()
    record = Registration(phone, wizards.language(interaction), now(), now(), interaction)
    handle = desk().registrations.add(record)
    refused = WIZARD.send_code(handle, phone, record.locale)
    if refused:
        return _phone_page(form, refused, wizards.STATUS[refused])
    return WIZARD.keep(WIZARD.step("code"), handle)


@bp.get("/code")
def code() -> ResponseReturnValue:
    """Ask for the code."""
    opened = _open("code")
    return opened if isinstance(opened, Response) else _code_page(*opened, forms.Code(), "")


@bp.post("/code")
def prove_phone() -> ResponseReturnValue:
    """Judge the code, or send another."""
    opened = _open("code")
    if isinstance(opened, Response):
        return opened
    handle, record = opened
    form = forms.Code(request.form)
    if not WIZARD.token_fits(handle, "code"):
        return _code_page(handle, record, form, "form_stale", 400)
    if request.form.get("resend"):
        refused = WIZARD.send_code(handle, record.phone, record.locale)
        if refused:
            return _code_page(handle, record, forms.Code(), refused, wizards.STATUS[refused])
        desk().registrations.revise(handle, replace(record, code_sent_at=now()))
        return WIZARD.step("code")
    if not form.validate():
        return _code_page(handle, record, form, "", 400)
    if not WIZARD.code_is_right(handle, record.phone, form.code.data):
        return _code_page(handle, record, form, "code_wrong")
    desk().registrations.revise(handle, replace(record, phone_proven=True))
    return WIZARD.step("identity")


@bp.get("/identity")
def identity() -> ResponseReturnValue:
    """Ask who the person is, and for the agreements."""
    opened = _open("identity")
    return opened if isinstance(opened, Response) else _identity_page(*opened, forms.Identity(), "")


@bp.post("/identity")
def check_identity() -> ResponseReturnValue:
    """Ask the authority, and go on with what it answers; known or not, a wrong name is one answer."""
    opened = _open("identity")
    if isinstance(opened, Response):
        return opened
    handle, record = opened
    form = forms.Identity(request.form)
    if not WIZARD.token_fits(handle, "identity"):
        return _identity_page(handle, record, form, "form_stale", 400)
    claim = documents.read(form) if form.validate() else None
    if claim is None:
        return _identity_page(handle, record, form, "", 400)
    if claim.is_for_a_guardian(clock.day(now())):
        desk().registrations.take(handle)
        surroundings = wizards.surroundings(record.interaction)
        return WIZARD.forget(render("register/under_age.html", home_url="/", **surroundings))
    if throttle.pace(current().state, source(), "identity", current().limits):
        return _identity_page(handle, record, form, "throttled", 429)
    checked = registering.check(record, claim)
    if isinstance(checked, Refusal):
        status = 429 if checked.reason == "attempts_spent" else 200
        return _identity_page(handle, record, form, checked.reason, status, checked.left)
    revised = registering.agreed(record, checked)
    if registering.holder(revised) is not None:
        return _check_messages(handle, revised)
    desk().registrations.revise(handle, revised)
    return WIZARD.step("verifying")


@bp.get("/verifying")
def verifying() -> ResponseReturnValue:
    """Tell what the authority answered."""
    opened = _open("password")
    if isinstance(opened, Response):
        return opened
    _, record = opened
    assert record.checked is not None
    claim, outcome = record.checked.claim, record.checked.outcome
    return render(
        "register/verifying.html",
        outcome=outcome,
        level=registering.worth(record.checked),
        name=showing.masked_name(claim.name),
        number=mask(claim.number),
        continue_url="/register/password",
        **wizards.surroundings(record.interaction),
    )


@bp.get("/password")
def choose_password() -> ResponseReturnValue:
    """Ask for a password."""
    opened = _open("password")
    return opened if isinstance(opened, Response) else _password_page(*opened, forms.NewPassword(), "")


@bp.post("/password")
def finish() -> ResponseReturnValue:
    """Create the person, sign them in, and lead them where they were going."""
    opened = _open("password")
    if isinstance(opened, Response):
        return opened
    handle, record = opened
    form = forms.NewPassword(request.form)
    if not WIZARD.token_fits(handle, "password"):
        return _password_page(handle, record, form, "form_stale", 400)
    if throttle.pace(current().state, source(), "login-name", current().limits):
        return _password_page(handle, record, form, "throttled", 429)
    if not form.validate() or not _is_acceptable(record, form):
        return _password_page(handle, record, form, "", 400)
    login = form.login.data.lower() or None
    hashed = passwords.hash_password(form.password.data)
    try:
        session = registering.create(record, login, hashed)
    except Taken:
        if registering.login_is_taken(login):
            forms.refuse(form.login, "login_taken")
            return _password_page(handle, record, form, "", 409)
        return _check_messages(handle, record)
    desk().registrations.take(handle)
    leads_on = current().interactions.find(record.interaction) is not None
    response = redirect(f"/interaction/{record.interaction}" if leads_on else "/account", 303)
    response.headers.add("Set-Cookie", current().cookies.keep_session(session))
    return WIZARD.forget(response)


def _is_acceptable(record: Registration, form: forms.NewPassword) -> bool:
    """Whether login name and password will do; if not, the reason stands at the field."""
    login = form.login.data.lower()
    if login and not lookup.is_login_name(login, now()):
        forms.refuse(form.login, "login_malformed")
    elif registering.login_is_taken(login or None):
        forms.refuse(form.login, "login_taken")
    weak = registering.weakness(record, login, form.password.data)
    if weak:
        forms.refuse(form.password, weak)
    return not form.errors


def _check_messages(handle: str, record: Registration) -> Response:
    """The page that is the same for everybody; what happened is in the messages of the holder's phone."""
    registering.tell_holder(record)
    desk().registrations.take(handle)
    page = render(
        "register/check_messages.html",
        phone=wizards.masked(record.phone),
        back_url=_sign_in(record.interaction),
        **wizards.surroundings(record.interaction),
    )
    return WIZARD.forget(page)


def _open(step: str) -> tuple[str, Registration] | Response:
    """The wizard of this browser if it has come as far as this step, or the way to where it is."""
    opened = WIZARD.open(desk().registrations)
    if opened is None:
        return WIZARD.step()
    reached = _reached(opened[1])
    return opened if step in {reached, _correctable(opened[1])} else WIZARD.step(reached)


def _reached(record: Registration) -> str:
    if not record.phone_proven:
        return "code"
    return "identity" if record.checked is None else "password"


def _correctable(record: Registration) -> str | None:
    """What nobody has confirmed may be typed once more."""
    return "identity" if record.checked is not None and record.checked.verified is None else None


def _sign_in(interaction: str | None) -> str:
    return f"/interaction/{interaction}/sign-in" if interaction else "/sign-in"


def _phone_page(form: forms.Phone, refusal: str, status: int = 200) -> Response:
    handle, interaction = WIZARD.begin(), wizards.asked_interaction()
    page = render(
        "register/phone.html",
        status=status,
        form=form,
        refusal=refusal,
        sign_in_url=_sign_in(interaction),
        csrf_token=WIZARD.token(handle, "phone"),
        action=f"/register{wizards.carried(interaction)}",
        **wizards.surroundings(interaction),
    )
    return WIZARD.keep(page, handle)


def _code_page(
    handle: str, record: Registration, form: forms.Code, refusal: str, status: int = 200
) -> Response:
    waited = (now() - record.code_sent_at).total_seconds()
    return _page(
        handle,
        record,
        "code",
        status,
        form=form,
        refusal=refusal,
        phone=wizards.masked(record.phone),
        minutes=int(desk().codes.limits.lifetime // 60),
        seconds=max(0, int(sms.PAUSE - waited)),
        change_url=f"/register{wizards.carried(record.interaction)}",
    )


def _identity_page(
    handle: str,
    record: Registration,
    form: forms.Identity,
    refusal: str,
    status: int = 200,
    left: int | None = None,
) -> Response:
    shown = {"form": form, "refusal": refusal, "attempts_left": left, **documents.choices()}
    return _page(handle, record, "identity", status, **shown)


def _password_page(
    handle: str, record: Registration, form: forms.NewPassword, refusal: str, status: int = 200
) -> Response:
    return _page(handle, record, "password", status, form=form, refusal=refusal)


def _page(handle: str, record: Registration, step: str, status: int, **values: Any) -> Response:
    return render(
        f"register/{step}.html",
        status=status,
        csrf_token=WIZARD.token(handle, step),
        action=f"/register/{step}",
        **wizards.surroundings(record.interaction),
        **values,
    )
