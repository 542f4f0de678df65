"""What happens at service windows, as the trail keeps it."""

from dataclasses import dataclass

from idp.audit.events import Event


@dataclass(frozen=True, kw_only=True)
class WindowWitnessed(Event):
    """A device read a document, and an operator stood by it."""

    topic = "window.witnessed"
    operator: str
    reader: str
    purpose: str
    request_id: str


@dataclass(frozen=True, kw_only=True)
class WindowRefused(Event):
    """An assertion from a window was not believed, or shows somebody else than whose account it names."""

    topic = "window.refused"
    reason: str


@dataclass(frozen=True, kw_only=True)
class SlipIssued(Event):
    """A one-time slip was printed at a window; it works after the hold, in seconds."""

    topic = "slip.issued"
    operator: str
    hold: int


@dataclass(frozen=True, kw_only=True)
class SlipUsed(Event):
    """A slip opened the account it was printed for."""

    topic = "slip.used"


@dataclass(frozen=True, kw_only=True)
class SlipStopped(Event):
    """A slip works no longer."""

    topic = "slip.stopped"
    reason: str


@dataclass(frozen=True, kw_only=True)
class CaseOpened(Event):
    """An operator says that a document is in the wrong hands."""

    topic = "case.opened"
    case: str
    operator: str


@dataclass(frozen=True, kw_only=True)
class CaseApproved(Event):
    """A second operator agreed: the document went to its owner at once."""

    topic = "case.approved"
    case: str
    operator: str


@dataclass(frozen=True, kw_only=True)
class CaseUndone(Event):
    """A third operator put everything back."""

    topic = "case.undone"
    case: str
    operator: str
