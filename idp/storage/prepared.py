"""Prepared statements close to the driver, for the paths that must do the least.

Autocommit connections, no ORM, no ping. A statement is written once with `:names`; both drivers
get it in their own spelling. Identifiers and moments come back as the driver keeps them
(`columns.identifier`, `columns.moment` turn them).
"""

import re
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from psycopg import errors
from sqlalchemy.engine import make_url

from idp.storage.columns import microseconds
from idp.storage.database import DatabaseUnavailable, first_line
from idp.storage.idle import Idle
from idp.storage.postgresql_link import PostgresqlLink
from idp.storage.punctual import SILENCE, outage_of

Row = Sequence[Any]

NAME = re.compile(r"(?<![:\w]):(\w+)")
TOOK_TOO_LONG = (*SILENCE, errors.QueryCanceled)


class Statement:
    """One SQL statement with named parameters."""

    def __init__(self, sql: str) -> None:
        self.sqlite = " ".join(sql.split())
        self.names = tuple(dict.fromkeys(NAME.findall(self.sqlite)))
        self.postgresql = NAME.sub(lambda name: f"${self.names.index(name[1]) + 1}", self.sqlite).encode()


@dataclass(frozen=True, slots=True)
class Writing:
    """One transaction of several writes, as each database can; the last of them answers with rows."""

    at_once: Statement
    """Everything in one statement, on databases whose `with` may write."""
    one_by_one: Sequence[Statement]
    """The same for SQLite: where the first finds nothing to write, none of them writes."""


class Prepared:
    """Runs statements on connections of its own to the database at `url`, one for each that runs at once."""

    def __init__(self, url: str) -> None:
        self._url = make_url(url)
        self._sqlite = self._url.get_backend_name() == "sqlite"
        self._files: Idle[sqlite3.Connection] = Idle(lambda connection: connection.close())
        self._links: Idle[PostgresqlLink] = Idle(lambda link: link.close())
        self._outage = outage_of(self._url.host, self._url.port)

    def one(self, statement: Statement, values: Mapping[str, Any]) -> Row | None:
        """The first row, or None. Each statement is its own transaction."""
        rows = self.all(statement, values)
        return rows[0] if rows else None

    def all(self, statement: Statement, values: Mapping[str, Any]) -> Sequence[Row]:
        """Every row of a statement that answers with rows (use RETURNING for writes)."""
        if self._sqlite:
            return self._on_sqlite([statement.sqlite], values)
        return self._on_postgresql(statement, values)

    def write(self, writing: Writing, values: Mapping[str, Any]) -> Sequence[Row]:
        """Run one transaction of several writes and give the rows it answers with."""
        if self._sqlite:
            texts = [statement.sqlite for statement in writing.one_by_one]
            return self._on_sqlite(["begin immediate", *texts], values)
        return self._on_postgresql(writing.at_once, values)

    def close(self) -> None:
        """Close every connection, once nobody asks any more."""
        self._files.close()
        self._links.close()

    def _on_sqlite(self, texts: Sequence[str], values: Mapping[str, Any]) -> Sequence[Row]:
        connection = self._files.pop() or _open_sqlite(str(self._url.database))
        plain = {name: _plain(value) for name, value in values.items()}
        try:
            with connection:  # commits what was begun, or takes it back
                rows: Sequence[Row] = [connection.execute(text, plain).fetchall() for text in texts][-1]
            return rows
        except sqlite3.OperationalError as failure:
            raise DatabaseUnavailable(str(failure)) from failure
        finally:
            self._files.push(connection)

    def _on_postgresql(self, statement: Statement, values: Mapping[str, Any]) -> Sequence[Row]:
        try:
            self._outage.knock()
            link = self._links.pop()
            return self._on_idle(link, statement, values) if link else self._afresh(statement, values)
        except (psycopg.OperationalError, psycopg.InterfaceError) as failure:
            self._outage.failed(failure)
            raise DatabaseUnavailable(first_line(failure)) from failure

    def _on_idle(
        self, link: PostgresqlLink, statement: Statement, values: Mapping[str, Any]
    ) -> Sequence[Row]:
        try:
            return self._ask(link, statement, values)
        except (psycopg.OperationalError, psycopg.InterfaceError) as failure:
            if isinstance(failure, TOOK_TOO_LONG):
                raise
        self._links.close()  # the server went away, so the others are as dead as this one
        return self._afresh(statement, values)

    def _afresh(self, statement: Statement, values: Mapping[str, Any]) -> Sequence[Row]:
        address = self._url.set(drivername="postgresql").render_as_string(hide_password=False)
        return self._ask(PostgresqlLink(address), statement, values)

    def _ask(self, link: PostgresqlLink, statement: Statement, values: Mapping[str, Any]) -> Sequence[Row]:
        try:
            rows = link.rows(statement, values)
        except (psycopg.OperationalError, psycopg.InterfaceError):
            link.close()
            raise
        except psycopg.Error:
            self._links.push(link)
            raise
        self._outage.heard()
        self._links.push(link)
        return rows


def _open_sqlite(path: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=256)
    for pragma in ("journal_mode=WAL", "busy_timeout=5000", "foreign_keys=ON", "synchronous=NORMAL"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def _plain(value: Any) -> Any:
    if isinstance(value, UUID):
        return value.hex
    return microseconds(value) if isinstance(value, datetime) else value
