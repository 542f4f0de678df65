"""The state store over SQL, in a SQLite file of its own or in PostgreSQL on connections of its own.

Every verb is one statement and one transaction, apart from any request's, so what was spent stays spent
whatever becomes of the request. Commits do not wait for the disk: a kill of our own processes loses nothing,
a crash of the machine may lose the last moments, and then the epoch moves, because the row that holds it
cannot survive such a crash (see `sqlite_state`, `postgresql_state`). Values name the epoch they were put in;
only those of the current one can be taken or spent.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import chain
from typing import Any, Protocol

from idp.storage.idle import Idle
from idp.storage.state import Lasting, StateUnavailable

Parameter = str | bytes | float
Row = tuple[Any, ...]

START = datetime(1970, 1, 1, tzinfo=UTC)
PUTS_BETWEEN_PURGES = 500

PUT = """INSERT INTO state_records (key, value, number, epoch, expires)
    VALUES {rows}
    ON CONFLICT (key) DO UPDATE SET value = excluded.value, number = 0,
        epoch = excluded.epoch, expires = excluded.expires
    RETURNING 1"""
ROW = "(?{}, ?{}, 0, (SELECT began FROM state_epoch), ?{})"
GET = "SELECT key, value FROM state_records WHERE expires > ?1 AND key IN ({keys})"
REPLACE = "UPDATE state_records SET value = ?2 WHERE key = ?1 AND expires > ?3 RETURNING 1"
TAKE = """DELETE FROM state_records
    WHERE key = ?1 AND expires > ?2 AND epoch = (SELECT began FROM state_epoch) RETURNING value"""
SPEND = """UPDATE state_records SET number = 1
    WHERE key = ?1 AND expires > ?2 AND number = 0 AND epoch = (SELECT began FROM state_epoch)
    RETURNING value"""
ONCE = """INSERT INTO state_records (key, number, expires) VALUES (?1, 1, ?3)
    ON CONFLICT (key) DO UPDATE SET expires = excluded.expires WHERE state_records.expires <= ?2
    RETURNING 1"""
COUNT = """INSERT INTO state_records (key, number, expires) VALUES (?1, 1, ?3)
    ON CONFLICT (key) DO UPDATE SET
        number = CASE WHEN state_records.expires <= ?2 THEN 1 ELSE state_records.number + 1 END,
        expires = CASE WHEN state_records.expires <= ?2 THEN excluded.expires ELSE state_records.expires END
    RETURNING number"""
EPOCH = "SELECT began FROM state_epoch"
PURGE = """DELETE FROM state_records WHERE key IN
    (SELECT key FROM state_records WHERE expires <= ?1 LIMIT 1000) RETURNING 1"""


class ConnectionLost(Exception):
    """The server hung up; a new connection may find it again."""


class Connection(Protocol):
    """One connection to one kind of database, its tables present and its epoch known."""

    def rows(self, statement: str, *parameters: Parameter) -> list[Row]:
        """Run a statement in its own transaction; raises ConnectionLost or StateUnavailable."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


class SqlStateStore:
    """Short-lived values in a table (see `StateStore`); they expire by the clock of the caller."""

    def __init__(self, connect: Callable[[float], Connection], clock: Callable[[], float]) -> None:
        self._connect = connect
        self._clock = clock
        self._idle: Idle[Connection] = Idle(lambda connection: connection.close())
        self._puts = 0

    def put(self, key: str, value: bytes, ttl: float) -> None:
        """Keep a value for that long, in place of what was there."""
        self.put_all({key: (value, ttl)})

    def put_all(self, values: Mapping[str, Lasting]) -> None:
        """Put one or more, in the order of their keys: so no two callers wait for each other."""
        now = self._clock()
        rows: list[tuple[Parameter, ...]]
        rows = [(key, value, now + ttl) for key, (value, ttl) in sorted(values.items())]
        self._rows(_putting(len(rows)), *chain.from_iterable(rows))
        self._puts += 1
        if self._puts % PUTS_BETWEEN_PURGES == 0:
            self._rows(PURGE, now)

    def get(self, key: str) -> bytes | None:
        """The living value, spent or not."""
        return self.get_all([key])[0]

    def get_all(self, keys: Sequence[str]) -> list[bytes | None]:
        """One or more living values by one statement, in the order of their keys."""
        found: dict[str, bytes] = dict(self._rows(_getting(len(keys)), self._clock(), *keys))
        return [found.get(key) for key in keys]

    def replace(self, key: str, value: bytes) -> bool:
        """Change a living value, keeping its expiry; false (and nothing kept) if it is gone by now."""
        return bool(self._rows(REPLACE, key, value, self._clock()))

    def take(self, key: str) -> bytes | None:
        """The value, for exactly one caller; it is gone afterwards."""
        return _value(self._rows(TAKE, key, self._clock()))

    def spend(self, key: str) -> bytes | None:
        """The value, for exactly one caller; it stays readable until it expires, so reuse can be seen."""
        return _value(self._rows(SPEND, key, self._clock()))

    def once(self, key: str, ttl: float) -> bool:
        """True for the first caller until that long has passed."""
        now = self._clock()
        return bool(self._rows(ONCE, key, now, now + ttl))

    def count(self, key: str, ttl: float) -> int:
        """How often this was asked in the current window, which began with the first and lasts that long."""
        now = self._clock()
        return int(self._rows(COUNT, key, now, now + ttl)[0][0])

    def epoch(self) -> datetime:
        """Since when the store remembers everything."""
        return START + timedelta(microseconds=self._rows(EPOCH)[0][0])

    def purge(self, now: datetime) -> int:
        """Remove what expired, a thousand at a time, and say how much."""
        removed = batch = len(self._rows(PURGE, now.timestamp()))
        while batch:
            removed += (batch := len(self._rows(PURGE, now.timestamp())))
        return removed

    def close(self) -> None:
        """Let go of all connections."""
        self._idle.close()

    def _rows(self, statement: str, *parameters: Parameter) -> list[Row]:
        connection = self._idle.pop()
        if connection is not None:
            try:
                return self._ask(connection, statement, parameters)
            except ConnectionLost:
                self._idle.close()  # the server went away, so the others are as dead as this one
        try:
            return self._ask(self._connect(self._clock()), statement, parameters)
        except ConnectionLost as failure:
            raise StateUnavailable(str(failure)) from failure

    def _ask(self, connection: Connection, statement: str, parameters: tuple[Parameter, ...]) -> list[Row]:
        try:
            rows = connection.rows(statement, *parameters)
        except ConnectionLost:
            connection.close()
            raise
        except StateUnavailable:
            self._idle.push(connection)
            raise
        self._idle.push(connection)
        return rows


@cache
def _putting(count: int) -> str:
    rows = (ROW.format(n, n + 1, n + 2) for n in range(1, 3 * count, 3))
    return PUT.format(rows=", ".join(rows))


@cache
def _getting(count: int) -> str:
    return GET.format(keys=", ".join(f"?{n}" for n in range(2, count + 2)))


def _value(rows: list[Row]) -> bytes | None:
    return rows[0][0] if rows else None
