"""What happens in the console, as the trail keeps it."""

from dataclasses import dataclass

from idp.audit.events import Event


@dataclass(frozen=True, kw_only=True)
class AdministratorAppointed(Event):
    """Somebody was given a role; it counts at once, or when a second administrator has approved it."""

    topic = "administrator.appointed"
    role: str
    department: str
    counts: bool


@dataclass(frozen=True, kw_only=True)
class AdministratorApproved(Event):
    """A second administrator agreed to a role."""

    topic = "administrator.approved"
    role: str
    department: str


@dataclass(frozen=True, kw_only=True)
class AdministratorEnded(Event):
    """A role was taken away, or was not approved."""

    topic = "administrator.ended"
    role: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class AccessRefused(Event):
    """An administrator asked for a page that their roles do not open."""

    topic = "access.refused"
    page: str


@dataclass(frozen=True, kw_only=True)
class TrailSearched(Event):
    """An auditor read what the trail says about one person; `about` is their id, `filters` names the rest."""

    topic = "trail.searched"
    about: str
    filters: str


@dataclass(frozen=True, kw_only=True)
class LetterRead(Event):
    """Somebody looked at the letter on which operators link an agent."""

    topic = "letter.read"
    case: str
    digest: str


@dataclass(frozen=True, kw_only=True)
class PaperRead(Event):
    """Somebody looked at the paper on which an organisation is registered or represented."""

    topic = "paper.read"
    case: str
    digest: str


@dataclass(frozen=True, kw_only=True)
class DocumentCompared(Event):
    """The second operator of a case looked at the agent's name and document, to compare with the letter."""

    topic = "document.compared"
    case: str


@dataclass(frozen=True, kw_only=True)
class PersonLookedUp(Event):
    """An administrator looked for somebody by a number or a login, which is kept nowhere."""

    topic = "person.looked_up"
    purpose: str
    found: bool


@dataclass(frozen=True, kw_only=True)
class RowsTaken(Event):
    """An operator took home rows of an older system, with names and numbers; `what` says which."""

    topic = "import.rows_taken"
    source: str
    what: str
    rows: int
