"""Prepared statements close to the driver, for the paths that must do the least.

Autocommit connections, no ORM, no ping. A statement is written once with `:names`; both drivers
get it in their own spelling. Identifiers and moments come back as the driver keeps them
(`columns.identifier`, `columns.moment` turn them).
"""

import re
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from psycopg import errors
from sqlalchemy.engine import make_url

from idp.storage.columns import microseconds
from idp.storage.database import DatabaseUnavailable, first_line
from idp.storage.idle import Idle
from idp.storage.punctual import CONNECT, GRACE, SILENCE, PunctualConnection, outage_of

Row = Sequence[Any]

LIMIT = 3.0
"""Seconds one of these statements may take."""
TOOK_TOO_LONG = (*SILENCE, errors.QueryCanceled)


class Statement:
    """One SQL statement with named parameters."""

    def __init__(self, sql: str) -> None:
        self.sqlite = " ".join(sql.split())
        self.postgresql = re.sub(r"(?<![:\w]):(\w+)", r"%(\1)s", self.sqlite.replace("%", "%%"))


class Prepared:
    """Runs statements on connections of its own to the database at `url`, one for each that runs at once."""

    def __init__(self, url: str) -> None:
        self._url = make_url(url)
        self._sqlite = self._url.get_backend_name() == "sqlite"
        self._files: Idle[sqlite3.Connection] = Idle(lambda connection: connection.close())
        self._servers: Idle[psycopg.Cursor[Any]] = Idle(lambda cursor: cursor.connection.close())
        self._outage = outage_of(self._url.host, self._url.port)

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
        """Close every connection, once nobody asks any more."""
        self._files.close()
        self._servers.close()

    def _on_sqlite(self, sql: str, values: Mapping[str, Any]) -> Sequence[Row]:
        connection = self._files.pop() or _open_sqlite(str(self._url.database))
        try:
            return connection.execute(sql, {name: _plain(value) for name, value in values.items()}).fetchall()
        except sqlite3.OperationalError as failure:
            raise DatabaseUnavailable(str(failure)) from failure
        finally:
            self._files.push(connection)

    def _on_postgresql(self, sql: str, values: Mapping[str, Any]) -> Sequence[Row]:
        try:
            self._outage.knock()
            cursor = self._servers.pop()
            return self._on_idle(cursor, sql, values) if cursor else self._ask(self._connect(), sql, values)
        except (psycopg.OperationalError, psycopg.InterfaceError) as failure:
            self._outage.failed(failure)
            raise DatabaseUnavailable(first_line(failure)) from failure

    def _on_idle(self, cursor: psycopg.Cursor[Any], sql: str, values: Mapping[str, Any]) -> Sequence[Row]:
        try:
            return self._ask(cursor, sql, values)
        except (psycopg.OperationalError, psycopg.InterfaceError) as failure:
            if isinstance(failure, TOOK_TOO_LONG):
                raise
        self._servers.close()  # the server went away, so the others are as dead as this one
        return self._ask(self._connect(), sql, values)

    def _ask(self, cursor: psycopg.Cursor[Any], sql: str, values: Mapping[str, Any]) -> Sequence[Row]:
        try:
            rows = cursor.execute(sql, values, prepare=True).fetchall()
        except (psycopg.OperationalError, psycopg.InterfaceError):
            cursor.connection.close()
            raise
        except psycopg.Error:
            self._servers.push(cursor)
            raise
        self._outage.heard()
        self._servers.push(cursor)
        return rows

    def _connect(self) -> psycopg.Cursor[Any]:
        url = self._url.set(drivername="postgresql").render_as_string(hide_password=False)
        connection = PunctualConnection.connect(
            url, autocommit=True, connect_timeout=CONNECT, options=f"-c statement_timeout={LIMIT * 1000:.0f}"
        )
        connection.patience = LIMIT + GRACE
        connection.prepare_threshold = 0
        return connection.cursor(binary=True)


def _open_sqlite(path: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=256)
    for pragma in ("journal_mode=WAL", "busy_timeout=5000", "foreign_keys=ON", "synchronous=NORMAL"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def _plain(value: Any) -> Any:
    if isinstance(value, UUID):
        return value.hex
    return microseconds(value) if isinstance(value, datetime) else value
