"""Registration at `/register`: phone, code, identity, password; then on to the service or the start page.

Whoever is known already is not told so here: holder and stranger see one page, and what each phone
hears is in its messages. No transaction is open while a message is sent, the registry is asked or a hash is
computed.
"""

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from idp import clock
from idp.account import documents, elsewhere, registering
from idp.account.phone_steps import PhoneSteps
from idp.account.records import Registration
from idp.account.registering import Refusal
from idp.account.wizards import Visit, Wizard
from idp.authenticators import throttle
from idp.crypto import passwords
from idp.persons import lookup
from idp.persons.enrolment import Taken
from idp.persons.identifiers import mask
from idp.services import current
from idp.sign_in import upstreams
from idp.web import forms, languages, showing
from idp.web.pages import render
from idp.web.request_scope import now, source


def ways(record: Registration) -> tuple[str, ...]:
    """How far a registration has come; what nobody has confirmed may be typed once more."""
    if not record.phone_proven:
        return ("code",)
    if record.checked is None:
        return ("identity",)
    return ("password", "identity") if record.checked.verified is None else ("password",)


bp = Blueprint("register", __name__, url_prefix="/register")
WIZARD = Wizard[Registration]("register", lambda desk: desk.registrations, ways)
STEPS = PhoneSteps(WIZARD, Registration, "register/phone.html")
STEPS.install(bp)


@bp.before_request
def send_on() -> Response | None:
    """On to the upstream, where that is where people register."""
    if not elsewhere.is_elsewhere():
        return None
    handle = request.args.get("interaction", "")
    if current().interactions.find(handle) is None:
        return redirect("/sign-in", 303)
    name = upstreams.registers()
    return redirect(f"/interaction/{handle}/{f'upstream/{name}' if name else 'sign-in'}", 303)


@bp.get("/identity")
@WIZARD.at("identity")
def identity(visit: Visit[Registration]) -> ResponseReturnValue:
    """Ask who the person is, and for the agreements."""
    return _identity_page(visit, forms.Identity())


@bp.post("/identity")
@WIZARD.at("identity")
def check_identity(visit: Visit[Registration]) -> ResponseReturnValue:
    """Ask the authority, and go on with what it answers; known or not, a wrong name is one answer."""
    form = forms.Identity(request.form)
    if visit.is_stale:
        return _identity_page(visit, form, "form_stale", 400)
    claim = documents.read(form)
    if claim is None:
        return _identity_page(visit, form, "", 400)
    if claim.is_for_a_guardian(clock.day(now())):
        visit.take()
        return visit.leave("under_age", home_url="/")
    if throttle.pace(current().state, source(), "identity", current().limits):
        return _identity_page(visit, form, "throttled", 429)
    checked = registering.check(visit.record, claim)
    if isinstance(checked, Refusal):
        status = 429 if checked.reason == "attempts_spent" else 200
        return _identity_page(visit, form, checked.reason, status, checked.left)
    revised = registering.agreed(visit.record, checked)
    if registering.holder(revised) is not None:
        return _belongs_to_somebody(visit, revised)
    return visit.go_on(revised, "verifying")


@bp.get("/verifying")
@WIZARD.at("password")
def verifying(visit: Visit[Registration]) -> ResponseReturnValue:
    """Tell what the authority answered."""
    checked = visit.record.checked
    assert checked is not None
    return render(
        "register/verifying.html",
        outcome=checked.outcome,
        level=registering.worth(checked),
        name=showing.masked_name(checked.claim.name),
        number=mask(checked.claim.number),
        continue_url="/register/password",
        **visit.surroundings,
    )


@bp.get("/password")
@WIZARD.at("password")
def choose_password(visit: Visit[Registration]) -> ResponseReturnValue:
    """Ask for a password."""
    return visit.show(forms.NewPassword())


@bp.post("/password")
@WIZARD.at("password")
def finish(visit: Visit[Registration]) -> ResponseReturnValue:
    """Create the person, sign them in, and lead them where they were going."""
    form = forms.NewPassword(request.form)
    if visit.is_stale:
        return visit.show(form, "form_stale", 400)
    if throttle.pace(current().state, source(), "login-name", current().limits):
        return visit.show(form, "throttled", 429)
    if not _is_acceptable(visit.record, form):
        again = "login_taken" in form.login.errors and _made_by_another_press(visit, form)
        return again or visit.show(form, "", 400)
    login = form.login.data.lower() or None
    hashed = passwords.hash_password(form.password.data)
    try:
        session = registering.create(visit.handle, visit.record, login, hashed)
    except Taken:
        if again := _made_by_another_press(visit, form):
            return again
        if registering.login_is_taken(login):
            forms.refuse(form.login, "login_taken")
            return visit.show(form, "", 409)
        return _belongs_to_somebody(visit, visit.record)
    visit.take()
    return _lead_on(visit.record, session)


def _made_by_another_press(visit: Visit[Registration], form: forms.NewPassword) -> Response | None:
    """Where this very registration has made the account that is in the way; another password ends it."""
    made = registering.made_just_now(visit.handle)
    if made is None:
        return None
    session = registering.entered_again(visit.handle, visit.record, made, form.password.data)
    if session is None:
        visit.take()
        return None
    return _lead_on(visit.record, session)


def _is_acceptable(record: Registration, form: forms.NewPassword) -> bool:
    """Whether login name and password will do; if not, the reasons stand at both fields."""
    form.validate()
    login = form.login.data.lower()
    if login and not lookup.is_login_name(login, now()):
        forms.refuse_once(form.login, "login_malformed")
    elif registering.login_is_taken(login or None):
        forms.refuse_once(form.login, "login_taken")
    weak = registering.weakness(record, login, form.password.data or "")
    if weak:
        forms.refuse_once(form.password, weak)
    return not form.errors


def _belongs_to_somebody(visit: Visit[Registration], record: Registration) -> Response:
    """The browser sees what everybody sees; the holder of document or phone hears what was tried."""
    registering.tell_holder(record)
    return visit.check_messages()


def _lead_on(record: Registration, session: str) -> Response:
    """Signed in: to the service that waits, or to the person's start page in the language they came in."""
    services = current()
    waits = services.interactions.find(record.interaction) is not None
    tongue = "" if languages.of_request() == record.locale else f"?ui_locales={record.locale}"
    response = redirect(f"/interaction/{record.interaction}" if waits else f"/account{tongue}", 303)
    response.headers.add("Set-Cookie", services.cookies.keep_session(session))
    return WIZARD.forget(response)


def _identity_page(
    visit: Visit[Registration],
    form: forms.Identity,
    refusal: str = "",
    status: int = 200,
    left: int | None = None,
) -> Response:
    return visit.show(form, refusal, status, attempts_left=left, **documents.choices())
