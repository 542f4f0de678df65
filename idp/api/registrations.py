"""`/api/v1/sign-ins/<id>/registration`: becoming somebody on the way to a service, as `/register` does.

Whoever is known already is not told so here either: the answer is `check_messages` for both, and what
happened is in the messages of the holder's phone and of the one that was proven.
"""

from http import HTTPStatus
from typing import Any

from flask import Blueprint
from werkzeug.wrappers import Response

from idp import clock
from idp.account import elsewhere, raising, registering, sign_up
from idp.account.raising import Raised
from idp.account.records import Registration
from idp.account.registering import AGREED, SENSITIVE
from idp.account.verify import REACHABLE
from idp.api import callers
from idp.api.asking import Applicant, Identity, NewPassword, claim_in
from idp.api.by_phone import ByPhone
from idp.api.callers import Fault, Refused
from idp.api.devices import Device
from idp.api.stepping import answering, asked, at_device, at_step, kept, status
from idp.clients.metadata import Client
from idp.consents import texts
from idp.crypto import passwords
from idp.interaction.record import Step
from idp.persons import lookup, pending
from idp.persons.enrolment import Taken
from idp.persons.models import Person
from idp.services import current
from idp.web.doorway import facts_here
from idp.web.request_scope import now

bp = Blueprint("api_registrations", __name__, url_prefix="/api/v1")
ONE = "/sign-ins/<sign_in>/registration"
REQUIRED = (*AGREED, SENSITIVE)
CHECK_MESSAGES = "check_messages"
LOGIN_TAKEN = Fault("login", "login_taken", status=HTTPStatus.CONFLICT)


def nobody_is_known(device: Device) -> None:
    """Whoever is signed in registers nobody, and nobody is registered by a broker; raises Refused."""
    if elsewhere.is_elsewhere():
        raise Refused(HTTPStatus.FORBIDDEN, "registered_elsewhere", "people register at the upstream")
    if facts_here(asked(device).interaction) is not None:
        raise Refused(HTTPStatus.CONFLICT, "not_due", "somebody is signed in")


BY_PHONE = ByPhone("registration", sign_up.STEPS, nobody_is_known)


@bp.get("/texts")
@answering
def wordings(_client: Client) -> dict[str, Any]:
    """What an applicant must be shown and agree to, as it is worded today."""
    return {
        "texts": [
            {
                "key": key,
                "version": texts.said(key).version,
                "title": texts.TEXTS[key].title,
                "address": f"{current().settings.issuer}/legal/{key}",
            }
            for key in REQUIRED
        ]
    }


@bp.post(ONE)
@at_device
def send_code(_client: Client, sign_in: str, device: Device) -> dict[str, Any]:
    """Send a code to any phone alike; it begins a registration, or sends another code."""
    return BY_PHONE.send_code(sign_in, device)


@bp.post(f"{ONE}/code")
@at_device
def prove_phone(_client: Client, sign_in: str, device: Device) -> dict[str, Any]:
    """Judge the code."""
    return BY_PHONE.prove_phone(sign_in, device)


@bp.post(f"{ONE}/identity")
@at_device
def check_identity(_client: Client, sign_in: str, device: Device) -> dict[str, Any]:
    """Ask the authority; a wrong name and an unknown number are one answer."""
    given = callers.sent(Applicant)
    handle, record = BY_PHONE.at(device, "identity")
    claim = claim_in(given, *_unagreed(given))
    if claim.is_for_a_guardian(clock.day(now())):
        sign_up.WIZARD.records.spend(handle)
        raise Refused(HTTPStatus.FORBIDDEN, "under_age")
    callers.pace("identity")
    checked = registering.check(record, claim)
    if isinstance(checked, registering.Refusal):
        raise refusal(checked)
    revised = registering.agreed(record, checked)
    if registering.holder(revised) is not None:
        return _somebody(sign_in, device, handle, revised)
    sign_up.WIZARD.records.revise(handle, revised)
    told = {"outcome": checked.outcome.value, "level": registering.worth(checked)}
    return status(sign_in, device, registration="password", verification=told)


def _unagreed(given: Applicant) -> list[Fault]:
    """What was not agreed to as it is worded today."""
    if given.agreed == {key: texts.said(key).version for key in REQUIRED}:
        return []
    detail = "show what GET /api/v1/texts says, and ask again"
    return [Fault("agreed", "texts_changed", detail, HTTPStatus.CONFLICT)]


@bp.post(f"{ONE}/password")
@at_device
def finish(_client: Client, sign_in: str, device: Device) -> dict[str, Any]:
    """Create the person and sign them in here."""
    given = callers.sent(NewPassword)
    handle, record = BY_PHONE.at(device, "password")
    callers.pace("login-name")
    login = (given.login or "").lower() or None
    faults = []
    if login and not lookup.is_login_name(login, now()):
        faults.append(Fault("login", "login_malformed"))
    elif registering.login_is_taken(login):
        faults.append(LOGIN_TAKEN)
    if weak := registering.weakness(record, login or "", given.password):
        faults.append(Fault("password", weak.value))
    callers.refuse_faults(faults)
    hashed = passwords.hash_password(given.password)
    try:
        session = registering.create(handle, record, login, hashed)
    except Taken:
        if registering.login_is_taken(login):
            callers.refuse_faults([LOGIN_TAKEN])
        return _somebody(sign_in, device, handle, record)
    sign_up.WIZARD.records.spend(handle)
    response = Response()
    response.headers.add("Set-Cookie", current().cookies.keep_session(session))
    return status(sign_in, kept(sign_in, device, response))


@bp.post("/sign-ins/<sign_in>/identity")
@at_device
def verify(_client: Client, sign_in: str, device: Device) -> dict[str, Any]:
    """A person below the level that is asked has themselves checked."""
    given = callers.sent(Identity)
    _, facts = at_step(device, Step.STEP_UP)
    if facts.reached.ial >= REACHABLE:
        raise Refused(HTTPStatus.CONFLICT, "not_due", "more takes a window, a certificate or a face")
    claim = claim_in(given)
    if claim.is_for_a_guardian(clock.day(now())):
        raise Refused(HTTPStatus.FORBIDDEN, "under_age")
    callers.pace("identity")
    with current().database.reading() as db:
        phone = db.get_one(Person, facts.person_id).phone
        waits = pending.is_waiting(db, facts.person_id)
    if waits:
        raise Refused(HTTPStatus.CONFLICT, "pending", "the authority is being asked; look again later")
    if phone is None:
        raise Refused(HTTPStatus.FORBIDDEN, Raised.UNCONFIRMED)
    outcome = raising.verify(facts.person_id, phone, claim)
    if isinstance(outcome, registering.Refusal):
        raise refusal(outcome)
    return status(sign_in, device, verification={"outcome": outcome.value})


def refusal(found: registering.Refusal) -> Refused:
    """What the authority did not confirm."""
    if found.reason == "attempts_spent":
        return callers.attempts_spent()
    left = "" if found.left is None else f"{found.left} attempts left today"
    return Refused(HTTPStatus.FORBIDDEN, found.reason, left)


def _somebody(sign_in: str, device: Device, handle: str, record: Registration) -> dict[str, Any]:
    """The same for everybody; the holder of document or phone hears what was tried."""
    registering.tell_holder(record)
    sign_up.WIZARD.records.spend(handle)
    return status(sign_in, device, registration=CHECK_MESSAGES)
