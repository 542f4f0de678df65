"""When the legal representative changes: the role ends at once, what hangs on it waits, the new one decides.

Administrators whom the former representative appointed rest. Agents may finish what they have begun, for a
grace; nothing new is begun (domain: handover). The new representative confirms or ends each in one list; a
confirmation is a new mandate in place of the old one, so that it shows who authorised what when.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from idp.audit import trail
from idp.mandates import ending, events, states, telling
from idp.mandates.models import OPEN, WITHOUT_END, Basis, Mandate, Role, State
from idp.mandates.scope import WHOLE
from idp.organisations import history
from idp.organisations.events import RepresentativeLeft
from idp.organisations.models import Organisation
from idp.persons.models import Person, PersonStatus

GRACE = timedelta(days=15)
LEFT, HANDOVER = "representative_left", "handover"
OFFERED = (State.DRAFT, State.INVITED, State.COOLING)


@dataclass(frozen=True)
class Decided:
    """What became of a handover list."""

    confirmed: Sequence[Mandate]
    ended: Sequence[Mandate]
    left: int
    """How many still wait for a decision."""


def appoint(
    db: Session, organisation: Organisation, person_id: UUID, evidence_id: UUID | None, now: datetime
) -> Mandate:
    """
    Make somebody the representative whom the registry has confirmed; the one before has left.

    Call it with the organisation held (`states.hold`), so that of two at once the second finds the first.
    """
    current = representative(db, organisation.id)
    if current is not None and current.agent_person_id == person_id:
        if current.state == State.SUSPENDED and not (current.ended_because or "").startswith(ending.PERSON):
            ending.resume(db, [current], current.ended_because or "", now)
        current.evidence_id = evidence_id
        _named(organisation, person_id, now)
        return current
    if current is not None:
        leave(db, organisation, now)
    mandate = Mandate(
        organisation_id=organisation.id,
        agent_person_id=person_id,
        role=Role.REPRESENTATIVE,
        state=State.ACTIVE,
        basis=Basis.REGISTRY,
        evidence_id=evidence_id,
        created_at=now,
        signed_at=now,
        accepted_at=now,
        valid_from=now,
        valid_until=WITHOUT_END,
    )
    mandate.allow(WHOLE)
    mandate.may_delegate = True
    db.add(mandate)
    _named(organisation, person_id, now)
    db.flush()
    states.record(db, events.MandateAccepted, mandate, now, by=person_id)
    history.note(
        db, organisation.id, "representative.confirmed", now, person_id=person_id, mandate_id=mandate.id
    )
    return mandate


def leave(
    db: Session,
    organisation: Organisation,
    now: datetime,
    grace: timedelta = GRACE,
    *,
    reason: str = LEFT,
    request_id: str = "",
) -> None:
    """
    The registry names another: the role ends, administrators rest, agents have their grace.

    Hold the organisation first. What rested already waits for the new representative too, for whatever reason
    it rested, and so does what nobody could act under. Twice is once.
    """
    current = representative(db, organisation.id)
    if current is None and organisation.representative_id is None:
        return
    organisation.representative_id, organisation.representative_left_at = None, now
    organisation.version += 1
    trail.record(
        db,
        RepresentativeLeft(
            person_id=current.agent_person_id if current else None,
            organisation=str(organisation.id),
            reason=reason,
            registry_request_id=request_id,
        ),
    )
    history.note(db, organisation.id, "representative.left", now, reason=reason)
    if current is not None:
        _hand_over(db, organisation, current, now, grace)


def _hand_over(
    db: Session, organisation: Organisation, current: Mandate, now: datetime, grace: timedelta
) -> None:
    below = states.below(db, [current.id])
    awake = _awake(db, current, below)
    states.move(db, current, State.SUPERSEDED, now, ended_at=now, ended_because=LEFT)
    states.record(db, events.MandateEnded, current, now, reason=LEFT)
    telling.representative_left(db, organisation, current, now)
    ending.end_all(db, [one for one in below if one.state in OFFERED], State.CANCELLED, LEFT, now)
    resting = [one for one in below if one.state == State.SUSPENDED]
    active = [one for one in below if one.state == State.ACTIVE]
    finishing = [one for one in active if one.role != Role.ADMINISTRATOR and one.id in awake]
    rest = [one for one in active if one.role == Role.ADMINISTRATOR or one.id not in awake]
    for one in resting:
        one.ended_because = LEFT
        states.touch(db, one)
    _rest(db, rest, now)
    for one in finishing:
        one.grace_until = min(one.grace_until or now + grace, now + grace)
        states.touch(db, one)
        states.record(db, events.MandateNarrowed, one, now)
    telling.agents(db, (*rest, *finishing), "representative.changed", now)
    states.announce(db, [current.id, *(one.id for one in (*rest, *finishing))], LEFT)


def left_behind(db: Session, organisation_id: UUID) -> Sequence[Mandate]:
    """What the former representative left for the new one to decide on."""
    query = select(Mandate).where(
        Mandate.organisation_id == organisation_id,
        or_(
            Mandate.state.in_([State.ACTIVE, State.SUSPENDED]) & Mandate.grace_until.is_not(None),
            (Mandate.state == State.SUSPENDED) & (Mandate.ended_because == LEFT),
        ),
    )
    return db.scalars(query.order_by(Mandate.created_at)).all()


def decide(
    db: Session,
    organisation: Organisation,
    confirm: Iterable[UUID],
    end: Iterable[UUID],
    now: datetime,
    by: UUID,
) -> Decided:
    """
    The new representative confirms some and ends others; each only once, whoever else decides at the time.

    The caller has checked that the path of `by` stands, and that they have just confirmed; whether they still
    are the representative is looked at here. Raises LookupError if nobody is, or somebody else.
    """
    organisation = states.hold(db, organisation.id)
    current = representative(db, organisation.id)
    if current is None or current.state != State.ACTIVE or by != current.agent_person_id:
        raise LookupError("only who represents an organisation decides what was left behind")
    waiting = {one.id: one for one in left_behind(db, organisation.id)}
    confirmed = [
        _confirmed(db, waiting[one], current, now)
        for one in dict.fromkeys(confirm)
        if one in waiting and waiting[one].valid_until > now
    ]
    gone = [waiting[one] for one in end if one in waiting and waiting[one].state in OPEN]
    ended = ending.end_all(db, gone, State.REVOKED, HANDOVER, now, by=current.agent_person_id)
    telling.agents(db, confirmed, "mandate.confirmed", now)
    telling.agents(db, ended, "mandate.over", now)
    left = len(left_behind(db, organisation.id))
    if not left and organisation.representative_left_at is not None:
        organisation.representative_left_at = None
        history.note(db, organisation.id, "handover.completed", now, person_id=current.agent_person_id)
    return Decided(confirmed, ended, left)


def representative(db: Session, organisation_id: UUID) -> Mandate | None:
    """The mandate of the legal representative."""
    query = select(Mandate).where(
        Mandate.organisation_id == organisation_id,
        Mandate.role == Role.REPRESENTATIVE,
        Mandate.state.in_([State.ACTIVE, State.SUSPENDED]),
    )
    return db.scalar(query)


def _awake(db: Session, current: Mandate, below: Sequence[Mandate]) -> set[UUID]:
    """Those under which somebody could act until now: nobody on the way rests or is frozen."""
    everybody = {one.agent_person_id for one in (current, *below)}
    asleep = set(
        db.scalars(
            select(Person.id).where(
                Person.id.in_([one for one in everybody if one is not None]),
                Person.status.in_([PersonStatus.FROZEN, PersonStatus.DECEASED]),
            )
        )
    )
    awake: set[UUID] = set()
    for one in (current, *below):
        above = one.id == current.id or one.granted_under in awake
        if above and one.state == State.ACTIVE and one.agent_person_id not in asleep:
            awake.add(one.id)
    return awake


def _named(organisation: Organisation, person_id: UUID, now: datetime) -> None:
    if organisation.representative_id != person_id:
        organisation.representative_id, organisation.represented_since = person_id, now
        organisation.version += 1


def _rest(db: Session, mandates: Iterable[Mandate], now: datetime) -> None:
    """Without those under them: agents have their grace."""
    for one in mandates:
        if states.move(db, one, State.SUSPENDED, now, ended_because=LEFT):
            states.record(db, events.MandateSuspended, one, now, reason=LEFT)


def _confirmed(db: Session, old: Mandate, under: Mandate, now: datetime) -> Mandate:
    new = Mandate(
        organisation_id=old.organisation_id,
        agent_person_id=old.agent_person_id,
        agent_organisation_id=old.agent_organisation_id,
        role=old.role,
        state=State.ACTIVE,
        granted_under=under.id,
        granted_by=under.agent_person_id,
        basis=Basis.GRANT,
        supersedes=old.id,
        may_delegate=old.may_delegate,
        statement=old.statement,
        created_at=now,
        signed_at=old.signed_at,
        accepted_at=old.accepted_at,
        valid_from=max(now, old.valid_from),
        valid_until=old.valid_until,
        used_at=old.used_at,
    )
    new.allow(old.scope)
    states.move(db, old, State.SUPERSEDED, now, ended_at=now, ended_because=HANDOVER)
    states.record(db, events.MandateEnded, old, now, by=under.agent_person_id, reason=HANDOVER)
    db.add(new)
    db.flush()
    states.record(db, events.MandateAccepted, new, now, by=under.agent_person_id)
    states.announce(db, [old.id], HANDOVER)
    return new
