"""The port to the authority that knows whether name, document and phone belong together, and who is alive."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from idp.persons.identifiers import DocumentType


@dataclass(frozen=True)
class Purpose:
    """Why and for whom the registry is asked; every call names it (population base, request header)."""

    system: str
    """Code of the asking system, for example ``yitong``."""
    matter: str
    """Code of the matter, for example ``registration``."""
    operator: str = "self-service"
    """Who asked: a member of staff, or the platform's registered operator for self-service."""


@dataclass(frozen=True)
class IdentityClaim:
    """A name, a document number and a phone that somebody says are theirs; the number is normalised."""

    kind: DocumentType
    number: str = field(repr=False)
    name: str = field(repr=False)
    purpose: Purpose
    phone: str | None = field(default=None, repr=False)
    """E.164, proven by a code; None when the person has none."""


class PhoneMatch(StrEnum):
    """What the registry says of the phone, the third kind of identity information (DB61/T 1127)."""

    MATCH = "match"
    MISMATCH = "mismatch"
    """Another phone is on file."""
    UNKNOWN = "unknown"
    """None is on file, or the registry was not asked."""


class MismatchReason(StrEnum):
    """Why the registry does not confirm the claim; public pages never tell NAME from NOT_FOUND."""

    NAME = "name"
    NOT_FOUND = "not_found"
    DECEASED = "deceased"


class UnavailableReason(StrEnum):
    """Why the registry gave no answer; such an attempt never counts against the person."""

    TIMEOUT = "timeout"
    TRANSPORT = "transport"
    QUOTA = "quota"
    UNTRUSTED_ANSWER = "untrusted_answer"
    BREAKER_OPEN = "breaker_open"
    REFUSED = "refused"


@dataclass(frozen=True)
class Verified:
    """Name and number belong together and the holder is alive; whether it is their phone stands beside."""

    authority: str
    """The registry that answered, for example ``public_security``."""
    request_id: str
    """The id under which the authority can find this call again."""
    at: datetime
    phone: PhoneMatch = PhoneMatch.UNKNOWN


@dataclass(frozen=True)
class Mismatch:
    """The registry answered, and the answer is not yes."""

    reason: MismatchReason
    authority: str
    request_id: str
    at: datetime


@dataclass(frozen=True)
class Unavailable:
    """No trustworthy answer could be had; ask again later."""

    reason: UnavailableReason


@dataclass(frozen=True)
class Unsupported:
    """No registry knows this kind of document; a window must prove it."""


class PersonRegistry(Protocol):
    """The authority on whether a name belongs to an identity document."""

    def verify(self, claim: IdentityClaim) -> Verified | Mismatch | Unavailable | Unsupported:
        """Ask once, within the deadlines of the adapter; never raises for what the world does."""
        ...


class NoRegistry:
    """No authority is connected: every document waits for a window."""

    def verify(self, claim: IdentityClaim) -> Verified | Mismatch | Unavailable | Unsupported:
        """Know nothing."""
        return Unsupported()
