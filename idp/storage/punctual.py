"""Waiting for PostgreSQL, but not for ever.

`statement_timeout` is kept by the server and TCP's timeouts by its kernel: one whose processes or disk stand
still keeps a client waiting in spite of both. So the client counts too, drops the connection on which nothing
came, and for a moment spares everybody else the same wait.
"""

from collections.abc import Callable
from functools import cache
from time import monotonic
from typing import Any, TypeVar

import psycopg
from psycopg import errors, waiting
from psycopg.abc import PQGen
from psycopg.pq.abc import PGconn

RV = TypeVar("RV")

GRACE = 0.5
"""Seconds the answer may come later than the server's own limit of a statement."""
PING = 1.0
"""Seconds a server has to say that it is there."""
CONNECT = 2
"""Seconds it has to accept a connection (whole ones, and no fewer: libpq)."""
PAUSE = 1.0
"""Seconds between two tries of a server that fell silent."""
LONGEST_TRY = 10.0


class Silent(psycopg.OperationalError):
    """Nothing came in time; whether the server did what it was told is unknown."""


class StillSilent(psycopg.OperationalError):
    """Nothing was sent, because somebody else is waiting for this server or just gave it up."""


SILENCE = (Silent, errors.ConnectionTimeout)


class PunctualConnection(psycopg.Connection[Any]):
    """A connection that gives up a wait after `patience` seconds, and itself with it."""

    patience: float | None = None

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        """Wait for an answer; raises Silent."""
        try:
            return super().wait(gen, interval, self.patience if timeout is None else timeout)
        except errors._WaitTimeout as silence:
            raise _given_up(self.pgconn) from silence

    def ping(self) -> None:
        """Ask whether the server is there; raises OperationalError."""
        patience, autocommit = self.patience, self.autocommit
        self.patience = PING
        try:
            self.autocommit = True
            self.execute("select 1")
            self.autocommit = autocommit
        finally:
            self.patience = patience


def wait(libpq: PGconn, gen: PQGen[RV], patience: float) -> RV:
    """The same on a bare connection, with nothing around the wait; raises Silent."""
    try:
        return waiting.wait(gen, libpq.socket, patience, patience)
    except errors._WaitTimeout as silence:
        raise _given_up(libpq) from silence


def _given_up(libpq: PGconn) -> Silent:
    libpq.finish()
    return Silent("the server does not answer")


class Outage:
    """Whether a server fell silent: then one caller at a time tries it, and the others are told at once."""

    def __init__(self, tick: Callable[[], float] = monotonic) -> None:
        self._tick = tick
        self._try_again: float | None = None

    def knock(self) -> None:
        """Go in; raises StillSilent while somebody else is trying, or did a moment ago."""
        if self._try_again is None:
            return
        now = self._tick()
        if now < self._try_again:
            raise StillSilent("the server did not answer a moment ago")
        self._try_again = now + LONGEST_TRY

    def heard(self) -> None:
        """Note that it answered."""
        self._try_again = None

    def failed(self, failure: BaseException) -> None:
        """Note that it fell silent; any other failure is an answer."""
        if not isinstance(failure, StillSilent):
            self._try_again = self._tick() + PAUSE if isinstance(failure, SILENCE) else None


@cache
def outage_of(host: str | None, port: int | None) -> Outage:
    """What everybody in this process knows of one server."""
    return Outage()
