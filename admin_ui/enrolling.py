"""Registering a consenting citizen at the counter 免费代办, at `/admin/counter/register` (R2-09, R2-10).

The citizen is there with their document and their own phone: the operator types what the document says, the
phone gets a code, the citizen reads it out, and only then the registry is asked, as for anybody. Nobody at
the counter sees or sets a password: the citizen takes one with their own phone. Consents say that a window
took them, the trail which operator; the visit that begins with it is the citizen's to end.
"""

from dataclasses import dataclass
from typing import cast
from uuid import UUID

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response
from wtforms import StringField

from admin_ui import counter
from admin_ui.access import HOME, Permission, needs, who
from admin_ui.showing import show
from idp import clock
from idp.account import documents, elsewhere, registering, wizards
from idp.account.desk import desk
from idp.account.records import Checked, Registration
from idp.account.registering import Refusal
from idp.authenticators import throttle
from idp.authenticators.sms import Asking, NotSent
from idp.keys.vault import Vault
from idp.notices import texts
from idp.notices.sms import Message
from idp.notices.telling import tell
from idp.persons import lookup
from idp.persons.claim import Claim
from idp.persons.enrolment import Taken
from idp.persons.identifiers import mask
from idp.services import current
from idp.storage.state import Collection, StateStore
from idp.web import forms, languages, showing
from idp.web.request_scope import now, source
from idp.windows.attending import Visit

bp = Blueprint("enrolling", __name__, url_prefix=f"{HOME}/counter/register")
PAGE = f"{HOME}/counter/register"
CODE = f"{PAGE}/code"
SERVE = Permission.SERVE_AT_COUNTER
LIFETIME = 900.0
REGISTERED = "registration.at_counter"


@dataclass(frozen=True)
class Newcomer:
    """Somebody at the counter who has no account yet, between the form and their code."""

    operator_id: UUID
    registration: Registration
    claim: Claim


class Whom(forms.Identity):
    """What the document says, the citizen's own phone, and that they agree."""

    phone = StringField(filters=[forms.compact], validators=[forms.required("phone_malformed")])


def create_newcomers(state: StateStore, vault: Vault) -> Collection[Newcomer]:
    """Where they are; `wsgi.py` keeps it in `Services.extras["newcomers"]`."""
    return Collection(state, Newcomer, "counter-newcomer", LIFETIME, vault.sealer("counter-newcomer"))


@bp.before_request
def send_back() -> Response | None:
    """To the counter's first page, which says where people register, if nobody does here."""
    return redirect(counter.PAGE, 303) if elsewhere.is_elsewhere() else None


@bp.route("", methods=["GET", "POST"])
@needs(SERVE, fresh=True)
def ask() -> ResponseReturnValue:
    """Read the document and the phone, and send the citizen a code; the registry hears nothing yet."""
    form = Whom(request.form)
    if request.method == "GET":
        return _ask(form)
    claim = documents.read(form)
    phone = lookup.normalise_phone(form.phone.data or "")
    if phone is None and not form.phone.errors:
        forms.refuse(form.phone, "phone_malformed")
    if claim is None or phone is None:
        return _ask(form, status=400)
    if claim.is_for_a_guardian(clock.day(now())):
        return _ask(form, "counter_under_age", 409)
    if throttle.pace(current().state, who().person_id.hex, "counter-register", current().limits):
        return _ask(form, "throttled", 429)
    begun = Registration(phone, languages.of_request(), now(), now())
    handle = _newcomers().add(Newcomer(who().person_id, begun, claim))
    current().state.put(_of_session(), handle.encode(), LIFETIME)
    refused = _send(handle, begun)
    return _ask(form, refused, 429) if refused else redirect(CODE, 303)


@bp.route("/code", methods=["GET", "POST"])
@needs(SERVE)
def confirm() -> ResponseReturnValue:
    """The citizen's code is their yes: ask the registry, open the account, and begin the visit."""
    handle = (current().state.get(_of_session()) or b"").decode()
    known = _newcomers().find(handle)
    if known is None or known.operator_id != who().person_id:
        return redirect(PAGE, 303)
    form = forms.Code(request.form)
    if request.method == "GET" or not form.validate():
        return _confirm(known, form, status=200 if request.method == "GET" else 400)
    if not desk().codes.check(_asking(handle, known.registration), form.code.data, source(), now()):
        return _confirm(known, form, "code_wrong", 400)
    if not _newcomers().spend(handle):
        return redirect(PAGE, 303)
    checked = registering.check(known.registration, known.claim)
    if isinstance(checked, Refusal):
        return _ask(_again(known), checked.reason, 409)
    return _open(known, checked)


def _open(known: Newcomer, checked: Checked) -> Response:
    """Whoever has an account already is helped in it, and not given a second."""
    registration = registering.agreed(known.registration, checked)
    if registering.holder(registration) is not None:
        return _ask(_again(known), "counter_known", 409)
    try:
        with current().database.writing() as db:
            person = registering.at_counter(db, registration)
            visit = Visit(who().person_id, person.id, now())
            tell(db, person.id, REGISTERED, now())
    except Taken:
        return _ask(_again(known), "counter_known", 409)
    visits = counter.counter()
    visits.open(who().session_id, visit)
    with current().database.writing() as db:
        visits.confirm(db, who().session_id, visit, now())
    return redirect(f"{counter.PAGE}/visit?opened=yes", 303)


def _newcomers() -> Collection[Newcomer]:
    return cast("Collection[Newcomer]", current().extras["newcomers"])


def _of_session() -> str:
    """Under which the handle of this session's newcomer is kept: it is in no address."""
    return f"counter-register:{who().session_id.hex}"


def _asking(handle: str, registration: Registration) -> Asking:
    return Asking("counter-register", registration.phone, handle)


def _send(handle: str, registration: Registration) -> NotSent | None:
    """It says what it does: an account comes into being, and a visit begins with it."""
    codes, locale = desk().codes, registration.locale

    def words(digits: str | None) -> Message:
        if digits is None:
            return texts.message("code.withheld", locale)
        return texts.code("counter-register", digits, codes.limits.lifetime, locale)

    return codes.send(_asking(handle, registration), source(), words, now())


def _again(known: Newcomer) -> Whom:
    """The form as it was, without the agreements: they are asked for each time."""
    claim, phone = known.claim, known.registration.phone.removeprefix("+86")
    form = Whom(data={"kind": claim.kind, "name": claim.name, "number": claim.number, "phone": phone})
    form.country.data = claim.country or ""
    return form


def _ask(form: Whom, refusal: str = "", status: int = 200) -> Response:
    return show(
        "counter_register", status=status, form=form, refusal=refusal, action=PAGE, **documents.choices()
    )


def _confirm(known: Newcomer, form: forms.Code, refusal: str = "", status: int = 200) -> Response:
    return show(
        "counter_register_code",
        status=status,
        form=form,
        refusal=refusal,
        name=showing.masked_name(known.claim.name),
        number=mask(known.claim.number),
        phone=wizards.masked(known.registration.phone),
        action=CODE,
        back_url=PAGE,
    )
