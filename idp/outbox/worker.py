"""Deliver what is due: claim a lease in one short transaction, act outside it, settle in another.

A worker that dies lets its leases run out; a message may therefore be delivered twice and never lost.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from idp import clock
from idp.outbox.models import Message
from idp.outbox.queue import Payload, open_payload
from idp.storage import purging
from idp.storage.database import Database

log = structlog.get_logger("yitong.outbox")

LEASE = timedelta(seconds=60)
BATCH = 20
PATIENCE = timedelta(days=3)
"""How long delivery is tried before a message is dead."""
LONGEST_PAUSE = 3600
KEPT = timedelta(days=30)
"""How long the shells of settled messages stay for looking up; their payloads are erased at once."""


class TryAgain(Exception):
    """The other side could not take the message now; the text says why, without naming anyone."""


class GiveUp(Exception):
    """The message can never be delivered."""


@dataclass(frozen=True)
class Leased:
    """A message this worker holds for a minute."""

    id: UUID
    topic: str
    payload: Payload
    attempts: int
    created_at: datetime


Deliver = Callable[[Leased], None]


def work(
    database: Database, topics: Mapping[str, Deliver], stopping: Callable[[], bool] = lambda: False
) -> int:
    """Deliver one batch of due messages; gives how many were tried.

    When `stopping` says so, or the leases are about to run out, the message in hand is finished and the rest
    of the batch is given back.
    """
    claimed = clock.now()
    batch = _claim(database, topics, claimed)
    for place, message in enumerate(batch):
        if stopping() or clock.now() - claimed > LEASE / 2:
            _give_back(database, batch[place:])
            return place
        _deliver(database, topics[message.topic], message)
    return len(batch)


def depth(db: Session) -> int:
    """How many messages wait."""
    return db.scalar(select(func.count()).select_from(Message).where(Message.settled_at.is_(None))) or 0


def purge(database: Database, now: datetime) -> int:
    """Forget settled messages after a while."""
    return purging.purge(database, Message, Message.settled_at < now - KEPT)


def _claim(database: Database, topics: Mapping[str, Deliver], now: datetime) -> list[Leased]:
    query = (
        select(Message)
        .where(
            Message.settled_at.is_(None),
            Message.due_at <= now,
            Message.topic.in_(topics),
            or_(Message.leased_until.is_(None), Message.leased_until < now),
        )
        .order_by(Message.due_at)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    with database.writing() as db:
        messages = db.scalars(query).all()
        for message in messages:
            message.leased_until = now + LEASE
            message.attempts += 1
        return [Leased(m.id, m.topic, open_payload(db, m), m.attempts, m.created_at) for m in messages]


def _deliver(database: Database, deliver: Deliver, message: Leased) -> None:
    try:
        deliver(message)
    except TryAgain as failure:
        _postpone(database, message, str(failure))
    except GiveUp as failure:
        _settle(database, message, "dead", str(failure))
    except Exception as failure:
        log.error("outbox.crashed", topic=message.topic, message_id=str(message.id), exc_info=failure)
        _postpone(database, message, type(failure).__name__)
    else:
        _settle(database, message, "delivered", None)


def _give_back(database: Database, batch: list[Leased]) -> None:
    """As if they had never been claimed."""
    with database.writing() as db:
        db.execute(
            update(Message)
            .where(Message.id.in_([message.id for message in batch]), Message.settled_at.is_(None))
            .values(leased_until=None, attempts=Message.attempts - 1)
        )


def _postpone(database: Database, message: Leased, fault: str) -> None:
    now = clock.now()
    if now - message.created_at > PATIENCE:
        _settle(database, message, "dead", fault)
        return
    pause = min(2 ** min(message.attempts, 12), LONGEST_PAUSE) * random.uniform(0.5, 1.0)  # noqa: S311 - jitter
    with database.writing() as db:
        row = db.get_one(Message, message.id)
        row.leased_until, row.due_at = None, now + timedelta(seconds=pause)
        row.last_fault = fault[:255]


def _settle(database: Database, message: Leased, outcome: str, fault: str | None) -> None:
    with database.writing() as db:
        row = db.get_one(Message, message.id)
        row.settled_at, row.outcome, row.payload = clock.now(), outcome, None
        row.leased_until, row.last_fault = None, fault[:255] if fault else row.last_fault
    log.info(f"outbox.{outcome}", topic=message.topic, message_id=str(message.id), attempts=message.attempts)
