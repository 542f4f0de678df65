"""What the rooms of joining and taking apart share: cases and drafts one sees, accounts side by side."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from flask import abort
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from admin_ui import finding, subtree
from admin_ui.access import Me, Permission, who
from admin_ui.finding import Found
from admin_ui.subtree import Top
from idp.authenticators import credentials
from idp.departments.models import Department
from idp.persons.models import Merge, Person, Split
from idp.web.showing import masked_name

OPEN, DECIDE = Permission.OPEN_CASES, Permission.DECIDE_CASES
MOST = 100
"""Cases on one page."""
LIFETIME = 1800.0
"""Seconds of a draft."""


@dataclass(frozen=True)
class Draft:
    """What an operator is about between two pages, for `LIFETIME`: no address says who was found."""

    operator_id: UUID
    top: Top
    """The part of the country they saw when they began."""


Case = TypeVar("Case", Merge, Split)
Kept = TypeVar("Kept", bound=Draft)


@dataclass(frozen=True)
class Account:
    """An account as an operator sees it beside another."""

    id: UUID
    found: Found
    ways: Sequence[str]
    """The kinds of its means of proof."""


def account(db: Session, person_id: UUID) -> Account:
    """Masked."""
    person = db.get_one(Person, person_id)
    ways = sorted({one.kind for one in credentials.living(db, person.id)})
    return Account(person.id, finding.masked(db, person), ways)


def top_of(me: Me, permission: Permission) -> Top:
    """The part of the country for which they have it, the first of several; None is the whole instance."""
    tops = me.tops(permission)
    return None if None in tops else min(filter(None, tops), default=None)


def department_of(db: Session, me: Me) -> UUID | None:
    """The department to which a case belongs that they open; None is the whole instance."""
    top = top_of(me, OPEN)
    return db.scalar(select(Department.id).where(Department.path == top)) if top else None


def own(draft: Kept | None, permission: Permission) -> Kept | None:
    """A draft, if it is this operator's; in another part of the country there is none."""
    if draft is None:
        return None
    if not who().sees(permission, draft.top):
        abort(404)
    return draft if draft.operator_id == who().person_id else None


def found(db: Session, kind: type[Case], case_id: UUID, permission: Permission) -> Case:
    """A case of the administrator's own part of the country; anything else is not there."""
    case = db.get(kind, case_id)
    if case is None:
        abort(404)
    department = db.get(Department, case.department_id) if case.department_id else None
    if not who().sees(permission, department.path if department else None):
        abort(404)
    return case


def seen(kind: type[Case], me: Me) -> Select[Case]:
    """The cases of their own part of the country."""
    query = select(kind).outerjoin(Department, Department.id == kind.department_id)
    return query.where(subtree.below(me.tops(DECIDE), Department.path)).limit(MOST)


def row(db: Session, case: Merge | Split, person_id: UUID) -> dict[str, object]:
    """A case in a list, by the account that stays."""
    return {
        "case": case,
        "name": masked_name(db.get_one(Person, person_id).name),
        "opened_by": staff_name(db, case.opened_by),
        "is_own": case.opened_by == who().person_id,
    }


def staff_name(db: Session, person_id: UUID | None) -> str:
    """Which colleague that was."""
    found = db.get(Person, person_id) if person_id else None
    return (found.name or "") if found else ""
