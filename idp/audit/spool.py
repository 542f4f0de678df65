"""Routine token events, counted per worker in an append-only file that the sealer drains.

A token call must not wait for the database. Each process adds to its own counts and writes them down once a
second from a thread of its own; the worker turns the lines into rows. A killed process loses at most the
counts of its last second, never an act that changed anything: those are rows.
"""

import json
import os
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from uuid import UUID

from sqlalchemy.orm import Session

from idp.audit import trail
from idp.audit.events import TokensCounted
from idp.storage.database import Database

EVERY = 1.0

Part = str | int | UUID | frozenset[str]
"""What a key is made of; it becomes text when it is written down, not when it is counted."""
Line = tuple[tuple[str, ...], int]
"""A key and how often it was counted."""
Keep = Callable[[Session, Sequence[Line]], None]
"""Writes the counts of one file, in its transaction."""


class Spool:
    """Counts keys of several words in memory and appends them to this process's file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._counts: Counter[tuple[Part, ...]] = Counter()
        self._lock = threading.Lock()
        self._pid = 0

    def add(self, *key: Part) -> None:
        """One more; cheap and never fails."""
        with self._lock:
            self._counts[key] += 1
            if self._pid != os.getpid():
                self._pid = os.getpid()
                threading.Thread(target=self._write_always, name="spool", daemon=True).start()

    def flush(self) -> None:
        """Write what was counted since the last time."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
        if not counts:
            return
        lines = "".join(json.dumps([*map(_word, key), count]) + "\n" for key, count in counts.items())
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / f"{os.getpid()}.log").open("a") as file:
            file.write(lines)

    def _write_always(self) -> None:
        waiting = threading.Event()
        while not waiting.wait(EVERY):
            self.flush()


def drain(folder: Path, database: Database, keep: Keep) -> int:
    """Give `keep` the counts of each file once; gives how many lines there were.

    A file is moved away in one round and read in the next, when no writer can still hold it open.
    """
    drained = 0
    for file in sorted(folder.glob("*.draining")) if folder.is_dir() else []:
        lines = [line for text in file.read_text().splitlines() if (line := _read(text))]
        with database.writing() as db:
            keep(db, lines)
        file.unlink()
        drained += len(lines)
    for file in sorted(folder.glob("*.log")) if folder.is_dir() else []:
        file.rename(file.with_suffix(".draining"))
    return drained


def as_events(db: Session, lines: Sequence[Line]) -> None:
    """Keep counts of `(what, outcome, client)` as events of the trail."""
    for (what, outcome, client_id), count in lines:
        trail.record(db, TokensCounted(client_id=client_id, what=what, outcome=outcome, count=count))


def _word(part: Part) -> str:
    if isinstance(part, frozenset):
        return " ".join(sorted(part))
    return part.hex if isinstance(part, UUID) else str(part)


def _read(line: str) -> Line | None:
    """One count; None for the torn last line of a process that was killed while it wrote."""
    try:
        *key, count = json.loads(line)
    except ValueError:
        return None
    return tuple(map(str, key)), int(count)
