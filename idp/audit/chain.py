"""Number and chain the events in sealing order, and prove that nobody changed them since.

Each digest covers the event and the digest before it under a key in custody (HMAC-SHA-256), so that whoever
can write the table still cannot forge the chain. One sealer at a time, in the worker. A trail may begin later
than at its first event only where a sealed event says that everything before was let go (`retention`).
"""

import hashlib
import hmac
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from idp.audit.events import TrailShortened
from idp.audit.models import AuditEvent
from idp.storage.database import Database

GENESIS = "0" * 64
BATCH = 1000
ONE_SEALER = 7_230_420
"""Advisory lock of PostgreSQL; on SQLite whoever writes is alone anyway."""


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
    """Chain a batch of unsealed events; gives how many, none while another worker does."""
    with database.writing() as db:
        if not is_alone(db):
            return 0
        events = db.scalars(
            select(AuditEvent)
            .where(AuditEvent.sequence.is_(None))
            .order_by(AuditEvent.at, AuditEvent.id)
            .limit(BATCH)
        ).all()
        append(db, events, key)
        return len(events)


def is_alone(db: Session) -> bool:
    """Whether this transaction is the only one that chains, until it ends."""
    if db.get_bind().dialect.name == "sqlite":
        return True
    return bool(db.scalar(text("select pg_try_advisory_xact_lock(:lock)"), {"lock": ONE_SEALER}))


def append(db: Session, events: Iterable[AuditEvent], key: bytes) -> None:
    """Number and chain events after the last one; only for whoever `is_alone`."""
    number, previous = _tail(db)
    for event in events:
        number += 1
        event.sequence, event.previous = number, previous
        event.digest = previous = digest(event, key)


def verify(db: Session, key: bytes, since: int = 0) -> Report:
    """Walk the chain from the first event (or after `since`) and recompute every digest."""
    number, previous = _tail_at(db, since) if since else _beginning(db)
    verified = 0
    for event in _sealed(db, since):
        fault = _misfit(event, number + 1, previous, key)
        if fault:
            return Report(verified, _unsealed(db), event.sequence, fault, previous)
        number, previous, verified = event.sequence or 0, event.digest or "", verified + 1
    return Report(verified, _unsealed(db), None, None, previous)


def _sealed(db: Session, since: int) -> Iterator[AuditEvent]:
    """Every sealed event in order, a batch at a time."""
    query = select(AuditEvent).order_by(AuditEvent.sequence).limit(BATCH)
    while batch := db.scalars(query.where(AuditEvent.sequence > since)).all():
        yield from batch
        since = batch[-1].sequence or since
        db.expunge_all()


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


def _misfit(event: AuditEvent, expected: int, previous: str, key: bytes) -> str | None:
    if event.sequence != expected:
        return f"event {expected} is missing"
    if event.previous != previous:
        return "does not follow its predecessor"
    if not hmac.compare_digest(event.digest or "", digest(event, key)):
        return "was changed after it was sealed"
    return None


def _tail(db: Session) -> tuple[int, str]:
    last = db.scalar(
        select(AuditEvent)
        .where(AuditEvent.sequence.is_not(None))
        .order_by(AuditEvent.sequence.desc())
        .limit(1)
    )
    return (last.sequence or 0, last.digest or GENESIS) if last else (0, GENESIS)


def _tail_at(db: Session, sequence: int) -> tuple[int, str]:
    """The link that the events after this one must follow."""
    digest = db.scalar(select(AuditEvent.digest).where(AuditEvent.sequence == sequence))
    return sequence, digest or GENESIS


def _beginning(db: Session) -> tuple[int, str]:
    """What the first event must follow: nothing, or the last one that was let go, as a sealed event says."""
    shortened = db.scalar(
        select(AuditEvent)
        .where(AuditEvent.topic == TrailShortened.topic, AuditEvent.sequence.is_not(None))
        .order_by(AuditEvent.sequence.desc())
        .limit(1)
    )
    if shortened is None:
        return 0, GENESIS
    return int(shortened.details["upto"]), str(shortened.details["last_digest"])


def _unsealed(db: Session) -> int:
    return db.scalar(select(func.count()).select_from(AuditEvent).where(AuditEvent.sequence.is_(None))) or 0


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="microseconds")


def _canonical(value: dict[str, Any]) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()
