"""One message handed to an HTTP gateway: within a deadline, past a breaker, with a line in the log.

A message is never repeated here, because a lost answer may hide a delivered message; whoever wants it sent
for certain repeats it through the outbox with the same reference.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import structlog

from idp.calling.breaker import Breaker
from idp.calling.wire import Answer, Deadline, Dropped, TimedOut, TooLong, Wire
from idp.notices.sms import NotSent, NotSentReason, Sent

MOST_BYTES = 16 * 1024
OUTAGES = (NotSentReason.TIMEOUT, NotSentReason.TRANSPORT)

log = structlog.get_logger("connectors.sms")


@dataclass(frozen=True)
class Letter:
    """A request as it goes over the wire; all of it is about one phone."""

    path: str = field(repr=False)
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)


class Courier:
    """The way to one gateway."""

    def __init__(
        self,
        base_url: str,
        *,
        connect_timeout: float = 3.0,
        total: float = 8.0,
        outages: int = 5,
        rest: float = 30.0,
        ca_file: str | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._wire = Wire(
            base_url, connect_timeout=connect_timeout, max_bytes=MOST_BYTES, ca_file=ca_file, keep_alive=False
        )
        self._total = total
        self._breaker = Breaker(threshold=outages, rest=rest, clock=monotonic)

    def hand_over(
        self, letter: Letter, read: Callable[[Answer], Sent | NotSent], reference: str
    ) -> Sent | NotSent:
        """Post it, and read the answer."""
        started = time.monotonic()
        outcome = self._guarded(letter, read)
        log.info(
            "sms.handed_over",
            reference=reference,
            outcome="sent" if isinstance(outcome, Sent) else outcome.reason.value,
            duration_ms=round((time.monotonic() - started) * 1000),
        )
        return outcome

    def _guarded(self, letter: Letter, read: Callable[[Answer], Sent | NotSent]) -> Sent | NotSent:
        if not self._breaker.admits():
            return NotSent(NotSentReason.BREAKER_OPEN)
        outcome: Sent | NotSent = NotSent(NotSentReason.TRANSPORT)
        try:
            outcome = self._posted(letter, read)
        finally:
            if isinstance(outcome, NotSent) and outcome.reason in OUTAGES:
                self._breaker.failed()
            else:
                self._breaker.worked()
        return outcome

    def _posted(self, letter: Letter, read: Callable[[Answer], Sent | NotSent]) -> Sent | NotSent:
        try:
            return read(
                self._wire.post(letter.path, letter.body, letter.headers, Deadline.after(self._total))
            )
        except TimedOut:
            return NotSent(NotSentReason.TIMEOUT)
        except (Dropped, TooLong):
            return NotSent(NotSentReason.TRANSPORT)


def refusal_by_status(status: int) -> NotSent | None:
    """What an answer says by its status alone, where the gateway's own words are missing."""
    if status == 429:
        return NotSent(NotSentReason.QUOTA)
    if 400 <= status < 500:
        return NotSent(NotSentReason.REFUSED)
    return None if status == 200 else NotSent(NotSentReason.TRANSPORT)
