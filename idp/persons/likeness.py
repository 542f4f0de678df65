"""The port to the service that compares a living face with the photograph a registry has on file.

The face is looked at on the service's own pages: no picture reaches this provider, and none is kept. What
comes back is whether it is the same person, in which band the score lies, and the service's id of the call.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from idp.persons.registry import IdentityClaim, Unavailable, UnavailableReason, Unsupported


class Band(StrEnum):
    """How far the score is from doubt; the score itself says nothing to anybody."""

    HIGH = "high"
    MIDDLE = "middle"
    LOW = "low"


class Outcome(StrEnum):
    """What a comparison came to."""

    SAME = "same"
    NOT_SAME = "not_same"
    UNSURE = "unsure"
    """Too dark, moved, or between the thresholds: it says nothing about who it was."""
    NO_PHOTO = "no_photo"
    """The registry has no photograph to compare with."""


@dataclass(frozen=True)
class Sitting:
    """One comparison at the service: `reference` is our name for it, `token` the service's."""

    reference: str
    token: str = field(repr=False)
    url: str = field(repr=False)
    """Where the person shows their face, once."""


@dataclass(frozen=True)
class Compared:
    """The service has compared, and answers for this very claim and reference."""

    outcome: Outcome
    band: Band | None
    authority: str
    request_id: str
    """The id under which the service can find this call again."""
    at: datetime


class LikenessService(Protocol):
    """Whether the person in front of a camera is the one a registry knows by name and number."""

    @property
    def origin(self) -> str:
        """Where its pages are, as `scheme://host`."""
        ...

    def begin(self, claim: IdentityClaim, return_url: str) -> Sitting | Unavailable | Unsupported:
        """Prepare one comparison; the person goes to its address and comes back to ours."""
        ...

    def finish(self, claim: IdentityClaim, sitting: Sitting, ticket: str) -> Compared | Unavailable:
        """
        Ask what came of it; never raises for what the world does.

        Only the browser in which the face was shown has the `ticket`: it came back with it. An answer about
        anybody but `claim`, or to another sitting, is `UNTRUSTED_ANSWER`.
        """
        ...


class NoLikeness:
    """No such service is connected."""

    origin = ""

    def begin(self, claim: IdentityClaim, return_url: str) -> Sitting | Unavailable | Unsupported:
        """Begin nothing."""
        return Unsupported()

    def finish(self, claim: IdentityClaim, sitting: Sitting, ticket: str) -> Compared | Unavailable:
        """Know nothing."""
        return Unavailable(UnavailableReason.REFUSED)
