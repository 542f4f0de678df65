"""What waits to be done, for the gauges: counted when somebody looks, and at most every few seconds."""

import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from time import monotonic
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from idp import clock
from idp.audit.models import AuditEvent
from idp.outbox.models import Message
from idp.storage.database import Database, DatabaseUnavailable

FRESH = 5.0
"""Seconds a count is good for."""
LATELY = timedelta(hours=1)
WHAT = {
    "yitong_outbox_waiting": "Messages that are due and not delivered",
    "yitong_outbox_dead": "Messages given up on within the last hour",
    "yitong_audit_unsealed": "Events that are not chained yet",
}


class Backlog:
    """The gauges of one database; none while it cannot be reached."""

    def __init__(self, database: Database, tick: Callable[[], float] = monotonic) -> None:
        self._database, self._tick = database, tick
        self._counting = threading.Lock()
        self._counts: dict[str, int] = {}
        self._count_again = 0.0

    def describe(self) -> Sequence[Any]:
        """The names alone: registering must not ask the database."""
        return [_gauge(name) for name in WHAT]

    def collect(self) -> Sequence[Any]:
        """The gauges as they are now, or were a few seconds ago."""
        return [_gauge(name, count) for name, count in self._fresh().items()]

    def _fresh(self) -> dict[str, int]:
        with self._counting:
            if self._tick() >= self._count_again:
                self._counts = self._counted()
                self._count_again = self._tick() + FRESH
            return self._counts

    def _counted(self) -> dict[str, int]:
        try:
            with self._database.reading() as db:
                return dict(zip(WHAT, _backlog(db), strict=True))
        except DatabaseUnavailable:
            return {}


def _gauge(name: str, count: int | None = None) -> Any:
    from prometheus_client.metrics_core import GaugeMetricFamily  # late, as in `metrics`

    return GaugeMetricFamily(name, WHAT[name], value=count)


def _backlog(db: Session) -> Iterator[int]:
    """Each by an index: what is settled or sealed is not looked at."""
    now = clock.now()
    yield _count(db, Message.id, Message.settled_at.is_(None), Message.due_at <= now)
    yield _count(db, Message.id, Message.settled_at > now - LATELY, Message.outcome == "dead")
    yield _count(db, AuditEvent.id, AuditEvent.sequence.is_(None))


def _count(db: Session, counted: Any, *conditions: ColumnElement[bool]) -> int:
    return db.scalar(select(func.count(counted)).where(*conditions)) or 0
