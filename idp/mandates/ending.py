"""Ending and narrowing mandates: who may, what else ends, and the clock's share.

Whatever was granted under a mandate ends with it, and rests while it rests. The rows say so at once, so that
a token needs only the row of its own mandate to be judged by.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from idp.mandates import events, states
from idp.mandates.models import OPEN, Mandate, Role, State
from idp.mandates.reach import meeting
from idp.mandates.rules import Path
from idp.mandates.scope import Scope
from idp.storage.database import Refusal

PERSON = "person_"
"""Reasons of a suspension that ends when the person may sign in again begin so (`mandates.people`)."""


class Why(StrEnum):
    """Why a mandate cannot be ended or narrowed by somebody."""

    NOT_YOURS = "not_yours"
    REPRESENTATIVE = "representative"
    """Only the registry ends a legal representative."""
    LAST_TO_ADMINISTER = "last_to_administer"
    """Nobody would be left who could appoint anybody."""
    NOT_OPEN = "not_open"
    WIDER = "wider"
    """Narrowing does not widen."""


class EndRefused(Refusal):
    """The mandate stays as it is."""

    def __init__(self, reason: Why) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True)
class Preview:
    """What ends with a mandate."""

    mandate: Mandate
    below: Sequence[Mandate]


def preview(db: Session, mandate: Mandate) -> Preview:
    """What else would end if this one did."""
    return Preview(mandate, states.below(db, [mandate.id]))


def may_end(db: Session, ending: Path, mandate: Mandate) -> bool:
    """
    Whether somebody may end another's mandate: the representative every one but their own, administrators
    what was granted under theirs, and any agent if nothing limits them.
    """
    own = ending.own
    if len(ending.links) != 1 or mandate.organisation_id != own.organisation_id or mandate.id == own.id:
        return False
    if mandate.role == Role.REPRESENTATIVE:
        return False
    if own.role is Role.REPRESENTATIVE:
        return True
    if mandate.role == Role.AGENT and own.role is Role.ADMINISTRATOR and own.scope.everything:
        return True
    return own.may_grant and own.id in _above(db, mandate)


def revoke(db: Session, ending: Path, mandate: Mandate, reason: str, now: datetime) -> Sequence[Mandate]:
    """End a mandate, and everything under it; gives what ended. Raises EndRefused."""
    states.hold(db, mandate.organisation_id)
    db.refresh(mandate)
    if not states.is_unchanged(db, ending) or not may_end(db, ending, mandate):
        raise EndRefused(Why.NOT_YOURS)
    return end(db, mandate, State.REVOKED, reason, now, by=ending.person_id)


def resign(db: Session, mandate: Mandate, person_id: UUID, now: datetime) -> Sequence[Mandate]:
    """The agent gives a mandate back; raises EndRefused."""
    states.hold(db, mandate.organisation_id)
    db.refresh(mandate)
    if mandate.agent_person_id != person_id:
        raise EndRefused(Why.NOT_YOURS)
    if mandate.role == Role.REPRESENTATIVE:
        raise EndRefused(Why.REPRESENTATIVE)
    return end(db, mandate, State.REVOKED, "resigned", now, by=person_id)


def end(
    db: Session, mandate: Mandate, state: State, reason: str, now: datetime, by: UUID | None = None
) -> Sequence[Mandate]:
    """End one and all under it, whoever wants it; raises EndRefused for the last who can administer."""
    if mandate.state not in (State.ACTIVE, State.SUSPENDED, State.COOLING):
        raise EndRefused(Why.NOT_OPEN)
    if by is not None and _is_last_to_administer(db, mandate):
        raise EndRefused(Why.LAST_TO_ADMINISTER)
    gone = [mandate, *states.below(db, [mandate.id])]
    return end_all(db, gone, state, reason, now, by)


def end_all(
    db: Session, mandates: Iterable[Mandate], state: State, reason: str, now: datetime, by: UUID | None = None
) -> Sequence[Mandate]:
    """End these, each by the way that is open to it; gives those that ended by this call."""
    ended = []
    for mandate in mandates:
        after = _way_out(mandate, state)
        if after and states.move(db, mandate, after, now, ended_at=now, ended_because=reason[:32]):
            mandate.invitee_digest, mandate.invitee_name, mandate.settles_at = None, None, None
            states.record(db, events.MandateEnded, mandate, now, by=by, reason=reason[:32])
            ended.append(mandate)
    states.announce(db, [one.id for one in ended], reason[:32])
    return ended


def narrow(
    db: Session,
    narrowing: Path,
    mandate: Mandate,
    scope: Scope,
    valid_until: datetime,
    group_of: Mapping[str, str],
    now: datetime,
) -> None:
    """Let a mandate allow less from now on, and so everything under it; raises EndRefused."""
    states.hold(db, mandate.organisation_id)
    db.refresh(mandate)
    if not states.is_unchanged(db, narrowing) or not may_end(db, narrowing, mandate):
        raise EndRefused(Why.NOT_YOURS)
    if mandate.state not in OPEN or scope.is_empty() or valid_until <= now:
        raise EndRefused(Why.NOT_OPEN)
    if not scope.is_within(mandate.scope, group_of) or valid_until > mandate.valid_until:
        raise EndRefused(Why.WIDER)
    mandate.allow(scope)
    mandate.valid_until = valid_until
    states.touch(db, mandate)
    states.record(db, events.MandateNarrowed, mandate, now, by=narrowing.person_id)
    states.announce(db, [mandate.id], "mandate_narrowed")
    _bound(db, mandate, now)


def replace(db: Session, earlier: Mandate, later: Mandate, now: datetime) -> None:
    """
    Let a renewal take the place of what it renews.

    What was granted under the earlier one goes on under the later, within it; unless nobody can be appointed
    under that, then it ends.
    """
    under = db.scalars(
        select(Mandate).where(Mandate.granted_under == earlier.id, Mandate.state.in_(list(OPEN)))
    ).all()
    if not states.move(db, earlier, State.SUPERSEDED, now, ended_at=now, ended_because="renewed"):
        return
    states.record(db, events.MandateEnded, earlier, now, reason="renewed")
    states.announce(db, [earlier.id], "mandate_ended")
    if later.role != earlier.role or not (later.role == Role.ADMINISTRATOR or later.may_delegate):
        ids = [one.id for one in under]
        end_all(db, [*under, *states.below(db, ids)], State.REVOKED, "renewed", now)
        return
    for one in under:
        one.granted_under = later.id
    db.flush()
    _bound(db, later, now)


def _bound(db: Session, mandate: Mandate, now: datetime) -> None:
    """
    Let what is under a mandate be within it, row by row, so that no later widening gives it back.

    Of what would allow nothing at all nothing is left.
    """
    level, changed = [mandate], []
    while level:
        upper = {one.id: one for one in level}
        level = list(
            db.scalars(select(Mandate).where(Mandate.granted_under.in_(upper), Mandate.state.in_(list(OPEN))))
        )
        for one in level:
            above = upper[one.granted_under] if one.granted_under else mandate
            one.allow(meeting(db, one, above))
            one.valid_until = min(one.valid_until, above.valid_until)
            states.touch(db, one)
            changed.append(one)
    db.flush()
    empty = [one for one in changed if one.scope.is_empty()]
    end_all(db, [*empty, *states.below(db, [one.id for one in empty])], State.REVOKED, "narrowed", now)
    states.announce(db, [one.id for one in changed], "mandate_narrowed")


def suspend(
    db: Session, mandates: Iterable[Mandate], reason: str, now: datetime, by: UUID | None = None
) -> Sequence[Mandate]:
    """Let these and all under them rest; gives those that rest by this call."""
    chosen = list(mandates)
    resting = []
    for mandate in [*chosen, *states.below(db, [one.id for one in chosen], (State.ACTIVE,))]:
        if mandate.state == State.ACTIVE and states.move(
            db, mandate, State.SUSPENDED, now, ended_because=reason[:32]
        ):
            states.record(db, events.MandateSuspended, mandate, now, by=by, reason=reason[:32])
            resting.append(mandate)
    states.announce(db, [one.id for one in resting], reason[:32])
    return resting


def resume(
    db: Session, mandates: Iterable[Mandate], reason: str, now: datetime, by: UUID | None = None
) -> Sequence[Mandate]:
    """Let those go on that rest for this reason."""
    going = []
    for mandate in mandates:
        rests = mandate.state == State.SUSPENDED and mandate.ended_because == reason[:32]
        if rests and states.move(db, mandate, State.ACTIVE, now, ended_because=None):
            states.record(db, events.MandateResumed, mandate, now, by=by)
            going.append(mandate)
    return going


def expire(db: Session, now: datetime, limit: int = 200) -> Sequence[Mandate]:
    """End what is past its last moment, and let rest what is past its grace; gives both."""
    over = db.scalars(
        select(Mandate)
        .where(Mandate.state.in_([State.ACTIVE, State.SUSPENDED]), Mandate.valid_until <= now)
        .limit(limit)
    ).all()
    ended = end_all(db, over, State.EXPIRED, "expired", now)
    graced = db.scalars(
        select(Mandate).where(Mandate.state == State.ACTIVE, Mandate.grace_until <= now).limit(limit)
    ).all()
    return [*ended, *suspend(db, graced, "grace_over", now)]


def use(db: Session, mandates: Iterable[UUID], matter: str, now: datetime) -> bool:
    """
    Use up mandates for one act, and what above them is for one act too; True for exactly one caller.

    All of them are used up together, or none.
    """
    named = [db.get_one(Mandate, one) for one in mandates]
    for organisation_id in sorted({one.organisation_id for one in named}):
        states.hold(db, organisation_id)
    once = {one.id: one for one in named}
    for mandate in named:
        db.refresh(mandate)
        above = (db.get_one(Mandate, one, populate_existing=True) for one in _above(db, mandate))
        once |= {one.id: one for one in above if one.once}
    if any(one.state != State.ACTIVE for one in named) or any(one.used_at for one in once.values()):
        return False
    by = named[0].agent_person_id if named else None
    for one in once.values():
        one.used_at = now
        states.record(db, events.MandateUsed, one, now, by=by, matter=matter)
    db.flush()
    return True


def _way_out(mandate: Mandate, wanted: State) -> State | None:
    """How a mandate leaves: what was never accepted is cancelled, what was is ended."""
    if mandate.state in (State.DRAFT, State.INVITED):
        return State.CANCELLED
    if mandate.state == State.COOLING:
        return State.SUPERSEDED if wanted == State.SUPERSEDED else State.CANCELLED
    return wanted if mandate.state in (State.ACTIVE, State.SUSPENDED) else None


def _above(db: Session, mandate: Mandate) -> Sequence[UUID]:
    """The mandates it was granted under, nearest first."""
    found: list[UUID] = []
    under = mandate.granted_under
    while under is not None and under not in found:
        found.append(under)
        under = db.get_one(Mandate, under).granted_under
    return found


def _is_last_to_administer(db: Session, mandate: Mandate) -> bool:
    """Whether nobody else could appoint anybody in its organisation."""
    if mandate.role != Role.ADMINISTRATOR or mandate.state != State.ACTIVE:
        return False
    others = select(Mandate.id).where(
        Mandate.organisation_id == mandate.organisation_id,
        Mandate.id != mandate.id,
        Mandate.state == State.ACTIVE,
        or_(Mandate.role == Role.REPRESENTATIVE, Mandate.role == Role.ADMINISTRATOR),
    )
    return db.scalar(others.limit(1)) is None
