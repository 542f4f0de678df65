"""Appointing administrators, approving them with a second pair of eyes, and ending them.

Three kinds are kept apart 三员分立 (GB/T 22239 8.1.4.2): whoever looks after the system, its security or its
trail does nothing else here. `by` is the person of the administrator who acts; None is the command on the
machine.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from admin_ui.events import AdministratorAppointed, AdministratorApproved, AdministratorEnded
from admin_ui.models import THREE, Administrator, Role
from admin_ui.subtree import Top, below, covers
from idp.audit import scope, trail
from idp.departments.models import Department
from idp.persons import oneself
from idp.persons.models import Person, Realm, Staff
from idp.storage.database import Refusal

LEAST = 2
"""So many security administrators there must be before one of them needs the other, and after that remain."""


class Reason(StrEnum):
    """Why not; the pages know these reason codes."""

    ALREADY = "administrator_already"
    APART = "administrator_apart"
    CITIZEN = "administrator_citizen"
    OWN = "administrator_own"
    SETTLED = "administrator_settled"
    TOO_FEW = "administrator_too_few"


class NotPossible(Refusal):
    """The rules do not allow it; `reason` says which."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Held:
    """A role that counts, and the path of the subtree it is for; None: the whole instance."""

    role: Role
    top: Top


def actor_of(person_id: UUID) -> str:
    """How the trail calls an administrator who acts."""
    return f"{scope.ADMINISTRATOR}{person_id.hex}"


def acting(actor: str) -> UUID | None:
    """Which administrator an actor of the trail is; None for anybody else."""
    return UUID(actor.removeprefix(scope.ADMINISTRATOR)) if actor.startswith(scope.ADMINISTRATOR) else None


def go_together(held: Collection[str], further: str) -> bool:
    """Whether a further role may stand beside those held: each of the three stands alone."""
    return not held or further not in THREE and not set(held) & set(THREE)


def appoint(
    db: Session, person_id: UUID, role: Role, department: Department | None, now: datetime, by: UUID | None
) -> Administrator:
    """
    Give somebody of the staff realm a role; raises NotPossible.

    One of the three waits for a second security administrator, as soon as there are two who may decide.
    """
    waits = by is not None and role in THREE and len(_deciding(db, department)) >= LEAST
    person = db.get_one(Person, person_id, with_for_update=True)
    if person.realm != Realm.STAFF:
        raise NotPossible(Reason.CITIZEN)
    held = [row.role for row in living(db, person_id)]
    if role in held:
        raise NotPossible(Reason.ALREADY)
    if not go_together(held, role):
        raise NotPossible(Reason.APART)
    row = Administrator(
        person_id=person_id,
        role=role,
        department_id=department.id if department else None,
        created_at=now,
        created_by=by,
        approved_at=None if waits else now,
    )
    db.add(row)
    db.flush()
    appointed = AdministratorAppointed(
        person_id=person_id, role=role, department=_code(department), counts=not waits
    )
    trail.record(db, appointed)
    return row


def approve(db: Session, row_id: UUID, by: UUID, now: datetime) -> Administrator:
    """Let a role count, as somebody else than who gave it and who gets it; raises NotPossible."""
    row = db.get_one(Administrator, row_id, with_for_update=True)
    if row.approved_at is not None or row.ended_at is not None:
        raise NotPossible(Reason.SETTLED)
    if {by, *oneself.others(db, by)} & {row.created_by, row.person_id}:
        raise NotPossible(Reason.OWN)
    row.approved_at, row.approved_by = now, by
    department = department_of(db, row)
    approved = AdministratorApproved(person_id=row.person_id, role=row.role, department=_code(department))
    trail.record(db, approved)
    return row


def end(db: Session, row_id: UUID, because: str, now: datetime, by: UUID | None) -> Administrator:
    """
    Take a role away, or do not approve it; raises NotPossible.

    Of the last two security administrators neither ends the other, or one alone could appoint whom they like:
    only the command on the machine does.
    """
    found = db.get_one(Administrator, row_id)
    counting = _deciding(db, department_of(db, found))
    row = db.get_one(Administrator, row_id, with_for_update=True, populate_existing=True)
    if row.ended_at is not None:
        raise NotPossible(Reason.SETTLED)
    if by is not None and row.id in {one.id for one in counting} and len(counting) <= LEAST:
        raise NotPossible(Reason.TOO_FEW)
    row.ended_at, row.ended_because = now, because[:64]
    trail.record(db, AdministratorEnded(person_id=row.person_id, role=row.role, reason=because[:64]))
    return row


def living(db: Session, person_id: UUID) -> Sequence[Administrator]:
    """The roles somebody has or waits for."""
    query = select(Administrator).where(
        Administrator.person_id == person_id, Administrator.ended_at.is_(None)
    )
    return db.scalars(query.order_by(Administrator.created_at, Administrator.id)).all()


def held(db: Session, person_id: UUID) -> tuple[Held, ...]:
    """The roles of somebody that count."""
    query = (
        select(Administrator.role, Department.path)
        .outerjoin(Department, Department.id == Administrator.department_id)
        .where(
            Administrator.person_id == person_id,
            Administrator.approved_at.is_not(None),
            Administrator.ended_at.is_(None),
        )
        .order_by(Administrator.created_at, Administrator.id)
    )
    return tuple(Held(Role(role), path) for role, path in db.execute(query))


@dataclass(frozen=True)
class Listed:
    """A role with whom it is of and for which department, as pages list them."""

    row: Administrator
    person: Person
    login: str
    department: Department | None


def listed(db: Session, tops: Sequence[Top], *narrowed: ColumnElement[bool]) -> list[Listed]:
    """The roles that count or wait within these subtrees, those that wait first."""
    query = (
        select(Administrator, Person, Staff.login, Department)
        .join(Person, Person.id == Administrator.person_id)
        .join(Staff, Staff.person_id == Administrator.person_id)
        .outerjoin(Department, Department.id == Administrator.department_id)
        .where(Administrator.ended_at.is_(None), below(tops, Department.path), *narrowed)
        .order_by(Administrator.approved_at.is_not(None), Department.path, Staff.login, Administrator.role)
    )
    return [Listed(*found) for found in db.execute(query)]


def waiting(db: Session, tops: Sequence[Top], me: UUID) -> list[Listed]:
    """The roles that wait for this security administrator: neither given by them nor to them."""
    others = or_(Administrator.created_by.is_(None), Administrator.created_by != me)
    return listed(db, tops, Administrator.approved_at.is_(None), others, Administrator.person_id != me)


def department_of(db: Session, row: Administrator) -> Department | None:
    """The top of the subtree of a role."""
    return db.get(Department, row.department_id) if row.department_id else None


def _deciding(db: Session, department: Department | None) -> Sequence[Administrator]:
    """
    The security administrators who may decide about roles for a department, one decision at a time.

    They are locked first and read afterwards: what somebody else has just decided is seen.
    """
    counts = (
        Administrator.role == Role.SECURITY,
        Administrator.approved_at.is_not(None),
        Administrator.ended_at.is_(None),
    )
    db.scalars(select(Administrator.id).where(*counts).order_by(Administrator.id).with_for_update()).all()
    query = (
        select(Administrator, Department.path)
        .outerjoin(Department, Department.id == Administrator.department_id)
        .where(*counts)
        .execution_options(populate_existing=True)
    )
    path = department.path if department else None
    return [row for row, top in db.execute(query) if covers(top, path)]


def _code(department: Department | None) -> str:
    return department.code if department else ""
