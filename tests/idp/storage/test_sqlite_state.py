"""What a file does to a store: is copied, locked, read by others."""

import multiprocessing
import shutil
import sqlite3
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier

import pytest

from idp.storage.sqlite_state import sqlite_state
from idp.storage.state import StateUnavailable
from tests.patience import be_patient


def test_only_the_owner_can_read_the_file(tmp_path: Path) -> None:
    """Made with its folder, mode 0600."""
    sqlite_state(tmp_path / "var" / "state.db").put("code:a", b"x", 60)

    assert 0o600 == (tmp_path / "var" / "state.db").stat().st_mode & 0o777


def test_what_a_copied_file_holds_can_be_read_but_not_spent(tmp_path: Path) -> None:
    """A file put back from a backup does not know what was spent since."""
    store = sqlite_state(tmp_path / "state.db")
    store.put("code:a", b"x", 60)
    store.put("code:b", b"x", 60)
    epoch = store.epoch()
    store.close()
    shutil.copy(tmp_path / "state.db", tmp_path / "copy.db")
    copy = sqlite_state(tmp_path / "copy.db")

    assert (None, None, b"x") == (copy.spend("code:a"), copy.take("code:b"), copy.get("code:a"))
    assert copy.epoch() > epoch


def test_a_file_locked_too_long_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While another process holds the file: a clean error; afterwards all is well."""
    monkeypatch.setattr("idp.storage.sqlite_state.LOCK_SECONDS", 1.0)
    store = sqlite_state(tmp_path / "state.db")
    store.put("code:a", b"x", 60)
    other = sqlite3.connect(tmp_path / "state.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StateUnavailable):
        store.put("code:a", b"y", 60)
    other.execute("COMMIT")
    other.close()
    store.put("code:a", b"y", 60)

    assert b"y" == store.get("code:a")


def epoch_of(path: Path, start: Barrier) -> str:
    be_patient()
    start.wait()
    return sqlite_state(path).epoch().isoformat()


def test_processes_that_start_together_agree(tmp_path: Path) -> None:
    """Workers meet an absent file at the same moment: one epoch, no error; five times over."""
    spawn = multiprocessing.get_context("spawn")
    with spawn.Manager() as shared, ProcessPoolExecutor(3, spawn) as workers:
        for number in range(5):
            start = shared.Barrier(3)
            asked = [workers.submit(epoch_of, tmp_path / f"{number}.db", start) for _ in range(3)]

            assert 1 == len({each.result(timeout=90) for each in asked})


def test_purging_says_how_much(tmp_path: Path) -> None:
    """More than a batch goes in one call."""
    store = sqlite_state(tmp_path / "state.db")
    for number in range(1100):
        store.once(f"jti:{number}", 10)
    store.put("code:a", b"x", 60)

    assert [1100, 0] == [store.purge(datetime.now(UTC) + timedelta(seconds=30)) for _ in range(2)]
    assert b"x" == store.get("code:a")


def test_puts_purge_by_themselves(tmp_path: Path) -> None:
    """The file stays small without a worker."""
    clock = [1000.0]
    store = sqlite_state(tmp_path / "state.db", lambda: clock[0])
    for number in range(1000):
        clock[0] += 1
        store.put(f"code:{number}", b"x", 10)
    (kept,) = sqlite3.connect(tmp_path / "state.db").execute("SELECT count(*) FROM state_records").fetchone()

    assert kept <= 10
