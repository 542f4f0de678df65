"""Which browsers a person has signed in with before, so that they hear of a new one.

A browser is known by a cookie of its own that outlives sessions. Only a digest bound to the person is kept,
so that nobody can be recognised across people.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Table, delete, exists
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from idp.crypto.handles import digest
from idp.sessions.models import KnownDevice

SETTLED = timedelta(hours=1)
"""How long somebody must have been here before another browser is news: first sign-ins come in numbers."""
KEPT = timedelta(days=180)
"""How long a browser is remembered that is not used."""

TABLE = cast(Table, KnownDevice.__table__)
INSERTS: Mapping[str, Callable[[Table], Any]] = {
    "postgresql": postgresql.insert,
    "sqlite": sqlite.insert,
}
"""Their own spelling of an insert that finds the row already there."""


def is_news(db: Session, person_id: UUID, handle: str, now: datetime) -> bool:
    """Note a sign-in in this browser; true when it is a new one for somebody who has settled in others."""
    name, kept_since = name_of(person_id, handle), now - KEPT
    known = TABLE.update().where(TABLE.c.digest == name, TABLE.c.last_at > kept_since)
    again = db.execute(known.values(last_at=now).returning(TABLE.c.digest)).first()
    return False if again is not None else note(db, person_id, handle, now)


def note(db: Session, person_id: UUID, handle: str, now: datetime) -> bool:
    """Note the first sign-in in a browser; true when its person has settled in others."""
    other = TABLE.alias("other")
    settled = exists().where(
        other.c.person_id == person_id,
        other.c.first_at < now - SETTLED,
        other.c.last_at > now - KEPT,
    )
    times = {"first_at": now, "last_at": now}
    insert = INSERTS[db.get_bind().dialect.name](TABLE)
    row = insert.values(digest=name_of(person_id, handle), person_id=person_id, **times)
    noted = row.on_conflict_do_update(index_elements=["digest"], set_=times).returning(settled)
    return bool(db.scalar(noted))


def forget(db: Session, person_id: UUID, but: str | None = None) -> None:
    """Know none of the person's browsers any more, perhaps but one."""
    kept = "" if but is None else name_of(person_id, but)
    db.execute(delete(KnownDevice).where(KnownDevice.person_id == person_id, KnownDevice.digest != kept))


def name_of(person_id: UUID, handle: str) -> str:
    """What is kept of a browser's cookie for one person, and tells nothing about another."""
    return digest(f"{person_id.hex}|{handle}")
