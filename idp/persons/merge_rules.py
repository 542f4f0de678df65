"""What makes joining two accounts impossible, and who may not decide about it."""

from collections.abc import Callable, Sequence
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from idp.evidence import levels
from idp.organisations.reviews import Decider
from idp.persons import names
from idp.persons.identifiers import DocumentType
from idp.persons.models import (
    Displacement,
    Document,
    Guardianship,
    Merge,
    MergeStatus,
    Person,
    PersonStatus,
    Realm,
    Split,
    SplitStatus,
)
from idp.storage.database import Refusal
from idp.windows.models import CaseStatus, WindowCase

LEAST_LEVEL = 3
"""How well the account that stays must be known."""
OPEN = (MergeStatus.PROPOSED, MergeStatus.APPROVED, MergeStatus.MERGED)
"""While one of these is about an account, no other is."""
ONE_NUMBER = frozenset(
    {
        DocumentType.RESIDENT_ID,
        DocumentType.HK_RESIDENCE_PERMIT,
        DocumentType.MACAO_RESIDENCE_PERMIT,
        DocumentType.TAIWAN_RESIDENCE_PERMIT,
        DocumentType.FOREIGN_PERMANENT_RESIDENT,
    }
)
"""Documents whose number a person keeps for life."""


class Why(StrEnum):
    """Why two accounts cannot be joined, or a case not decided; pages say it in words."""

    SAME_ACCOUNT = "same_account"
    NOT_ACTIVE = "not_active"
    """One is closed, frozen, dead, joined already, or none of a citizen."""
    LEVEL_TOO_LOW = "level_too_low"
    TWO_NUMBERS = "two_numbers"
    """Each has another number of a kind of which people have one."""
    BIRTH_DATES_DIFFER = "birth_dates_differ"
    SEXES_DIFFER = "sexes_differ"
    GUARDIAN_AND_WARD = "guardian_and_ward"
    DISPUTED = "disputed"
    """A document of one of them is on its way to somebody else."""
    ON_HOLD = "on_hold"
    """The phone of one was changed a short time ago."""
    BUSY = "busy"
    """Another case is about one of them."""
    REASON = "reason"
    ONESELF = "oneself"
    SAME_OPERATOR = "same_operator"
    SETTLED = "settled"
    NOT_YOURS = "not_yours"
    TOO_LATE = "too_late"


class MergeRefused(Refusal):
    """Nothing was changed, for this reason."""

    def __init__(self, reason: Why) -> None:
        super().__init__(reason.value)
        self.reason = reason


def unfit(
    db: Session, survivor: Person, merged: Person, now: datetime, but: UUID | None = None
) -> Why | None:
    """What makes joining two accounts impossible, if anything does; `but` is the case itself."""
    both = (survivor, merged)
    born = {person.birth_date for person in both} - {None}
    sexes = {person.sex for person in both if person.sex in {"M", "F"}}
    faults: dict[Why, Callable[[], bool]] = {
        Why.SAME_ACCOUNT: lambda: survivor.id == merged.id,
        Why.NOT_ACTIVE: lambda: not all(_is_active(person) for person in both),
        Why.BUSY: lambda: is_busy(db, both, but),
        Why.TWO_NUMBERS: lambda: _has_two_numbers(both),
        Why.BIRTH_DATES_DIFFER: lambda: len(born) > 1,
        Why.SEXES_DIFFER: lambda: len(sexes) > 1,
        Why.GUARDIAN_AND_WARD: lambda: _is_guardian_of(db, survivor.id, merged.id),
        Why.DISPUTED: lambda: _is_disputed(db, both),
        Why.ON_HOLD: lambda: any(person.held_until and person.held_until > now for person in both),
        Why.LEVEL_TOO_LOW: lambda: levels.identity_level(db, survivor.id, now) < LEAST_LEVEL,
    }
    return next((why for why, holds in faults.items() if holds()), None)


def hold(db: Session, one_id: UUID, other_id: UUID) -> tuple[Person, Person]:
    """Both persons, held until the transaction ends, in an order of their own: nobody waits in a circle."""
    held = {
        person_id: db.get_one(Person, person_id, with_for_update=True, populate_existing=True)
        for person_id in sorted({one_id, other_id})
    }
    return held[one_id], held[other_id]


def operator_fault(db: Session, operator: Decider, persons: Sequence[Person], reason: str) -> Why | None:
    """Nobody decides about themselves: a civil servant of the same name or phone leaves it to another."""
    if not reason.strip():
        return Why.REASON
    staff = db.get(Person, operator.person_id)
    for person in persons:
        same_name = staff is not None and staff.name and names.same(staff.name, person.name or "")
        same_phone = staff is not None and staff.phone and staff.phone == person.phone
        if operator.is_one(person.id) or same_name or same_phone:
            return Why.ONESELF
    return None


def _is_active(person: Person) -> bool:
    is_citizen = person.realm == Realm.CITIZEN and person.origin != "guardian"
    return is_citizen and person.status == PersonStatus.ACTIVE


def is_busy(db: Session, persons: Sequence[Person], but: UUID | None, but_split: UUID | None = None) -> bool:
    """Whether another case, of joining or of taking apart, is about one of them."""
    ids = [person.id for person in persons]
    named = or_(*(names_person(person_id) for person_id in ids))
    merges = select(Merge.id).where(named, Merge.status.in_(OPEN), Merge.id.is_distinct_from(but))
    splits = select(Split.id).where(
        Split.person_id.in_(ids), Split.status == SplitStatus.PROPOSED, Split.id.is_distinct_from(but_split)
    )
    return any(db.scalar(query.limit(1)) is not None for query in (merges, splits))


def names_person(person_id: UUID) -> ColumnElement[bool]:
    """A condition over merges: the case is about this account."""
    return or_(Merge.survivor_id == person_id, Merge.merged_id == person_id)


def _has_two_numbers(persons: Sequence[Person]) -> bool:
    numbers: dict[str, set[str | None]] = {}
    for document in (one for person in persons for one in person.documents):
        if document.verified_at and not document.displaced_at and document.kind in ONE_NUMBER:
            numbers.setdefault(document.kind, set()).add(document.number)
    return any(len(found) > 1 for found in numbers.values())


def _is_guardian_of(db: Session, one_id: UUID, other_id: UUID) -> bool:
    query = select(Guardianship.id).where(
        Guardianship.guardian_id.in_([one_id, other_id]),
        Guardianship.ward_id.in_([one_id, other_id]),
        Guardianship.ended_at.is_(None),
    )
    return db.scalar(query.limit(1)) is not None


def _is_disputed(db: Session, persons: Sequence[Person]) -> bool:
    ids = [person.id for person in persons]
    displaced = (
        select(Displacement.id)
        .join(Document, Document.id == Displacement.document_id)
        .where(
            Displacement.settled_at.is_(None),
            or_(Displacement.claimant_id.in_(ids), Document.person_id.in_(ids)),
        )
    )
    at_a_window = select(WindowCase.id).where(
        WindowCase.status.in_([CaseStatus.OPEN, CaseStatus.APPROVED]),
        or_(WindowCase.holder_id.in_(ids), WindowCase.owner_id.in_(ids)),
        WindowCase.undone_at.is_(None),
    )
    return any(db.scalar(query.limit(1)) is not None for query in (displaced, at_a_window))
