"""Confirm with a recovery code, for who has lost phone and app; each is good once, and they hear of it."""

from uuid import UUID

from idp.authenticators import base, recovery_codes, throttle
from idp.authenticators.base import Denied, Proven
from idp.authenticators.throttle import Wait
from idp.notices.telling import tell
from idp.persons import locking
from idp.services import current
from idp.sign_in.confirming import by_code
from idp.web import forms
from idp.web.request_scope import now, source


def judge(person_id: UUID, typed: str, client_id: str | None) -> Proven | Denied | Wait:
    """Whether the code is this person's, and still good; it is spent by that."""
    services, who = current(), f"rc|{person_id.hex}"
    wait = throttle.admit(services.state, who, source(), services.limits)
    if wait is not None:
        return wait
    with services.database.writing() as db:
        locking.first(db, person_id)
        if not recovery_codes.spend(db, services.vault, person_id, typed, now()):
            return base.deny(db, "rc", "recovery_code_wrong", person_id, client_id)
        tell(db, person_id, "recovery_code.used", now())
    throttle.succeeded(services.state, who, source())
    return Proven(person_id, recovery_codes.AMR)


bp = by_code("recovery-code", forms.RecoveryCode, "recovery_code", judge)
