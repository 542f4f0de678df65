"""Giving a mandate: offer, accept, decline. Nobody grants more than they hold, nor approves themselves.

The grantor signs an offer under a mandate of their own; the agent accepts with their own account. A link in
an invitation proves nothing: whoever accepts has proven the phone it was sent to and bears the name on it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from idp.crypto.handles import digest, new_handle
from idp.evidence import levels
from idp.keys.vault import Vault
from idp.mandates import ending, events, states
from idp.mandates.models import OPEN, Basis, Mandate, Role, State
from idp.mandates.rules import LONGEST_LINK, Path, Power
from idp.mandates.scope import Scope
from idp.organisations.models import Organisation, Standing
from idp.persons import lookup, names
from idp.persons.models import Person, PersonStatus, PhoneIndex, Realm
from idp.storage.database import Refusal

LEAST_LEVEL = 3
"""Who accepts is known to a registry."""
ANSWER_WITHIN = timedelta(days=7)
USUAL = timedelta(days=90)
LONGEST = timedelta(days=366)
MOST_ADMINISTRATORS = 5
GRANTED_BY = {
    Role.REPRESENTATIVE: frozenset({Role.ADMINISTRATOR, Role.AGENT}),
    Role.ADMINISTRATOR: frozenset({Role.AGENT}),
    Role.AGENT: frozenset({Role.AGENT}),
    Role.HELPER: frozenset[Role](),
}
"""Whom each role may appoint; an agent only if the mandate says that it may be passed on."""


class Why(StrEnum):
    """Why an offer cannot be made or accepted; pages say it in words."""

    NOT_YOURS = "not_yours"
    """No mandate that lets one appoint anybody to this role."""
    NOTHING_NAMED = "nothing_named"
    BEYOND_OWN = "beyond_own"
    OUTLIVES_OWN = "outlives_own"
    BEGINS_EARLIER = "begins_earlier"
    TOO_LONG = "too_long"
    ENDS_BEFORE_IT_BEGINS = "ends_before_it_begins"
    TOO_MANY_ADMINISTRATORS = "too_many_administrators"
    ONESELF = "oneself"
    CHAIN_TOO_LONG = "chain_too_long"
    ORGANISATION_NOT_ACTIVE = "organisation_not_active"
    NO_LONGER_OFFERED = "no_longer_offered"
    NOT_THE_INVITEE = "not_the_invitee"
    LEVEL_TOO_LOW = "level_too_low"
    LOOP = "loop"
    """The organisation invited acts, directly or not, through the one that invites."""


class GrantRefused(Refusal):
    """An offer or an acceptance is not possible."""

    def __init__(self, reason: Why) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True)
class Offer:
    """What is offered, as which role, from when until when."""

    role: Role
    scope: Scope
    valid_from: datetime
    valid_until: datetime
    may_delegate: bool = False
    statement: str = ""
    """The sentence that is signed."""
    supersedes: UUID | None = None
    """The mandate it is to replace, when it is a renewal."""


@dataclass(frozen=True)
class Somebody:
    """A person to invite: the phone they have proven, or will, and the name they bear."""

    phone: str = field(repr=False)
    """E.164."""
    name: str = field(repr=False)


@dataclass(frozen=True)
class Offered:
    """An offer that waits, and the handle of the link in its invitation."""

    mandate: Mandate
    handle: str = field(repr=False)


def offer(
    db: Session,
    vault: Vault,
    granting: Path,
    invitee: Somebody | Organisation,
    made: Offer,
    group_of: Mapping[str, str],
    now: datetime,
) -> Offered:
    """
    Sign an offer; raises GrantRefused.

    `granting` is a path of the grantor that stands (`rules.stands`); `group_of` gives the group of each
    matter that is named, and only of those in the catalogue. The grantor has just confirmed with a second
    factor.
    """
    organisation = states.hold(db, granting.organisation_id)
    if not states.is_unchanged(db, granting):
        raise GrantRefused(Why.NOT_YOURS)
    fault = unfit(granting, organisation, made, group_of, now) or unfit_together(
        db, vault, granting, invitee, made
    )
    if fault is not None:
        raise GrantRefused(fault)
    handle = new_handle()
    mandate = Mandate(
        organisation_id=organisation.id,
        role=made.role,
        state=State.INVITED,
        granted_under=granting.own.id,
        granted_by=granting.person_id,
        basis=Basis.GRANT,
        may_delegate=made.may_delegate,
        statement=made.statement,
        supersedes=made.supersedes,
        created_at=now,
        signed_at=now,
        valid_from=made.valid_from,
        valid_until=made.valid_until,
        settles_at=now + ANSWER_WITHIN,
        handle_digest=digest(handle),
    )
    mandate.allow(made.scope)
    db.add(mandate)
    if isinstance(invitee, Organisation):
        mandate.agent_organisation_id = invitee.id
    else:
        mandate.invitee_digest = vault.digest(lookup.PHONE, invitee.phone)
        mandate.invitee_name = names.normalise(invitee.name)
    db.flush()
    states.record(db, events.MandateOffered, mandate, now, by=granting.person_id, role=made.role)
    return Offered(mandate, handle)


def unfit(
    granting: Path, organisation: Organisation, made: Offer, group_of: Mapping[str, str], now: datetime
) -> Why | None:
    """What of an offer the grantor cannot give; None if they can."""
    return next(iter(all_unfit(granting, organisation, made, group_of, now)), None)


def all_unfit(
    granting: Path, organisation: Organisation, made: Offer, group_of: Mapping[str, str], now: datetime
) -> Sequence[Why]:
    """Everything of it that they cannot give, each said once."""
    found = _faults(granting, granting.own, organisation, made, group_of, now)
    return list(dict.fromkeys(why for why, holds in found if holds))


def _faults(
    granting: Path,
    own: Power,
    organisation: Organisation,
    made: Offer,
    group_of: Mapping[str, str],
    now: datetime,
) -> Sequence[tuple[Why, bool]]:
    roles = GRANTED_BY[own.role] if own.may_grant else frozenset[Role]()
    return (
        (Why.NOT_YOURS, len(granting.links) != 1 or made.role not in roles),
        (Why.CHAIN_TOO_LONG, len(granting.links[0]) >= LONGEST_LINK),
        (Why.ORGANISATION_NOT_ACTIVE, organisation.standing != Standing.ACTIVE),
        (Why.NOTHING_NAMED, made.scope.is_empty() or not made.scope.matters <= set(group_of)),
        (Why.ENDS_BEFORE_IT_BEGINS, made.valid_until <= max(made.valid_from, now)),
        (Why.TOO_LONG, made.valid_until - made.valid_from > LONGEST),
        (Why.BEGINS_EARLIER, made.valid_from < own.valid_from),
        (Why.OUTLIVES_OWN, made.valid_until > own.valid_until),
        (Why.BEYOND_OWN, not made.scope.is_within(own.scope, group_of)),
        (Why.BEYOND_OWN, made.may_delegate and own.role is Role.AGENT),
    )


def unfit_together(
    db: Session, vault: Vault, granting: Path, invitee: Somebody | Organisation, made: Offer
) -> Why | None:
    """What of an offer does not go together with who is there already; None if it does."""
    theirs = None if isinstance(invitee, Organisation) else lookup.by_phone(db, vault, invitee.phone)
    earlier = db.get(Mandate, made.supersedes) if made.supersedes else None
    if earlier is not None and not ending.may_end(db, granting, earlier):
        return Why.NOT_YOURS
    if made.role is Role.ADMINISTRATOR:
        replaced = earlier if theirs is not None and _is_of(earlier, theirs.id) else None
        if _administrators(db, granting.organisation_id, replaced) >= MOST_ADMINISTRATORS:
            return Why.TOO_MANY_ADMINISTRATORS
    if isinstance(invitee, Organisation):
        if made.role is not Role.AGENT or made.may_delegate:
            return Why.NOT_YOURS
        if invitee.id == granting.organisation_id:
            return Why.ONESELF
        return Why.LOOP if _acts_through(db, invitee.id, granting.organisation_id) else None
    return Why.ONESELF if theirs is not None and theirs.id == granting.person_id else None


def invitations(db: Session, vault: Vault, person: Person, now: datetime) -> Sequence[Mandate]:
    """What is offered to the phone a person has proven, under the name they bear."""
    held = select(PhoneIndex.digest).where(PhoneIndex.person_id == person.id)
    query = select(Mandate).where(
        Mandate.invitee_digest.in_(held), Mandate.state == State.INVITED, Mandate.settles_at > now
    )
    waiting = db.scalars(query.order_by(Mandate.created_at)).all()
    return [one for one in waiting if names.same(one.invitee_name or "", person.name or "")]


def offered_to(db: Session, organisation_id: UUID, now: datetime) -> Sequence[Mandate]:
    """What is offered to an organisation, for its representative or an administrator to accept."""
    query = select(Mandate).where(
        Mandate.agent_organisation_id == organisation_id,
        Mandate.state == State.INVITED,
        Mandate.settles_at > now,
    )
    return db.scalars(query.order_by(Mandate.created_at)).all()


def accept(db: Session, vault: Vault, mandate_id: UUID, person: Person, now: datetime) -> Mandate:
    """
    The invitee says yes, once; raises GrantRefused. They have just confirmed with a second factor.

    What the mandate rests on is judged again at every use: a grantor who has lost it gives nothing.
    """
    mandate = _waiting(db, mandate_id, now)
    invited = {one.id for one in invitations(db, vault, person, now)}
    if mandate.id not in invited or person.realm != Realm.CITIZEN or person.status != PersonStatus.ACTIVE:
        raise GrantRefused(Why.NOT_THE_INVITEE)
    if mandate.granted_by == person.id:
        raise GrantRefused(Why.ONESELF)
    if levels.identity_level(db, person.id, now) < LEAST_LEVEL:
        raise GrantRefused(Why.LEVEL_TOO_LOW)
    return _accepted(db, mandate, person.id, now, agent_person_id=person.id)


def accept_for(db: Session, mandate_id: UUID, accepting: Path, now: datetime) -> Mandate:
    """Representative or administrator of the invited organisation say yes for it; raises GrantRefused."""
    mandate = _offered_to(db, mandate_id, accepting, now)
    if mandate.granted_by == accepting.person_id:
        raise GrantRefused(Why.ONESELF)
    if _acts_through(db, accepting.organisation_id, mandate.organisation_id):
        raise GrantRefused(Why.LOOP)
    return _accepted(db, mandate, accepting.person_id, now)


def decline(db: Session, vault: Vault, mandate_id: UUID, person: Person, now: datetime) -> None:
    """The invitee says no; raises GrantRefused where it is not theirs to say."""
    mandate = _waiting(db, mandate_id, now)
    if mandate.id not in {one.id for one in invitations(db, vault, person, now)}:
        raise GrantRefused(Why.NOT_THE_INVITEE)
    _close(db, mandate, State.DECLINED, person.id, now)


def decline_for(db: Session, mandate_id: UUID, declining: Path, now: datetime) -> None:
    """The invited organisation says no."""
    mandate = _offered_to(db, mandate_id, declining, now)
    _close(db, mandate, State.DECLINED, declining.person_id, now)


def cancel(db: Session, mandate: Mandate, by: UUID, now: datetime) -> None:
    """Take an offer back before it is accepted; `ending.may_end` says who may."""
    if mandate.state not in (State.DRAFT, State.INVITED, State.COOLING):
        raise GrantRefused(Why.NO_LONGER_OFFERED)
    _close(db, mandate, State.CANCELLED, by, now)


def lapse(db: Session, now: datetime, limit: int = 200) -> Sequence[Mandate]:
    """Close what nobody answered in time; gives what lapsed."""
    query = select(Mandate).where(Mandate.state.in_([State.DRAFT, State.INVITED]), Mandate.settles_at <= now)
    due = db.scalars(query.order_by(Mandate.settles_at).limit(limit)).all()
    return [one for one in due if _close(db, one, State.LAPSED, None, now)]


def by_handle(db: Session, handle: str) -> Mandate | None:
    """The offer a link in an invitation means, whatever became of it."""
    return db.scalar(select(Mandate).where(Mandate.handle_digest == digest(handle)))


def _waiting(db: Session, mandate_id: UUID, now: datetime) -> Mandate:
    """The offer, if it can still be answered and would still be in force."""
    mandate = db.get(Mandate, mandate_id)
    if mandate is None or mandate.state != State.INVITED or mandate.settles_at is None:
        raise GrantRefused(Why.NO_LONGER_OFFERED)
    if min(mandate.settles_at, mandate.valid_until) <= now:
        raise GrantRefused(Why.NO_LONGER_OFFERED)
    return mandate


def _offered_to(db: Session, mandate_id: UUID, speaking: Path, now: datetime) -> Mandate:
    """The offer to an organisation, if this is somebody who speaks for it; both organisations are held."""
    mandate = _waiting(db, mandate_id, now)
    speaks = speaking.own.role in (Role.REPRESENTATIVE, Role.ADMINISTRATOR) and len(speaking.links) == 1
    if not speaks or speaking.organisation_id != mandate.agent_organisation_id:
        raise GrantRefused(Why.NOT_THE_INVITEE)
    states.hold_both(db, mandate.organisation_id, speaking.organisation_id)
    if not states.is_unchanged(db, speaking):
        raise GrantRefused(Why.NOT_THE_INVITEE)
    return mandate


def _accepted(db: Session, mandate: Mandate, by: UUID, now: datetime, **values: UUID) -> Mandate:
    organisation = states.hold(db, mandate.organisation_id)
    if organisation.standing != Standing.ACTIVE:
        raise GrantRefused(Why.ORGANISATION_NOT_ACTIVE)
    replaced = _replaced(db, mandate, values.get("agent_person_id"))
    if mandate.role == Role.ADMINISTRATOR:
        others = _administrators(db, organisation.id, replaced, mandate)
        if others >= MOST_ADMINISTRATORS:
            raise GrantRefused(Why.TOO_MANY_ADMINISTRATORS)
    if not states.move(
        db, mandate, State.ACTIVE, now, accepted_at=now, settles_at=None, invitee_digest=None, **values
    ):
        raise GrantRefused(Why.NO_LONGER_OFFERED)
    mandate.invitee_name = None
    states.record(db, events.MandateAccepted, mandate, now, by=by)
    if replaced is not None:
        ending.replace(db, replaced, mandate, now)
    return mandate


def _replaced(db: Session, mandate: Mandate, person_id: UUID | None) -> Mandate | None:
    """What a renewal takes the place of, if that is the same agent's of the same organisation."""
    earlier = db.get(Mandate, mandate.supersedes) if mandate.supersedes else None
    if earlier is None or earlier.state not in OPEN or earlier.organisation_id != mandate.organisation_id:
        return None
    if person_id is not None:
        return earlier if _is_of(earlier, person_id) else None
    same = earlier.agent_organisation_id == mandate.agent_organisation_id is not None
    return earlier if same else None


def _is_of(mandate: Mandate | None, person_id: UUID) -> bool:
    return mandate is not None and mandate.agent_person_id == person_id


def _close(db: Session, mandate: Mandate, state: State, by: UUID | None, now: datetime) -> bool:
    closed = states.move(
        db, mandate, state, now, ended_at=now, ended_because=state.value, settles_at=None, invitee_digest=None
    )
    if closed:
        mandate.invitee_name = None
        states.record(db, events.MandateClosed, mandate, now, by=by, reason=state.value)
    return closed


def _administrators(db: Session, organisation_id: UUID, *but: Mandate | None) -> int:
    query = select(func.count()).where(
        Mandate.organisation_id == organisation_id,
        Mandate.role == Role.ADMINISTRATOR,
        Mandate.state.in_(list(OPEN)),
        Mandate.id.not_in([one.id for one in but if one is not None]),
    )
    return db.scalar(query) or 0


def _acts_through(db: Session, giver: UUID, agent: UUID) -> bool:
    """Whether the first organisation lets the second act for it: two do not stand behind each other."""
    query = select(Mandate.id).where(
        Mandate.state.in_(list(OPEN)),
        Mandate.organisation_id == giver,
        Mandate.agent_organisation_id == agent,
    )
    return db.scalar(query.limit(1)) is not None
