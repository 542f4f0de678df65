"""What becomes of the mandates of an organisation when its standing changes; what clock and operators change.

Closed: all end. Restricted: nothing new; what they allow is less at once. Suspended: nothing until it is
lifted. The standing is on the organisation's row, which every judgement reads; here the mandates are touched,
so that what was given out under them before is dead, and everybody hears of it.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from idp.mandates import ending, states, telling
from idp.mandates.models import OPEN, Mandate, State
from idp.organisations import lifecycle
from idp.organisations.lifecycle import Because, Followed
from idp.organisations.models import Organisation, Standing
from idp.organisations.registry import RegisteredState
from idp.storage.database import Database, Refusal

DORMANT_AFTER = timedelta(days=90)
"""For how long an organisation goes on without a representative."""
CLOSED = "organisation_closed"
MOST = 200
"""Organisations looked at in one turn."""
TOLD = {
    Standing.ACTIVE: "organisation.active",
    Standing.RESTRICTED: "organisation.restricted",
    Standing.SUSPENDED: "organisation.suspended",
    Standing.CLOSED: "organisation.closed",
}


class NotPossible(Refusal):
    """The organisation is not in a standing from which this is possible."""

    def __init__(self, standing: str) -> None:
        super().__init__(f"not possible: the organisation is {standing}")
        self.standing = standing


def apply(db: Session, organisation: Organisation, followed: Followed, now: datetime) -> None:
    """Do what follows from what a registry's answer changed."""
    if followed.before is not followed.after:
        _changed(db, organisation, followed.after, now)
    elif followed.term_over:
        telling.leaders(db, organisation, "organisation.term_over", now)


def close(db: Session, organisation_id: UUID, reason: str, now: datetime) -> Organisation:
    """An operator closes it for good; raises NotPossible."""
    return _operate(db, organisation_id, Standing.CLOSED, reason, now)


def suspend(db: Session, organisation_id: UUID, reason: str, now: datetime) -> Organisation:
    """An operator stops it until somebody has looked; raises NotPossible."""
    return _operate(db, organisation_id, Standing.SUSPENDED, reason, now)


def lift(db: Session, organisation_id: UUID, reason: str, now: datetime) -> Organisation:
    """An operator lets it do what its state lets it again; raises NotPossible."""
    organisation = states.hold(db, organisation_id)
    if organisation.standing != Standing.SUSPENDED:
        raise NotPossible(organisation.standing)
    state = RegisteredState(organisation.state)
    wanted, because = lifecycle.standing(state, organisation.valid_to, now)
    if organisation.representative_id is None and organisation.represented_since is None:
        wanted, because = Standing.WAITING, Because.UNCONFIRMED
    if lifecycle.become(db, organisation, wanted, because, now, reason):
        _changed(db, organisation, wanted, now)
    return organisation


def by_the_clock(database: Database, now: datetime) -> int:
    """Periodic: terms that are over, and organisations nobody has claimed; gives how many changed."""
    with database.reading() as db:
        due = [*_terms(db, now), *_unclaimed(db, now)]
    return sum(_settled(database, organisation_id, now) for organisation_id in dict.fromkeys(due))


def _settled(database: Database, organisation_id: UUID, now: datetime) -> bool:
    with database.writing() as db:
        organisation = states.hold(db, organisation_id)
        before, because = Standing(organisation.standing), organisation.standing_because
        lifecycle.settle(db, organisation, now)
        if _is_unclaimed(organisation, now):
            lifecycle.become(db, organisation, Standing.SUSPENDED, Because.DORMANT, now)
        after = Standing(organisation.standing)
        term_over = organisation.standing_because == Because.TERM_OVER != because
        apply(db, organisation, Followed(before, after, term_over=term_over), now)
        return before is not after or term_over


def _operate(
    db: Session, organisation_id: UUID, wanted: Standing, reason: str, now: datetime
) -> Organisation:
    organisation = states.hold(db, organisation_id)
    if organisation.standing in (Standing.CLOSED, wanted):
        raise NotPossible(organisation.standing)
    lifecycle.become(db, organisation, wanted, Because.OPERATOR, now, reason)
    _changed(db, organisation, wanted, now)
    return organisation


def _changed(db: Session, organisation: Organisation, after: Standing, now: datetime) -> None:
    if after in TOLD:
        telling.everybody(db, organisation, TOLD[after], now)
    theirs = _open_mandates(db, organisation.id)
    if after is Standing.CLOSED:
        ending.end_all(db, theirs, State.REVOKED, CLOSED, now)
        organisation.representative_id = None
        return
    if after is Standing.RESTRICTED:
        offered = [one for one in theirs if one.state in (State.DRAFT, State.INVITED, State.COOLING)]
        ending.end_all(db, offered, State.CANCELLED, "organisation_restricted", now)
    if after is not Standing.ACTIVE:
        living = [one for one in theirs if one.state == State.ACTIVE]
        for one in living:
            states.touch(db, one)
        states.announce(db, [one.id for one in living], f"organisation_{after}")


def _open_mandates(db: Session, organisation_id: UUID) -> list[Mandate]:
    """Those it gave, and those by which it acts for others."""
    query = select(Mandate).where(
        or_(Mandate.organisation_id == organisation_id, Mandate.agent_organisation_id == organisation_id),
        Mandate.state.in_(list(OPEN)),
    )
    return list(db.scalars(query))


def _terms(db: Session, now: datetime) -> list[UUID]:
    """Whose term is over, and who has not been warned or restricted for it."""
    over = Organisation.valid_to <= now
    warned = Organisation.standing_because == Because.TERM_OVER
    late = Organisation.valid_to <= now - lifecycle.TERM_GRACE
    query = select(Organisation.id).where(Organisation.standing == Standing.ACTIVE, over, or_(~warned, late))
    return list(db.scalars(query.limit(MOST)))


def _unclaimed(db: Session, now: datetime) -> list[UUID]:
    query = select(Organisation.id).where(
        Organisation.standing.in_([Standing.ACTIVE, Standing.RESTRICTED]),
        Organisation.representative_id.is_(None),
        Organisation.representative_left_at <= now - DORMANT_AFTER,
    )
    return list(db.scalars(query.limit(MOST)))


def _is_unclaimed(organisation: Organisation, now: datetime) -> bool:
    left = organisation.representative_left_at
    return (
        organisation.standing in (Standing.ACTIVE, Standing.RESTRICTED)
        and organisation.representative_id is None
        and left is not None
        and left <= now - DORMANT_AFTER
    )
