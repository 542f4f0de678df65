"""Prepared statements close to the driver, for the paths that must do the least.

One autocommit connection a thread, no ORM, no pool. A statement is written once with `:names`; both drivers
get it in their own spelling. Identifiers and moments come back as the driver keeps them
(`columns.identifier`, `columns.moment` turn them).
"""

import re
import sqlite3
import threading
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy.engine import make_url

from idp.storage.columns import microseconds
from idp.storage.database import DatabaseUnavailable, first_line

Row = Sequence[Any]


class Statement:
    """One SQL statement with named parameters."""

    def __init__(self, sql: str) -> None:
        self.sqlite = " ".join(sql.split())
        self.postgresql = re.sub(r"(?<![:\w]):(\w+)", r"%(\1)s", self.sqlite.replace("%", "%%"))


class Prepared:
    """Runs statements on this thread's own connection to the database at `url`."""

    def __init__(self, url: str) -> None:
        self._url = make_url(url)
        self._sqlite = self._url.get_backend_name() == "sqlite"
        self._local = threading.local()
        self._opened: list[sqlite3.Connection | psycopg.Connection[Any]] = []

    def one(self, statement: Statement, values: Mapping[str, Any]) -> Row | None:
        """The first row, or None. Each statement is its own transaction."""
        rows = self.all(statement, values)
        return rows[0] if rows else None

    def all(self, statement: Statement, values: Mapping[str, Any]) -> Sequence[Row]:
        """Every row of a statement that answers with rows (use RETURNING for writes)."""
        if self._sqlite:
            return self._on_sqlite(statement.sqlite, values)
        return self._on_postgresql(statement.postgresql, values)

    def close(self) -> None:
        """Close the connections of every thread, once none of them asks any more."""
        while self._opened:
            self._opened.pop().close()
        self._local = threading.local()

    def _on_sqlite(self, sql: str, values: Mapping[str, Any]) -> Sequence[Row]:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = _open_sqlite(str(self._url.database))
            self._opened.append(connection)
        try:
            return connection.execute(sql, {name: _plain(value) for name, value in values.items()}).fetchall()
        except sqlite3.OperationalError as failure:
            raise DatabaseUnavailable(str(failure)) from failure

    def _on_postgresql(self, sql: str, values: Mapping[str, Any]) -> Sequence[Row]:
        fresh = False
        while True:
            cursor: psycopg.Cursor[Any] | None = getattr(self._local, "cursor", None)
            try:
                if cursor is None or cursor.connection.closed:
                    fresh = True  # before connecting, which may fail too: a second try would be the last one
                    cursor = self._connect()
                return cursor.execute(sql, values, prepare=True).fetchall()
            except (psycopg.OperationalError, psycopg.InterfaceError) as failure:
                self._forget(cursor)
                if fresh:
                    raise DatabaseUnavailable(first_line(failure)) from failure

    def _forget(self, cursor: "psycopg.Cursor[Any] | None") -> None:
        self._local.cursor = None
        if cursor is not None:
            cursor.connection.close()

    def _connect(self) -> "psycopg.Cursor[Any]":
        url = self._url.set(drivername="postgresql").render_as_string(hide_password=False)
        limits = "-c statement_timeout=5000"
        connection = psycopg.connect(url, autocommit=True, connect_timeout=3, options=limits)
        connection.prepare_threshold = 0
        self._opened.append(connection)
        self._local.cursor = connection.cursor(binary=True)
        cursor: psycopg.Cursor[Any] = self._local.cursor
        return cursor


def _open_sqlite(path: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=256)
    for pragma in ("journal_mode=WAL", "busy_timeout=5000", "foreign_keys=ON", "synchronous=NORMAL"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def _plain(value: Any) -> Any:
    if isinstance(value, UUID):
        return value.hex
    return microseconds(value) if isinstance(value, datetime) else value
