"""The port to whoever delivers text messages."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class NotSentReason(StrEnum):
    """Why a message did not go out."""

    TIMEOUT = "timeout"
    TRANSPORT = "transport"
    QUOTA = "quota"
    REFUSED = "refused"
    BREAKER_OPEN = "breaker_open"


@dataclass(frozen=True)
class Sent:
    """The gateway took the message; that is not yet delivery."""

    message_id: str


@dataclass(frozen=True)
class NotSent:
    """Not taken, or nobody can know; sending it again with the same reference is safe."""

    reason: NotSentReason

    @property
    def passing(self) -> bool:
        """Whether trying again later may help; a refused message stays refused."""
        return self.reason is not NotSentReason.REFUSED


class SmsGateway(Protocol):
    """Whoever delivers text messages to phones."""

    def send(self, phone: str, text: str, *, reference: str) -> Sent | NotSent:
        """
        Hand over one message, within the deadlines of the adapter; never raises for what the world does.

        The phone is E.164 (``+86…``). The reference names the message: one repeated is delivered once.
        """
        ...


class NoSms:
    """No gateway is connected: nothing leaves."""

    def send(self, phone: str, text: str, *, reference: str) -> Sent | NotSent:
        """Refuse, always."""
        return NotSent(NotSentReason.REFUSED)
