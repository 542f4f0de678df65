"""The engine and its short transactions: refusals commit, crashes roll back.

A request opens as many short transactions as it needs and never holds one while it hashes a password or asks
a registry, so that SQLite's single writer and PostgreSQL's connections stay free.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.exc import InterfaceError, InvalidatePoolError, OperationalError, TimeoutError
from sqlalchemy.orm import Session, sessionmaker

from idp.storage.columns import Vault
from idp.storage.punctual import CONNECT, GRACE, PunctualConnection, StillSilent, outage_of

UNAVAILABLE = (OperationalError, InterfaceError, TimeoutError, StillSilent)
"""Away, hung up, all connections busy, or silent."""


class Refusal(Exception):
    """An expected no. What was written before it, a failed attempt say, is kept."""


class DatabaseUnavailable(Exception):
    """The database could not be reached; nothing was acknowledged, trying again is safe."""


class Database:
    """One database: `reading()` and `writing()` give a session each."""

    def __init__(self, url: str, *, pool_size: int = 10, statement_timeout: float = 5.0) -> None:
        self.url = make_url(url)
        self.dialect = self.url.get_backend_name()
        self.vault: Vault | None = None
        self.engine = _engine(url, pool_size, statement_timeout)
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)
        self._outage = outage_of(self.url.host, self.url.port)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session for looking things up; nothing is committed, and what was read stays readable.

        On PostgreSQL each statement stands alone, which spares two trips; on SQLite all see one moment.
        """
        with self._session(begin="BEGIN", isolation_level="AUTOCOMMIT") as db:
            yield db

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session that commits at the end, also when the rule refused; any other exception undoes it."""
        with self._session(begin="BEGIN IMMEDIATE") as db:
            try:
                yield db
            except Refusal:
                db.commit()
                raise
            db.commit()

    @contextmanager
    def _session(self, begin: str, **postgresql: str) -> Iterator[Session]:
        options = {"begin": begin} if self.dialect == "sqlite" else postgresql
        try:
            self._outage.knock()
            with self._sessions(info={"vault": self.vault}) as db:
                db.connection(execution_options=options)
                self._outage.heard()
                yield db
        except UNAVAILABLE as failure:
            cause = getattr(failure, "orig", None) or failure
            self._outage.failed(cause)
            raise DatabaseUnavailable(first_line(cause)) from failure

    def dispose(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def first_line(failure: BaseException) -> str:
    """What a driver says, without the advice below it."""
    return (str(failure).splitlines() or [type(failure).__name__])[0]


def _engine(url: str, pool_size: int, statement_timeout: float) -> Engine:
    if make_url(url).get_backend_name() == "sqlite":
        _make_private(make_url(url).database)
        engine = create_engine(url, pool_size=pool_size, max_overflow=20, hide_parameters=True)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    engine = create_engine(
        url, pool_size=pool_size, max_overflow=pool_size, hide_parameters=True, pool_timeout=5
    )
    event.listen(engine, "do_connect", partial(_connect_postgresql, statement_timeout))
    event.listen(engine, "checkout", _ping)
    return engine


def _connect_postgresql(
    statement_timeout: float, _dialect: object, _record: object, given: list[Any], named: dict[str, Any]
) -> PunctualConnection:
    ours = {"connect_timeout": CONNECT, "options": f"-c statement_timeout={int(statement_timeout * 1000)}"}
    connection = PunctualConnection.connect(*given, **(named | ours))
    connection.patience = statement_timeout + GRACE
    return connection


def _ping(connection: PunctualConnection, _record: object, _proxy: object) -> None:
    """A connection that died in the pool is replaced, and so are its neighbours, without anybody noticing."""
    try:
        connection.ping()
    except psycopg.Error as failure:
        raise InvalidatePoolError(str(failure)) from failure


def _make_private(path: str | None) -> None:
    """A new file is for its owner alone; SQLite gives its companions the same mode."""
    if path and path != ":memory:" and Path(path).parent.is_dir():
        Path(path).touch(mode=0o600)


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "busy_timeout=5000", "foreign_keys=ON", "synchronous=NORMAL"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))
