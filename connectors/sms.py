"""Messages over HTTP: JSON signed with a shared key, the shape the sandbox's inbox speaks."""

import base64
import hmac
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from connectors.sms_courier import Courier, Letter, refusal_by_status
from idp import clock
from idp.calling.wire import Answer
from idp.notices.sms import Message, NotSent, NotSentReason, Sent

TIMESTAMP = "x-sms-timestamp"
SIGNATURE = "x-sms-signature"


def sign_message(timestamp: str, body: bytes, key: str) -> str:
    """base64(HmacSHA256(timestamp + "." + body, key)); the timestamp is epoch milliseconds."""
    return base64.b64encode(hmac.digest(key.encode(), timestamp.encode() + b"." + body, "sha256")).decode()


class InboxSms:
    """Hands messages to the inbox, words and all."""

    speaks = True

    def __init__(
        self, url: str, key: str, *, now: Callable[[], datetime] = clock.now, **courier: Any
    ) -> None:
        address = urlsplit(url)
        self._courier = Courier(f"{address.scheme}://{address.netloc}", **courier)
        self._path = address.path or "/"
        self._key = key
        self._now = now

    def send(self, phone: str, message: Message, *, reference: str) -> Sent | NotSent:
        """Hand over one message; see the port."""
        told = {"phone": phone, "text": message.words, "reference": reference, "channel": message.channel}
        body = json.dumps(told).encode()
        timestamp = str(int(self._now().timestamp() * 1000))
        headers = {
            "content-type": "application/json",
            TIMESTAMP: timestamp,
            SIGNATURE: sign_message(timestamp, body, self._key),
        }
        return self._courier.hand_over(Letter(self._path, body, headers), _outcome, reference)


def _outcome(answer: Answer) -> Sent | NotSent:
    """A message counts as taken only when the gateway names it."""
    refused = refusal_by_status(answer.status)
    if refused:
        return refused
    try:
        message_id = json.loads(answer.body)["message_id"]
    except (ValueError, KeyError, TypeError, RecursionError):
        message_id = None
    return Sent(message_id) if isinstance(message_id, str) else NotSent(NotSentReason.TRANSPORT)
