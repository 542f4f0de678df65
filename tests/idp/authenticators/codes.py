"""Codes on a clock that can be moved, and a phone that keeps what it gets."""

import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from idp.authenticators.sms import CODES, Asking, CodeLimits, NotSent, PhoneCodes
from idp.crypto.handles import new_handle
from idp.keys.vault import Vault
from idp.notices import sms as gateways
from idp.notices import texts
from idp.notices.sms import Message, NotSentReason, Sent
from idp.storage.sqlite_state import sqlite_state
from tests.idp.persons.people import phone

MORNING = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
"""Nine o'clock in Beijing."""
HOME = "192.0.2.1"
ELSEWHERE = "198.51.100.1"
DAY = 86400
WITHHELD = "code.withheld"


@dataclass
class Phone:
    """A gateway that delivers into a list."""

    texts: list[str] = field(default_factory=list)
    away: bool = False
    speaks: bool = True

    def send(self, phone: str, message: Message, *, reference: str) -> Sent | gateways.NotSent:
        if self.away:
            return gateways.NotSent(NotSentReason.TIMEOUT)
        self.texts.append(message.words)
        return Sent("m")

    @property
    def code(self) -> str:
        found = re.search(r"\d{6}", self.texts[-1])
        assert found
        return found.group()

    @property
    def wrong(self) -> str:
        """Any other code."""
        return f"{(int(self.code) + 1) % CODES:06d}"


@dataclass
class Counter:
    """Codes being asked for and typed, at a time of its own."""

    codes: PhoneCodes
    phone: Phone
    at: list[float]

    @property
    def now(self) -> datetime:
        return datetime.fromtimestamp(self.at[0], UTC)

    def wait(self, seconds: float) -> None:
        """Let time pass for rules and store alike."""
        self.at[0] += seconds

    def limited(self, **limits: int) -> "Counter":
        """The same with other limits."""
        return replace(self, codes=replace(self.codes, limits=CodeLimits(**limits)))

    def send(self, asking: Asking, source: str = HOME) -> NotSent | None:
        def words(digits: str | None) -> Message:
            return (
                Message(WITHHELD, WITHHELD)
                if digits is None
                else texts.code("register", digits, 600, "zh-Hans")
            )

        return self.codes.send(asking, source, words, self.now)

    def check(self, asking: Asking, typed: str, source: str = HOME) -> bool:
        return self.codes.check(asking, typed, source, self.now)

    def prove(self, asking: Asking, source: str = HOME) -> bool:
        """Send a code and type it."""
        self.send(asking, source)
        return self.check(asking, self.phone.code, source)


def counter(folder: Path, vault: Vault) -> Counter:
    """An empty store in this folder, and the limits as delivered."""
    at, delivered = [MORNING.timestamp()], Phone()
    state = sqlite_state(folder / "state.db", lambda: at[0])
    return Counter(PhoneCodes(state, vault, delivered, CodeLimits()), delivered, at)


def asking(purpose: str = "register", index: int = 1) -> Asking:
    """A new browser that asks for a code to somebody's phone."""
    return Asking(purpose, phone(index), new_handle())
