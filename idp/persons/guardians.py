"""
Guardians 监护人 and the minors in their care (domain: life cycle; PIPL Art. 31).

The relation is what the guardian says until a window has checked it, so it opens nothing that is not theirs:
a child under fourteen becomes one record (`wards`), in which each guardian finds what they said themselves.
Whoever names a child after others sees what a first one sees; those others are told. An older minor who has
an account is asked; one who has none, or says no, looks the same to whoever asked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, CursorResult, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from idp import clock
from idp.audit import trail
from idp.audit.events import GuardianAsked, GuardianEnded, GuardianLinked
from idp.evidence import levels
from idp.keys.vault import Vault
from idp.notices.telling import keep, tell
from idp.persons import belongings, identifiers, wards
from idp.persons.claim import CAPABLE_AT, Claim
from idp.persons.models import Guardianship, Person, PersonStatus, Realm
from idp.persons.registry import Verified
from idp.storage.database import Database

GROWN_AT = 18
LEAST_LEVEL = 3
MOST = 10
"""Minors in one person's care; more are for a window."""
BATCH = 200
ASKED_AGAIN_AFTER = timedelta(days=30)
"""Who said no, or left, is not asked again at once."""

RELATIONS = ("51", "52", "57", "58", "61", "62", "63", "64", "71", "75", "97", "99")
"""GB/T 4761: what a guardian can be to a minor, parents first."""


class Grade(StrEnum):
    """How well a relation is known."""

    DECLARED = "declared"
    WINDOW = "window"


class Unfit(StrEnum):
    """Why somebody cannot be put into a person's care here."""

    GROWN_UP = "grown_up"
    BIRTH_DATE_UNKNOWN = "birth_date_unknown"
    TOO_MANY = "too_many"


class AlreadyListed(Exception):
    """This guardian has this child already; nothing was written."""


@dataclass(frozen=True)
class Minor:
    """Who is to be in somebody's care, as a registry has confirmed."""

    claim: Claim
    answer: Verified
    relation: str


def may_be(db: Session, person: Person, now: datetime) -> bool:
    """Whether a person can be a guardian: grown, and known well enough."""
    grown = person.birth_date is not None and _age(person, clock.day(now)) >= GROWN_AT
    return grown and levels.identity_level(db, person.id, now) >= LEAST_LEVEL


def unfit(db: Session, guardian_id: UUID, claim: Claim, now: datetime) -> Unfit | None:
    """Why not, as far as number and list tell; asked before any registry is."""
    if claim.birth_date is None:
        return Unfit.BIRTH_DATE_UNKNOWN
    if identifiers.age(claim.birth_date, clock.day(now)) >= GROWN_AT:
        return Unfit.GROWN_UP
    return Unfit.TOO_MANY if len(_open(db, Guardianship.guardian_id == guardian_id)) >= MOST else None


def link(db: Session, vault: Vault, guardian: Person, minor: Minor, now: datetime) -> Guardianship | None:
    """
    Put a minor into somebody's care; None where the minor is old enough to be asked.

    Raises AlreadyListed for a child under fourteen whom the guardian has; of two at once the second gets it.
    """
    if not minor.claim.is_for_a_guardian(clock.day(now)):
        _ask(db, vault, guardian, minor, now)
        return None
    child = wards.record_of(db, vault, minor.claim, guardian.locale, now)
    made = _row(vault, guardian, child, minor, now)
    made.agreed_at = now
    try:
        db.add(made)
        made.name = minor.claim.name
        db.flush()
    except IntegrityError:
        raise AlreadyListed from None
    _record(db, made)
    wards.tell_others(db, child.id, guardian.id, now)
    return made


def of_guardian(db: Session, guardian_id: UUID) -> Sequence[Guardianship]:
    """The minors in a person's care; whoever was only asked is not among them."""
    return _open(db, Guardianship.guardian_id == guardian_id, Guardianship.agreed_at.is_not(None))


def of_ward(db: Session, ward_id: UUID) -> Sequence[Guardianship]:
    """The guardians of a minor, and those who ask to be."""
    return _open(db, Guardianship.ward_id == ward_id)


def is_supervised(db: Session, person: Person, now: datetime) -> bool:
    """Whether a minor with an account of their own has a guardian in force."""
    young = person.birth_date is not None and _age(person, clock.day(now)) < GROWN_AT
    return young and any(one.agreed_at for one in of_ward(db, person.id))


def needs_guardian(person: Person, now: datetime) -> bool:
    """Whether a person is under fourteen and cannot consent themselves."""
    return person.birth_date is not None and _age(person, clock.day(now)) < CAPABLE_AT


def agree(db: Session, ward_id: UUID, link_id: UUID, now: datetime) -> bool:
    """The minor says yes, once; true if it was theirs to say."""
    result = db.execute(
        update(Guardianship)
        .where(
            Guardianship.id == link_id,
            Guardianship.ward_id == ward_id,
            Guardianship.agreed_at.is_(None),
            Guardianship.ended_at.is_(None),
        )
        .values(agreed_at=now)
    )
    if not isinstance(result, CursorResult) or result.rowcount != 1:
        return False
    found = db.get_one(Guardianship, link_id, populate_existing=True)
    _record(db, found)
    keep(db, found.guardian_id, "guardian.linked", now)
    return True


def end(db: Session, link_id: UUID, by: UUID, reason: str, now: datetime) -> bool:
    """The guardian, or a minor with an account, ends it; true if it was one of theirs and in force."""
    found = db.get(Guardianship, link_id)
    if found is None or by not in (found.guardian_id, found.ward_id):
        return False
    return _end(db, found, reason, now)


def end_all(db: Session, guardian_id: UUID, reason: str, now: datetime) -> int:
    """Whoever leaves has nobody in their care any more."""
    return sum(_end(db, one, reason, now) for one in _open(db, Guardianship.guardian_id == guardian_id))


def end_grown(database: Database, now: datetime) -> int:
    """Periodic job: whoever has come of age is in nobody's care any more; gives how many links ended."""
    today, ended = clock.day(now), 0
    with database.reading() as db:
        query = select(Guardianship.id).where(
            Guardianship.ended_at.is_(None), Guardianship.last_year <= today.year
        )
        due = list(db.scalars(query.order_by(Guardianship.last_year).limit(BATCH)))
    for link_id in due:
        with database.writing() as db:
            found = db.get_one(Guardianship, link_id)
            ward = db.get_one(Person, found.ward_id)
            if ward.birth_date is None or _age(ward, today) >= GROWN_AT:
                ended += _end(db, found, "of_age", now)
    return ended


def _ask(db: Session, vault: Vault, guardian: Person, minor: Minor, now: datetime) -> None:
    """Ask a minor of fourteen or more, if there is an account to ask at; once, however often it is tried."""
    trail.record(db, GuardianAsked(person_id=guardian.id, relation=minor.relation))
    held = belongings.held(db, vault, minor.claim, now)
    ward = db.get_one(Person, held.document.person_id) if held else None
    if ward is None or ward.id == guardian.id or not _may_be_asked(ward):
        return
    made = _row(vault, guardian, ward, minor, now)
    if _was_ended(db, made.digest, now - ASKED_AGAIN_AFTER):
        return
    try:
        with db.begin_nested():
            db.add(made)
    except IntegrityError:
        return
    tell(db, ward.id, "guardian.asked", now)


def _was_ended(db: Session, digest: bytes, since: datetime) -> bool:
    query = select(Guardianship.id).where(Guardianship.digest == digest, Guardianship.ended_at > since)
    return db.scalar(query.limit(1)) is not None


def _may_be_asked(ward: Person) -> bool:
    return ward.status == PersonStatus.ACTIVE and ward.realm == Realm.CITIZEN


def _row(vault: Vault, guardian: Person, ward: Person, minor: Minor, now: datetime) -> Guardianship:
    born = minor.claim.birth_date
    assert born is not None
    return Guardianship(
        guardian_id=guardian.id,
        ward_id=ward.id,
        digest=vault.digest("guardianship", f"{guardian.id}|{minor.claim.key}"),
        relation=minor.relation,
        grade=Grade.DECLARED,
        authority=minor.answer.authority,
        request_id=minor.answer.request_id,
        last_year=born.year + GROWN_AT,
        created_at=now,
    )


def _record(db: Session, made: Guardianship) -> None:
    trail.record(
        db,
        GuardianLinked(
            person_id=made.guardian_id, ward=str(made.ward_id), relation=made.relation, grade=made.grade
        ),
    )


def _end(db: Session, found: Guardianship, reason: str, now: datetime) -> bool:
    """One conditional update, so that it ends once; a child's record is erased with its last guardian."""
    result = db.execute(
        update(Guardianship)
        .where(Guardianship.id == found.id, Guardianship.ended_at.is_(None))
        .values(ended_at=now, ended_because=reason)
    )
    if not isinstance(result, CursorResult) or result.rowcount != 1:
        return False
    was_agreed, ward = found.agreed_at is not None, db.get_one(Person, found.ward_id)
    if ward.origin == wards.ORIGIN:
        wards.leave(db, found, reason, now)
    else:
        keep(db, ward.id, "guardian.ended", now)
    if was_agreed:
        trail.record(db, GuardianEnded(person_id=found.guardian_id, reason=reason))
        keep(db, found.guardian_id, "guardian.ended", now)
    return True


def _open(db: Session, *conditions: ColumnElement[bool]) -> Sequence[Guardianship]:
    query = select(Guardianship).where(*conditions, Guardianship.ended_at.is_(None))
    return db.scalars(query.order_by(Guardianship.created_at)).all()


def _age(person: Person, today: date) -> int:
    return identifiers.age(date.fromisoformat(person.birth_date or "1900-01-01"), today)
