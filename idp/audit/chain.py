"""Number and chain the events in sealing order, and prove that nobody changed them since.

Each digest covers the event and the digest before it under a key in custody (HMAC-SHA-256), so that whoever
can write the table still cannot forge the chain. One sealer at a time, in the worker.
"""

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from idp.audit.models import AuditEvent
from idp.storage.database import Database

GENESIS = "0" * 64
BATCH = 1000


@dataclass(frozen=True)
class Report:
    """What verification found."""

    verified: int
    unsealed: int
    """Events not chained yet; more than a few mean that no worker is running."""
    first_fault: int | None
    """Sequence number of the first event that does not fit; None when all do."""
    fault: str | None
    last_digest: str
    """Keep it outside: as long as it is found again, nothing before it was cut off."""


def seal(database: Database, key: bytes) -> int:
    """Chain a batch of unsealed events; gives how many. Safe to call from one worker at a time."""
    with database.writing() as db:
        events = db.scalars(
            select(AuditEvent)
            .where(AuditEvent.sequence.is_(None))
            .order_by(AuditEvent.id)
            .limit(BATCH)
            .with_for_update(skip_locked=True)
        ).all()
        if not events:
            return 0
        number, previous = _tail(db)
        for event in events:
            number += 1
            event.sequence, event.previous = number, previous
            event.digest = previous = digest(event, key)
        return len(events)


def verify(db: Session, key: bytes, since: int = 0) -> Report:
    """Walk the chain from the first event (or after `since`) and recompute every digest."""
    number, previous, verified = since, GENESIS, 0
    if since:
        previous = db.scalar(select(AuditEvent.digest).where(AuditEvent.sequence == since)) or GENESIS
    fault: str | None = None
    query = (
        select(AuditEvent)
        .where(AuditEvent.sequence > since)
        .order_by(AuditEvent.sequence)
        .execution_options(yield_per=BATCH)
    )
    for event in db.scalars(query):
        fault = _misfit(event, number + 1 if verified or since else None, previous, key)
        if fault:
            return Report(verified, _unsealed(db), event.sequence, fault, previous)
        number, previous, verified = event.sequence or 0, event.digest or "", verified + 1
    return Report(verified, _unsealed(db), None, None, previous)


def digest(event: AuditEvent, key: bytes) -> str:
    """The HMAC over everything the event says, its number and its predecessor."""
    said = {
        "id": event.id.hex,
        "topic": event.topic,
        "at": _moment(event.at),
        "person": event.person_id.hex if event.person_id else None,
        "client": event.client_id,
        "session": event.session_id.hex if event.session_id else None,
        "actor": event.actor,
        "request": event.request_id,
        "source": event.source,
        "details": event.details,
        "sequence": event.sequence,
        "previous": event.previous,
    }
    return hmac.new(key, _canonical(said), hashlib.sha256).hexdigest()


def _misfit(event: AuditEvent, expected: int | None, previous: str, key: bytes) -> str | None:
    if expected is not None and event.sequence != expected:
        return f"event {expected} is missing"
    if expected is not None and event.previous != previous:
        return "does not follow its predecessor"
    if not hmac.compare_digest(event.digest or "", digest(event, key)):
        return "was changed after it was sealed"
    return None


def _tail(db: Session) -> tuple[int, str]:
    last = db.execute(
        select(AuditEvent.sequence, AuditEvent.digest)
        .where(AuditEvent.sequence.is_not(None))
        .order_by(AuditEvent.sequence.desc())
        .limit(1)
    ).first()
    return (last[0] or 0, last[1] or GENESIS) if last else (0, GENESIS)


def _unsealed(db: Session) -> int:
    return db.scalar(select(func.count()).select_from(AuditEvent).where(AuditEvent.sequence.is_(None))) or 0


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="microseconds")


def _canonical(value: dict[str, Any]) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()
