"""Two accounts of one person become one (domain: life cycle, merge): by two operators, after a notice, with a
way back.

One operator proposes, another approves; then both accounts are told on every channel, and within the
cooling-off whoever owns either of them may object. The better proven account stays, and the other one's
things become its own; until the window ends everything can be put back. Nobody decides about their own.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import CursorResult, and_, or_, select, update
from sqlalchemy.orm import Session

from idp.audit import trail
from idp.evidence import levels
from idp.keys.vault import Vault
from idp.notices.telling import tell
from idp.organisations.reviews import Decider
from idp.persons import events, joining, lifecycle
from idp.persons.events import MergeEvent
from idp.persons.merge_rules import OPEN, MergeRefused, Why, hold, names_person, operator_fault, unfit
from idp.persons.models import Merge, MergeStatus, Person, PersonStatus

COOLING = timedelta(hours=72)
UNDO = timedelta(days=30)
CONSOLE = "console"
SUGGESTED, PROPOSED, APPROVED = MergeStatus.SUGGESTED, MergeStatus.PROPOSED, MergeStatus.APPROVED
MERGED, UNDONE, FINAL = MergeStatus.MERGED, MergeStatus.UNDONE, MergeStatus.FINAL


def propose(
    db: Session,
    one_id: UUID,
    other_id: UUID,
    reason: str,
    now: datetime,
    *,
    proposer: Decider | None = None,
    department_id: UUID | None = None,
    origin: str = CONSOLE,
) -> Merge:
    """
    Say that two accounts are one person's; raises MergeRefused. Gives the case that is there, if one is.

    With a `proposer` it waits for a second operator; without one it is a suggestion that an operator must
    adopt first. Which account stays is not chosen: the better proven one, of equals the older one.
    """
    persons = hold(db, one_id, other_id)
    survivor, merged = _order(db, persons, now)
    known = about(db, one_id, other_id)
    if proposer is None and known is not None:
        return known
    fault = unfit(db, survivor, merged, now)
    if fault is None and proposer is not None:
        fault = operator_fault(db, proposer, persons, reason)
    if fault is not None:
        raise MergeRefused(fault)
    if known is not None and proposer is not None:
        return adopt(db, known.id, proposer, reason, department_id, now)
    merge = Merge(
        status=PROPOSED if proposer else SUGGESTED,
        survivor_id=survivor.id,
        merged_id=merged.id,
        origin=origin,
        department_id=department_id,
        reason=reason[:200],
        opened_by=proposer.person_id if proposer else None,
        opened_at=now,
    )
    db.add(merge)
    db.flush()
    if proposer:
        _record(db, events.MergeProposed, merge)
    else:
        _record(db, events.MergeSuggested, merge, origin=origin)
    return merge


def adopt(
    db: Session, merge_id: UUID, proposer: Decider, reason: str, department_id: UUID | None, now: datetime
) -> Merge:
    """Make a suggestion one's own: the first pair of eyes; raises MergeRefused."""
    merge, survivor, merged = _held(db, merge_id)
    fault = unfit(db, survivor, merged, now) or operator_fault(db, proposer, (survivor, merged), reason)
    if fault is not None:
        raise MergeRefused(fault)
    mine = {"opened_by": proposer.person_id, "opened_at": now, "reason": reason[:200]}
    _move(db, merge, (SUGGESTED,), PROPOSED, **mine, department_id=merge.department_id or department_id)
    _record(db, events.MergeProposed, merge)
    return merge


def approve(db: Session, merge_id: UUID, operator: Decider, reason: str, now: datetime) -> Merge:
    """The second operator agrees: both owners are told, and the cooling-off runs; raises MergeRefused."""
    merge, survivor, merged = _held(db, merge_id)
    if operator.is_one(merge.opened_by):
        raise MergeRefused(Why.SAME_OPERATOR)
    fault = operator_fault(db, operator, (survivor, merged), reason) or unfit(
        db, survivor, merged, now, merge.id
    )
    if fault is not None:
        raise MergeRefused(fault)
    _decided(db, merge, (PROPOSED,), APPROVED, operator, reason, now, cools_until=now + COOLING)
    _record(db, events.MergeApproved, merge)
    for person in (survivor, merged):
        tell(db, person.id, "merge.announced", now)
    return merge


def refuse(db: Session, merge_id: UUID, operator: Decider, reason: str, now: datetime) -> Merge:
    """Either operator says no, until the accounts are joined; raises MergeRefused."""
    merge, survivor, merged = _held(db, merge_id)
    fault = operator_fault(db, operator, (survivor, merged), reason)
    if fault is not None:
        raise MergeRefused(fault)
    was_announced = merge.status == APPROVED
    values = {"settled_at": now, "settled_because": "refused"}
    before = (SUGGESTED, PROPOSED, APPROVED)
    _decided(db, merge, before, MergeStatus.REFUSED, operator, reason, now, **values)
    _closed(db, merge, "refused", now, told=was_announced)
    return merge


def object_to(db: Session, merge_id: UUID, person_id: UUID, now: datetime) -> None:
    """The owner of either account says no within the cooling-off; raises MergeRefused."""
    merge, *_ = _held(db, merge_id)
    if person_id not in (merge.survivor_id, merge.merged_id):
        raise MergeRefused(Why.NOT_YOURS)
    _move(db, merge, (APPROVED,), MergeStatus.OBJECTED, settled_at=now, settled_because="objected")
    _closed(db, merge, "objected", now, told=True)


def carry_out(db: Session, vault: Vault, merge_id: UUID, now: datetime) -> Merge | None:
    """
    Join the accounts when the cooling-off is over; None if it is not, or not possible any more.

    The caller ends what anybody is signed in to, and tells the clients, in the same transaction
    (`idp.account.merging`).
    """
    merge, survivor, merged = _held(db, merge_id)
    if merge.status != APPROVED or merge.cools_until is None or merge.cools_until > now:
        return None
    fault = unfit(db, survivor, merged, now, merge.id)
    if fault is not None:
        _move(db, merge, (APPROVED,), MergeStatus.LAPSED, settled_at=now, settled_because=fault)
        _closed(db, merge, fault, now, told=True)
        return None
    _move(db, merge, (APPROVED,), MERGED, merged_at=now, undo_until=now + UNDO)
    lifecycle.join(db, merged, now)
    manifest = joining.join(db, vault, survivor, merged, now)
    merge.manifest = manifest.text()
    _record(db, events.AccountsMerged, merge, rows=manifest.rows)
    for person in (survivor, merged):
        tell(db, person.id, "accounts.merged", now)
    return merge


def undo(db: Session, vault: Vault, merge_id: UUID, operator: Decider, reason: str, now: datetime) -> Merge:
    """Make two accounts of it again, while the window is open; raises MergeRefused.

    It gives nobody anything they did not have, so one operator is enough. The caller ends what anybody is
    signed in to.
    """
    merge, survivor, merged = _held(db, merge_id)
    fault = operator_fault(db, operator, (survivor, merged), reason)
    if fault is not None:
        raise MergeRefused(fault)
    if merge.status != MERGED or merge.merged_at is None or merge.manifest is None:
        raise MergeRefused(Why.SETTLED)
    if survivor.status == PersonStatus.CLOSED or merge.undo_until is None or merge.undo_until <= now:
        raise MergeRefused(Why.TOO_LATE)
    values = {"undone_by": operator.person_id, "undo_reason": reason[:200], "settled_at": now}
    _move(db, merge, (MERGED,), UNDONE, **values, settled_because="undone")
    manifest = joining.read(merge.manifest)
    lifecycle.part(db, merged, survivor.status, now)
    joining.part(db, vault, survivor, merged, manifest, merge.merged_at, now)
    merge.manifest = None
    _record(db, events.MergeUndone, merge)
    for person in (survivor, merged):
        tell(db, person.id, "merge.undone", now)
    return merge


def finish(db: Session, merge_id: UUID, now: datetime) -> bool:
    """The window is over: the way back is forgotten, and what was left of the joined account; true once."""
    merge, _, merged = _held(db, merge_id)
    if merge.status != MERGED or merge.undo_until is None or merge.undo_until > now:
        return False
    _move(db, merge, (MERGED,), FINAL, settled_at=now, settled_because="final")
    joining.erase(db, merged)
    merge.manifest = None
    _record(db, events.MergeSettled, merge)
    return True


def persons_of(db: Session, merge: Merge) -> tuple[Person, Person]:
    """The accounts of a case, for looking: who stays, who goes into it."""
    return db.get_one(Person, merge.survivor_id), db.get_one(Person, merge.merged_id)


def in_order(db: Session, one_id: UUID, other_id: UUID, now: datetime) -> tuple[Person, Person]:
    """Which of two accounts would stay, first; for looking."""
    return _order(db, (db.get_one(Person, one_id), db.get_one(Person, other_id)), now)


def due(db: Session, now: datetime, limit: int = 100) -> Sequence[UUID]:
    """The cases whose cooling-off or window is over."""
    cooled = and_(Merge.status == APPROVED, Merge.cools_until <= now)
    over = and_(Merge.status == MERGED, Merge.undo_until <= now)
    return db.scalars(select(Merge.id).where(or_(cooled, over)).order_by(Merge.opened_at).limit(limit)).all()


def announced_to(db: Session, person_id: UUID) -> Sequence[Merge]:
    """What a person can object to."""
    query = select(Merge).where(names_person(person_id), Merge.status == APPROVED)
    return db.scalars(query.order_by(Merge.opened_at)).all()


def about(db: Session, one_id: UUID, other_id: UUID) -> Merge | None:
    """The suggestion or open case about just these two."""
    pair = or_(
        and_(Merge.survivor_id == one_id, Merge.merged_id == other_id),
        and_(Merge.survivor_id == other_id, Merge.merged_id == one_id),
    )
    return db.scalar(select(Merge).where(pair, Merge.status.in_([SUGGESTED, *OPEN])).limit(1))


def _held(db: Session, merge_id: UUID) -> tuple[Merge, Person, Person]:
    """A case and its accounts: of two who decide at once, the second finds it decided."""
    merge = db.get(Merge, merge_id)
    if merge is None:
        raise MergeRefused(Why.SETTLED)
    survivor, merged = hold(db, merge.survivor_id, merge.merged_id)
    db.refresh(merge)
    return merge, survivor, merged


def _order(db: Session, persons: tuple[Person, Person], now: datetime) -> tuple[Person, Person]:
    one, other = persons

    def rank(person: Person) -> tuple[int, datetime]:
        return -levels.identity_level(db, person.id, now), person.created_at

    return (one, other) if rank(one) <= rank(other) else (other, one)


def _decided(
    db: Session,
    merge: Merge,
    before: Sequence[MergeStatus],
    after: MergeStatus,
    operator: Decider,
    reason: str,
    now: datetime,
    **values: Any,
) -> None:
    said = {"decided_by": operator.person_id, "decided_at": now, "second_reason": reason[:200]}
    _move(db, merge, before, after, **said, **values)


def _move(
    db: Session, merge: Merge, before: Sequence[MergeStatus], after: MergeStatus, **values: Any
) -> None:
    """One conditional update: a case is decided once; raises MergeRefused."""
    moved = db.execute(
        update(Merge)
        .where(Merge.id == merge.id, Merge.status.in_(before))
        .values(status=after, **values)
        .execution_options(synchronize_session=False)
    )
    db.refresh(merge)
    if not (isinstance(moved, CursorResult) and moved.rowcount == 1):
        raise MergeRefused(Why.SETTLED)


def _closed(db: Session, merge: Merge, reason: str, now: datetime, *, told: bool) -> None:
    _record(db, events.MergeClosed, merge, reason=reason)
    if told:
        for person_id in (merge.survivor_id, merge.merged_id):
            tell(db, person_id, "merge.closed", now)


def _record(db: Session, kind: type[MergeEvent], merge: Merge, **more: Any) -> None:
    other = str(merge.merged_id)
    trail.record(db, kind(person_id=merge.survivor_id, merge=str(merge.id), other=other, **more))
