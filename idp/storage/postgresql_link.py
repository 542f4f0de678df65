"""One connection to PostgreSQL, spoken to through libpq itself: a cursor would cost more than the query.

psycopg opens it, and turns values into parameters and rows into values.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from socket import socket
from typing import Any, Protocol

import psycopg
from psycopg import errors
from psycopg.adapt import PyFormat, Transformer
from psycopg.pq import ConnStatus, ExecStatus, Format
from psycopg.pq.abc import PGresult

from idp.storage.punctual import CONNECT, GRACE, Overdue, PunctualConnection

OVERDUE = Overdue()
LIMIT = 3.0
"""Seconds a statement may take."""
SETTINGS = " ".join(
    f"-c {setting}"
    for setting in (
        f"statement_timeout={LIMIT * 1000:.0f}",
        "plan_cache_mode=force_generic_plan",
        "enable_seqscan=off",
        "enable_bitmapscan=off",
        "enable_hashjoin=off",
        "enable_mergejoin=off",
        "jit=off",
    )
)
"""Statements find rows by key, one after another: planned once, and never for the few rows that their tables
held that day. A join that reads two tables whole is quicker then, and hopeless with a million rows."""


class Query(Protocol):
    """What is prepared: a statement with parameters $1, $2, … and their names in that order."""

    @property
    def postgresql(self) -> bytes: ...
    @property
    def names(self) -> Sequence[str]: ...


class PostgresqlLink:
    """Prepares every statement once, and gets whole answers in binary."""

    def __init__(self, address: str) -> None:
        self._connection = PunctualConnection.connect(
            address, autocommit=True, connect_timeout=CONNECT, options=SETTINGS
        )
        self._libpq = self._connection.pgconn
        self._line = socket(fileno=os.dup(self._libpq.socket))
        """To hang up from outside: a descriptor of our own, for libpq's may name another line by then."""
        self._adapter = Transformer(self._connection)
        self._prepared: dict[tuple[bytes, tuple[int, ...]], _Known] = {}

    def rows(self, query: Query, values: Mapping[str, Any]) -> Sequence[tuple[Any, ...]]:
        """Run a statement in its own transaction; raises psycopg.Error."""
        adapter = self._adapter
        given = [values[name] for name in query.names]
        parameters = adapter.dump_sequence(given, [PyFormat.AUTO] * len(given))
        types = adapter.types or ()
        known = self._prepared.get((query.postgresql, types)) or self._prepare(query.postgresql, types)
        asked = (known.name, parameters, adapter.formats, Format.BINARY)
        return known.read(self._answer(ExecStatus.TUPLES_OK, self._libpq.exec_prepared, *asked))

    def close(self) -> None:
        """Hang up."""
        self._connection.close()
        self._line.close()

    def _prepare(self, sql: bytes, types: tuple[int, ...]) -> "_Known":
        """The statement with parameters of these types, which depend on the values."""
        known = _Known(f"s{len(self._prepared)}".encode(), self._connection)
        self._answer(ExecStatus.COMMAND_OK, self._libpq.prepare, known.name, sql, types)
        self._prepared[sql, types] = known
        return known

    def _answer(self, wanted: ExecStatus, ask: Callable[..., PGresult], *arguments: object) -> PGresult:
        answer = OVERDUE.wait(self._line, LIMIT + GRACE, ask, *arguments)
        if answer.status == wanted:
            return answer
        if self._libpq.status != ConnStatus.OK:
            raise psycopg.OperationalError(self._libpq.get_error_message())
        raise errors.error_from_result(answer)


class _Known:
    """A statement the server knows by name; the types of its columns are looked up once."""

    def __init__(self, name: bytes, connection: PunctualConnection) -> None:
        self.name = name
        self._adapter = Transformer(connection)
        self._anew = True

    def read(self, answer: PGresult) -> Sequence[tuple[Any, ...]]:
        """The rows of an answer."""
        self._adapter.set_pgresult(answer, set_loaders=self._anew)
        self._anew = False
        return self._adapter.load_rows(0, answer.ntuples, tuple)
