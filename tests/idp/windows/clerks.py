"""Civil servants who witness at a window, signed in at their page, without a directory behind them."""

import itertools
import re
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import pyotp
from sqlalchemy import update

from idp import clock
from idp.authenticators import totp
from idp.authenticators.models import Credential
from idp.crypto.jose import SigningKey
from idp.departments.models import Department
from idp.persons.models import Person, Realm, Staff
from idp.sessions import lifecycle
from idp.sessions.lifecycle import Achievement
from idp.windows import operators
from tests.idp.account.stage import Browser, Stage

WINDOW = "/staff/window"
_numbers = itertools.count(1)


@dataclass
class Clerk:
    """One of them, at their page."""

    stage: Stage
    person_id: UUID
    number: str
    seed: str = field(repr=False)
    browser: Browser = field(repr=False)

    def code(self) -> str:
        """A code of their app; what was used of this half minute counts anew."""
        with self.stage.services.database.writing() as db:
            db.execute(update(Credential).where(Credential.person_id == self.person_id).values(used=0))
        return pyotp.TOTP(self.seed).now()

    def waiting(self, kind: str = "visits") -> list[str]:
        """The pages of what waits for them."""
        return re.findall(rf'href="({WINDOW}/{kind}/[0-9a-f-]{{36}})"', self.browser.get(WINDOW).text)

    def answer(self, page: str, decision: str, code: str = "") -> str:
        """Answer by the app; gives what the page says then."""
        return self.browser.get(f"{page}/{decision}").fill(code=code or self.code()).text


def clerk(
    stage: Stage, department: Department | None, *, key: SigningKey | None = None, is_operator: bool = True
) -> Clerk:
    """Somebody of this department, signed in with two factors."""
    number, seed, now = f"P-{next(_numbers):03d}", pyotp.random_base32(), clock.now()
    with stage.services.database.writing() as db:
        person = Person(realm=Realm.STAFF, least_aal=2, origin="directory", created_at=now)
        db.add(person)
        person.name = "罗杰"
        db.flush()
        db.add(
            Staff(
                person_id=person.id, directory="d", entry_id=person.id.hex, login=number.lower(),
                department_id=department.id if department else None, confirmed_at=now,
            )
        )  # fmt: skip
        totp.enrol(db, person.id, seed, 0, "", now)
        if is_operator:
            operators.add(db, number, "罗杰", key.public if key else None, now, person.id)
        achieved = Achievement(person.id, frozenset({"pwd", "otp"}), now)
        _, handle = lifecycle.begin(db, achieved, absolute=timedelta(hours=1))
        person_id = person.id
    browser = stage.browser()
    name = stage.services.cookies.staff_name
    browser.client.set_cookie(name, handle, domain="localhost")
    return Clerk(stage, person_id, number, seed, browser)
