"""Waiting for PostgreSQL, but not for ever.

`statement_timeout` is kept by the server and TCP's timeouts by its kernel: one whose processes or disk stand
still keeps a client waiting in spite of both. So the client counts too, drops the connection on which nothing
came, and for a moment spares everybody else the same wait.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from socket import SHUT_RDWR, socket
from threading import Event, Lock, Thread
from time import monotonic
from typing import Any, TypeVar

import psycopg
from psycopg import errors
from psycopg.abc import PQGen

RV = TypeVar("RV")

GRACE = 0.5
"""Seconds the answer may come later than the server's own limit of a statement."""
LOOK = 0.25
"""Seconds between two looks at who is overdue."""
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
            self.pgconn.finish()
            raise Silent("the server does not answer") from silence

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


class Overdue:
    """Hangs up the lines on which nothing came in time.

    For who waits inside libpq: nobody counts there, but the interpreter is let go of and taken back once. A
    wait of psycopg's own does so several times, and may stand behind every other thread each time.
    """

    def __init__(self) -> None:
        self._due: dict[socket, float] = {}
        self._process = 0
        self._starting = Lock()

    def wait(self, line: socket, patience: float, ask: Callable[..., RV], *arguments: object) -> RV:
        """What is answered; raises Silent."""
        if self._process != os.getpid():
            self._start()
        self._due[line] = monotonic() + patience
        try:
            return ask(*arguments)
        finally:
            if self._due.pop(line, None) is None:  # exactly one of both takes it out
                raise Silent("the server does not answer")

    def _start(self) -> None:
        """In a forked child nothing of the parent's is due, and nobody looks."""
        with self._starting:
            if self._process != os.getpid():
                self._due = {}
                Thread(target=self._look_always, name="overdue", daemon=True).start()
                self._process = os.getpid()

    def _look_always(self) -> None:
        waiting = Event()
        while not waiting.wait(LOOK):
            for line, due in list(self._due.items()):
                if due < monotonic() and self._due.pop(line, None) is not None:
                    with suppress(OSError):  # it broke a moment ago
                        line.shutdown(SHUT_RDWR)


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
