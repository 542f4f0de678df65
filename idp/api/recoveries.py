"""`/api/v1/sign-ins/<id>/recovery`: a forgotten password, by the three ways that the pages have.

By phone and document as `/recover`, by a code that is left and the document as `/recover/without-phone`, by a
window's slip as `/recover/slip`. Strangers are answered as owners until a code has reached its phone, and
afterwards nothing says which part was wrong. Whoever has a new password signs in with it.
"""

from http import HTTPStatus
from typing import Any

from flask import Blueprint
from pydantic import Field
from werkzeug.wrappers import Response

from idp.account import recovery, recovery_without_phone, slip
from idp.account.recovery import WIZARD
from idp.api import callers
from idp.api.asking import Identity, claim_in
from idp.api.by_phone import ByPhone
from idp.api.callers import Asked, Fault, Refused, like
from idp.api.devices import Device
from idp.api.stepping import asked, at_device, kept, status
from idp.authenticators import password
from idp.authenticators.throttle import Wait
from idp.clients.metadata import Client
from idp.persons.checking import Spent
from idp.web import forms

bp = Blueprint("api_recoveries", __name__, url_prefix="/api/v1/sign-ins")
ONE = "/<sign_in>/recovery"
DONE, CHECK_MESSAGES = "done", "check_messages"
BY_PHONE = ByPhone("recovery", recovery.STEPS, asked)


class AnotherPassword(Asked):
    """The new password."""

    password: str = Field(min_length=1, max_length=1024, repr=False)

    model_config = like({"password": "four patient cranes"})


class WithoutPhone(Identity):
    """Login and document, and one code: an authenticator app's, or a printed recovery code."""

    login: str = Field(min_length=1)
    code: str = Field(pattern=r"^[0-9A-Za-z -]{6,20}$", repr=False)

    model_config = like(
        {
            "login": "lin_xiaoyun",
            "kind": "resident_id_18",
            "number": "（证件号码）",
            "name": "林晓云",
            "code": "k7wm-3q9x-t2rd",
        }
    )


class Slip(AnotherPassword):
    """What is printed on a window's slip, the new password, and a login name for who has none."""

    slip: str = Field(min_length=1, max_length=64, repr=False)
    login: str | None = None

    model_config = like({"slip": "A7KQ-M2XT-9PWD-RZ4C", "password": "four patient cranes"})


@bp.post(ONE)
@at_device
def send_code(_client: Client, sign_in: str, device: Device) -> dict[str, Any]:
    """Send a code to any phone alike; it begins a recovery, or sends another code."""
    return BY_PHONE.send_code(sign_in, device)


@bp.post(f"{ONE}/code")
@at_device
def prove_phone(_client: Client, sign_in: str, device: Device) -> dict[str, Any]:
    """Judge the code."""
    return BY_PHONE.prove_phone(sign_in, device)


@bp.post(f"{ONE}/identity")
@at_device
def match_identity(_client: Client, sign_in: str, device: Device) -> dict[str, Any]:
    """Compare with the account's own record; no match and no account are one answer."""
    given = callers.sent(Identity)
    handle, record = BY_PHONE.at(device, "identity")
    matched = recovery.matching(record, claim_in(given))
    if isinstance(matched, Spent):
        raise callers.attempts_spent()
    if matched is None:
        recovery.tell_unmatched(record)
        WIZARD.records.take(handle)
        return status(sign_in, device, recovery=CHECK_MESSAGES)
    WIZARD.records.revise(handle, recovery.begun(record, matched))
    return status(sign_in, device, recovery="password")


@bp.post(f"{ONE}/password")
@at_device
def finish(_client: Client, sign_in: str, device: Device) -> dict[str, Any]:
    """Set it once; everything that was open ends, and the person signs in with it."""
    given = callers.sent(AnotherPassword)
    handle, record = BY_PHONE.at(device, "password")
    if weak := recovery.weakness(record, given.password):
        raise Refused(HTTPStatus.BAD_REQUEST, weak.value)
    if not recovery.settled(handle, record, given.password):
        raise Refused(HTTPStatus.CONFLICT, "not_due", "not set; if this recovery is over, begin another")
    return status(sign_in, device, recovery=DONE)


@bp.post(f"{ONE}/without-phone")
@at_device
def without_phone(_client: Client, sign_in: str, device: Device) -> dict[str, Any]:
    """Judge login, document and code together; any fault is one answer."""
    given = callers.sent(WithoutPhone)
    asked(device)
    found = recovery_without_phone.matching(given.login, claim_in(given), forms.compact(given.code))
    if isinstance(found, Wait):
        raise Refused(HTTPStatus.TOO_MANY_REQUESTS, "throttled", seconds=found.seconds)
    if found is None:
        raise Refused(HTTPStatus.FORBIDDEN, "recovery_mismatch")
    handle = recovery_without_phone.go_on(found, device.interaction)
    return status(sign_in, kept(sign_in, device, WIZARD.keep(Response(), handle)), recovery="password")


@bp.post(f"{ONE}/slip")
@at_device
def use_slip(_client: Client, sign_in: str, device: Device) -> dict[str, Any]:
    """Use a window's slip: number and new password together, once, after its hold."""
    given = callers.sent(Slip)
    asked(device)
    weak, typed = password.weakness(given.password), (given.slip, (given.login or "").lower())
    fault = slip.unfit(*typed)
    if fault == slip.THROTTLED:
        raise Refused(HTTPStatus.TOO_MANY_REQUESTS, fault, seconds=60)
    callers.refuse_faults(
        [
            *([Fault("password", weak.value)] if weak else []),
            *([_of_the_slip(fault)] if fault else []),
        ]
    )
    if fault := slip.used(*typed, given.password):
        callers.refuse_faults([_of_the_slip(fault)])
    return status(sign_in, device, recovery=DONE)


def _of_the_slip(fault: str) -> Fault:
    status = HTTPStatus.CONFLICT if fault == "login_taken" else HTTPStatus.BAD_REQUEST
    return Fault("login" if fault in slip.OF_THE_LOGIN else "slip", fault, status=status)
