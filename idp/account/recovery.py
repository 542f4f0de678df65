"""A forgotten password at `/recover`: the account's phone, the person's own document, a new password.

Strangers see one page whatever is known: only the phone that took the code hears what happened.
"""

from contextlib import ExitStack
from dataclasses import replace
from uuid import UUID

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from idp.account import documents, recovered_by, wizards
from idp.account.ending import end_everything
from idp.account.phone_steps import PhoneSteps
from idp.account.records import Recovery
from idp.account.wizards import Visit, Wizard
from idp.assurance import BY_PHONE
from idp.audit import trail
from idp.audit.events import RecoveryStarted
from idp.authenticators import password
from idp.authenticators.password import Weak
from idp.crypto import passwords
from idp.notices.telling import tell, tell_phone
from idp.persons import belongings, checking, hold
from idp.persons.checking import Spent
from idp.persons.claim import Claim
from idp.persons.models import Person
from idp.services import current
from idp.sessions import devices
from idp.web import forms
from idp.web.request_scope import may_enter, now


def ways(record: Recovery) -> tuple[str, ...]:
    """How far a recovery has come."""
    if not record.phone_proven:
        return ("code",)
    return ("identity",) if record.person_id is None else ("password",)


bp = Blueprint("recover", __name__, url_prefix="/recover")
WIZARD = Wizard[Recovery]("recover", lambda desk: desk.recoveries, ways)
STEPS = PhoneSteps(WIZARD, Recovery, "recover/start.html")
STEPS.install(bp)


@bp.get("/identity")
@WIZARD.at("identity")
def identity(visit: Visit[Recovery]) -> ResponseReturnValue:
    """Ask for name and number."""
    return _identity_page(visit, forms.Document())


@bp.post("/identity")
@WIZARD.at("identity")
def match_identity(visit: Visit[Recovery]) -> ResponseReturnValue:
    """Compare with the account's own record; no match and no account are one answer."""
    form = forms.Document(request.form)
    if visit.is_stale:
        return _identity_page(visit, form, "form_stale", 400)
    claim = documents.read(form)
    if claim is None:
        return _identity_page(visit, form, "", 400)
    person_id = matching(visit.record, claim)
    if isinstance(person_id, Spent):
        return _identity_page(visit, form, "attempts_spent", 429)
    if person_id is None:
        return _nothing_matched(visit)
    return visit.go_on(begun(visit.record, person_id), "password")


@bp.get("/password")
@WIZARD.at("password")
def choose_password(visit: Visit[Recovery]) -> ResponseReturnValue:
    """Ask for a new password."""
    return _password_page(visit, forms.NewPassword())


@bp.post("/password")
@WIZARD.at("password")
def finish(visit: Visit[Recovery]) -> ResponseReturnValue:
    """Set the password once, end all that anybody was signed in to, tell the person; they sign in again."""
    form = forms.NewPassword(request.form)
    if visit.is_stale:
        return _password_page(visit, form, "form_stale", 400)
    weak = weakness(visit.record, form.password.data or "")
    if form.validate() and weak:
        forms.refuse(form.password, weak)
    if form.errors:
        return _password_page(visit, form, "", 400)
    sign_in_url = wizards.sign_in_url(visit.record.interaction)
    if not settled(visit.handle, visit.record, form.password.data):
        begin_url = f"/recover{wizards.carried(visit.record.interaction)}"
        return visit.leave("overtaken", status=409, begin_url=begin_url, sign_in_url=sign_in_url)
    return visit.leave("done", sign_in_url=sign_in_url)


def matching(record: Recovery, claim: Claim) -> UUID | Spent | None:
    """Whose phone this is, if name and number are theirs; counted as every guess is."""
    services = current()
    with services.database.reading() as db:
        person = belongings.phone_holder(db, services.vault, record.phone)
        theirs = belongings.is_theirs(db, person, claim)
        able = theirs and person is not None and may_enter(person)
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


def begun(record: Recovery, person_id: UUID) -> Recovery:
    """It is this person's password from here on; they hear of it before anything has changed."""
    with current().database.writing() as db:
        trail.record(db, RecoveryStarted(person_id=person_id))
        tell(db, person_id, recovered_by.topic("recovery.started", record.means), now())
    return replace(record, person_id=person_id)


def weakness(record: Recovery, chosen: str) -> Weak | None:
    """Why the new password must not be used."""
    return password.weakness(chosen, (record.phone.removeprefix("+86"),))


def settled(handle: str, record: Recovery, chosen: str) -> bool:
    """
    Set the password once; true if the chosen one is the person's now, by this press or by another.

    Whoever presses twice waits for the person's row, and so knows whether the first press has written. The
    record goes last: where writing fails, its owner presses again instead of beginning anew. One that had
    begun before everything of the person ended is over: whoever recovered it meanwhile has the last word.
    """
    records, hashed = WIZARD.records, passwords.hash_password(chosen)
    with ExitStack() as unless_written, current().database.writing() as db:
        person = db.get_one(Person, record.person_id, with_for_update=True)
        if records.find(handle) is not None:
            if person.proofs_count_from is not None and record.started_at <= person.proofs_count_from:
                records.take(handle)
                return False
            if may_enter(person):
                _set_password(db, person, hashed, record.means)
                db.flush()
            taken = unless_written.enter_context(records.lent(handle))
            if taken is None:
                db.rollback()
            return taken is not None and may_enter(person)
        secret = password.stored(db, person.id)
    return password.verify(secret, chosen)


def _set_password(db: Session, person: Person, hashed: str, means: frozenset[str]) -> None:
    """
    Whoever knew the password before keeps nothing: no session, no token, no offline access either.

    `means` are spent with it (`hold`): they count for nothing beside the password that they have set.
    """
    password.set_hash(db, person.id, hashed, "recovery", now())
    end_everything(db, person.id, "password_recovered", now())
    devices.forget(db, person.id)
    hold.begin(person, now(), means)
    tell(db, person.id, recovered_by.topic("password.recovered", means), now())


def _nothing_matched(visit: Visit[Recovery]) -> Response:
    """The browser sees what everybody sees; the phone that was proven hears that nothing matched."""
    tell_unmatched(visit.record)
    return visit.check_messages()


def tell_unmatched(record: Recovery) -> None:
    """Write to the phone that was proven, whoever has it."""
    with current().database.writing() as db:
        tell_phone(db, record.phone, "recovery.not_matched", record.locale)


def _identity_page(
    visit: Visit[Recovery], form: forms.Document, refusal: str = "", status: int = 200
) -> Response:
    return visit.show(form, refusal, status, **documents.choices())


def _password_page(
    visit: Visit[Recovery], form: forms.NewPassword, refusal: str = "", status: int = 200
) -> Response:
    by_phone = visit.record.means == BY_PHONE
    username = wizards.masked(visit.record.phone)
    return visit.show(form, refusal, status, username=username, by_phone=by_phone)
