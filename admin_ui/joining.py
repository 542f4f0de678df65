"""What the rooms of joining and taking apart share: accounts side by side, masked, and who sees a case."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session
from wtforms import StringField

from admin_ui import finding
from admin_ui.access import Me, Permission, who
from admin_ui.finding import Found
from admin_ui.subtree import Top
from idp.authenticators import credentials
from idp.departments.models import Department
from idp.persons.models import Person
from idp.web import forms

OPEN, DECIDE = Permission.OPEN_CASES, Permission.DECIDE_CASES
REASONS = 200


class Decision(forms.Fields):
    """Why yes, or why not."""

    reason = StringField(
        filters=[forms.trimmed],
        validators=[
            forms.required("reason_required"),
            forms.holds(range(1, REASONS + 1), "reason_required", "typed_long"),
        ],
    )


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


def place_of(db: Session, me: Me) -> tuple[Top, UUID | None]:
    """To which part of the country a case belongs that they open; nothing is the whole instance."""
    tops = me.tops(OPEN)
    if None in tops or not tops:
        return None, None
    path = sorted(top for top in tops if top is not None)[0]
    return path, db.scalar(select(Department.id).where(Department.path == path))


def sees(db: Session, permission: Permission, department_id: UUID | None) -> bool:
    """Whether a case of this department is there for the administrator of this request."""
    found = db.get(Department, department_id) if department_id else None
    return who().sees(permission, found.path if found else None)


def staff_name(db: Session, person_id: UUID | None) -> str:
    """Which colleague that was."""
    found = db.get(Person, person_id) if person_id else None
    return (found.name or "") if found else ""
