"""Which browsers a person has signed in with before, so that they hear of a new one.

A browser is known by a cookie of its own that outlives sessions. Only a digest bound to the person is kept,
so that nobody can be recognised across people.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from idp.crypto.handles import digest
from idp.sessions.models import KnownDevice

SETTLED = timedelta(hours=1)
"""How long somebody must have been here before another browser is news: first sign-ins come in numbers."""
KEPT = timedelta(days=180)
"""How long a browser is remembered that is not used."""


def is_news(db: Session, person_id: UUID, handle: str, now: datetime) -> bool:
    """Note a sign-in in this browser; true when it is a new one for somebody who has settled in others."""
    known = db.get(KnownDevice, _digest(person_id, handle))
    if known is not None and now - known.last_at < KEPT:
        known.last_at = now
        return False
    settled = exists().where(
        KnownDevice.person_id == person_id,
        KnownDevice.first_at < now - SETTLED,
        KnownDevice.last_at > now - KEPT,
    )
    news = bool(db.scalar(select(settled)))
    if known is not None:
        known.first_at = known.last_at = now
    else:
        device = KnownDevice(
            digest=_digest(person_id, handle), person_id=person_id, first_at=now, last_at=now
        )
        db.merge(device)
    return news


def forget(db: Session, person_id: UUID, but: str | None = None) -> None:
    """Know none of the person's browsers any more, perhaps but one."""
    kept = "" if but is None else _digest(person_id, but)
    db.execute(delete(KnownDevice).where(KnownDevice.person_id == person_id, KnownDevice.digest != kept))


def _digest(person_id: UUID, handle: str) -> str:
    return digest(f"{person_id.hex}|{handle}")
