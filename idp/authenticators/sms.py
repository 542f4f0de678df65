"""One-time codes sent to a phone: six digits for one purpose in one browser, used once, guessed five times.

The code is sent to any phone alike, known or not, and counted by the phone: a refusal tells that it was asked
for of late, and nothing of whose it is. Counters and codes live in the state store under digests: neither a
phone nor a code can be read there.
"""

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from idp import clock
from idp.authenticators import guesses, throttle
from idp.authenticators.guesses import Budget, Ledger
from idp.crypto.handles import digest, new_handle
from idp.keys.vault import Vault
from idp.notices.sms import Channel, Message, Sent, SmsGateway
from idp.persons import lookup
from idp.storage.state import StateStore
from idp.storage.tally import TWO_DAYS

AMR = frozenset({"sms"})
SPOKEN = frozenset({"tel"})
"""A code that was read out over the telephone (RFC 8176)."""
AMR_BY = {Channel.TEXT: AMR, Channel.VOICE: SPOKEN}
"""What a code proves, by the way it went."""
ATTEMPTS = 5
"""Guesses of one code before it is worth nothing."""
CODES = 1_000_000
"""How many different codes there are."""
PAUSE = 60.0
"""Seconds between two messages to one browser, and in which a phone gets no more than `AT_ONCE`."""
AT_ONCE = 3
"""Who has just registered may recover at once, and begin anew after a slip; a fourth message waits."""
HOUR = 3600.0


class NotSent(StrEnum):
    """Why no code went out; the pages know these reason codes."""

    TOO_SOON = "code_too_soon"
    """After `PAUSE` seconds it will."""
    TOO_OFTEN = "code_too_often"
    """In an hour."""
    SPENT = "codes_spent"
    """Tomorrow."""
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True)
class CodeLimits:
    """How many codes may be sent, how many guessed wrong, and how many seconds one is good for."""

    phone_per_hour: int = 5
    phone_per_day: int = 20
    source_per_hour: int = 60
    wrong_per_day: int = 9
    source_wrong_per_day: int = 9
    lifetime: float = 600.0
    """Of a code, unless it is sent to be good for longer."""

    @property
    def longest(self) -> float:
        """What is counted of a code is kept as long as any lives."""
        return self.lifetime * clock.PATIENCE


@dataclass(frozen=True)
class Asking:
    """Whose code, what for, and the browser it is bound to."""

    purpose: str
    phone: str
    """E.164."""
    browser: str
    """A handle only this browser has."""

    @property
    def name(self) -> str:
        """What the code is kept under; the handle in it keeps anybody from guessing the phone."""
        return digest(f"{self.purpose}|{self.browser}|{self.phone}")


@dataclass(frozen=True)
class PhoneCodes:
    """Sends codes and checks them."""

    state: StateStore
    vault: Vault
    gateway: SmsGateway
    limits: CodeLimits

    def send(
        self,
        asking: Asking,
        source: str,
        words: Callable[[str | None], Message],
        now: datetime,
        lifetime: float | None = None,
    ) -> NotSent | None:
        """
        Send a new code, which replaces the one before; `words` puts the digits into a message.

        It is good for `lifetime` seconds, at most `limits.longest`.

        Where today's guesses are used up the phone is told so instead (`words` gets None), not the browser.
        """
        refused = self._refusal(asking, source, now)
        if refused:
            return refused
        serial = new_handle()
        withheld = guesses.is_spent(self._budgets(asking, source, now))
        seconds = min(lifetime or self.limits.lifetime, self.limits.longest)
        digits = None if withheld else self._new_code(asking, serial, seconds)
        answer = self.gateway.send(asking.phone, words(digits), reference=digest(serial)[:32])
        return None if isinstance(answer, Sent) else NotSent.UNAVAILABLE

    def check(self, asking: Asking, typed: str, source: str, now: datetime) -> bool:
        """Whether this is the last code sent; true once, and for nobody after too many guesses."""
        kept = self.state.get(f"code:{asking.name}")
        if kept is None:
            return False
        serial = kept[:SERIAL_LENGTH].decode()
        if self.state.count(f"code-tries:{digest(serial)}", self.limits.longest) > ATTEMPTS:
            return False
        guess, wrongs = guesses.admit(self._budgets(asking, source, now)), self._wrongs(serial)
        right = hmac.compare_digest(kept[SERIAL_LENGTH:], self._mac(asking, serial, typed))
        if guess is None:
            return False
        if not right:
            wrongs.enter(guess)
            return False
        guesses.put_back(guess)
        if self.state.take(f"code:{asking.name}") != kept:
            return False
        wrongs.settle(ATTEMPTS)
        throttle.remember(self.state, self._who(asking, now), source)
        return True

    def _refusal(self, asking: Asking, source: str, now: datetime) -> NotSent | None:
        """
        Why nothing may be sent.

        Each count sees only what those before it let through: asking in vain uses up nobody's hour or day.
        """
        count, once = self.state.count, self.state.once
        phone = self.vault.digest("code", asking.phone).hex()
        if not once(f"code-pause:{asking.name}", PAUSE):
            return NotSent.TOO_SOON
        if count(f"code-source:{digest(source)}", HOUR) > self.limits.source_per_hour:
            return NotSent.TOO_OFTEN
        if not any(once(f"code-turn:{phone}:{turn}", PAUSE) for turn in range(AT_ONCE)):
            return NotSent.TOO_SOON
        if count(f"code-phone:{phone}", HOUR) > self.limits.phone_per_hour:
            return NotSent.TOO_OFTEN
        if count(f"code-day:{phone}:{clock.day(now):%Y%m%d}", TWO_DAYS) > self.limits.phone_per_day:
            return NotSent.SPENT
        return None

    def _new_code(self, asking: Asking, serial: str, lifetime: float) -> str:
        digits = f"{secrets.randbelow(CODES):06d}"
        kept = serial.encode() + self._mac(asking, serial, digits)
        self.state.put(f"code:{asking.name}", kept, lifetime)
        return digits

    def _budgets(self, asking: Asking, source: str, now: datetime) -> tuple[Budget, Budget]:
        who, limits = self._who(asking, now), self.limits
        return guesses.budgets(
            self.state, who, source, limits.wrong_per_day, limits.source_wrong_per_day, now
        )

    def _wrongs(self, serial: str) -> Ledger:
        return Ledger(self.state, digest(serial), self.limits.longest)

    def _who(self, asking: Asking, now: datetime) -> str:
        """The phone as the sign-in counts it: where one signs in with it is familiar here too."""
        return lookup.who(self.vault, lookup.read(asking.phone, now))

    def _mac(self, asking: Asking, serial: str, digits: str) -> bytes:
        """Six digits are soon guessed, so what is kept of them is keyed and bound to what they are for."""
        message = "|".join((asking.name, serial, digits)).encode("utf-8", "surrogatepass")
        return hmac.digest(self.vault.service_key("phone-code"), message, sha256)


SERIAL_LENGTH = 43
