"""Forget rows a few hundred at a time, so that nobody waits behind a long delete."""

from collections.abc import Callable

from sqlalchemy import ColumnElement, delete, inspect, select, tuple_
from sqlalchemy.engine import CursorResult

from idp.storage.base import Base
from idp.storage.database import Database

BATCH = 500
ROUNDS = 20
"""Batches of one table in one go; what is left waits for the next."""


def purge(database: Database, table: type[Base], gone: ColumnElement[bool]) -> int:
    """Delete the rows for which `gone` holds, each batch in a transaction of its own; gives how many."""
    return _repeat(lambda: _batch(database, table, gone))


def _repeat(batch: Callable[[], int]) -> int:
    total = 0
    for _ in range(ROUNDS):
        removed = batch()
        total += removed
        if removed < BATCH:
            break
    return total


def _batch(database: Database, table: type[Base], gone: ColumnElement[bool]) -> int:
    key = inspect(table).primary_key
    which = key[0] if len(key) == 1 else tuple_(*key)
    with database.writing() as db:
        result = db.execute(delete(table).where(which.in_(select(*key).where(gone).limit(BATCH))))
        return result.rowcount if isinstance(result, CursorResult) else 0
