"""SQL compiled once in a process, whichever database asked first: a run makes seven hundred of them."""

from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.util import LRUCache

COMPILED: LRUCache[Any, Any] = LRUCache(5_000)


def share() -> None:
    """SQLAlchemy keeps what it compiled by engine and by dialect; two dialects of one kind are equal here."""
    for kind in (SQLiteDialect_pysqlite, PGDialect_psycopg):
        kind.__eq__ = _same  # type: ignore[method-assign, assignment]
        kind.__hash__ = _kind  # type: ignore[method-assign, assignment]
    event.listen(Engine, "engine_connect", _connected)


def _same(one: Dialect, other: object) -> bool:
    return type(one) is type(other)


def _kind(one: Dialect) -> int:
    return hash(type(one))


def _connected(connection: Connection) -> None:
    connection.execution_options(compiled_cache=COMPILED)
