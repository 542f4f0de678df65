"""Telling people in time that a verification runs out, and that it has: levels can fall (domain §1.6)."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.evidence import levels
from idp.evidence.models import Evidence
from idp.notices.models import Notice
from idp.notices.telling import tell
from idp.storage.database import Database

AHEAD = (timedelta(days=30), timedelta(days=7), timedelta(days=1))
"""How long before the end somebody is told, each once."""
LATE = timedelta(days=3)
"""How long after the end it is still told, should no worker have run."""
SOON, OVER = "level.falling", "level.fell"
MOST = 500
"""Records looked at in one turn."""


def tell_in_time(database: Database, now: datetime) -> int:
    """Periodic: tell whoever's level is about to fall, or has fallen; gives how many were told."""
    with database.writing() as db:
        due = [(record, topic, step) for record in _ending(db, now) for topic, step in _due(record, now)]
        untold = [one for one in due if _lowers(db, one[0], now) and not _told(db, *one)]
        for record, topic, step in untold:
            tell(db, record.person_id, topic, now, {"evidence": str(record.id), "days": step})
    return len(untold)


def _ending(db: Session, now: datetime) -> list[Evidence]:
    query = select(Evidence).where(
        Evidence.withdrawn_at.is_(None),
        Evidence.expires_at > now - LATE,
        Evidence.expires_at <= now + AHEAD[0],
    )
    return list(db.scalars(query.order_by(Evidence.expires_at).limit(MOST)))


def _due(record: Evidence, now: datetime) -> Iterator[tuple[str, int]]:
    """The nearest thing to be told of this record; what was missed before it is not told any more."""
    if record.expires_at is None:
        return
    if record.expires_at <= now:
        yield OVER, 0
        return
    steps = [ahead for ahead in AHEAD if record.expires_at <= now + ahead]
    yield SOON, min(steps).days


def _lowers(db: Session, record: Evidence, now: datetime) -> bool:
    """Whether the person is known less well without it."""
    others = (one for one in levels.of_person(db, record.person_id, now) if one.id != record.id)
    return levels.level_of(others, now) < record.level


def _told(db: Session, record: Evidence, topic: str, step: int) -> bool:
    """Whether the inbox has it already."""
    query = select(Notice.details).where(Notice.person_id == record.person_id, Notice.topic == topic)
    said = {(details.get("evidence"), details.get("days")) for details in db.scalars(query)}
    return (str(record.id), step) in said
