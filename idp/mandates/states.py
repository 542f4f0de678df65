"""Moving a mandate from state to state: one conditional update, so that of two at once only one wins, and in
the same transaction what the trail, the organisation's history and the portals must hear of it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from idp.audit import trail
from idp.mandates.events import MandateEvent
from idp.mandates.models import NEXT, OPEN, Mandate, State
from idp.mandates.rules import Path
from idp.organisations import history
from idp.organisations.models import Organisation
from idp.outbox import queue

ENDED = "mandate.ended"
"""Topic of `{mandates: [id], reason}`: what was let in under them is to be let out (`account.acting`)."""
BATCH = 200


def move(db: Session, mandate: Mandate, after: State, now: datetime, **values: Any) -> bool:
    """Let one mandate become something else; False if it has become another thing meanwhile."""
    before = [state for state, following in NEXT.items() if after in following and state == mandate.state]
    moved = db.execute(
        update(Mandate)
        .where(Mandate.id == mandate.id, Mandate.state.in_(before), Mandate.version == mandate.version)
        .values(state=after, version=Mandate.version + 1, **values)
        .execution_options(synchronize_session=False)
    )
    db.refresh(mandate)
    return isinstance(moved, CursorResult) and moved.rowcount == 1


def touch(db: Session, mandate: Mandate) -> None:
    """Note that it allows something else than before: what was given out under it is dead."""
    mandate.version += 1


def record(db: Session, kind: type[MandateEvent], mandate: Mandate, now: datetime, /, **more: Any) -> None:
    """Tell the trail and the organisation's own history; `by` is the person who did it."""
    by = more.pop("by", None)
    trail.record(
        db,
        kind(
            person_id=by,
            mandate=str(mandate.id),
            organisation=str(mandate.organisation_id),
            version=mandate.version,
            **more,
        ),
    )
    said = {name: str(value) for name, value in more.items()}
    history.note(db, mandate.organisation_id, kind.topic, now, person_id=by, mandate_id=mandate.id, **said)


def announce(db: Session, ids: Iterable[UUID], reason: str) -> None:
    """Have everybody let out who was let in under these mandates."""
    named = [str(one) for one in ids]
    for start in range(0, len(named), BATCH):
        queue.put(db, ENDED, {"mandates": named[start : start + BATCH], "reason": reason})


def below(db: Session, ids: Sequence[UUID], states: Iterable[State] = OPEN) -> list[Mandate]:
    """Everything granted under these mandates, directly or not, that is still open."""
    found: list[Mandate] = []
    level = list(ids)
    while level:
        children = db.scalars(
            select(Mandate).where(Mandate.granted_under.in_(level), Mandate.state.in_(list(states)))
        ).all()
        known = {one.id for one in found}
        fresh = [child for child in children if child.id not in known]
        found += fresh
        level = [child.id for child in fresh]
    return found


def hold(db: Session, organisation_id: UUID) -> Organisation:
    """The organisation, held until the transaction ends: its mandates change one after another."""
    query = select(Organisation).where(Organisation.id == organisation_id).with_for_update()
    return db.scalars(query.execution_options(populate_existing=True)).one()


def hold_both(db: Session, one: UUID, other: UUID) -> Organisation:
    """The first of two organisations, both held, in an order of their own: nobody waits in a circle."""
    held = {each: hold(db, each) for each in sorted({one, other})}
    return held[one]


def is_unchanged(db: Session, path: Path) -> bool:
    """
    Whether a path that was read before is what it was: nothing on it was narrowed, suspended or ended since.

    Ask once the organisations on it are held, before anything is done by it.
    """
    powers = {power.id: power for power in path.powers}
    rows = db.execute(select(Mandate.id, Mandate.state, Mandate.version).where(Mandate.id.in_(powers))).all()
    alive = {power.id for power in path.alive}
    return len(rows) == len(powers) and all(
        row.version == powers[row.id].version and (row.state == State.ACTIVE or row.id not in alive)
        for row in rows
    )
