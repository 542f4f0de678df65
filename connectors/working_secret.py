"""The platform's short-lived working secret: fetched once for everybody, renewed before it ends."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from idp.calling.wire import Deadline, TimedOut

EARLY = timedelta(seconds=60)
"""A secret this close to its end is not used any more: clocks differ and calls take time."""


@dataclass(frozen=True)
class WorkingSecret:
    """What signs calls until `ends`."""

    value: str = field(repr=False)
    ends: datetime


class Shelf(Protocol):
    """Where the current secret lies; workers that share one refresh less often."""

    def get(self) -> WorkingSecret | None: ...

    def put(self, secret: WorkingSecret) -> None: ...


class ProcessShelf:
    """A shelf of one process, which is enough: the platform lets several secrets live side by side."""

    def __init__(self) -> None:
        self._secret: WorkingSecret | None = None

    def get(self) -> WorkingSecret | None:
        return self._secret

    def put(self, secret: WorkingSecret) -> None:
        self._secret = secret


class SecretCache:
    """Hands out a live secret; concurrent callers cause one refresh."""

    def __init__(
        self,
        fetch: Callable[[Deadline], WorkingSecret],
        now: Callable[[], datetime],
        shelf: Shelf | None = None,
    ) -> None:
        self._fetch = fetch
        self._now = now
        self._shelf = shelf or ProcessShelf()
        self._refreshing = threading.Lock()

    def current(self, deadline: Deadline, *, refused: str | None = None) -> str:
        """
        The secret to sign with, but not `refused`, which the platform has just declined.

        Raises what `fetch` raises, and `TimedOut` when somebody else's refresh outlasts the deadline.
        """
        if secret := self._live(refused):
            return secret.value
        if not self._refreshing.acquire(timeout=deadline.left()):
            raise TimedOut("secret refresh")
        try:
            secret = self._live(refused) or self._fetch(deadline)
            self._shelf.put(secret)
            return secret.value
        finally:
            self._refreshing.release()

    def _live(self, refused: str | None) -> WorkingSecret | None:
        secret = self._shelf.get()
        usable = secret and secret.value != refused and self._now() + EARLY < secret.ends
        return secret if usable else None
