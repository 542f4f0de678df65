"""`idp upstreams`: the other identity providers of this instance, and the cases an operator decides."""

from uuid import UUID

import click
from sqlalchemy.orm import Session

from admin_ui import administrators
from admin_ui.access import PERMISSIONS, Permission
from admin_ui.subtree import covers
from federation import cases, linking
from federation.cases import DECISIONS, CaseRefused, Why
from federation.models import UpstreamCase
from idp import clock
from idp.audit import scope
from idp.cli.context import Operation
from idp.cli.listing import Operating, Row, as_json, show, show_one
from idp.organisations.reviews import Decider
from idp.persons import oneself, staff
from idp.persons.identifiers import mask
from idp.web.showing import masked_name

DECIDE = Permission.DECIDE_CASES
WORDS = {
    Why.SETTLED: "this case is decided already",
    Why.REASON: "say why",
    Why.ONESELF: "nobody decides about themselves, or about somebody of their name or phone",
}


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
@click.option("--by", "login", required=True, help="Login of the operator or reviewer who decides.")
@click.option("--reason", required=True, help="What was found; it is kept with the case.")
@as_json
@click.pass_obj
def close_case(
    operating: Operating, case: UUID, decision: str, login: str, reason: str, as_json: bool
) -> None:
    """Say what was found, and forget what the upstream had asserted. It changes no account by itself.

    The rules are those of the console: whoever decides has a role there, for the whole instance, and
    nobody decides about themselves.

    \b
    Example:
      idp upstreams close 3f1c… upstream_is_wrong --by zhang_wei --reason 与原件核对，省里登记有误
    """
    with operating.database.writing() as db:
        decider = _decider(db, login)
        if db.get(UpstreamCase, case) is None:
            raise click.ClickException(f"no case {case}")
        actor = administrators.actor_of(decider.person_id)
        try:
            with scope.within(scope.Scope(request_id="cli", actor=actor)):
                cases.decide(db, case, decision, decider, reason, clock.now())
        except CaseRefused as refused:
            raise click.ClickException(WORDS[refused.reason]) from refused
    show_one({"id": str(case), "decision": decision, "by": login}, as_json)


def _decider(db: Session, login: str) -> Decider:
    """Whoever holds a role that decides cases, for the whole instance as its upstreams are."""
    known = staff.by_login(db, login)
    held = administrators.held(db, known.person_id) if known else ()
    may = any(DECIDE in PERMISSIONS[one.role] and covers(one.top, None) for one in held)
    if known is None or not may:
        raise click.ClickException(f"{login} has no role that decides cases of the whole instance")
    return Decider(known.person_id, oneself.others(db, known.person_id))
