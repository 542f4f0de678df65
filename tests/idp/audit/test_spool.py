"""Routine token events are counted in files and become events, each once."""

import time
from pathlib import Path

import pytest
from sqlalchemy import select

from idp.audit.models import AuditEvent
from idp.audit.spool import Spool, as_events, drain
from idp.storage.database import Database


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the counts of all processes lie."""
    return tmp_path / "spool"


def counted(database: Database) -> list[tuple[str, str, int]]:
    with database.reading() as db:
        events = db.scalars(select(AuditEvent).where(AuditEvent.topic == "tokens.counted"))
        return sorted((e.client_id or "", e.details["outcome"], e.details["count"]) for e in events)


def drain_all(folder: Path, database: Database) -> int:
    """A file is moved in one round and read in the next."""
    return drain(folder, database, as_events) + drain(folder, database, as_events)


def test_counts_become_events(folder: Path, database: Database) -> None:
    """One event for each client and outcome, with how often."""
    spool = Spool(folder)
    for outcome in ("ok", "ok", "invalid_grant"):
        spool.add("token", outcome, "portal")
    spool.flush()
    drained = drain_all(folder, database)

    assert 2 == drained
    assert [("portal", "invalid_grant", 1), ("portal", "ok", 2)] == counted(database)


def test_nothing_is_counted_twice(folder: Path, database: Database) -> None:
    """Draining again finds nothing."""
    spool = Spool(folder)
    spool.add("token", "ok", "portal")
    spool.flush()
    drain_all(folder, database)

    assert 0 == drain_all(folder, database)
    assert 1 == len(counted(database))


def test_a_line_that_was_torn_by_a_kill_is_left_out(folder: Path, database: Database) -> None:
    """The others of the file still count."""
    folder.mkdir()
    (folder / "7.log").write_text('["token", "ok", "portal", 3]\n["token", "ok", "por')
    drain_all(folder, database)

    assert [("portal", "ok", 3)] == counted(database)


def test_a_file_that_was_being_read_when_the_worker_died_is_read_again(
    folder: Path, database: Database
) -> None:
    """What was moved away waits for the next worker."""
    folder.mkdir()
    (folder / "7.draining").write_text('["token", "ok", "portal", 3]\n')

    assert 1 == drain(folder, database, as_events)


def test_a_spool_writes_by_itself(folder: Path) -> None:
    """Within about a second, from a thread of its own."""
    spool = Spool(folder)
    spool.add("token", "ok", "portal")
    deadline = time.monotonic() + 90
    while not list(folder.glob("*.log")) and time.monotonic() < deadline:
        time.sleep(0.02)

    assert 1 == len(list(folder.glob("*.log")))
