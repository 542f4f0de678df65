"""The port to the authorities that know organisations: is this its name, does it live, who represents it?

Which authority is asked follows from the first two characters of the credit code (`registrations`). An answer
says match or no match and never what the truth would have been.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from idp.persons.registry import Purpose, Unavailable, Unsupported


class RegisteredState(StrEnum):
    """What the registering authority says of an organisation 登记状态."""

    LIVE = "live"
    LICENCE_REVOKED = "licence_revoked"
    """吊销未注销: it may only wind itself up."""
    DEREGISTERED = "deregistered"
    """注销, 吊销已注销: it is no more."""
    CANCELLED = "cancelled"
    """撤销: the registration itself was annulled by the authority."""
    MOVED_OUT = "moved_out"
    """迁出: another authority keeps it now, under the same code."""
    LIQUIDATION = "liquidation"
    """清算."""
    UNKNOWN = "unknown"
    """A text nobody has mapped: no penalty, somebody looks."""


@dataclass(frozen=True)
class Representative:
    """Who says they are the legal representative 法定代表人, 负责人 or 经营者; the number is normalised."""

    name: str = field(repr=False)
    kind: str
    """`persons.identifiers.DocumentType`."""
    number: str = field(repr=False)


@dataclass(frozen=True)
class OrganisationClaim:
    """A code and a name that belong together, and, for four elements, who represents it."""

    credit_code: str
    name: str
    purpose: Purpose
    representative: Representative | None = None
    """None: the organisation alone is asked about."""


class RepresentativeMatch(StrEnum):
    """What the registry says of the representative."""

    MATCH = "match"
    """Name and number are those on file."""
    MISMATCH = "mismatch"
    UNKNOWN = "unknown"
    """Not asked, or the registry keeps no number to compare with."""


class DenialReason(StrEnum):
    """Why the registry does not confirm; public pages never tell one from the other."""

    NAME = "name"
    NOT_FOUND = "not_found"


@dataclass(frozen=True)
class Confirmed:
    """Code and name belong together; in which state it is stands beside, and so does the representative."""

    authority: str
    """The registry that answered, for example ``market_regulation``."""
    request_id: str
    at: datetime
    name: str
    """The registry's own spelling."""
    state: RegisteredState
    representative: RepresentativeMatch = RepresentativeMatch.UNKNOWN
    former_names: tuple[str, ...] = ()
    valid_to: date | None = None
    """The last day of its certificate or business term, where it has one."""
    division: str | None = None
    """Six digits of the authority that keeps it now; another than in the code after a move."""


@dataclass(frozen=True)
class Denied:
    """The registry answered, and code and name are not one organisation."""

    reason: DenialReason
    authority: str
    request_id: str
    at: datetime


Answer = Confirmed | Denied | Unavailable | Unsupported


class OrganisationRegistry(Protocol):
    """The authorities on organisations, behind the routing table."""

    def verify(self, claim: OrganisationClaim) -> Answer:
        """Ask the authority of this code, within its deadlines; never raises for what the world does.

        `Unsupported` means that no authority can be asked online: somebody looks at the certificate.
        """
        ...


@dataclass(frozen=True)
class Changes:
    """Codes whose record changed at a registry, in the order in which it says so."""

    codes: Sequence[str]
    cursor: str
    """Where the next reading begins; the same cursor gives the same changes again."""


class ChangeFeed(Protocol):
    """A registry's list of organisations that changed 变更推送."""

    def after(self, cursor: str) -> Changes | Unavailable:
        """What changed since; an empty cursor means from the beginning of the list."""
        ...


class NoOrganisationRegistry:
    """No authority is connected: every organisation is looked at by a member of staff."""

    def verify(self, claim: OrganisationClaim) -> Answer:
        """Know nothing."""
        return Unsupported()
