"""One-time codes sent to a phone: six digits for one purpose in one browser, used once, guessed five times.

The code is sent to any phone alike, known or not. Counters and codes live in the state store under digests:
neither a phone nor a code can be read there.
"""

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from idp.crypto.handles import digest, new_handle
from idp.keys.vault import Vault
from idp.notices.sms import Sent, SmsGateway
from idp.storage.state import StateStore

AMR = frozenset({"sms"})
ATTEMPTS = 5
"""Guesses of one code before it is worth nothing."""
PAUSE = 60.0
"""Seconds between two messages to one browser."""
HOUR = 3600.0


class NotSent(StrEnum):
    """Why no code went out; the pages know these reason codes."""

    TOO_OFTEN = "code_too_often"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True)
class CodeLimits:
    """How many codes may be sent in an hour, and how long one is good for."""

    phone_per_hour: int = 5
    source_per_hour: int = 60
    lifetime: float = 600.0


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

    def send(self, asking: Asking, source: str, text: Callable[[str], str]) -> NotSent | None:
        """Send a new code, which replaces the one before; `text` puts the digits into words."""
        if not self.state.once(f"code-pause:{asking.name}", PAUSE):
            return NotSent.TOO_OFTEN
        phone = self.vault.digest("code", asking.phone).hex()
        sent = self.state.count(f"code-phone:{phone}", HOUR)
        asked = self.state.count(f"code-source:{digest(source)}", HOUR)
        if sent > self.limits.phone_per_hour or asked > self.limits.source_per_hour:
            return NotSent.TOO_OFTEN
        digits = f"{secrets.randbelow(1_000_000):06d}"
        serial = new_handle()
        kept = serial.encode() + self._mac(asking, serial, digits)
        self.state.put(f"code:{asking.name}", kept, self.limits.lifetime)
        answer = self.gateway.send(asking.phone, text(digits), reference=digest(serial)[:32])
        return None if isinstance(answer, Sent) else NotSent.UNAVAILABLE

    def check(self, asking: Asking, typed: str) -> bool:
        """Whether this is the last code sent; true once, and for nobody after too many guesses."""
        kept = self.state.get(f"code:{asking.name}")
        if kept is None:
            return False
        serial = kept[:SERIAL_LENGTH].decode()
        if self.state.count(f"code-tries:{digest(serial)}", self.limits.lifetime) > ATTEMPTS:
            return False
        if not hmac.compare_digest(kept[SERIAL_LENGTH:], self._mac(asking, serial, typed)):
            return False
        return self.state.take(f"code:{asking.name}") == kept

    def _mac(self, asking: Asking, serial: str, digits: str) -> bytes:
        """Six digits are soon guessed, so what is kept of them is keyed and bound to what they are for."""
        message = "|".join((asking.name, serial, digits)).encode("utf-8", "surrogatepass")
        return hmac.digest(self.vault.service_key("phone-code"), message, sha256)


SERIAL_LENGTH = 43
