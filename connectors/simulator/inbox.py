"""Messages the sandbox has sent, in memory, so that a newcomer can read the code."""

import re
import secrets
import threading
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime

BOUND = 500
CODE = re.compile(r"(?<!\d)\d(?: ?\d){5}(?!\d)", re.ASCII)
"""Read out, it has a pause after each digit."""


@dataclass(frozen=True)
class Message:
    """One message; `code` is the six-digit number in it, or empty."""

    message_id: str
    reference: str
    phone: str = field(repr=False)
    text: str = field(repr=False)
    at: datetime
    channel: str = "text"

    @property
    def code(self) -> str:
        found = CODE.search(self.text)
        return found.group().replace(" ", "") if found else ""

    def shown(self) -> dict[str, str]:
        """As ``GET /sms/inbox`` answers it."""
        return {
            "phone": self.phone,
            "text": self.text,
            "code": self.code,
            "at": self.at.isoformat(),
            "channel": self.channel,
        }


class Inbox:
    """The last messages, newest first; a repeated reference is kept once."""

    def __init__(self) -> None:
        self._messages: deque[Message] = deque(maxlen=BOUND)
        self._lock = threading.Lock()

    def receive(self, phone: str, text: str, reference: str, at: datetime, channel: str = "text") -> str:
        """Keep the message and name it; the same reference gets the same name."""
        with self._lock:
            for message in self._messages:
                if reference and message.reference == reference:
                    return message.message_id
            self._messages.appendleft(Message(secrets.token_hex(8), reference, phone, text, at, channel))
            return self._messages[0].message_id

    def of(self, phone: str = "") -> list[Message]:
        """Messages to this phone, with or without +86; all of them if it is empty."""
        with self._lock:
            return [m for m in self._messages if not phone or national(m.phone) == national(phone)]


def national(phone: str) -> str:
    """
    The digits of a number without the country code of China.

    A plus in a query string that nobody escaped arrives as a space; it falls away with the rest.
    """
    digits = "".join(character for character in phone if character.isdigit())
    return digits.removeprefix("0086").removeprefix("86") if len(digits) > 11 else digits
