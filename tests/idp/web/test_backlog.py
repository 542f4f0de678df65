"""The gauges: what waits, what was given up on, what is not sealed."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from idp import clock
from idp.audit.models import AuditEvent
from idp.outbox.models import Message
from idp.storage.base import new_id
from idp.storage.database import Database
from idp.web.backlog import FRESH, Backlog

HOUR = timedelta(hours=1)


class Ticks:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


@pytest.fixture
def backlog(database: Database, ticks: Ticks) -> Backlog:
    return Backlog(database, ticks)


def gauges(backlog: Backlog) -> dict[str, float]:
    """Each gauge by its last word."""
    return {
        sample.name.rpartition("_")[2]: sample.value
        for gauge in backlog.collect()
        for sample in gauge.samples
    }


def put(database: Database, due_in: timedelta, settled: timedelta | None = None, outcome: str = "") -> None:
    now = clock.now()
    settled_at = None if settled is None else now + settled
    with database.writing() as db:
        db.add(
            Message(
                id=new_id(),
                topic="logout",
                created_at=now,
                due_at=now + due_in,
                settled_at=settled_at,
                outcome=outcome or None,
            )
        )


def test_what_is_due_waits(database: Database, backlog: Backlog) -> None:
    """Neither what is due later nor what was delivered."""
    put(database, -HOUR)
    put(database, HOUR)
    put(database, -HOUR, settled=-HOUR / 2, outcome="delivered")

    assert {"waiting": 1, "dead": 0, "unsealed": 0} == gauges(backlog)


def test_what_was_given_up_on_lately_is_dead(database: Database, backlog: Backlog) -> None:
    """An alarm that ends by itself an hour after the last."""
    put(database, -2 * HOUR, settled=-HOUR / 2, outcome="dead")
    put(database, -3 * HOUR, settled=-2 * HOUR, outcome="dead")

    assert {"waiting": 0, "dead": 1, "unsealed": 0} == gauges(backlog)


def test_an_event_is_unsealed_until_it_has_its_number(database: Database, backlog: Backlog) -> None:
    """When no worker runs, this grows."""
    with database.writing() as db:
        for _ in range(2):
            at = datetime(2026, 3, 1, tzinfo=UTC)
            db.add(AuditEvent(id=new_id(), topic="test.done", at=at, actor="test", details={}))
        db.flush()
        db.execute(update(AuditEvent).values(sequence=None))

    assert 2 == gauges(backlog)["unsealed"]


def test_a_count_is_good_for_a_while(database: Database, backlog: Backlog, ticks: Ticks) -> None:
    """However many look."""
    said = [gauges(backlog)["waiting"]]
    put(database, -HOUR)
    said.append(gauges(backlog)["waiting"])
    ticks.now += FRESH
    said.append(gauges(backlog)["waiting"])

    assert [0, 0, 1] == said


def test_no_database_no_gauges(tmp_path_factory: pytest.TempPathFactory) -> None:
    """An absent gauge is an alarm of its own; the counters are still told."""
    nowhere = Database(f"sqlite:///{tmp_path_factory.mktemp('no') / 'missing' / 'yitong.db'}")

    assert {} == gauges(Backlog(nowhere))
    assert 3 == len(Backlog(nowhere).describe())
