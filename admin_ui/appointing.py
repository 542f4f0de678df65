"""Administrators at `/admin/administrators`: who has which role here, appointing, approving, ending."""

from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, abort, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import SelectField, StringField
from wtforms.validators import Optional

from admin_ui import accounts, administrators
from admin_ui.access import HOME, Permission, needs, who
from admin_ui.administrators import NotPossible
from admin_ui.models import Administrator, Role
from admin_ui.showing import show
from idp.departments import tree
from idp.departments.models import Department
from idp.persons import local_staff, staff
from idp.persons.local_staff import LOGIN, LoginFault
from idp.persons.models import Person, Staff
from idp.services import current
from idp.web import forms
from idp.web.request_scope import now

bp = Blueprint("administrators", __name__, url_prefix=f"{HOME}/administrators")
PAGE = f"{HOME}/administrators"
OFFERED = 300
"""So many departments are offered to choose from; any other is named by its code."""
WHY = ("left", "moved", "mistake", "misuse", "not_approved")
"""Why a role ends, as codes."""

Decide = Callable[[Session], Administrator]


class Appointment(forms.Fields):
    """Whom to give which role, for which department."""

    login = StringField(filters=[forms.trimmed], validators=[forms.required("admin_login_required")])
    name = StringField(
        filters=[forms.trimmed],
        validators=[
            Optional(),
            forms.holds(range(1, forms.NAME_LENGTH + 1), "name_malformed", "name_malformed"),
        ],
    )
    role = SelectField(choices=[*Role], validators=[forms.required("choose_one")], default=Role.OPERATOR)
    department = StringField(filters=[forms.trimmed])


class Ending(forms.Fields):
    """Why a role ends."""

    why = SelectField(choices=[*WHY], validators=[forms.required("choose_one")])


@bp.get("")
@needs(Permission.ADMINISTER)
def administrators_here() -> ResponseReturnValue:
    """Everybody with a role in my subtree."""
    me = who()
    with current().database.reading() as db:
        found = administrators.listed(db, me.tops(Permission.ADMINISTER))
        mine = {
            one.row.id for one in administrators.waiting(db, me.tops(Permission.ADMINISTER), me.person_id)
        }
        rows = [(one, one.person.name, one.row.id in mine) for one in found]
    return show("administrators", rows=rows)


@bp.route("/new", methods=["GET", "POST"])
@needs(Permission.ADMINISTER, fresh=True)
def appoint() -> ResponseReturnValue:
    """Give somebody a role; a new account gets a password, shown this once."""
    form = Appointment(request.form)
    if request.method == "GET":
        return _form(form)
    with current().database.reading() as db:
        department, is_mine = _department(db, form.department.data)
        is_new = local_staff.known(db, form.login.data) is None
    if form.validate() and not is_mine:
        forms.refuse(form.department, "department_unknown")
    if is_new and form.login.data and not LOGIN.fullmatch(staff.spelled(form.login.data)):
        forms.refuse(form.login, "admin_login_malformed")
    if is_new and not form.name.data:
        forms.refuse(form.name, "name_required")
    if form.errors:
        return _form(form, status=400)
    return _appointed(form, department)


@bp.route("/<uuid:row_id>/approve", methods=["GET", "POST"])
@needs(Permission.ADMINISTER, fresh=True)
def approve(row_id: UUID) -> ResponseReturnValue:
    """Be the second pair of eyes."""
    if request.method == "GET":
        return _about(row_id, "approve")
    return _decided(
        row_id, "approve", lambda db: administrators.approve(db, row_id, by=who().person_id, now=now())
    )


@bp.route("/<uuid:row_id>/end", methods=["GET", "POST"])
@needs(Permission.ADMINISTER, fresh=True)
def end(row_id: UUID) -> ResponseReturnValue:
    """Take a role away, or do not approve it."""
    form = Ending(request.form)
    if request.method == "GET":
        return _about(row_id, "end", form=form)
    if not form.validate():
        return _about(row_id, "end", status=400, form=form)

    def take_away(db: Session) -> Administrator:
        return administrators.end(db, row_id, form.why.data, now=now(), by=who().person_id)

    return _decided(row_id, "end", take_away, form=form)


def _appointed(form: Appointment, department: Department | None) -> Response:
    services, me = current(), who()
    issued = accounts.issue()
    try:
        with services.database.writing() as db:
            top, role = department.id if department else None, Role(form.role.data)
            account = accounts.ensure(db, form.login.data, form.name.data, top, issued, now())
            row = administrators.appoint(db, account.person_id, role, department, now(), by=me.person_id)
    except (LoginFault, NotPossible) as refusal:
        reason = refusal.reason if isinstance(refusal, NotPossible) else "admin_login_malformed"
        forms.refuse(form.login, reason)
        return _form(form, status=400)
    secret = issued.password if account.is_issued else ""
    return show("appointed", row=row, login=account.login, department=department, password=secret)


def _form(form: Appointment, status: int = 200) -> Response:
    me = who()
    with current().database.reading() as db:
        offered = [one for one in tree.listed(db) if me.sees(Permission.ADMINISTER, one.path)]
    return show(
        "appoint",
        status=status,
        form=form,
        departments=offered[:OFFERED],
        everywhere=me.sees(Permission.ADMINISTER, None),
        roles=[*Role],
        action=f"{PAGE}/new",
    )


def _about(row_id: UUID, act: str, status: int = 200, refusal: str = "", **values: object) -> Response:
    with current().database.reading() as db:
        row, department = _found(db, row_id)
        person, known = db.get_one(Person, row.person_id), db.get_one(Staff, row.person_id)
        name = person.name
    return show(
        act,
        status=status,
        row=row,
        name=name,
        login=known.login,
        department=department,
        refusal=refusal,
        reasons=WHY,
        action=f"{PAGE}/{row_id}/{act}",
        **values,
    )


def _decided(
    row_id: UUID, act: str, decide: Callable[[Session], Administrator], **values: object
) -> Response:
    with current().database.reading() as db:
        _found(db, row_id)
    try:
        with current().database.writing() as db:
            decide(db)
    except NotPossible as refusal:
        return _about(row_id, act, 409, refusal.reason, **values)
    return redirect(PAGE, 303)


def _found(db: Session, row_id: UUID) -> tuple[Administrator, Department | None]:
    """A role in my subtree; anything else is not there."""
    row = db.get(Administrator, row_id)
    department = administrators.department_of(db, row) if row else None
    path = department.path if department else None
    if row is None or row.ended_at is not None or not who().sees(Permission.ADMINISTER, path):
        abort(404)
    return row, department


def _department(db: Session, code: str) -> tuple[Department | None, bool]:
    """The department of a code, none for the whole instance, and whether it is in my subtree."""
    found = tree.find(db, code) if code else None
    path = found.path if found else None
    return found, (found is not None or not code) and who().sees(Permission.ADMINISTER, path)
