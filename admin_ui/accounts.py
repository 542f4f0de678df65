"""The accounts behind administrators: those of the directory as they are, or one of our own, opened here."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from idp.account.ending import end_everything
from idp.authenticators import local_staff as passwords_of_staff
from idp.crypto import passwords
from idp.persons import lifecycle, local_staff, locking
from idp.persons.models import Person, PersonStatus, Staff

ENDED = "administrator_ended"
"""Why an account of our own was frozen; a new appointment lifts such a freeze, and no other."""


@dataclass(frozen=True)
class Issued:
    """A password to be handed over, and its hash; made before any transaction begins."""

    password: str = field(repr=False)
    hashed: str = field(repr=False)


@dataclass(frozen=True)
class Account:
    """Whose account it is, and whether the password that was issued is theirs from now on."""

    person_id: UUID
    login: str
    is_issued: bool


def issue() -> Issued:
    """A password that nobody had before; it takes the time of a hash."""
    secret = local_staff.new_password()
    return Issued(secret, passwords.hash_password(secret))


def ensure(
    db: Session, login: str, name: str, department_id: UUID | None, issued: Issued, now: datetime
) -> Account:
    """Whoever signs in with this login, or a new account of our own; raises LoginFault."""
    known = local_staff.known(db, login)
    if known is None:
        opened = local_staff.open_account(db, login, name, department_id, now)
        passwords_of_staff.issue(db, opened.person_id, issued.hashed, now)
        return Account(opened.person_id, opened.login, True)
    return Account(known.person_id, known.login, _let_in_again(db, known, issued, now))


def close(db: Session, known: Staff, now: datetime) -> None:
    """Shut an account of our own, which is there for nothing else; one of the directory stays as it is."""
    person = locking.alone(db, known.person_id)
    if person is not None and local_staff.is_local(known) and person.status == PersonStatus.ACTIVE:
        lifecycle.freeze(db, person, ENDED, now)
        end_everything(db, person.id, ENDED, now)


def _let_in_again(db: Session, known: Staff, issued: Issued, now: datetime) -> bool:
    """Whoever comes back to an account that was closed gets a new password; true if so."""
    person = db.get_one(Person, known.person_id)
    if person.status != PersonStatus.FROZEN or person.status_reason != ENDED:
        return False
    lifecycle.unfreeze(db, person, "administrator_appointed", now)
    passwords_of_staff.issue(db, person.id, issued.hashed, now)
    return True
