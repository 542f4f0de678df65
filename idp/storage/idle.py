"""Connections that wait for the next thread."""

import os
from collections.abc import Callable
from typing import Generic, TypeVar

C = TypeVar("C")


class Idle(Generic[C]):
    """
    A stack: the connection used last is the warmest. Threads bound its size, each using one at a time.

    In a forked child it starts empty, and what the parent had is kept aside untouched: closing it there would
    say goodbye over the parent's own socket, or drop its locks on a file.
    """

    def __init__(self, close: Callable[[C], None]) -> None:
        self._close = close
        self._waiting: list[C] = []
        self._process = os.getpid()
        self._of_the_parent: list[list[C]] = []

    def pop(self) -> C | None:
        """A connection that nobody uses."""
        if self._process != os.getpid():
            self._of_the_parent.append(self._waiting)
            self._waiting, self._process = [], os.getpid()
        try:
            return self._waiting.pop()
        except IndexError:
            return None

    def push(self, connection: C) -> None:
        """Give it back."""
        self._waiting.append(connection)

    def close(self) -> None:
        """Let go of all that wait."""
        while (connection := self.pop()) is not None:
            self._close(connection)
