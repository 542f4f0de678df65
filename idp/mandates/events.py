"""What happens to mandates, as the trail keeps it: by id and code, for who is meant stands in the mandate."""

from dataclasses import dataclass

from idp.audit.events import Event


@dataclass(frozen=True, kw_only=True)
class MandateEvent(Event):
    """Something that happened to one mandate; `person_id` is who did it, or nobody where the clock did."""

    mandate: str
    organisation: str
    version: int


@dataclass(frozen=True, kw_only=True)
class MandateOffered(MandateEvent):
    """It was signed by its grantor and waits for the agent."""

    topic = "mandate.offered"
    role: str


@dataclass(frozen=True, kw_only=True)
class MandateAccepted(MandateEvent):
    """The agent said yes; it is in force from its first moment on."""

    topic = "mandate.accepted"


@dataclass(frozen=True, kw_only=True)
class MandateClosed(MandateEvent):
    """It never came into force: declined, cancelled, objected to, or nobody answered."""

    topic = "mandate.closed"
    reason: str


@dataclass(frozen=True, kw_only=True)
class MandateNarrowed(MandateEvent):
    """It allows less than before."""

    topic = "mandate.narrowed"


@dataclass(frozen=True, kw_only=True)
class MandateEnded(MandateEvent):
    """It is over: revoked, resigned, expired or superseded."""

    topic = "mandate.ended"
    reason: str


@dataclass(frozen=True, kw_only=True)
class MandateSuspended(MandateEvent):
    """It rests until the reason is gone."""

    topic = "mandate.suspended"
    reason: str


@dataclass(frozen=True, kw_only=True)
class MandateResumed(MandateEvent):
    """It is in force again."""

    topic = "mandate.resumed"


@dataclass(frozen=True, kw_only=True)
class MandateUsed(MandateEvent):
    """The one act it was for has been done."""

    topic = "mandate.used"
    matter: str


@dataclass(frozen=True, kw_only=True)
class MandateAsked(Event):
    """A portal asked what somebody may do, and was told."""

    topic = "mandate.asked"
    matter: str
    action: str
    purpose: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class MandateLinked(MandateEvent):
    """An operator opened a case at the window, or another approved it; who, says the actor."""

    topic = "mandate.linked"
    step: str
    digest: str
    """SHA-256 of the letter."""


@dataclass(frozen=True, kw_only=True)
class MembersExported(Event):
    """Somebody took the table of everybody who may act home; `rows` of them."""

    topic = "members.exported"
    organisation: str
    file: str
    rows: int


@dataclass(frozen=True, kw_only=True)
class MembersImported(Event):
    """A table of people was signed: `rows` of it were right, and so many invitations went out."""

    topic = "members.imported"
    organisation: str
    file: str
    rows: int
    invited: int


@dataclass(frozen=True, kw_only=True)
class HistoryExported(Event):
    """Somebody took an organisation's history home."""

    topic = "history.exported"
    organisation: str
    rows: int


@dataclass(frozen=True, kw_only=True)
class LetterIssued(MandateEvent):
    """A letter of authorisation was made of it, to be shown on paper."""

    topic = "letter.issued"
