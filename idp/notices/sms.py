"""The port to whoever delivers text messages, and speaks them where somebody cannot read one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class NotSentReason(StrEnum):
    """Why a message did not go out."""

    TIMEOUT = "timeout"
    TRANSPORT = "transport"
    QUOTA = "quota"
    REFUSED = "refused"
    BREAKER_OPEN = "breaker_open"


class Channel(StrEnum):
    """How a message reaches a phone."""

    TEXT = "text"
    VOICE = "voice"
    """A call that reads it out."""


@dataclass(frozen=True)
class Message:
    """What a phone is told: the words, and topic and values for gateways that have templates of their own."""

    topic: str
    words: str = field(repr=False)
    language: str = "zh-Hans"
    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    """In the order in which the words use them, for templates that number their places."""
    channel: Channel = Channel.TEXT


@dataclass(frozen=True)
class Sent:
    """The gateway took the message; that is not yet delivery."""

    message_id: str


@dataclass(frozen=True)
class NotSent:
    """Not taken, or nobody can know."""

    reason: NotSentReason

    @property
    def passing(self) -> bool:
        """Whether trying again later may help; a refused message stays refused."""
        return self.reason is not NotSentReason.REFUSED


class SmsGateway(Protocol):
    """Whoever delivers messages to phones."""

    @property
    def speaks(self) -> bool:
        """Whether it can call a phone and read a message out."""
        ...

    def send(self, phone: str, message: Message, *, reference: str) -> Sent | NotSent:
        """
        Hand over one message, within the deadlines of the adapter; never raises for what the world does.

        The phone is E.164 (``+86…``). The reference names the message; where the gateway knows
        references, one repeated is delivered once.
        """
        ...


class NoSms:
    """No gateway is connected: nothing leaves."""

    speaks = False

    def send(self, phone: str, message: Message, *, reference: str) -> Sent | NotSent:
        """Refuse, always."""
        return NotSent(NotSentReason.REFUSED)
