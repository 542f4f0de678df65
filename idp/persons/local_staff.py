"""Civil servants whom no directory knows: an account of our own, with a password that we judge ourselves.

Administrators must come in before a directory is connected, and when it is away.
"""

import re
import secrets
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.audit import trail
from idp.audit.events import PersonRegistered
from idp.persons import staff
from idp.persons.models import Person, Realm, Staff
from idp.storage.columns import EPOCH
from idp.storage.database import Refusal

DIRECTORY = ""
"""Stands where others have the name of their directory; no directory is called so."""
LOGIN = re.compile(r"[a-z][a-z0-9._-]{2,31}")
LONGEST_NAME = 100
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without what is easily mistaken."""
ISSUED = EPOCH
"""When an issued password was changed last: so long ago that it must be changed at the first sign-in."""


class LoginFault(Refusal):
    """No account can be opened under this login or name; the message says why."""


def open_account(db: Session, login: str, name: str, department_id: UUID | None, now: datetime) -> Staff:
    """Bring a person of the staff realm into being; raises LoginFault. They have no password yet."""
    plain = staff.spelled(login)
    if not LOGIN.fullmatch(plain):
        raise LoginFault("login: a letter first, then 2 to 31 letters, digits, dots, - or _")
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise LoginFault("name: 1 to 100 printable characters")
    if known(db, plain) is not None:
        raise LoginFault(f"login: {plain} is somebody's already")
    person = Person(realm=Realm.STAFF, least_aal=staff.LEAST_AAL, origin="local", created_at=now)
    db.add(person)
    person.name = name
    db.flush()
    account = Staff(
        person_id=person.id,
        directory=DIRECTORY,
        entry_id=plain,
        login=plain,
        department_id=department_id,
        confirmed_at=now,
    )
    db.add(account)
    db.flush()  # of two at once, the second finds the login taken
    trail.record(db, PersonRegistered(person_id=person.id, origin="local"))
    return account


def find(db: Session, login: str) -> Staff | None:
    """The account of our own with this login, in any spelling."""
    here = (Staff.directory == DIRECTORY, Staff.entry_id == staff.spelled(login))
    return db.scalar(select(Staff).where(*here))


def known(db: Session, login: str) -> Staff | None:
    """Who signs in with this login: with an account of our own, or else whoever had it in the directory."""
    return find(db, login) or staff.by_login(db, login.strip()) or staff.by_login(db, staff.spelled(login))


def are_there(db: Session) -> bool:
    """Whether anybody has an account of our own."""
    return db.scalar(select(Staff.person_id).where(Staff.directory == DIRECTORY).limit(1)) is not None


def is_local(account: Staff) -> bool:
    """Whether the account is one of our own."""
    return account.directory == DIRECTORY


def new_password() -> str:
    """A password to be handed over once: 59 bits, easily read aloud."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(3))
