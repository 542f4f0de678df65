"""Rows into the table, a handful at once: COPY on PostgreSQL, one bulk statement on SQLite.

What is there already is looked for first, so that fresh rows need no merging. Two that import into one source
at the same time collide at the primary key: the second writes nothing of that handful.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from psycopg import errors
from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from idp.moving.models import ImportedAccount, ImportRun, State
from idp.moving.rows import Fault
from idp.moving.sealing import Batch, Ready

OWN = tuple(field.name for field in fields(Ready))
SHARED = ("source", "run_id", "state", "answer", "joined_by", "created_at")
TYPES = (
    *("uuid", "int4", "text", "bytea", "bytea", "bytea", "bytea", "bytea", "text", "text", "bool"),
    *("timestamptz", "text", "uuid", "text", "text", "text", "timestamptz"),
)
COPY = f"copy imported_accounts ({', '.join(OWN + SHARED)}) from stdin (format binary)"


class AlsoRunning(Exception):
    """Somebody else is importing into this source."""


@dataclass(frozen=True)
class Sorted:
    """What has to be done with the rows of a batch."""

    fresh: list[Ready]
    changed: list[Ready]
    unchanged: int
    repeated: list[int]
    """Lines whose id an earlier line of the same file has."""


def sort(db: Session, run_id: UUID, batch: Batch) -> Sorted:
    """Compare a batch with what is stored; somebody's joined account is not changed any more."""
    stored = _stored(db, batch.ready)
    fresh: list[Ready] = []
    changed: list[Ready] = []
    repeated: list[int] = []
    for row in batch.ready:
        there = stored.get(row.id)
        if there is None:
            fresh.append(row)
        elif there.run_id == run_id and there.line != row.line:
            repeated.append(row.line)
        elif there.content != row.content and there.state != State.JOINED:
            changed.append(row)
    unchanged = len(batch.ready) - len(fresh) - len(changed) - len(repeated)
    return Sorted(fresh, changed, unchanged, repeated)


def write(db: Session, run: ImportRun, sorted_: Sorted, now: datetime) -> None:
    """Write what is new and what is different; raises AlsoRunning. What was joined meanwhile stays erased."""
    shared = {
        "source": run.source,
        "run_id": run.id,
        "state": State.WAITING.value,
        "answer": "",
        "joined_by": "",
        "created_at": now,
    }
    try:
        _add(db, sorted_.fresh, shared)
    except (IntegrityError, errors.UniqueViolation):
        raise AlsoRunning(run.source) from None
    for row in sorted_.changed:
        told = vars(row) | {"run_id": run.id, "state": State.WAITING, "answer": ""}
        still = (ImportedAccount.id == row.id, ImportedAccount.state != State.JOINED)
        db.execute(update(ImportedAccount).where(*still).values(told))


def faults_of(batch: Batch, sorted_: Sorted) -> dict[int, tuple[Fault, ...]]:
    """Every fault of a batch by its line."""
    return dict(batch.faults) | dict.fromkeys(sorted_.repeated, (Fault.REPEATED,))


@dataclass(frozen=True)
class _Stored:
    run_id: UUID
    line: int
    content: bytes
    state: str


def _stored(db: Session, ready: Sequence[Ready]) -> dict[UUID, _Stored]:
    table = ImportedAccount
    query = select(table.id, table.run_id, table.line, table.content, table.state)
    found: dict[UUID, _Stored] = {}
    for start in range(0, len(ready), 500):
        ids = [row.id for row in ready[start : start + 500]]
        for row in db.execute(query.where(table.id.in_(ids))):
            found[row.id] = _Stored(row.run_id, row.line, row.content, row.state)
    return found


def _add(db: Session, fresh: Sequence[Ready], shared: dict[str, Any]) -> None:
    if not fresh:
        return
    if db.get_bind().dialect.name != "postgresql":
        db.execute(insert(ImportedAccount), [vars(row) | shared for row in fresh])
        return
    driver: Any = db.connection().connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    tail = tuple(shared[name] for name in SHARED)
    with driver.cursor() as cursor, cursor.copy(COPY) as copy:
        copy.set_types(TYPES)
        for row in fresh:
            copy.write_row((*vars(row).values(), *tail))
