"""The port to the authority that certifies people: whether a certificate leads to it and still holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from cryptography.x509 import Certificate

from idp.crypto.certificates import Distrust


class UnavailableReason(StrEnum):
    """Why nobody could say; such an attempt never counts against the person, and is never a yes."""

    TIMEOUT = "timeout"
    TRANSPORT = "transport"
    UNTRUSTED_ANSWER = "untrusted_answer"
    """Signed by somebody else, about another certificate, or too old."""
    BREAKER_OPEN = "breaker_open"


@dataclass(frozen=True)
class Good:
    """The certificate leads to a root we trust, and its authority has just said that it holds."""

    authority: str
    """The name of the authority that issued it."""
    chain: tuple[Certificate, ...]
    """The person's certificate and those up to the root."""


@dataclass(frozen=True)
class Revoked:
    """The authority has taken it back."""

    at: datetime


@dataclass(frozen=True)
class Untrusted:
    """It is nobody's proof of anything here."""

    reason: Distrust


@dataclass(frozen=True)
class Unavailable:
    """Whether it was revoked could not be learned; ask again later, or prove oneself in another way."""

    reason: UnavailableReason


Standing = Good | Revoked | Untrusted | Unavailable


class CertificateAuthority(Protocol):
    """Who knows which certificates hold."""

    def check(self, leaf: Certificate, sent: Sequence[Certificate], now: datetime) -> Standing:
        """Look once, within the deadlines of the adapter; never raises for what the world does.

        `sent` are further certificates that came along; nothing in them is believed unless a root says so.
        """
        ...
