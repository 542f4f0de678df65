"""The state store in PostgreSQL, for those who would rather not run Redis.

The records are logged, so people in mid-flow keep their place through a crash or a promoted standby, but
commits do not wait for the log (`synchronous_commit=off`). The epoch is a row of an unlogged table, which
crash recovery, a promoted standby and a restored base backup all find empty. A dump knows nothing of this:
leave both tables out of it (`--exclude-table-data='state_*'`). PgBouncer refuses session settings: avoid it.
"""

import time
from collections.abc import Callable
from typing import Any

import psycopg
from psycopg import errors
from psycopg.conninfo import make_conninfo
from sqlalchemy.engine import make_url

from idp.storage.punctual import CONNECT, SILENCE, Outage, PunctualConnection, StillSilent, outage_of
from idp.storage.sql_state import ConnectionLost, Parameter, Row, SqlStateStore
from idp.storage.state import StateUnavailable

SETTINGS = "-c synchronous_commit=off -c statement_timeout=1000 -c application_name=yitong-state"
PATIENCE = 1.5
"""Seconds; the server itself gives up after one."""
OUR_LOCK = 0x79697469  # "yiti": CREATE IF NOT EXISTS alone loses races
TABLES = (
    """CREATE TABLE IF NOT EXISTS state_records (key text PRIMARY KEY, value bytea, number bigint NOT NULL,
        epoch bigint, expires double precision NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS state_records_expires ON state_records (expires)",
    """CREATE UNLOGGED TABLE IF NOT EXISTS state_epoch
        (only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one), began bigint NOT NULL)""",
)
BEGIN_EPOCH = """INSERT INTO state_epoch (began)
    SELECT GREATEST(%s, (SELECT coalesce(max(epoch), 0) + 1 FROM state_records)) ON CONFLICT DO NOTHING"""


def postgresql_state(url: str, clock: Callable[[], float] = time.time) -> SqlStateStore:
    """A store in the database at `url` (`postgresql://…`, SQLAlchemy's `postgresql+psycopg://…` too)."""
    dsn = make_conninfo(
        url.replace("postgresql+psycopg://", "postgresql://", 1),
        connect_timeout=CONNECT,
        tcp_user_timeout=1000,
        options=SETTINGS,
    )
    address = make_url(url)
    outage = outage_of(address.host, address.port)
    return SqlStateStore(lambda now: PostgresqlConnection(dsn, now, outage), clock)


class PostgresqlConnection:
    """One autocommit connection that prepares every statement once."""

    def __init__(self, dsn: str, now: float, outage: Outage) -> None:
        self._spelling: dict[str, bytes] = {}
        self._outage = outage
        try:
            outage.knock()
            self._server = PunctualConnection.connect(dsn, autocommit=True)
            self._server.patience = PATIENCE
            _begin(self._server, int(now * 1e6))
            self._cursor = psycopg.RawCursor[Any](self._server)
        except psycopg.Error as failure:
            outage.failed(failure)
            raise StateUnavailable(f"PostgreSQL: {failure}") from failure
        outage.heard()

    def rows(self, statement: str, *parameters: Parameter) -> list[Row]:
        """Run a statement in its own transaction; raises ConnectionLost or StateUnavailable."""
        spelled = self._spelling.get(statement)
        if spelled is None:
            spelled = self._spelling[statement] = statement.replace("?", "$").encode()
        try:
            self._outage.knock()
            rows = self._cursor.execute(spelled, parameters, prepare=True, binary=True).fetchall()
        except psycopg.Error as failure:
            self._outage.failed(failure)
            if self._is_lost(failure):
                raise ConnectionLost(f"PostgreSQL: {failure}") from failure
            raise StateUnavailable(f"PostgreSQL: {failure}") from failure
        self._outage.heard()
        return rows

    def close(self) -> None:
        """Let go of it."""
        self._server.close()

    def _is_lost(self, failure: psycopg.Error) -> bool:
        """Whether another connection may do better."""
        if isinstance(failure, (*SILENCE, StillSilent)):
            return False
        return self._server.broken or isinstance(failure, errors.ReadOnlySqlTransaction)


def _begin(server: psycopg.Connection[Any], now: int) -> None:
    """Make what is missing: the tables once, the epoch after every loss."""
    try:
        if server.execute("SELECT began FROM state_epoch").fetchone():
            return
    except errors.UndefinedTable:
        with server.transaction():
            server.execute("SELECT pg_advisory_xact_lock(%s)", [OUR_LOCK])
            for table in TABLES:
                server.execute(table)
    server.execute(BEGIN_EPOCH, [now])
