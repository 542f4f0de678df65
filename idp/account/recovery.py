"""A forgotten password at `/recover`: the account's phone, the person's own document, a new password.

Strangers see one page whatever is known: only the phone that took the code hears what happened.
"""

from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from idp.account import documents, wizards
from idp.account.desk import desk
from idp.account.ending import end_everything
from idp.account.records import Recovery
from idp.account.wizards import Wizard
from idp.audit import trail
from idp.audit.events import RecoveryStarted
from idp.authenticators import password, sms, throttle
from idp.crypto import passwords
from idp.notices.telling import tell, tell_phone
from idp.persons import belongings, checking, lookup
from idp.persons.checking import Spent
from idp.persons.claim import Claim
from idp.persons.models import Person
from idp.services import current
from idp.web import forms
from idp.web.pages import render
from idp.web.request_scope import may_enter, now, source

bp = Blueprint("recover", __name__, url_prefix="/recover")
WIZARD: Wizard[Recovery] = Wizard("recover")


@bp.get("")
def start() -> ResponseReturnValue:
    """Ask for the account's phone."""
    return _phone_page(forms.Phone(), "")


@bp.post("")
def send_code() -> ResponseReturnValue:
    """Send a code to any phone alike, whether it has an account or not."""
    form = forms.Phone(request.form)
    if not WIZARD.token_fits(WIZARD.handle, "phone"):
        return _phone_page(form, "form_stale", 400)
    phone = lookup.normalise_phone(form.phone.data) if form.validate() else None
    if phone is None:
        if not form.errors:
            forms.refuse(form.phone, "phone_malformed")
        return _phone_page(form, "", 400)
    if throttle.pace(current().state, source(), "recover", current().limits):
        return _phone_page(form, "throttled", 429)
    interaction = wizards.asked_interaction()
    record = Recovery(phone, wizards.language(interaction), now(), now(), interaction)
    handle = desk().recoveries.add(record)
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
        desk().recoveries.revise(handle, replace(record, code_sent_at=now()))
        return WIZARD.step("code")
    if not form.validate():
        return _code_page(handle, record, form, "", 400)
    if not WIZARD.code_is_right(handle, record.phone, form.code.data):
        return _code_page(handle, record, form, "code_wrong")
    desk().recoveries.revise(handle, replace(record, phone_proven=True))
    return WIZARD.step("identity")


@bp.get("/identity")
def identity() -> ResponseReturnValue:
    """Ask for name and number."""
    opened = _open("identity")
    return opened if isinstance(opened, Response) else _identity_page(*opened, forms.Document(), "")


@bp.post("/identity")
def match_identity() -> ResponseReturnValue:
    """Compare with the account's own record; no match and no account are one answer."""
    opened = _open("identity")
    if isinstance(opened, Response):
        return opened
    handle, record = opened
    form = forms.Document(request.form)
    if not WIZARD.token_fits(handle, "identity"):
        return _identity_page(handle, record, form, "form_stale", 400)
    claim = documents.read(form) if form.validate() else None
    if claim is None:
        return _identity_page(handle, record, form, "", 400)
    person_id = _matching(record, claim)
    if isinstance(person_id, Spent):
        return _identity_page(handle, record, form, "attempts_spent", 429)
    if person_id is None:
        return _check_messages(handle, record)
    with current().database.writing() as db:
        trail.record(db, RecoveryStarted(person_id=person_id))
        tell(db, person_id, "recovery.started", now())
    desk().recoveries.revise(handle, replace(record, person_id=person_id))
    return WIZARD.step("password")


@bp.get("/password")
def choose_password() -> ResponseReturnValue:
    """Ask for a new password."""
    opened = _open("password")
    return opened if isinstance(opened, Response) else _password_page(*opened, forms.NewPassword(), "")


@bp.post("/password")
def finish() -> ResponseReturnValue:
    """Set the password once, end all that anybody was signed in to, tell the person; they sign in again."""
    opened = _open("password")
    if isinstance(opened, Response):
        return opened
    handle, record = opened
    form = forms.NewPassword(request.form)
    if not WIZARD.token_fits(handle, "password"):
        return _password_page(handle, record, form, "form_stale", 400)
    weak = password.weakness(form.password.data or "", (record.phone.removeprefix("+86"),))
    if form.validate() and weak:
        forms.refuse(form.password, weak)
    if form.errors:
        return _password_page(handle, record, form, "", 400)
    hashed = passwords.hash_password(form.password.data)
    taken = desk().recoveries.take(handle)
    if taken is None or taken.person_id is None:
        return WIZARD.step()
    _set_password(taken.person_id, hashed)
    page = render(
        "recover/done.html",
        sign_in_url=_sign_in(record.interaction),
        **wizards.surroundings(record.interaction),
    )
    return WIZARD.forget(page)


def _matching(record: Recovery, claim: Claim) -> UUID | Spent | None:
    """Whose phone this is, if name and number are theirs; counted as every guess is."""
    services = current()
    with services.database.reading() as db:
        person = belongings.phone_holder(db, services.vault, record.phone)
        able = person is not None and may_enter(person) and belongings.claims_the_same(person, claim)
        person_id = person.id if person else None
    matches = checking.compare(
        services.state,
        services.vault,
        claim,
        able,
        asker=record.phone,
        limit=services.settings.limit_verifications_per_day,
        now=now(),
    )
    if isinstance(matches, Spent):
        return matches
    return person_id if matches else None


def _set_password(person_id: UUID, hashed: str) -> None:
    """Whoever knew the password before keeps nothing: no session, no token, no offline access either."""
    with current().database.writing() as db:
        person = db.get_one(Person, person_id)
        if not may_enter(person):
            return
        password.set_hash(db, person_id, hashed, "recovery", now())
        end_everything(db, person_id, "password_recovered", now())
        tell(db, person_id, "password.recovered", now())


def _check_messages(handle: str, record: Recovery) -> Response:
    """The page that is the same for everybody; the phone that was proven hears that nothing matched."""
    with current().database.writing() as db:
        tell_phone(db, record.phone, "recovery.not_matched", record.locale)
    desk().recoveries.take(handle)
    page = render(
        "recover/check_messages.html",
        phone=wizards.masked(record.phone),
        back_url=_sign_in(record.interaction),
        **wizards.surroundings(record.interaction),
    )
    return WIZARD.forget(page)


def _open(step: str) -> tuple[str, Recovery] | Response:
    """The wizard of this browser if it has come as far as this step, or the way to where it is."""
    opened = WIZARD.open(desk().recoveries)
    if opened is None:
        return WIZARD.step()
    reached = _reached(opened[1])
    return opened if step == reached else WIZARD.step(reached)


def _reached(record: Recovery) -> str:
    if not record.phone_proven:
        return "code"
    return "identity" if record.person_id is None else "password"


def _sign_in(interaction: str | None) -> str:
    return f"/interaction/{interaction}/sign-in" if interaction else "/sign-in"


def _phone_page(form: forms.Phone, refusal: str, status: int = 200) -> Response:
    handle, interaction = WIZARD.begin(), wizards.asked_interaction()
    page = render(
        "recover/start.html",
        status=status,
        form=form,
        refusal=refusal,
        sign_in_url=_sign_in(interaction),
        csrf_token=WIZARD.token(handle, "phone"),
        action=f"/recover{wizards.carried(interaction)}",
        **wizards.surroundings(interaction),
    )
    return WIZARD.keep(page, handle)


def _code_page(handle: str, record: Recovery, form: forms.Code, refusal: str, status: int = 200) -> Response:
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
        change_url=f"/recover{wizards.carried(record.interaction)}",
    )


def _identity_page(
    handle: str, record: Recovery, form: forms.Document, refusal: str, status: int = 200
) -> Response:
    return _page(handle, record, "identity", status, form=form, refusal=refusal, **documents.choices())


def _password_page(
    handle: str, record: Recovery, form: forms.NewPassword, refusal: str, status: int = 200
) -> Response:
    username = wizards.masked(record.phone)
    return _page(handle, record, "password", status, form=form, refusal=refusal, username=username)


def _page(handle: str, record: Recovery, step: str, status: int, **values: Any) -> Response:
    return render(
        f"recover/{step}.html",
        status=status,
        csrf_token=WIZARD.token(handle, step),
        action=f"/recover/{step}",
        **wizards.surroundings(record.interaction),
        **values,
    )
