"""
A circuit breaker per service: after a run of outages, stop asking for a while, then let one call try.

Ours and not purgatory's: that one reads `time.time()` itself, so its half-open state cannot be tested
without waiting; half open, it lets every waiting caller through at once, which is the stampede a recovering
registry does not survive; and its counters are not safe under threads.
"""

import threading
from collections.abc import Callable


class Breaker:
    """Closed → open after `threshold` outages in a row → after `rest` seconds one probe decides."""

    def __init__(self, *, threshold: int, rest: float, clock: Callable[[], float]) -> None:
        self._threshold = threshold
        self._rest = rest
        self._clock = clock
        self._lock = threading.Lock()
        self._outages = 0
        self._opened_at: float | None = None
        self._probing = False

    @property
    def is_open(self) -> bool:
        """Whether nobody but a probe may call at the moment."""
        with self._lock:
            return self._opened_at is not None and self._clock() < self._opened_at + self._rest

    def admits(self) -> bool:
        """Whether this call may go out; whoever is admitted reports `worked` or `failed`."""
        with self._lock:
            if self._opened_at is None:
                return True
            if self._probing or self._clock() < self._opened_at + self._rest:
                return False
            self._probing = True
            return True

    def worked(self) -> None:
        """The counterpart answered, whatever it said."""
        with self._lock:
            self._outages, self._opened_at, self._probing = 0, None, False

    def failed(self) -> None:
        """The counterpart is out of order."""
        with self._lock:
            self._outages += 1
            if self._probing or self._outages >= self._threshold:
                self._opened_at, self._probing = self._clock(), False


class Breakers:
    """One breaker for each service code, made when first asked for."""

    def __init__(self, *, threshold: int, rest: float, clock: Callable[[], float]) -> None:
        self._threshold, self._rest, self._clock = threshold, rest, clock
        self._breakers: dict[str, Breaker] = {}
        self._lock = threading.Lock()

    def of(self, sid: str) -> Breaker:
        with self._lock:
            if sid not in self._breakers:
                self._breakers[sid] = Breaker(threshold=self._threshold, rest=self._rest, clock=self._clock)
            return self._breakers[sid]
