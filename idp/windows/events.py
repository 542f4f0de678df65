"""What happens at service windows, as the trail keeps it."""

from dataclasses import dataclass

from idp.audit.events import Event

KEY, COMMAND = "key", "command"
"""By what an operator answers: their own signature, or an administrator who acts in their name."""


@dataclass(frozen=True)
class Vouched:
    """By what an operator has answered: `KEY`, `COMMAND`, or a factor (`amr`) given at their page."""

    by: str = KEY
    session: str = ""
    """The session of the staff realm in which the factor was given."""


@dataclass(frozen=True, kw_only=True)
class WindowWitnessed(Event):
    """A device read a document, and an operator stood by it; `request_id` is the digest of what it signed."""

    topic = "window.witnessed"
    operator: str
    reader: str
    purpose: str
    request_id: str
    by: str = KEY
    session: str = ""


@dataclass(frozen=True, kw_only=True)
class WindowRefused(Event):
    """An assertion from a window was not believed, or shows somebody else than whose account it names.

    Or its operator did not stand by it (`REFUSED`), and then who, for which reading, by which proof.
    """

    topic = "window.refused"
    reason: str
    operator: str = ""
    request_id: str = ""
    by: str = ""
    session: str = ""


REFUSED = "refused_by_operator"


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
    by: str = COMMAND
    session: str = ""


@dataclass(frozen=True, kw_only=True)
class CaseRefused(Event):
    """A second operator did not agree: everything stays as it is."""

    topic = "case.refused"
    case: str
    operator: str
    by: str = COMMAND
    session: str = ""


@dataclass(frozen=True, kw_only=True)
class CaseUndone(Event):
    """A third operator put everything back."""

    topic = "case.undone"
    case: str
    operator: str


@dataclass(frozen=True, kw_only=True)
class VisitBegun(Event):
    """A citizen let an operator do things for them for a while; `act` is the operator's person id."""

    topic = "visit.begun"
    act: str


@dataclass(frozen=True, kw_only=True)
class VisitUsed(Event):
    """An operator did something for a citizen at the counter."""

    topic = "visit.used"
    matter: str
    action: str
    act: str


@dataclass(frozen=True, kw_only=True)
class VisitEnded(Event):
    """Operator or citizen ended it."""

    topic = "visit.ended"
    by: str
