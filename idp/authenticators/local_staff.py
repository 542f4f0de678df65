"""Passwords of civil servants whom no directory knows: issued, changed at once, and again every so often.

GB/T 22239 8.1.4.1 a: whoever looks after a system changes their password regularly; an issued one counts as
changed so long ago that it is due at the first sign-in.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from idp.authenticators import password
from idp.authenticators.models import Credential
from idp.persons import local_staff
from idp.persons.local_staff import ISSUED
from idp.persons.models import Person
from idp.storage.database import Database

METHOD = "local"
LASTS = timedelta(days=90)
"""How long a password of a civil servant is good."""


@dataclass(frozen=True)
class Judged:
    """Whose account of our own it is, if anybody's, and whether the password was right."""

    person_id: UUID | None
    right: bool
    secret: str | None = field(default=None, repr=False)
    """The hash it was compared with."""
    seen: datetime | None = None
    """`Person.proofs_count_from` beside it."""


NOBODY = Judged(None, False)


def judge(database: Database, login: str, typed: str) -> Judged:
    """Compare outside any transaction; a stranger takes as long, once there is any account to hide."""
    with database.reading() as db:
        if not local_staff.are_there(db):
            return NOBODY
        account = local_staff.find(db, login)
        secret = password.stored(db, account.person_id) if account else None
        seen = db.get_one(Person, account.person_id).proofs_count_from if account else None
    right = password.verify(secret, typed)
    return Judged(account.person_id, right, secret, seen) if account else NOBODY


def issue(db: Session, person_id: UUID, hashed: str, now: datetime) -> None:
    """Keep the hash of a password that was made for somebody; it is due to be changed from the start."""
    password.set_hash(db, person_id, hashed, "issued", now)
    db.flush()
    living = (Credential.person_id == person_id, Credential.kind == password.KIND)
    db.execute(update(Credential).where(*living, Credential.ended_at.is_(None)).values(changed_at=ISSUED))


def is_due(db: Session, person_id: UUID, now: datetime) -> bool:
    """Whether the password must be changed before anything else; never for who has none here."""
    changed_at = db.scalar(
        select(Credential.changed_at).where(
            Credential.person_id == person_id,
            Credential.kind == password.KIND,
            Credential.ended_at.is_(None),
        )
    )
    return changed_at is not None and is_old(changed_at, now)


def is_old(changed_at: datetime, now: datetime) -> bool:
    """Whether a password that was changed then is due."""
    return changed_at < now - LASTS
