"""
Text messages over HTTP: JSON signed with a shared key, the shape the sandbox's inbox speaks.

A message is never repeated here, because a lost answer may hide a delivered message; whoever wants it sent
for certain repeats it through the outbox with the same reference.
"""

import base64
import hmac
import json
import time
from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlsplit

import structlog

from connectors.breaker import Breaker
from connectors.wire import Answer, Deadline, Dropped, TimedOut, TooLong, Wire
from idp import clock
from idp.notices.sms import NotSent, NotSentReason, Sent

TIMESTAMP = "x-sms-timestamp"
SIGNATURE = "x-sms-signature"

log = structlog.get_logger("connectors.sms")


def sign_message(timestamp: str, body: bytes, key: str) -> str:
    """base64(HmacSHA256(timestamp + "." + body, key)); the timestamp is epoch milliseconds."""
    return base64.b64encode(hmac.digest(key.encode(), timestamp.encode() + b"." + body, "sha256")).decode()


class InboxSms:
    """Hands messages to an HTTP gateway, once each, within one deadline."""

    def __init__(
        self,
        url: str,
        key: str,
        *,
        connect_timeout: float = 3.0,
        total: float = 8.0,
        outages: int = 5,
        rest: float = 30.0,
        ca_file: str | None = None,
        now: Callable[[], datetime] = clock.now,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        address = urlsplit(url)
        base = f"{address.scheme}://{address.netloc}"
        self._wire = Wire(
            base, connect_timeout=connect_timeout, max_bytes=16 * 1024, ca_file=ca_file, keep_alive=False
        )
        self._path = address.path or "/"
        self._key = key
        self._total = total
        self._now = now
        self._breaker = Breaker(threshold=outages, rest=rest, clock=monotonic)

    def send(self, phone: str, text: str, *, reference: str) -> Sent | NotSent:
        """Hand over one message; see the port."""
        started = time.monotonic()
        outcome = self._guarded(json.dumps({"phone": phone, "text": text, "reference": reference}).encode())
        log.info(
            "sms.handed_over",
            reference=reference,
            outcome="sent" if isinstance(outcome, Sent) else outcome.reason.value,
            duration_ms=round((time.monotonic() - started) * 1000),
        )
        return outcome

    def _guarded(self, body: bytes) -> Sent | NotSent:
        if not self._breaker.admits():
            return NotSent(NotSentReason.BREAKER_OPEN)
        outcome: Sent | NotSent = NotSent(NotSentReason.TRANSPORT)
        try:
            outcome = self._posted(body)
        finally:
            if isinstance(outcome, NotSent) and outcome.reason in OUTAGES:
                self._breaker.failed()
            else:
                self._breaker.worked()
        return outcome

    def _posted(self, body: bytes) -> Sent | NotSent:
        timestamp = str(int(self._now().timestamp() * 1000))
        headers = {
            "content-type": "application/json",
            TIMESTAMP: timestamp,
            SIGNATURE: sign_message(timestamp, body, self._key),
        }
        try:
            return _outcome(self._wire.post(self._path, body, headers, Deadline.after(self._total)))
        except TimedOut:
            return NotSent(NotSentReason.TIMEOUT)
        except (Dropped, TooLong):
            return NotSent(NotSentReason.TRANSPORT)


OUTAGES = (NotSentReason.TIMEOUT, NotSentReason.TRANSPORT)


def _outcome(answer: Answer) -> Sent | NotSent:
    """A message counts as taken only when the gateway names it."""
    if answer.status == 429:
        return NotSent(NotSentReason.QUOTA)
    if 400 <= answer.status < 500:
        return NotSent(NotSentReason.REFUSED)
    try:
        message_id = json.loads(answer.body)["message_id"] if answer.status == 200 else None
    except (ValueError, KeyError, TypeError, RecursionError):
        message_id = None
    return Sent(message_id) if isinstance(message_id, str) else NotSent(NotSentReason.TRANSPORT)
