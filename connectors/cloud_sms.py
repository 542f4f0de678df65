"""What the message services of clouds have in common: an account, templates, a place for each channel."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import SplitResult, urlsplit

import structlog

from connectors.sms_courier import Courier, Letter
from idp import clock
from idp.calling.wire import Answer
from idp.notices.sms import Channel, Message, NotSent, NotSentReason, Sent
from idp.notices.texts import SPOKEN

log = structlog.get_logger("connectors.sms")


@dataclass(frozen=True)
class SmsAccount:
    """What clouds ask for. Templates are named by topic, those in one language alone by `topic.language`."""

    url: str
    key_id: str
    key: str = field(repr=False)
    sign_name: str = ""
    region: str = ""
    app_id: str = ""
    templates: Mapping[str, str] = field(default_factory=dict)
    voice_url: str = ""
    voice_app_id: str = ""
    voice_number: str = ""
    voice_templates: Mapping[str, str] = field(default_factory=dict)

    def template(self, message: Message) -> str | None:
        """The template that says this, in the message's language or else in the one there is."""
        known = self.voice_templates if message.channel is Channel.VOICE else self.templates
        topics = [message.topic]
        if message.channel is Channel.VOICE:  # one template may do for whatever is read out
            topics.append(SPOKEN)
        named = (known.get(f"{topic}.{message.language}") or known.get(topic) for topic in topics)
        return next(filter(None, named), None)


class CloudSms(ABC):
    """Hands messages to a cloud as template and values; text and voice are services of their own there."""

    def __init__(
        self, account: SmsAccount, *, now: Callable[[], datetime] = clock.now, **courier: Any
    ) -> None:
        self.account = account
        self.now = now
        urls = {Channel.TEXT: account.url}
        if account.voice_url and account.voice_templates:
            urls[Channel.VOICE] = account.voice_url
        self._places = {channel: urlsplit(url) for channel, url in urls.items()}
        self._couriers = {
            channel: Courier(f"{place.scheme}://{place.netloc}", **courier)
            for channel, place in self._places.items()
        }

    @property
    def speaks(self) -> bool:
        """Whether calls can be made."""
        return Channel.VOICE in self._couriers

    def send(self, phone: str, message: Message, *, reference: str) -> Sent | NotSent:
        """Hand over one message; see the port. Without a template for it nothing leaves."""
        template, courier = self.account.template(message), self._couriers.get(message.channel)
        if template is None or courier is None:
            log.warning("sms.no_template", topic=message.topic, channel=message.channel.value)
            return NotSent(NotSentReason.REFUSED)
        letter = self.letter(self._places[message.channel], phone, message, template, reference)
        return courier.hand_over(letter, self.outcome, reference)

    @abstractmethod
    def letter(
        self, place: SplitResult, phone: str, message: Message, template: str, reference: str
    ) -> Letter:
        """The signed call."""

    @abstractmethod
    def outcome(self, answer: Answer) -> Sent | NotSent:
        """What the answer says; a message counts as taken only when it is named."""


def refusal_by_code(code: str, throttled: tuple[str, ...], passing: tuple[str, ...]) -> NotSent:
    """What a service's own code of refusal amounts to, by what it begins with."""
    if code.startswith(throttled):
        return NotSent(NotSentReason.QUOTA)
    if code.startswith(passing):
        return NotSent(NotSentReason.TRANSPORT)
    return NotSent(NotSentReason.REFUSED)
