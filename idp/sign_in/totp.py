"""Confirm with a code from an authenticator app, which is accepted once."""

from uuid import UUID

from idp.authenticators import base, guesses, throttle, totp
from idp.authenticators.base import Denied, Proven
from idp.authenticators.throttle import Wait
from idp.services import current
from idp.sign_in.confirming import by_code
from idp.web import forms
from idp.web.request_scope import now, source


def judge(person_id: UUID, typed: str, client_id: str | None) -> Proven | Denied | Wait:
    """Whether the code is this person's, and new; guesses are few a day, whatever they are typed for."""
    services, who = current(), f"totp|{person_id.hex}"
    wait = throttle.admit(services.state, who, source(), services.limits)
    if wait is not None:
        return wait
    guess = guesses.admit((guesses.of_person(services.state, who, source(), totp.WRONG_A_DAY, now()),))
    with services.database.writing() as db:
        if guess is None or not totp.accept(db, person_id, typed, now()):
            return base.deny(db, "otp", "code_wrong", person_id, client_id)
    throttle.succeeded(services.state, who, source())
    guesses.forgive(services.state, who)
    return Proven(person_id, totp.AMR)


def _judge_here(person_id: UUID, typed: str, client_id: str | None) -> Proven | Denied | Wait:
    """The same in this page's words: no message was sent that could be looked at again."""
    outcome = judge(person_id, typed, client_id)
    return Denied("totp_wrong") if outcome == Denied("code_wrong") else outcome


bp = by_code("totp", forms.AppCode, "code", _judge_here)
