"""What the trail says of moving in and out; sources and counts, and nobody's number."""

from dataclasses import dataclass

from idp.audit.events import Event


@dataclass(frozen=True, kw_only=True)
class SourceAdded(Event):
    """Accounts of another system are going to be read."""

    topic = "import.source_added"
    source: str


@dataclass(frozen=True, kw_only=True)
class AccountsImported(Event):
    """A file was read to its end."""

    topic = "import.finished"
    source: str
    run_id: str
    added: int
    changed: int
    faulty: int


@dataclass(frozen=True, kw_only=True)
class AccountJoined(Event):
    """An account of another system is now known to be this person's."""

    topic = "import.joined"
    source: str
    by: str


@dataclass(frozen=True, kw_only=True)
class SharedLoginClaimed(Event):
    """Somebody knew the password of a login that an enterprise shared in another system."""

    topic = "import.claimed"
    source: str


@dataclass(frozen=True, kw_only=True)
class ClaimClosed(Event):
    """An operator found that somebody who knew such a password has nothing to do for that enterprise."""

    topic = "import.claim_closed"
    source: str


@dataclass(frozen=True, kw_only=True)
class SubjectsMapped(Event):
    """A portal was told the subjects of its old users."""

    topic = "import.mapped"
    source: str
    asked: int
    told: int


@dataclass(frozen=True, kw_only=True)
class SubjectTold(Event):
    """A portal was told by which subject it will know a user it had before."""

    topic = "import.subject_told"
    source: str


@dataclass(frozen=True, kw_only=True)
class EverythingExported(Event):
    """Everything was written down for another system, sealed to a key."""

    topic = "export.finished"
    key: str
    persons: int
    accounts: int
