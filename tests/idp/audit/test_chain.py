"""The chain: events are numbered and linked after the fact, and nobody changes one unnoticed."""

import threading
from collections.abc import Callable

import pytest
from sqlalchemy import delete, select, update

from idp.audit import chain, trail
from idp.audit.events import ConfigurationChanged
from idp.audit.models import AuditEvent
from idp.storage.database import Database

KEY = b"k" * 32
OTHER_KEY = b"o" * 32

Happen = Callable[[int], None]


@pytest.fixture
def happen(database: Database) -> Happen:
    """Let so many events happen."""

    def happen(count: int) -> None:
        with database.writing() as db:
            for number in range(count):
                trail.record(db, ConfigurationChanged(what=f"client {number}", change="changed"))

    return happen


def verified(database: Database, key: bytes = KEY, since: int = 0) -> chain.Report:
    with database.reading() as db:
        return chain.verify(db, key, since)


def test_events_are_chained_in_order(database: Database, happen: Happen) -> None:
    """Each follows its predecessor; the last digest stands for all of them."""
    happen(3)
    chain.seal(database, KEY)
    report = verified(database)

    assert (3, 0, None) == (report.verified, report.unsealed, report.fault)


def test_later_events_go_on_where_the_chain_ended(database: Database, happen: Happen) -> None:
    """Sealing in many small batches gives one chain."""
    for _ in range(3):
        happen(2)
        chain.seal(database, KEY)

    assert 6 == verified(database).verified


def test_what_waits_for_the_sealer_is_counted(database: Database, happen: Happen) -> None:
    """A growing tail tells that no worker runs."""
    happen(2)

    assert (0, 2) == (verified(database).verified, verified(database).unsealed)


def test_verification_can_go_on_after_a_known_event(database: Database, happen: Happen) -> None:
    """An auditor who verified the first two need not do so again."""
    happen(4)
    chain.seal(database, KEY)

    assert 2 == verified(database, since=2).verified


@pytest.mark.parametrize(
    "changed", [{"topic": "x"}, {"details": {}}, {"client_id": "c"}, {"source": "10.0.0.1"}, {"actor": "me"}]
)
def test_a_changed_event_is_found(database: Database, happen: Happen, changed: dict[str, object]) -> None:
    """Every field counts."""
    happen(3)
    chain.seal(database, KEY)
    with database.writing() as db:
        db.execute(update(AuditEvent).where(AuditEvent.sequence == 2).values(**changed))
    report = verified(database)

    assert (1, 2, "was changed after it was sealed") == (report.verified, report.first_fault, report.fault)


def test_a_removed_event_is_found(database: Database, happen: Happen) -> None:
    """The next one names what should be before it."""
    happen(3)
    chain.seal(database, KEY)
    with database.writing() as db:
        db.execute(delete(AuditEvent).where(AuditEvent.sequence == 2))

    assert "event 2 is missing" == verified(database).fault


def test_events_cannot_be_renumbered_over_a_gap(database: Database, happen: Happen) -> None:
    """Closing the gap by renumbering breaks the link."""
    happen(3)
    chain.seal(database, KEY)
    with database.writing() as db:
        db.execute(delete(AuditEvent).where(AuditEvent.sequence == 2))
        db.execute(update(AuditEvent).where(AuditEvent.sequence == 3).values(sequence=2))

    assert "does not follow its predecessor" == verified(database).fault


def test_without_the_key_nobody_forges_a_chain(database: Database, happen: Happen) -> None:
    """Whoever can write the table still cannot make digests."""
    happen(1)
    chain.seal(database, OTHER_KEY)

    assert "was changed after it was sealed" == verified(database).fault


@pytest.fixture
def shared(either_database: Database) -> Database:
    """A database that several workers write to."""
    return either_database


def test_several_sealers_make_one_chain(shared: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers on several machines never number twice, and leave nothing out."""
    monkeypatch.setattr(chain, "BATCH", 10)
    with shared.writing() as db:
        for number in range(200):
            trail.record(db, ConfigurationChanged(what=f"client {number}", change="changed"))
    sealers = [threading.Thread(target=seal_all, args=(shared,)) for _ in range(4)]
    for sealer in sealers:
        sealer.start()
    for sealer in sealers:
        sealer.join()
    seal_all(shared)
    with shared.reading() as db:
        numbers = list(db.scalars(select(AuditEvent.sequence).order_by(AuditEvent.sequence)))

    assert list(range(1, 201)) == numbers
    assert 200 == verified(shared).verified


def seal_all(database: Database) -> None:
    for _ in range(20):
        chain.seal(database, KEY)
