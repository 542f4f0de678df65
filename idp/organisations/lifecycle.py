"""What a registry says of an organisation, and what that lets it do here (domain: its life cycle).

Its state is what the registry says; its standing is what follows here. They are two, because a standing also
rests on what the registry knows nothing of: that nobody has claimed it, that an operator has stopped it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from sqlalchemy.orm import Session

from idp import clock
from idp.audit import trail
from idp.organisations import finding, history, names
from idp.organisations.events import OrganisationRecordChanged, OrganisationStandingChanged
from idp.organisations.models import Organisation, Standing
from idp.organisations.registry import Confirmed, RegisteredState
from idp.outbox import queue

CHANGED = "organisation.changed"
"""Topic of `{organisation}`: portals that know it are told that name, state or standing is another."""
SHOWN = frozenset({"name", "state"})
"""What of a registry's record portals see."""
FRESH = timedelta(hours=24)
"""For how long an answer is good enough to let somebody in without asking again."""
TERM_GRACE = timedelta(days=30)
"""Between the end of a certificate's term and the restriction."""


class Because(StrEnum):
    """Why a standing is what it is; empty for an organisation without trouble."""

    NOTHING = ""
    UNCONFIRMED = "unconfirmed"
    """No representative has been confirmed yet."""
    LICENCE_REVOKED = "licence_revoked"
    LIQUIDATION = "liquidation"
    MOVED_OUT = "moved_out"
    CANCELLED = "cancelled"
    DEREGISTERED = "deregistered"
    TERM_OVER = "term_over"
    """Its certificate is past its last day; a warning first, a restriction later."""
    DORMANT = "dormant"
    """Its representative left and nobody has come in their place."""
    OPERATOR = "operator"


FOLLOWS: Mapping[RegisteredState, tuple[Standing, Because]] = {
    RegisteredState.LIVE: (Standing.ACTIVE, Because.NOTHING),
    RegisteredState.UNKNOWN: (Standing.ACTIVE, Because.NOTHING),
    RegisteredState.LICENCE_REVOKED: (Standing.RESTRICTED, Because.LICENCE_REVOKED),
    RegisteredState.LIQUIDATION: (Standing.RESTRICTED, Because.LIQUIDATION),
    RegisteredState.MOVED_OUT: (Standing.RESTRICTED, Because.MOVED_OUT),
    RegisteredState.CANCELLED: (Standing.SUSPENDED, Because.CANCELLED),
    RegisteredState.DEREGISTERED: (Standing.CLOSED, Because.DEREGISTERED),
}
"""State → standing. An answer that found it at its new authority says LIVE, not MOVED_OUT."""
OURS = frozenset({Because.UNCONFIRMED, Because.DORMANT, Because.OPERATOR})
"""What no registry's answer lifts."""
GONE = frozenset({RegisteredState.DEREGISTERED, RegisteredState.CANCELLED})
"""States in which nothing is registered here any more."""


@dataclass(frozen=True)
class Followed:
    """What an answer changed."""

    before: Standing
    after: Standing
    renamed: bool = False
    term_over: bool = False
    """Its term has just been found to be over."""
    changed: bool = False


def standing(state: RegisteredState, valid_to: datetime | None, now: datetime) -> tuple[Standing, Because]:
    """What follows from a state and the end of a term alone."""
    found, because = FOLLOWS[state]
    if found is not Standing.ACTIVE or valid_to is None or now < valid_to:
        return found, because
    late = now >= valid_to + TERM_GRACE
    return (Standing.RESTRICTED if late else Standing.ACTIVE), Because.TERM_OVER


def follow(db: Session, organisation: Organisation, answer: Confirmed, now: datetime) -> Followed:
    """
    Take over what the registry says; the same answer twice changes nothing, an older one neither.

    Hold the organisation first (`mandates.states.hold`); what follows for mandates is decided there.
    """
    unchanged = Followed(Standing(organisation.standing), Standing(organisation.standing))
    if organisation.checked_at is not None and answer.at < organisation.checked_at:
        return unchanged
    is_first = organisation.checked_at is None
    organisation.checked_at, organisation.check_after = answer.at, answer.at + FRESH
    what = _take_over(organisation, answer)
    if "name" in what:
        finding.index(db, organisation)
    if what:
        organisation.version += 1
        changed = OrganisationRecordChanged(
            organisation=str(organisation.id), what=" ".join(what), registry_request_id=answer.request_id
        )
        trail.record(db, changed)
        if not is_first:
            history.note(db, organisation.id, "organisation.checked", now, fields=" ".join(what))
    if "name" in what and not is_first:
        history.note(db, organisation.id, "organisation.renamed", now)
    before, because = unchanged.before, organisation.standing_because
    if not settle(db, organisation, now) and not SHOWN.isdisjoint(what):
        announce(db, organisation)
    return Followed(
        before,
        Standing(organisation.standing),
        renamed="name" in what,
        term_over=organisation.standing_because == Because.TERM_OVER != because,
        changed=bool(what),
    )


def settle(db: Session, organisation: Organisation, now: datetime) -> bool:
    """Let the standing follow from what is known; gives whether it changed. The clock alone may change it."""
    wanted, because = standing(RegisteredState(organisation.state), organisation.valid_to, now)
    if wanted is not Standing.CLOSED and organisation.standing_because in OURS:
        return False
    if organisation.standing == Standing.CLOSED:
        return False
    return become(db, organisation, wanted, because, now)


def become(
    db: Session,
    organisation: Organisation,
    wanted: Standing,
    because: Because,
    now: datetime,
    reason: str = "",
) -> bool:
    """Give it this standing for this reason; gives whether the standing is another one now."""
    before, is_first = Standing(organisation.standing), organisation.standing_changed_at is None
    if (before, organisation.standing_because) == (wanted, because):
        return False
    organisation.standing, organisation.standing_because = wanted, because
    organisation.version += 1
    if before is wanted:
        return False
    organisation.standing_changed_at = now
    announce(db, organisation)
    said = reason[:64] or because.value
    trail.record(
        db,
        OrganisationStandingChanged(
            organisation=str(organisation.id), before=before, after=wanted, reason=said
        ),
    )
    if (before, wanted, is_first) != (Standing.WAITING, Standing.ACTIVE, True):
        _note_standing(db, organisation, before, now)
    return True


def _note_standing(db: Session, organisation: Organisation, before: Standing, now: datetime) -> None:
    history.note(
        db,
        organisation.id,
        "organisation.standing_changed",
        now,
        before=before,
        after=organisation.standing,
        because=organisation.standing_because,
    )


def announce(db: Session, organisation: Organisation) -> None:
    """Have portals told that it is not as they know it."""
    queue.put(db, CHANGED, {"organisation": str(organisation.id)})


def end_of(last_day: date | None) -> datetime | None:
    """The moment a term is over: its last day has passed in China."""
    if last_day is None or last_day == date.max:
        return None
    return datetime.combine(last_day + timedelta(days=1), time(), clock.CHINA)


def _take_over(organisation: Organisation, answer: Confirmed) -> list[str]:
    """Write down what is new, and name it."""
    what = []
    if organisation.state != answer.state:
        organisation.state = answer.state
        what.append("state")
    if organisation.name != answer.name:
        if not names.same(organisation.name, answer.name):
            organisation.former_names = [organisation.name, *organisation.former_names]
        organisation.name = answer.name
        what.append("name")
    earlier = [*organisation.former_names, *answer.former_names]
    known = list({names.comparable(one): one for one in reversed(earlier)}.values())[::-1]
    if set(known) != set(organisation.former_names):
        organisation.former_names = known
        what.append("former_names")
    if answer.division and organisation.division != answer.division:
        organisation.division = answer.division
        what.append("division")
    if organisation.valid_to != end_of(answer.valid_to):
        organisation.valid_to = end_of(answer.valid_to)
        what.append("valid_to")
    return what
