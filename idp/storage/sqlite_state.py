"""The state store in a SQLite file of its own, the default of one machine.

The epoch's row names the boot of the machine and the inode of the file: after a power cut, and in a file
copied back from elsewhere, they differ. `synchronous=NORMAL` loses nothing to a killed process.
"""

import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path

from idp.storage.sql_state import Parameter, Row, SqlStateStore
from idp.storage.state import StateUnavailable

BOOT = Path("/proc/sys/kernel/random/boot_id")
LOCK_SECONDS = 1.0
TABLES = """
CREATE TABLE IF NOT EXISTS state_epoch (began INTEGER NOT NULL, origin TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS state_records
    (key TEXT PRIMARY KEY, value BLOB, number INTEGER NOT NULL, epoch INTEGER, expires REAL NOT NULL);
CREATE INDEX IF NOT EXISTS state_records_expires ON state_records (expires);
"""


def sqlite_state(path: Path, clock: Callable[[], float] = time.time) -> SqlStateStore:
    """A store in the file at `path`, made (readable by its owner alone) if it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    writing = threading.Lock()
    return SqlStateStore(lambda now: SqliteConnection(path, writing, now), clock)


class SqliteConnection:
    """One connection; threads of a process queue for writing here instead of polling the file's lock."""

    def __init__(self, path: Path, writing: threading.Lock, now: float) -> None:
        self._writing = writing
        try:
            self._file = sqlite3.connect(
                path, timeout=LOCK_SECONDS, isolation_level=None, check_same_thread=False
            )
            self._file.execute("PRAGMA synchronous=NORMAL")
            with writing:
                self._write_ahead(time.monotonic() + LOCK_SECONDS)
                self._begin(_origin(path), int(now * 1e6))
        except (sqlite3.Error, OSError) as failure:
            raise StateUnavailable(f"{path}: {failure}") from failure

    def rows(self, statement: str, *parameters: Parameter) -> list[Row]:
        """Run a statement in its own transaction; raises StateUnavailable."""
        try:
            if statement.startswith("SELECT"):
                return self._file.execute(statement, parameters).fetchall()
            with self._writing:
                return self._file.execute(statement, parameters).fetchall()
        except sqlite3.Error as failure:
            raise StateUnavailable(f"state file: {failure}") from failure

    def close(self) -> None:
        """Let go of it."""
        self._file.close()

    def _write_ahead(self, deadline: float) -> None:
        """Switch a new file to WAL; SQLite does not wait for other processes that do the same."""
        while True:
            try:
                self._file.execute("PRAGMA journal_mode=WAL")
                return
            except sqlite3.OperationalError:
                if time.monotonic() > deadline:
                    raise
            time.sleep(0.005)

    def _begin(self, origin: str, now: int) -> None:
        self._file.executescript(f"BEGIN IMMEDIATE; {TABLES} COMMIT")
        self._file.execute("BEGIN IMMEDIATE")
        held = self._file.execute("SELECT began, origin FROM state_epoch").fetchone()
        if held is None or held[1] != origin:
            began = max(now, held[0] + 1) if held else now
            self._file.execute("DELETE FROM state_epoch")
            self._file.execute("INSERT INTO state_epoch VALUES (?, ?)", (began, origin))
        self._file.execute("COMMIT")


def _origin(path: Path) -> str:
    boot = BOOT.read_text().strip() if BOOT.exists() else "unknown"
    return f"{boot} {path.stat().st_ino}"
