"""Confirm with a code from an authenticator app, which is accepted once."""

from idp.authenticators import base, guesses, throttle, totp
from idp.authenticators.base import Denied, Proven
from idp.authenticators.throttle import Wait
from idp.interaction.record import Facts
from idp.services import current
from idp.sign_in.confirming import by_code
from idp.web import forms
from idp.web.request_scope import now, source


def _judge(facts: Facts, typed: str, client_id: str | None) -> Proven | Denied | Wait:
    services, who = current(), f"totp|{facts.person_id.hex}"
    wait = throttle.admit(services.state, who, source(), services.limits)
    if wait is not None:
        return wait
    guess = guesses.admit((guesses.of_person(services.state, who, source(), totp.WRONG_A_DAY, now()),))
    with services.database.writing() as db:
        if guess is None or not totp.accept(db, facts.person_id, typed, now()):
            return base.deny(db, "otp", "code_wrong", facts.person_id, client_id)
    throttle.succeeded(services.state, who, source())
    guesses.forgive(services.state, who)
    return Proven(facts.person_id, totp.AMR)


bp = by_code("totp", forms.Code, "code", _judge)
