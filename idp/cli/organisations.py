"""`idp organisations`: find legal persons, ask their registries again, and stop or close them."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import click
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from idp import clock
from idp.account import organisations as account
from idp.cli.context import Operation, operator
from idp.cli.listing import Row, as_json, show, show_one
from idp.mandates import refresh as refreshing
from idp.mandates import standing as standings
from idp.mandates.models import Mandate, State
from idp.mandates.refresh import Outcome
from idp.mandates.standing import NotPossible
from idp.organisations import claim, freshness
from idp.organisations.models import Organisation, Standing
from idp.persons.identifiers import MalformedNumber

REASON = click.option("--reason", required=True, help="Why; it is kept in the trail, so name nobody.")
CODE = click.argument("code")
UNANSWERED = 4
"""Exit code when a registry gave no answer: run it again."""


@click.group()
def organisations() -> None:
    """Find and look after legal persons and other organisations.

    A CODE is a credit code, an organisation code or an old licence number.
    """


@organisations.command("list")
@click.option("--standing", type=click.Choice([one.value for one in Standing]))
@click.option("--division", help="Only those kept by authorities whose division code begins so.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@click.option("--after", help="Go on after this credit code, the last one shown.")
@as_json
@click.pass_obj
def list_organisations(
    operation: Operation,
    standing: str | None,
    division: str | None,
    limit: int,
    after: str | None,
    as_json: bool,
) -> None:
    """List organisations by their credit codes.

    \b
    Example:
      idp organisations list --standing restricted --json
    """
    query = select(Organisation).order_by(Organisation.credit_code).limit(limit)
    if standing:
        query = query.where(Organisation.standing == standing)
    if division:
        query = query.where(Organisation.division.startswith(division, autoescape=True))
    if after:
        query = query.where(Organisation.credit_code > after)
    with operation.database.reading() as db:
        show([_row(one) for one in db.scalars(query)], as_json)


@organisations.command("show")
@CODE
@as_json
@click.pass_obj
def show_organisation(operation: Operation, code: str, as_json: bool) -> None:
    """Show one, with how many may act for it.

    \b
    Example:
      idp organisations show 91210000MAYYYY0164 --json
    """
    with operation.database.reading() as db:
        organisation = _found(db, code)
        show_one({**_row(organisation), **_details(db, organisation)}, as_json)


@organisations.command()
@CODE
@REASON
@as_json
@click.pass_obj
def close(operation: Operation, code: str, reason: str, as_json: bool) -> None:
    """Close one for good: every mandate ends at once; the record stays.

    \b
    Example:
      idp organisations close 91210000MAYYYY0164 --reason "registered by mistake"
    """
    _move(operation, code, reason, as_json, standings.close)


@organisations.command()
@CODE
@REASON
@as_json
@click.pass_obj
def suspend(operation: Operation, code: str, reason: str, as_json: bool) -> None:
    """Let nobody act for one until it is lifted.

    \b
    Example:
      idp organisations suspend 91210000MAYYYY0164 --reason "seal reported stolen"
    """
    _move(operation, code, reason, as_json, standings.suspend)


@organisations.command()
@CODE
@REASON
@as_json
@click.pass_obj
def lift(operation: Operation, code: str, reason: str, as_json: bool) -> None:
    """Let a suspended one do what its registered state lets it again.

    \b
    Example:
      idp organisations lift 91210000MAYYYY0164 --reason "seal replaced, seen in person"
    """
    _move(operation, code, reason, as_json, standings.lift)


@organisations.command()
@click.option("--code", "codes", multiple=True, help="Ask about this one now; may be repeated.")
@click.option("--due", is_flag=True, help="Ask about those whose turn it is.")
@click.option(
    "--changes", is_flag=True, help="Read the registry's list of changes, and ask about those on it."
)
@click.option("--most", type=click.IntRange(1, 100_000), default=1000, show_default=True, help="Of --due.")
@as_json
@click.pass_obj
def refresh(
    operation: Operation, codes: tuple[str, ...], due: bool, changes: bool, most: int, as_json: bool
) -> None:
    """Ask registries again, and do what follows. May be broken off and repeated at any time.

    The exit code is 4 if a registry gave no answer.

    \b
    Example:
      idp organisations refresh --code 91210000MAYYYY0164
      idp organisations refresh --due --changes --json
    """
    if not (codes or due or changes):
        raise click.UsageError("say --code, --due or --changes")
    database, now = operation.database, clock.now()
    with database.reading() as db:
        chosen = [_found(db, code).id for code in codes]
        chosen += freshness.whose_turn(db, now, most) if due else []
    if changes:
        chosen += _changed(operation)
    with operator():
        rows = [_refreshed(operation, organisation_id) for organisation_id in dict.fromkeys(chosen)]
    show(rows, as_json)
    if any(row["outcome"] == Outcome.UNANSWERED for row in rows):
        raise click.exceptions.Exit(UNANSWERED)


def _changed(operation: Operation) -> list[UUID]:
    """Those on the list of changes; they are asked about here, and by the worker once more at most."""
    if account.changes_of(operation.services) is None:
        raise click.ClickException("no registry tells its changes: see the settings")
    account.read_changes(operation.services)
    with operation.database.reading() as db:
        return freshness.waiting(db)


def _refreshed(operation: Operation, organisation_id: UUID) -> Row:
    database, registry = operation.database, account.registry_of(operation.services)
    came = refreshing.refresh(database, registry, organisation_id, clock.now())
    with database.reading() as db:
        row = _row(db.get_one(Organisation, organisation_id))
    return {"outcome": came.outcome, **row}


def _move(
    operation: Operation,
    code: str,
    reason: str,
    as_json: bool,
    act: Callable[[Session, UUID, str, datetime], Organisation],
) -> None:
    try:
        with operator(), operation.database.writing() as db:
            organisation = act(db, _found(db, code).id, reason, clock.now())
            row = _row(organisation)
    except NotPossible as refusal:
        raise click.ClickException(str(refusal)) from refusal
    show_one(row, as_json)


def _found(db: Session, code: str) -> Organisation:
    try:
        number = claim.recognise(code)
    except MalformedNumber as fault:
        raise click.ClickException(f"{code}: {fault}") from fault
    organisation = claim.by_number(db, number) if number else None
    if organisation is None:
        raise click.ClickException(f"{code}: no such organisation here")
    return organisation


def _row(organisation: Organisation) -> Row:
    return {
        "code": organisation.credit_code,
        "name": organisation.name,
        "division": organisation.division,
        "state": organisation.state,
        "standing": organisation.standing,
        "because": organisation.standing_because,
        "level": organisation.level,
        "represented": organisation.representative_id is not None,
        "checked_at": organisation.checked_at,
    }


def _details(db: Session, organisation: Organisation) -> Row:
    query = select(Mandate.role, func.count()).where(
        Mandate.organisation_id == organisation.id, Mandate.state == State.ACTIVE
    )
    roles = db.execute(query.group_by(Mandate.role).order_by(Mandate.role)).all()
    return {
        "id": str(organisation.id),
        "former_names": list(organisation.former_names),
        "valid_to": organisation.valid_to,
        "represented_since": organisation.represented_since,
        "representative_left_at": organisation.representative_left_at,
        "check_after": organisation.check_after,
        "active": [f"{role}:{many}" for role, many in roles],
    }
