"""`idp staff`: find civil servants, and let one who has lost everything take a new second factor."""

import click
from sqlalchemy.orm import Session

from idp import clock
from idp.account.ending import end_everything
from idp.authenticators import credentials, local_staff, password
from idp.cli.context import Operation, operator
from idp.cli.listing import Row, as_json, show_one
from idp.crypto import passwords
from idp.departments.models import Department
from idp.persons import locking, oneself
from idp.persons.local_staff import is_local, new_password
from idp.persons.local_staff import known as found
from idp.persons.models import Person, Staff
from idp.web.showing import masked_name


@click.group()
def staff() -> None:
    """Find civil servants by their login in the directory. Who never signed in here is not known."""


@staff.command("show")
@click.argument("login")
@as_json
@click.pass_obj
def show_staff(operation: Operation, login: str, as_json: bool) -> None:
    """Show what the directory said last; the id is what `idp persons freeze` takes.

    \b
    Example:
      idp staff show gao_wenbin
    """
    with operation.database.reading() as db:
        row = _row(db, _found(db, login))
    show_one(row, as_json)


@staff.command()
@click.argument("login")
@click.option("--reason", required=True, help="Why; it is kept in the trail, so name nobody.")
@as_json
@click.pass_obj
def reset(operation: Operation, login: str, reason: str, as_json: bool) -> None:
    """End app, passkeys, recovery codes, sessions; the next sign-in takes a new app. Be sure who is asking.

    Whoever has an account of our own gets a new password too, printed once.

    \b
    Example:
      idp staff reset gao_wenbin --reason "phone lost, seen in person"
    """
    secret = new_password()
    hashed = passwords.hash_password(secret)
    with operator(), operation.database.writing() as db:
        known, now = _found(db, login), clock.now()
        locking.alone(db, known.person_id)
        for credential in credentials.living(db, known.person_id):
            if credential.kind != password.KIND:
                credentials.end(db, credential, reason[:64], now)
        local = is_local(known)
        if local:
            local_staff.issue(db, known.person_id, hashed, now)
        end_everything(db, known.person_id, "second_factor_reset", now)
        row = _row(db, known)
    show_one({**row, **({"password": secret} if local else {})}, as_json)


@staff.command()
@click.argument("login")
@as_json
@click.pass_obj
def unlink(operation: Operation, login: str, as_json: bool) -> None:
    """Take back which citizen somebody said they are, after a mistake. Nobody can do it for themselves.

    \b
    Example:
      idp staff unlink gao_wenbin
    """
    with operator(), operation.database.writing() as db:
        known = _found(db, login)
        if not oneself.unlink(db, known.person_id):
            raise click.ClickException(f"{login} is linked to no citizen")
        row = _row(db, known)
    show_one(row, as_json)


def _row(db: Session, known: Staff) -> Row:
    person = db.get_one(Person, known.person_id)
    department = db.get(Department, known.department_id) if known.department_id else None
    return {
        "id": str(person.id),
        "login": known.login,
        "name": masked_name(person.name),
        "status": person.status,
        "unit": known.unit_code,
        "department": department.code if department else "",
        "post": known.post,
        "confirmed_at": known.confirmed_at,
    }


def _found(db: Session, login: str) -> Staff:
    known = found(db, login)
    if known is None:
        raise click.ClickException(f"{login}: nobody of this login has signed in here")
    return known
