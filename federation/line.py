"""The line to one upstream: deadlines, a repeat where the line broke, a breaker, few callers at once.

Connecting may take 3 s and a whole visit 8 s, however many calls it needs, so that somebody who waits at our
page learns soon that the upstream is out of order. What was posted is never posted twice: a code or a ticket
is spent by the first arrival.
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

import stamina
import structlog

from idp.calling.breaker import Breaker
from idp.calling.wire import Answer, Deadline, Dropped, TimedOut, TooLong, Wire

log = structlog.get_logger("federation.line")


class Fault(StrEnum):
    """Why a call brought no answer that can be used."""

    TIMEOUT = "timeout"
    TRANSPORT = "transport"
    SERVER_ERROR = "server_error"
    TOO_LONG = "too_long"
    NONSENSE = "nonsense"
    """An answer that is none of the protocol's."""
    BREAKER_OPEN = "breaker_open"
    BUSY = "busy"


class NoAnswer(Exception):
    """The call failed, for this reason."""

    def __init__(self, reason: Fault) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True)
class Limits:
    """How long and how often to try; seconds."""

    connect: float = 3.0
    total: float = 8.0
    attempts: int = 2
    slots: int = 4
    slot_wait: float = 1.0
    outages: int = 5
    rest: float = 30.0
    max_bytes: int = 256 * 1024


class Line:
    """Calls one upstream, at addresses on hosts that its settings or its discovery name."""

    def __init__(
        self,
        name: str,
        *,
        ca_file: str | None = None,
        limits: Limits | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name = name
        self._ca_file = ca_file
        self._limits = limits or Limits()
        self._breaker = Breaker(threshold=self._limits.outages, rest=self._limits.rest, clock=monotonic)
        self._slots = threading.BoundedSemaphore(self._limits.slots)
        self._wires: dict[str, Wire] = {}
        self._lock = threading.Lock()

    def deadline(self) -> Deadline:
        """A fresh deadline; all calls of one visit share it."""
        return Deadline.after(self._limits.total)

    @property
    def is_down(self) -> bool:
        """Whether the upstream was out of order when it was last asked, and is left alone for now."""
        return self._breaker.is_open

    def get(self, url: str, deadline: Deadline, headers: Mapping[str, str] | None = None) -> Answer:
        """Fetch a document; repeated once where the line broke. Raises NoAnswer."""
        wire, path = self._wire(url)
        return self._guarded(lambda: self._delivered(lambda: wire.get(path, deadline, headers), deadline))

    def get_once(self, url: str, deadline: Deadline) -> Answer:
        """Fetch what asking for it spends. Raises NoAnswer."""
        wire, path = self._wire(url)
        return self._guarded(lambda: wire.get(path, deadline))

    def post(self, url: str, body: bytes, headers: Mapping[str, str], deadline: Deadline) -> Answer:
        """Post something, once. Raises NoAnswer."""
        wire, path = self._wire(url)
        return self._guarded(lambda: wire.post(path, body, headers, deadline))

    def _wire(self, url: str) -> tuple[Wire, str]:
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        with self._lock:
            if origin not in self._wires:
                self._wires[origin] = Wire(
                    origin,
                    connect_timeout=self._limits.connect,
                    max_bytes=self._limits.max_bytes,
                    ca_file=self._ca_file,
                )
            return self._wires[origin], url[len(origin) :] or "/"

    def _guarded(self, send: Callable[[], Answer]) -> Answer:
        if not self._slots.acquire(timeout=self._limits.slot_wait):
            raise NoAnswer(Fault.BUSY)
        try:
            if not self._breaker.admits():
                raise NoAnswer(Fault.BREAKER_OPEN)
            outcome = "crashed"
            started = time.monotonic()
            try:
                answer = self._translated(send)
                outcome = "answered"
                return answer
            except NoAnswer as fault:
                outcome = fault.reason.value
                raise
            finally:
                (self._breaker.worked if outcome == "answered" else self._breaker.failed)()
                spent = round((time.monotonic() - started) * 1000)
                log.info("upstream.called", upstream=self._name, outcome=outcome, duration_ms=spent)
        finally:
            self._slots.release()

    def _translated(self, send: Callable[[], Answer]) -> Answer:
        try:
            answer = send()
        except Dropped:
            raise NoAnswer(Fault.TRANSPORT) from None
        except TimedOut:
            raise NoAnswer(Fault.TIMEOUT) from None
        except TooLong:
            raise NoAnswer(Fault.TOO_LONG) from None
        if answer.status >= 500 or answer.status == 429:
            raise NoAnswer(Fault.SERVER_ERROR)
        return answer

    def _delivered(self, send: Callable[[], Answer], deadline: Deadline) -> Answer:
        def worth_repeating(fault: Exception) -> bool:
            return isinstance(fault, Dropped) and deadline.left() > 0.5

        for attempt in stamina.retry_context(
            on=worth_repeating,
            attempts=self._limits.attempts,
            timeout=None,
            wait_initial=0.05,
            wait_max=0.2,
            wait_jitter=0.05,
        ):
            with attempt:
                return send()
        raise AssertionError("retry_context ends by returning or raising")
