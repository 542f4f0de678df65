"""`idp window`: operators of service windows, and documents that go back to their owner."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TextIO
from uuid import UUID

import click
from sqlalchemy.orm import Session

from idp import clock
from idp.account import returning
from idp.api.visiting import visit
from idp.audit import scope
from idp.cli.context import Operation
from idp.cli.listing import Row, as_json, show, show_one
from idp.departments import tree
from idp.departments.models import Department
from idp.persons.enrolment import Taken
from idp.storage.database import Refusal
from idp.windows import cases, operators
from idp.windows.models import CaseStatus, WindowCase, WindowOperator

REFUSED = 1
OPERATOR = click.option(
    "--operator", "number", required=True, help="Number of the operator who answers for it."
)


@click.group()
def window() -> None:
    """Look after service windows: who may witness there, and which documents go back to their owner.

    Exit codes: 0 done, 1 refused (the message says by which rule), 3 the configuration cannot be used.
    """


@window.group("operators")
def operators_group() -> None:
    """Add, end and list the people who witness at windows."""


@operators_group.command()
@click.argument("number")
@click.option("--name", required=True, help="Kept sealed.")
@click.option("--key", "file", type=click.File("r", encoding="utf-8"), help="Their public JWK.")
@click.option("--person", type=click.UUID, help="The civil servant they are, by id (`idp staff show`).")
@click.option("--department", help="Code of the department at whose windows they are; usually their own.")
@as_json
@click.pass_obj
def add(
    operation: Operation,
    number: str,
    name: str,
    file: TextIO | None,
    person: UUID | None,
    department: str | None,
    as_json: bool,
) -> None:
    """Let somebody witness: by a key of their own, or as a civil servant at /staff/window, or both.

    \b
    Example:
      idp window operators add W-0101 --name 示范操作员 --key operator.jwk.json --json
    """
    with _acting("operator:cli"), operation.database.writing() as db:
        at = tree.find(db, department) if department else None
        if department and at is None:
            raise click.ClickException(f"department {department}: `idp departments list` shows them")
        key, department_id = _key(file) if file else None, at.id if at else None
        row = operators.add(db, number, name, key, clock.now(), person, department_id)
        show_one(_operator_row(db, row), as_json)


def _key(file: TextIO) -> dict[str, Any]:
    try:
        key = json.load(file)
    except ValueError as fault:
        raise click.ClickException("key: not JSON") from fault
    if not isinstance(key, dict):
        raise click.ClickException("key: must be one JWK")
    return key


@operators_group.command("end")
@click.argument("number")
@as_json
@click.pass_obj
def end_operator(operation: Operation, number: str, as_json: bool) -> None:
    """Let somebody witness no longer; the number is never given to another.

    \b
    Example:
      idp window operators end W-0101
    """
    with _acting("operator:cli"), operation.database.writing() as db:
        show_one(_operator_row(db, operators.end(db, number, clock.now())), as_json)


@operators_group.command("list")
@as_json
@click.pass_obj
def list_operators(operation: Operation, as_json: bool) -> None:
    """List operators, the ended ones too.

    \b
    Example:
      idp window operators list --json
    """
    with operation.database.reading() as db:
        show([_operator_row(db, row) for row in operators.listed(db)], as_json)


@window.command("open")
@click.argument("file", type=click.File("r", encoding="utf-8"), default="-")
@as_json
@click.pass_obj
def open_case(operation: Operation, file: TextIO, as_json: bool) -> None:
    """Open a case, or do whatever else an assertion asks for: a JSON object with assertion and witness.

    It is what a device posts to /api/v1/window/assertions, for the day on which a device cannot.

    \b
    Example:
      idp window open visit.json --json
    """
    try:
        given = json.load(file)
        said, sworn = given["assertion"], given["witness"]
    except (ValueError, KeyError, TypeError) as fault:
        raise click.ClickException("needs a JSON object with assertion and witness") from fault
    with _acting("operator:cli"):
        show_one(visit(operation.services, str(said), str(sworn), clock.now()).told(), as_json)


@window.command()
@click.argument("case", type=click.UUID)
@OPERATOR
@as_json
@click.pass_obj
def approve(operation: Operation, case: UUID, number: str, as_json: bool) -> None:
    """Give the document to its owner at once; never by the operator who opened the case.

    The wrong holder's sessions and ways of signing in end, and both are told. An owner without an account
    gets one: the slip that opens it is printed this once.

    \b
    Example:
      idp window approve 01980000-0000-7000-8000-000000000000 --operator W-0102 --json
    """
    _settle(operation, case, number, returning.approve, as_json)


@window.command()
@click.argument("case", type=click.UUID)
@OPERATOR
@as_json
@click.pass_obj
def refuse(operation: Operation, case: UUID, number: str, as_json: bool) -> None:
    """Do not agree, never by the operator who opened the case: everything stays as it is.

    \b
    Example:
      idp window refuse 01980000-0000-7000-8000-000000000000 --operator W-0102
    """
    with _acting(f"operator:{number}"), operation.database.writing() as db:
        refused = cases.refuse(db, case, operators.find(db, number), clock.now())
        row: Row = {"case": str(case), "status": refused.status}
    show_one(row, as_json)


@window.command()
@click.argument("case", type=click.UUID)
@OPERATOR
@as_json
@click.pass_obj
def undo(operation: Operation, case: UUID, number: str, as_json: bool) -> None:
    """Put everything back, within seven days, by a third operator.

    \b
    Example:
      idp window undo 01980000-0000-7000-8000-000000000000 --operator W-0103
    """
    _settle(operation, case, number, returning.undo, as_json)


@window.command("list")
@click.option("--status", type=click.Choice([status.value for status in CaseStatus]))
@as_json
@click.pass_obj
def list_cases(operation: Operation, status: str | None, as_json: bool) -> None:
    """List cases, the latest first.

    \b
    Example:
      idp window list --status open --json
    """
    with operation.database.reading() as db:
        show([_case_row(db, case) for case in cases.listed(db, status)], as_json)


@window.command("show")
@click.argument("case", type=click.UUID)
@as_json
@click.pass_obj
def show_case(operation: Operation, case: UUID, as_json: bool) -> None:
    """Show one case: who opened it, why, and what became of it.

    \b
    Example:
      idp window show 01980000-0000-7000-8000-000000000000 --json
    """
    with operation.database.reading() as db:
        try:
            found = cases.find(db, case)
        except LookupError as fault:
            raise click.ClickException(str(fault)) from fault
        more = {"device": found.device, "request_id": found.request_id, "undo_until": found.undo_until}
        show_one({**_case_row(db, found), "reason": found.reason, **more}, as_json)


def _settle(operation: Operation, case: UUID, number: str, act: Any, as_json: bool) -> None:
    services = operation.services
    with _acting(f"operator:{number}"), services.database.writing() as db:
        operator = operators.find(db, number)
        done: returning.Done = act(db, services.vault, case, operator, clock.now())
        row: dict[str, str | datetime | None] = {"case": str(case), "status": cases.find(db, case).status}
        row |= {"holder_id": str(done.holder_id), "owner_id": str(done.owner_id)}
        if done.slip:
            row["slip"] = done.slip
    show_one(row, as_json)


@contextmanager
def _acting(actor: str) -> Iterator[None]:
    """Who acts stands in the trail; every refusal of a rule is exit code 1 with its word."""
    try:
        with scope.within(scope.Scope(request_id="cli", actor=actor)):
            yield
    except (Refusal, LookupError) as refusal:
        raise click.ClickException(str(refusal)) from refusal
    except Taken as refusal:
        raise click.ClickException("taken") from refusal


def _operator_row(db: Session, row: WindowOperator) -> Row:
    department = db.get(Department, row.department_id) if row.department_id else None
    return {
        "number": row.number,
        "name": row.name,
        "has_key": row.key is not None,
        "person_id": str(row.person_id) if row.person_id else None,
        "department": department.code if department else None,
        "created_at": row.created_at,
        "ended_at": row.ended_at,
    }


def _case_row(db: Session, case: WindowCase) -> Row:
    numbers = {row.id: row.number for row in operators.listed(db)}
    return {
        "case": str(case.id),
        "status": case.status,
        "holder_id": str(case.holder_id),
        "owner_id": str(case.owner_id) if case.owner_id else None,
        "opened_by": numbers.get(case.opened_by),
        "opened_at": case.opened_at,
        "approved_by": numbers.get(case.approved_by) if case.approved_by else None,
        "approved_at": case.approved_at,
    }
