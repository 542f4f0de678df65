"""May this person do this matter for this organisation now? One question, and the reason for the answer.

A mandate never stands alone. Above it is the mandate of whoever granted it, and so on up to one that rests on
the registry's word or on paper; a person may also act through an organisation that is the agent of another.
Every link must hold at this moment, and each can only narrow what the next one gives.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from uuid import UUID

from idp.mandates.models import Basis, Role, State
from idp.mandates.scope import Act, Scope
from idp.matters.models import Action
from idp.organisations.models import Standing

LONGEST_LINK = 4
"""Representative, administrator, agent, and one to whom the agent may pass it on."""
LONGEST_PATH = 2
"""A person of the organisation itself, or of one other that is its agent."""


class Reason(StrEnum):
    """Why somebody may or may not; from the farthest from yes to the nearest."""

    NO_MANDATE = "no_mandate"
    CHAIN_BROKEN = "chain_broken"
    """Whoever granted it does not hold what it rests on."""
    ORGANISATION_CLOSED = "organisation_closed"
    ORGANISATION_SUSPENDED = "organisation_suspended"
    NOT_ACCEPTED = "not_accepted"
    ENDED = "ended"
    EXPIRED = "expired"
    SUSPENDED = "suspended"
    NOT_YET = "not_yet"
    MATTER_UNKNOWN = "matter_unknown"
    MATTER_WITHDRAWN = "matter_withdrawn"
    MATTER_NOT_GRANTED = "matter_not_granted"
    ACTION_NOT_OFFERED = "action_not_offered"
    """The matter itself has no such action."""
    ACTION_NOT_GRANTED = "action_not_granted"
    REGION_NOT_GRANTED = "region_not_granted"
    PROJECT_NOT_GRANTED = "project_not_granted"
    AMOUNT_EXCEEDED = "amount_exceeded"
    ORGANISATION_WINDS_UP = "organisation_winds_up"
    """It may only do what winds it up."""
    ONLY_OPEN_CASES = "only_open_cases"
    """Its grantor is gone: what was begun may be finished, nothing new begun."""
    USED_UP = "used_up"
    ALLOWED = "allowed"


NEARNESS = {reason: place for place, reason in enumerate(Reason)}


@dataclass(frozen=True, slots=True)
class Power:
    """A mandate as the rules see it."""

    id: UUID
    organisation_id: UUID
    agent_person_id: UUID | None
    agent_organisation_id: UUID | None
    role: Role
    state: State
    version: int
    granted_under: UUID | None
    basis: Basis
    scope: Scope
    may_delegate: bool
    signed_at: datetime
    valid_from: datetime
    valid_until: datetime
    grace_until: datetime | None
    used_at: datetime | None
    agent_lives: bool = True
    """Whether the person it names may sign in at all."""

    @property
    def may_grant(self) -> bool:
        """Whether others may be appointed under it at all."""
        return self.role in (Role.REPRESENTATIVE, Role.ADMINISTRATOR) or self.may_delegate


@dataclass(frozen=True, slots=True)
class Side:
    """What must be known of an organisation."""

    standing: Standing
    representative_id: UUID | None
    code: str = ""
    name: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True)
class Path:
    """How a person comes to act for an organisation: their own mandate first, that organisation's last.

    Each link is a mandate followed by those it was granted under, up to its root.
    """

    person_id: UUID
    organisation_id: UUID
    links: tuple[tuple[Power, ...], ...]
    alive: tuple[Power, ...] = field(init=False, repr=False, compare=False)
    """Those that must be in force: what is above one in its grace is gone, and its scope still bounds."""

    def __post_init__(self) -> None:
        alive = tuple(power for link in self.links for power in _up_to_grace(link))
        object.__setattr__(self, "alive", alive)

    @property
    def powers(self) -> Iterable[Power]:
        """Every mandate on the way."""
        return (power for link in self.links for power in link)

    @property
    def own(self) -> Power:
        """The mandate that names the person."""
        return self.links[0][0]

    @property
    def outer(self) -> Power:
        """The mandate by which the organisation itself says yes."""
        return self.links[-1][0]

    @property
    def ends_at(self) -> datetime:
        """When the first of them ends."""
        return min(min(one.valid_until, one.grace_until or one.valid_until) for one in self.alive)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Yes or no, why, and by which mandates."""

    reason: Reason
    path: Path | None = None

    @property
    def allowed(self) -> bool:
        """Whether the person may."""
        return self.reason is Reason.ALLOWED


Sides = Mapping[UUID, Side]
Refused = Reason | None


def may(paths: Sequence[Path], sides: Sides, act: Act | None, now: datetime) -> Verdict:
    """
    Whether a person may do this now by any of the ways they have; `act` is None for an unknown matter.

    Of several refusals the nearest to yes is given, for it tells what is missing.
    """
    best = Verdict(Reason.NO_MANDATE)
    for path in paths:
        reason = along(path, sides, act, now)
        if reason is Reason.ALLOWED:
            return Verdict(reason, path)
        if best.path is None or NEARNESS[reason] > NEARNESS[best.reason]:
            best = Verdict(reason, path)
    return best


def along(path: Path, sides: Sides, act: Act | None, now: datetime) -> Reason:
    """Whether a person may do this now by this one way."""
    reason = stands(path, sides, now)
    if reason is not Reason.ALLOWED:
        return reason
    if act is None:
        return Reason.MATTER_UNKNOWN
    for rule in REACHES:
        refused = rule(path, sides, act, now)
        if refused is not None:
            return refused
    return Reason.ALLOWED


def stands(path: Path, sides: Sides, now: datetime) -> Reason:
    """Whether the path holds at all at this moment, whatever is to be done; ALLOWED if so."""
    for rule in HOLDS:
        refused = rule(path, sides, now)
        if refused is not None:
            return refused
    return Reason.ALLOWED


def chain_is_whole(path: Path, sides: Sides, now: datetime) -> Refused:
    """Each mandate was granted by the holder of the next, the last rests on registry or paper."""
    whole = 0 < len(path.links) <= LONGEST_PATH and all(_is_whole(link, sides) for link in path.links)
    return None if whole and _is_connected(path) else Reason.CHAIN_BROKEN


def organisations_live(path: Path, sides: Sides, now: datetime) -> Refused:
    """None of them is closed, and none waits for somebody to look."""
    for link in path.links:
        standing = sides[link[0].organisation_id].standing
        if standing is Standing.CLOSED:
            return Reason.ORGANISATION_CLOSED
        if standing in (Standing.SUSPENDED, Standing.WAITING):
            return Reason.ORGANISATION_SUSPENDED
    return None


def all_are_active(path: Path, sides: Sides, now: datetime) -> Refused:
    """None is still an offer, suspended or ended."""
    for power in path.alive:
        if power.state is not State.ACTIVE:
            return INACTIVE[power.state]
    return None


def people_live(path: Path, sides: Sides, now: datetime) -> Refused:
    """What a person who is frozen or dead holds or has granted rests (domain: life cycle)."""
    for power in path.alive:
        if not power.agent_lives:
            return Reason.SUSPENDED
    return None


def time_is_right(path: Path, sides: Sides, now: datetime) -> Refused:
    """Validity begins with its first moment and ends before its last."""
    for power in path.alive:
        if now < power.valid_from:
            return Reason.NOT_YET
        if now >= power.valid_until:
            return Reason.EXPIRED
        if power.grace_until is not None and now >= power.grace_until:
            return Reason.SUSPENDED
    return None


def matter_is_offered(path: Path, sides: Sides, act: Act, now: datetime) -> Refused:
    """It is in the catalogue still, with this action."""
    return unoffered(act)


def unoffered(act: Act) -> Refused:
    """Why nobody can do this, whoever they are."""
    if act.matter.withdrawn:
        return Reason.MATTER_WITHDRAWN
    return None if act.action in act.matter.actions else Reason.ACTION_NOT_OFFERED


def all_reach(path: Path, sides: Sides, act: Act, now: datetime) -> Refused:
    """Every mandate on the way names it: each only narrows."""
    for power in path.powers:
        beyond = power.scope.reaches(act, power.signed_at)
        if beyond is not None:
            return Reason(beyond.value)
    return None


def winding_up_is_all(path: Path, sides: Sides, act: Act, now: datetime) -> Refused:
    """Without a licence an organisation does nothing but wind itself up (domain: life cycle)."""
    restricted = any(sides[link[0].organisation_id].standing is Standing.RESTRICTED for link in path.links)
    return Reason.ORGANISATION_WINDS_UP if restricted and not act.matter.winds_up else None


def nothing_new_in_grace(path: Path, sides: Sides, act: Act, now: datetime) -> Refused:
    """Whose grantor is gone finishes what was begun (domain: handover)."""
    waits = act.action == Action.APPLY and only_finishes(path)
    return Reason.ONLY_OPEN_CASES if waits else None


def only_finishes(path: Path) -> bool:
    """Whether a grantor on the way is gone, so that nothing new is begun by it."""
    return any(power.grace_until for power in path.powers)


def not_used_up(path: Path, sides: Sides, act: Act, now: datetime) -> Refused:
    """A mandate for one act allows one; asking about it is none."""
    used = any(power.scope.once and power.used_at is not None for power in path.powers)
    return Reason.USED_UP if used and act.action != Action.QUERY else None


HOLDS: tuple[Callable[[Path, Sides, datetime], Refused], ...] = (
    organisations_live,
    all_are_active,
    chain_is_whole,
    people_live,
    time_is_right,
)
REACHES: tuple[Callable[[Path, Sides, Act, datetime], Refused], ...] = (
    matter_is_offered,
    all_reach,
    winding_up_is_all,
    nothing_new_in_grace,
    not_used_up,
)
INACTIVE = {
    State.DRAFT: Reason.NOT_ACCEPTED,
    State.INVITED: Reason.NOT_ACCEPTED,
    State.COOLING: Reason.NOT_YET,
    State.SUSPENDED: Reason.SUSPENDED,
    State.REVOKED: Reason.ENDED,
    State.EXPIRED: Reason.EXPIRED,
    State.SUPERSEDED: Reason.ENDED,
    State.DECLINED: Reason.NOT_ACCEPTED,
    State.CANCELLED: Reason.NOT_ACCEPTED,
    State.OBJECTED: Reason.ENDED,
    State.LAPSED: Reason.NOT_ACCEPTED,
}


def _is_whole(link: Sequence[Power], sides: Sides) -> bool:
    if not link or len(link) > LONGEST_LINK:
        return False
    for lower, upper in pairwise(link):
        if not _is_granted(lower, upper):
            return False
    return len(_up_to_grace(link)) < len(link) or _is_root(link[-1], sides)


def _is_granted(lower: Power, upper: Power) -> bool:
    return (
        lower.granted_under == upper.id
        and lower.organisation_id == upper.organisation_id
        and upper.may_grant
        and upper.agent_organisation_id is None
        and lower.role is not Role.REPRESENTATIVE
    )


def _up_to_grace(link: Sequence[Power]) -> Sequence[Power]:
    """The mandates of a link up to the first whose grantor has gone."""
    for place, power in enumerate(link):
        if power.grace_until is not None:
            return link[: place + 1]
    return link


def _is_root(power: Power, sides: Sides) -> bool:
    if power.granted_under is not None:
        return False
    if power.basis is Basis.REGISTRY:
        named = sides[power.organisation_id].representative_id
        return power.role is Role.REPRESENTATIVE and named is not None and named == power.agent_person_id
    return power.basis is Basis.WINDOW and power.role is not Role.REPRESENTATIVE


def _is_connected(path: Path) -> bool:
    """The first names the person, each further one the organisation before it, the last is the right one."""
    names = path.own.agent_person_id == path.person_id
    joined = all(
        inner[0].organisation_id == outer[0].agent_organisation_id for inner, outer in pairwise(path.links)
    )
    return names and joined and path.outer.organisation_id == path.organisation_id
