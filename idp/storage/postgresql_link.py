"""One connection to PostgreSQL, spoken to through libpq itself: a cursor would cost more than the query.

psycopg opens it, waits for its answers, and turns values into parameters and rows into values.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from psycopg import errors
from psycopg.adapt import PyFormat, Transformer
from psycopg.generators import execute
from psycopg.pq import ExecStatus, Format
from psycopg.pq.abc import PGresult

from idp.storage.punctual import CONNECT, GRACE, PunctualConnection

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
        self._connection.patience = LIMIT + GRACE
        self._libpq = self._connection.pgconn
        self._adapter = Transformer(self._connection)
        self._prepared: dict[tuple[bytes, tuple[int, ...]], bytes] = {}

    def rows(self, query: Query, values: Mapping[str, Any]) -> Sequence[tuple[Any, ...]]:
        """Run a statement in its own transaction; raises psycopg.Error."""
        adapter = self._adapter
        given = [values[name] for name in query.names]
        parameters = adapter.dump_sequence(given, [PyFormat.AUTO] * len(given))
        types = adapter.types or ()
        name = self._prepared.get((query.postgresql, types)) or self._prepare(query.postgresql, types)
        self._libpq.send_query_prepared(name, parameters, adapter.formats, Format.BINARY)
        answer = self._answer(ExecStatus.TUPLES_OK)
        adapter.set_pgresult(answer)
        return adapter.load_rows(0, answer.ntuples, tuple)

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def _prepare(self, sql: bytes, types: tuple[int, ...]) -> bytes:
        """A name for the statement with parameters of these types, which depend on the values."""
        name = f"s{len(self._prepared)}".encode()
        self._libpq.send_prepare(name, sql, types)
        self._answer(ExecStatus.COMMAND_OK)
        self._prepared[sql, types] = name
        return name

    def _answer(self, wanted: ExecStatus) -> PGresult:
        answer: PGresult = self._connection.wait(execute(self._libpq))[-1]
        if answer.status != wanted:
            raise errors.error_from_result(answer)
        return answer
