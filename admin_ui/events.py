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
