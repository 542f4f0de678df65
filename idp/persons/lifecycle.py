"""Freeze, unfreeze, close with time to change one's mind, report a death: each is a move from state to state.

The state on the row is what every liveness read checks, so tokens and sessions are dead at once; the outbox
message `person.status_changed` and whoever calls these rules end the rows of the sessions as well.
"""

from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import CursorResult, delete, select, update
from sqlalchemy.orm import Session

from idp.audit import trail
from idp.audit.events import StatusChanged
from idp.evidence.models import Evidence
from idp.notices.telling import tell
from idp.outbox import queue
from idp.persons.models import CertKey, Document, Person, PersonStatus, PhoneIndex
from idp.storage.database import Refusal

STATUS_CHANGED = "person.status_changed"
"""Topic of `{person_id, status}`, put with every move."""

REOPENED = "reopened"
"""The reason by which a person's row says that a closing was taken back."""
ACTIVE, FROZEN, CLOSING = PersonStatus.ACTIVE, PersonStatus.FROZEN, PersonStatus.CLOSING
ENTERING = (ACTIVE, CLOSING)
"""Who may sign in; of who is closing a whole sign-in takes it back."""
CLOSED, DECEASED, MERGED = PersonStatus.CLOSED, PersonStatus.DECEASED, PersonStatus.MERGED


class NotPossible(Refusal):
    """The person is not in a state from which this is possible."""

    def __init__(self, status: str, wanted: str) -> None:
        super().__init__(f"not possible: the person is {status}")
        self.status, self.wanted = status, wanted


def freeze(db: Session, person: Person, reason: str, now: datetime) -> None:
    """Let nobody in: the phone was lost, fraud is suspected, a court ordered it."""
    _move(db, person, (ACTIVE, CLOSING), FROZEN, reason, now)
    tell(db, person.id, "person.frozen", now)


def unfreeze(db: Session, person: Person, reason: str, now: datetime) -> None:
    """Let the person in again; what was ended stays ended."""
    _move(db, person, (FROZEN,), ACTIVE, reason, now)
    tell(db, person.id, "person.unfrozen", now)


def begin_closing(db: Session, person: Person, reason: str, now: datetime, cooling: timedelta) -> None:
    """Start the cooling-off period of closing (PIPL Art. 47); a whole sign-in takes it back."""
    _move(db, person, (ACTIVE,), CLOSING, reason, now, close_after=now + cooling)
    tell(db, person.id, "person.closing", now)


def reopen(db: Session, person: Person, now: datetime) -> None:
    """Take the closing back while it can be."""
    _move(db, person, (CLOSING,), ACTIVE, REOPENED, now)
    tell(db, person.id, "person.reopened", now)


def come_back(db: Session, person: Person, now: datetime) -> None:
    """Who has signed in, with every step that takes, stays; another sign-in may have said so just now."""
    if person.status == CLOSING:
        with suppress(NotPossible):
            reopen(db, person, now)


def finish_closing(db: Session, person: Person, now: datetime) -> None:
    """Erase everything that tells who the person was; a row without content stays as the tombstone."""
    if person.close_after is None or person.close_after > now:
        raise NotPossible(person.status, CLOSED)
    _move(db, person, (CLOSING,), CLOSED, "closed", now)
    db.execute(
        update(Evidence)
        .where(Evidence.person_id == person.id, Evidence.withdrawn_at.is_(None))
        .values(withdrawn_at=now, withdrawn_because="closed")
    )
    db.execute(update(Evidence).where(Evidence.person_id == person.id).values(document_id=None))
    db.execute(delete(PhoneIndex).where(PhoneIndex.person_id == person.id))
    db.execute(delete(CertKey).where(CertKey.person_id == person.id))
    db.execute(delete(Document).where(Document.person_id == person.id))
    person.name = person.phone = person.address = person.birth_date = None
    person.sex = person.login_name = None


def due_for_closing(db: Session, now: datetime, limit: int = 100) -> list[UUID]:
    """Whose cooling-off period is over."""
    query = select(Person.id).where(Person.status == CLOSING, Person.close_after <= now)
    return list(db.scalars(query.order_by(Person.close_after).limit(limit)))


def report_death(db: Session, person: Person, reason: str, now: datetime) -> None:
    """Believe a registry that the person has died; it can be taken back, because registries err."""
    _move(db, person, (ACTIVE, FROZEN, CLOSING), DECEASED, reason, now)
    tell(db, person.id, "person.deceased", now)


def withdraw_death(db: Session, person: Person, reason: str, now: datetime) -> None:
    """The report was wrong."""
    _move(db, person, (DECEASED,), ACTIVE, reason, now)
    tell(db, person.id, "person.unfrozen", now)


def join(db: Session, person: Person, now: datetime) -> None:
    """Let nobody in by this account: what it had is another's of the same person (`merging`)."""
    _move(db, person, (ACTIVE,), MERGED, "merged", now)


def part(db: Session, person: Person, status: str, now: datetime) -> None:
    """They were not one person after all: an account of its own again, as free as the other one is."""
    _move(db, person, (MERGED,), FROZEN if status == FROZEN else ACTIVE, "merge_undone", now)


def _move(
    db: Session,
    person: Person,
    before: tuple[PersonStatus, ...],
    after: PersonStatus,
    reason: str,
    now: datetime,
    close_after: datetime | None = None,
) -> None:
    """One conditional update, so that of two moves at once the second finds the state the first one left."""
    was = person.status
    result = db.execute(
        update(Person)
        .where(Person.id == person.id, Person.status == was, Person.status.in_(before))
        .values(status=after, status_reason=reason[:64], status_changed_at=now, close_after=close_after)
    )
    if not isinstance(result, CursorResult) or result.rowcount != 1:
        raise NotPossible(was, after)
    db.refresh(person)
    person.version += 1
    queue.put(db, STATUS_CHANGED, {"person_id": str(person.id), "status": after}, subject=str(person.id))
    trail.record(db, StatusChanged(person_id=person.id, before=was, after=after, reason=reason[:64]))
