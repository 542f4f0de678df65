"""`idp admins`: who may do what in the console, given on the machine and so without a second pair of eyes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

import click
import pyotp
from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_ui import accounts, administrators
from admin_ui.administrators import NotPossible
from admin_ui.models import Administrator, Role
from idp import clock
from idp.authenticators import credentials, totp
from idp.cli.context import Operation, operator
from idp.cli.listing import Row, as_json, show, show_one
from idp.departments import tree
from idp.departments.models import Department
from idp.persons import local_staff
from idp.persons.local_staff import LoginFault
from idp.persons.models import Person, Staff
from idp.services import Services
from idp.web.showing import masked_name

ROLE = click.option("--role", required=True, type=click.Choice([role.value for role in Role]))
DEPARTMENT = click.option("--department", help="Code of the top of their subtree; without it, everything.")
REASON = click.option("--reason", required=True, help="Why; it is kept in the trail, so name nobody.")
WORDS = {
    administrators.Reason.ALREADY: "they have this role already",
    administrators.Reason.APART: "system, security and audit stand alone, each without any other role",
    administrators.Reason.CITIZEN: "only civil servants become administrators",
    administrators.Reason.SETTLED: "this role has ended already",
}


@click.group()
def admins() -> None:
    """Appoint the administrators of the console, and end them."""


@admins.command()
@click.argument("login")
@click.option("--name", default="", help="Their name; needed for a new account.")
@ROLE
@DEPARTMENT
@click.option("--totp", "with_app", is_flag=True, help="Enrol an authenticator app and print its secret.")
@as_json
@click.pass_obj
def create(
    operation: Operation,
    login: str,
    name: str,
    role: str,
    department: str | None,
    with_app: bool,
    as_json: bool,
) -> None:
    """Appoint somebody. Who signs in by the directory stays as they are; others get an account of our own.

    Its password is printed once and must be changed at the first sign-in, which takes an app as well.

    \b
    Example:
      idp admins create zhang_wei --name 张伟 --role security
    """
    services, now = operation.services, clock.now()
    issued = accounts.issue()
    with operator(), services.database.writing() as db, _in_words():
        top = _department(db, department)
        account = accounts.ensure(db, login, name, top.id if top else None, issued, now)
        row = administrators.appoint(db, account.person_id, Role(role), top, now, by=None)
        seed = _enrol(db, account.person_id, now) if with_app else ""
        shown = _row(db, row)
    secrets = {"password": issued.password if account.is_issued else "", "totp_secret": seed}
    show_one({**shown, **secrets, "url": url_of(services)}, as_json)


@admins.command("list")
@click.option("--all", "ended_too", is_flag=True, help="Those that have ended, too.")
@as_json
@click.pass_obj
def list_admins(operation: Operation, ended_too: bool, as_json: bool) -> None:
    """Show who has which role, for which part of the tree.

    \b
    Example:
      idp admins list --json
    """
    query = select(Administrator).order_by(Administrator.created_at, Administrator.id)
    if not ended_too:
        query = query.where(Administrator.ended_at.is_(None))
    with operation.database.reading() as db:
        show([_row(db, row) for row in db.scalars(query)], as_json)


@admins.command("add-role")
@click.argument("login")
@ROLE
@DEPARTMENT
@as_json
@click.pass_obj
def add_role(operation: Operation, login: str, role: str, department: str | None, as_json: bool) -> None:
    """Give somebody a further role.

    \b
    Example:
      idp admins add-role zhang_wei --role reviewer --department 210100
    """
    with operator(), operation.database.writing() as db, _in_words():
        known, top = _found(db, login), _department(db, department)
        row = administrators.appoint(db, known.person_id, Role(role), top, clock.now(), by=None)
        shown = _row(db, row)
    show_one(shown, as_json)


@admins.command("end-role")
@click.argument("login")
@ROLE
@REASON
@as_json
@click.pass_obj
def end_role(operation: Operation, login: str, role: str, reason: str, as_json: bool) -> None:
    """Take one role away; the account stays.

    \b
    Example:
      idp admins end-role zhang_wei --role reviewer --reason "moved"
    """
    _end(operation, login, lambda row: row.role == role, reason, as_json)


@admins.command()
@click.argument("login")
@REASON
@as_json
@click.pass_obj
def end(operation: Operation, login: str, reason: str, as_json: bool) -> None:
    """Take every role away; an account of our own is frozen, one of the directory stays.

    \b
    Example:
      idp admins end zhang_wei --reason "retired"
    """
    _end(operation, login, lambda row: True, reason, as_json, closing=True)


def url_of(services: Services) -> str:
    """Where the console of this instance is."""
    settings = services.settings
    scheme, _, host = settings.issuer.partition("://")
    return f"{scheme}://{next(iter(settings.admin_hosts), host)}/admin"


def _end(
    operation: Operation,
    login: str,
    which: Callable[[Administrator], bool],
    reason: str,
    as_json: bool,
    closing: bool = False,
) -> None:
    with operator(), operation.database.writing() as db, _in_words():
        known, now = _found(db, login), clock.now()
        rows = [row for row in administrators.living(db, known.person_id) if which(row)]
        if not rows:
            raise click.ClickException(f"{login}: has no such role")
        ended = [administrators.end(db, row.id, reason, now, by=None) for row in rows]
        if closing:
            accounts.close(db, known, now)
        shown = [_row(db, row) for row in ended]
    show(shown, as_json)


def _enrol(db: Session, person_id: UUID, now: datetime) -> str:
    """An app for who has none yet; whoever has one keeps it."""
    if credentials.living(db, person_id, *credentials.SECOND_FACTORS):
        raise click.ClickException("they have a second factor already: leave --totp out")
    seed = pyotp.random_base32()
    totp.enrol(db, person_id, seed, 0, "", now)
    return seed


def _row(db: Session, row: Administrator) -> Row:
    person, known = db.get_one(Person, row.person_id), db.get(Staff, row.person_id)
    department = administrators.department_of(db, row)
    return {
        "login": known.login if known else "",
        "name": masked_name(person.name),
        "role": row.role,
        "department": department.code if department else "",
        "account": "local" if known and local_staff.is_local(known) else "directory",
        "state": "ended" if row.ended_at else "counts" if row.approved_at else "waits for approval",
        "since": row.approved_at or row.created_at,
    }


def _found(db: Session, login: str) -> Staff:
    known = local_staff.known(db, login)
    if known is None:
        raise click.ClickException(f"{login}: nobody of this login has an account, or has signed in here")
    return known


def _department(db: Session, code: str | None) -> Department | None:
    found = tree.find(db, code) if code else None
    if code and found is None:
        raise click.ClickException(f"{code}: no such department; `idp departments list` shows them")
    return found


@contextmanager
def _in_words() -> Iterator[None]:
    """Refusals as sentences; what was begun is undone."""
    try:
        yield
    except NotPossible as refusal:
        raise click.ClickException(WORDS.get(refusal.reason, refusal.reason)) from refusal
    except LoginFault as fault:
        raise click.ClickException(str(fault)) from fault
