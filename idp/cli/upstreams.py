"""`idp upstreams`: the other identity providers of this instance, and the cases an operator decides."""

from uuid import UUID

import click

from federation import cases, linking
from federation.cases import DECISIONS
from idp import clock
from idp.cli.context import Operation
from idp.cli.listing import Operating, Row, as_json, show, show_one
from idp.persons.identifiers import mask
from idp.web.showing import masked_name


@click.group()
def upstreams() -> None:
    """See the upstreams of this instance, and decide where one of them and we disagree."""


@upstreams.command("list")
@as_json
@click.pass_obj
def list_upstreams(operation: Operation, as_json: bool) -> None:
    """List the upstreams of the settings, and how many accounts are linked to each.

    \b
    Example:
      idp upstreams list --json
    """
    with operation.database.reading() as db:
        linked = linking.counted(db)
    tables = operation.settings.upstreams
    rows: list[Row] = [
        {
            "name": name,
            "title": table.title,
            "protocol": table.protocol,
            "issuer": table.issuer,
            "highest_level": table.trust.highest_level,
            "may_create": table.trust.may_create,
            "linked": linked.get(name, 0),
        }
        for name, table in tables.items()
    ]
    show(rows, as_json)


@upstreams.command("cases")
@as_json
@click.pass_obj
def list_cases(operating: Operating, as_json: bool) -> None:
    """List the open cases, oldest first: who was asserted (masked), and whom it concerns here.

    \b
    Example:
      idp upstreams cases
    """
    with operating.database.reading() as db:
        rows = [
            {
                "id": str(case.id),
                "upstream": case.upstream,
                "reason": case.reason,
                "name": masked_name(case.name),
                "number": mask(case.number or ""),
                "person_id": str(case.person_id or ""),
                "other_person_id": str(case.other_person_id or ""),
                "opened_at": case.opened_at.isoformat(),
            }
            for case in cases.waiting(db)
        ]
    show(rows, as_json)


@upstreams.command("close")
@click.argument("case", type=click.UUID)
@click.argument("decision", type=click.Choice(DECISIONS))
@as_json
@click.pass_obj
def close_case(operating: Operating, case: UUID, decision: str, as_json: bool) -> None:
    """Say what was found, and forget what the upstream had asserted. It changes no account by itself.

    \b
    Example:
      idp upstreams close 3f1c… upstream_is_wrong
    """
    with operating.database.writing() as db:
        closed = cases.close(db, case, decision, clock.now())
    if not closed:
        raise click.ClickException(f"no open case {case}")
    show_one({"id": str(case), "decision": decision}, as_json)
