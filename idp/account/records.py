"""What the wizards remember for the minutes they take: sealed records, each bound to one browser's cookie."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from idp.assurance import BY_PHONE
from idp.consents.rules import Said
from idp.notices.sms import Channel
from idp.persons.claim import Claim
from idp.persons.registry import UnavailableReason, Verified


class Outcome(StrEnum):
    """What the authority said of a claim; the values are those of the page that tells it."""

    VERIFIED = "verified"
    UNCONFIRMED = "unconfirmed"
    """Name and number are right, and the authority has another phone on file."""
    PENDING = "pending"
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True)
class Checked:
    """A claim and what came of checking it."""

    claim: Claim
    outcome: Outcome
    verified: Verified | None = None
    unavailable: UnavailableReason | None = None


@dataclass(frozen=True)
class Registration:
    """A registration on its way: phone, code, identity, password."""

    phone: str = field(repr=False)
    """E.164."""
    locale: str
    started_at: datetime
    code_sent_at: datetime
    interaction: str | None = None
    """The handle of the sign-in it was begun in."""
    phone_proven: bool = False
    checked: Checked | None = None
    agreed: tuple[Said, ...] = ()
    """The agreements, as they were worded when agreed to."""
    agreed_sensitive: Said | None = None
    """The separate consent to processing the identity number (PIPL Art. 29)."""
    channel: Channel = Channel.TEXT
    """How the phone's code went out last."""
    code_seconds: float = 600.0
    """How long that code is good."""


@dataclass(frozen=True)
class Recovery:
    """A forgotten password on its way: phone, code, document, new password."""

    phone: str = field(repr=False)
    locale: str
    started_at: datetime
    code_sent_at: datetime
    interaction: str | None = None
    phone_proven: bool = False
    person_id: UUID | None = None
    """Whose password may be set: known once name and number have matched."""
    means: frozenset[str] = BY_PHONE
    """By what (`amr`), beside the document; it is spent for a day once the password is set."""
    channel: Channel = Channel.TEXT
    code_seconds: float = 600.0
