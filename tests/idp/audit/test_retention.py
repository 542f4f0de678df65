"""Old events are let go from the beginning of the chain, and the chain still verifies."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete, func, select, update

from idp.audit import chain, retention, trail
from idp.audit.events import ConfigurationChanged
from idp.audit.models import AuditEvent
from idp.storage.database import Database

KEY = b"k" * 32
KEPT = timedelta(days=400)


@pytest.fixture
def old_and_new(database: Database, now: datetime) -> Database:
    """Six sealed events: four of two years ago, two of today."""
    with database.writing() as db:
        for number in range(6):
            trail.record(db, ConfigurationChanged(what=f"client {number}", change="changed"))
        db.flush()
        db.execute(update(AuditEvent).values(at=now))
        first = select(AuditEvent.id).order_by(AuditEvent.id).limit(4)
        db.execute(update(AuditEvent).where(AuditEvent.id.in_(first)).values(at=now - timedelta(days=730)))
    chain.seal(database, KEY)
    return database


def verified(database: Database) -> chain.Report:
    with database.reading() as db:
        return chain.verify(db, KEY)


def test_old_events_go_and_the_rest_verifies(old_and_new: Database, now: datetime) -> None:
    """Four go; two stay, and the event that says so."""
    gone = retention.shorten(old_and_new, KEY, KEPT, now)
    report = verified(old_and_new)

    assert 4 == gone
    assert (3, 0, None) == (report.verified, report.unsealed, report.fault)


def test_nothing_younger_than_six_months_goes(old_and_new: Database, now: datetime) -> None:
    """Whatever the setting says (Cybersecurity Law, Art. 21)."""
    with old_and_new.writing() as db:
        db.execute(update(AuditEvent).values(at=now - timedelta(days=179)))

    assert 0 == retention.shorten(old_and_new, KEY, timedelta(days=1), now)


def test_the_last_event_stays_for_the_next_to_follow(old_and_new: Database, now: datetime) -> None:
    """A year of silence does not restart the numbers."""
    retention.shorten(old_and_new, KEY, KEPT, now + timedelta(days=3650))
    with old_and_new.reading() as db:
        numbers = list(db.scalars(select(AuditEvent.sequence).order_by(AuditEvent.sequence)))

    assert [6, 7] == numbers[:2]
    assert verified(old_and_new).fault is None


def test_what_somebody_else_cut_off_is_found(old_and_new: Database, now: datetime) -> None:
    """Only a sealed event makes a later beginning right."""
    retention.shorten(old_and_new, KEY, KEPT, now)
    with old_and_new.writing() as db:
        db.execute(delete(AuditEvent).where(AuditEvent.sequence == 5))

    assert "event 5 is missing" == verified(old_and_new).fault


def test_it_goes_in_batches_and_stays_whole(
    old_and_new: Database, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits behind a long delete, and every batch leaves a chain that verifies."""
    monkeypatch.setattr(retention, "BATCH", 2)
    gone = retention.shorten(old_and_new, KEY, KEPT, now)
    with old_and_new.reading() as db:
        said = db.scalar(
            select(func.count()).select_from(AuditEvent).where(AuditEvent.topic == "trail.shortened")
        )

    assert (4, 2) == (gone, said)
    assert verified(old_and_new).fault is None
