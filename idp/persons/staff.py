"""Civil servants 政务人员: brought into being, kept up and shut out as their directory says.

A civil servant is a person of the staff realm. As a citizen they are somebody else: `oneself`.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.audit import trail
from idp.audit.events import PersonRegistered, StaffMoved
from idp.authenticators.directory import Entry
from idp.departments.models import Department
from idp.evidence.levels import SUPPORTS
from idp.evidence.models import Evidence, Method
from idp.persons import lifecycle
from idp.persons.models import Person, PersonStatus, Realm, Staff

LEAST_AAL = 2
"""A civil servant sees what is other people's, so one password never opens it."""
DISABLED, REMOVED = "directory_disabled", "directory_removed"
"""Why somebody was shut out; only such a freeze is lifted when the directory lets them in again."""


@dataclass(frozen=True)
class Source:
    """Which directory says so, and which department here each unit there is."""

    directory: str
    units: Mapping[str, str] = field(default_factory=dict)

    def department(self, unit: str) -> str:
        """The code of the department that a unit is."""
        return self.units.get(unit, unit)


def arrived(db: Session, source: Source, entry: Entry, now: datetime) -> Person:
    """The person behind an entry that has just been proven, as the directory tells them today."""
    found = select(Staff).where(Staff.directory == source.directory, Staff.entry_id == entry.id)
    staff = db.scalar(found)
    if staff is None:
        staff = _appointed(db, source, entry, now)
    person = db.get_one(Person, staff.person_id)
    keep_up(db, source, staff, person, entry, now)
    if person.status == PersonStatus.FROZEN and person.status_reason in {DISABLED, REMOVED}:
        lifecycle.unfreeze(db, person, "directory_enabled", now)
    return person


def keep_up(db: Session, source: Source, staff: Staff, person: Person, entry: Entry, now: datetime) -> None:
    """Take over what the directory says; whoever moved is told of anew to the portals."""
    department_id = _department(db, source, entry.unit)
    told = (entry.name, entry.unit, entry.post, entry.window, department_id)
    if told != (person.name, staff.unit_code, staff.post, staff.window, staff.department_id):
        if staff.unit_code != entry.unit:
            moved = StaffMoved(person_id=person.id, unit_before=staff.unit_code, unit_after=entry.unit)
            trail.record(db, moved)
        person.name, person.version = entry.name, person.version + 1
        staff.unit_code, staff.post, staff.window = entry.unit, entry.post, entry.window
        staff.department_id = department_id
    staff.login, staff.confirmed_at = entry.login, now


def shut_out(db: Session, person: Person, reason: str, now: datetime) -> None:
    """The directory has disabled or removed the entry; every token is dead at once."""
    if person.status == PersonStatus.ACTIVE:
        lifecycle.freeze(db, person, reason, now)


def of(db: Session, person_id: UUID) -> Staff | None:
    """What the directory says of a person; None for a citizen."""
    return db.get(Staff, person_id)


def spelled(login: str) -> str:
    """One spelling for all that a directory takes for the same, or each would have guesses of its own."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", login.strip()).casefold())


def by_login(db: Session, login: str) -> Staff | None:
    """Whoever had this login when the directory was asked last."""
    query = select(Staff).where(Staff.login == login).order_by(Staff.confirmed_at.desc())
    return db.scalars(query).first()


def _appointed(db: Session, source: Source, entry: Entry, now: datetime) -> Staff:
    person = Person(realm=Realm.STAFF, least_aal=LEAST_AAL, origin="directory", created_at=now)
    db.add(person)
    person.name = entry.name
    db.flush()
    staff = Staff(
        person_id=person.id,
        directory=source.directory,
        entry_id=entry.id,
        login=entry.login,
        unit_code=entry.unit,
        post=entry.post,
        window=entry.window,
        department_id=_department(db, source, entry.unit),
        confirmed_at=now,
    )
    db.add(staff)
    level = SUPPORTS[Method.DIRECTORY]
    vouches = Evidence(
        person_id=person.id, method=Method.DIRECTORY, authority=source.directory, level=level, at=now
    )
    db.add(vouches)
    db.flush()  # of two first sign-ins at once, the second finds the entry taken
    trail.record(db, PersonRegistered(person_id=person.id, origin="directory"))
    return staff


def _department(db: Session, source: Source, unit: str) -> UUID | None:
    return db.scalar(select(Department.id).where(Department.code == source.department(unit)))
