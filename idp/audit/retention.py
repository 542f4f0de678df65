"""Let go of events older than they must be kept: from the beginning of the chain, never from its middle."""

from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from idp.audit import chain, trail
from idp.audit.events import TrailShortened
from idp.audit.models import AuditEvent
from idp.storage.database import Database

SHORTEST = timedelta(days=180)
"""Security logs are kept for six months at least (Cybersecurity Law, Art. 21)."""
BATCH = 500
ROUNDS = 20


def shorten(database: Database, key: bytes, kept: timedelta, now: datetime) -> int:
    """
    Delete what is older, a batch at a time, and chain an event that says so; gives how many events went.

    Both in one transaction, so that the chain can be verified at every moment. The last event always stays,
    because the next one is chained to it.
    """
    total = 0
    for _ in range(ROUNDS):
        total += (gone := _shorten(database, key, now - max(kept, SHORTEST)))
        if gone < BATCH:
            break
    return total


def _shorten(database: Database, key: bytes, before: datetime) -> int:
    with database.writing() as db:
        if not chain.is_alone(db):
            return 0
        last = _last_to_go(db, before)
        if last is None:
            return 0
        result = db.execute(delete(AuditEvent).where(AuditEvent.sequence <= last.sequence))
        gone = result.rowcount if isinstance(result, CursorResult) else 0
        trail.record(db, TrailShortened(upto=last.sequence or 0, last_digest=last.digest or "", events=gone))
        db.flush()
        chain.append(db, _unsealed(db), key)
        return gone


def _last_to_go(db: Session, before: datetime) -> AuditEvent | None:
    """The end of the run of old events at the beginning, at most a batch of it."""
    first, newest = db.execute(select(func.min(AuditEvent.sequence), func.max(AuditEvent.sequence))).one()
    if first is None or newest is None or first == newest:
        return None
    young = db.scalar(select(func.min(AuditEvent.sequence)).where(AuditEvent.at >= before))
    end = min(newest if young is None else young, newest, first + BATCH) - 1
    return db.scalar(select(AuditEvent).where(AuditEvent.sequence == end)) if end >= first else None


def _unsealed(db: Session) -> list[AuditEvent]:
    unsealed = select(AuditEvent).where(
        AuditEvent.topic == TrailShortened.topic, AuditEvent.sequence.is_(None)
    )
    return list(db.scalars(unsealed))
