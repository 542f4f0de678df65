"""Comparing with the paper at `/admin/links/<case>/agent`: the agent's name and document.

For the second pair of eyes alone, while the case waits, and recorded.

Enough of the number to compare it: where it was issued and its end; the date of birth stays hidden. The agent
reads in their own activity that it was looked at, and for what.
"""

from dataclasses import dataclass
from uuid import UUID

from flask import Blueprint, abort, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from admin_ui import links
from admin_ui.access import HOME, Permission, needs, who
from admin_ui.events import DocumentCompared
from admin_ui.showing import show
from idp.audit import trail
from idp.mandates.models import LinkCase, Mandate
from idp.persons.models import Person
from idp.services import current

bp = Blueprint("revealing", __name__, url_prefix=f"{HOME}/links/<uuid:case_id>/agent")
DECIDE = Permission.DECIDE_CASES
HEAD, TAIL = 6, 4
"""Characters of a number that are shown: the place of an identity card, and its end."""


@dataclass(frozen=True)
class Compared:
    """What is compared with the paper."""

    name: str
    documents: list[tuple[str, str]]
    """Kind, and the number with its middle hidden."""


@bp.route("", methods=["GET", "POST"])
@needs(DECIDE, fresh=True)
def compare(case_id: UUID) -> ResponseReturnValue:
    """Ask whether to look; then show, once, and write down who did."""
    with current().database.writing() as db:
        case = links.found(db, case_id, DECIDE)
        if case.settled_at is not None or case.opened_by == who().person_id:
            return redirect(f"{links.PAGE}/{case_id}", 303)
        compared = _compared(db, case) if request.method == "POST" else None
    return show("link_agent", compared=compared, url=f"{links.PAGE}/{case_id}", action=request.path)


def partly(number: str) -> str:
    """Head and tail of a number, or its last characters where it is short."""
    if len(number) > HEAD + TAIL:
        return number[:HEAD] + "*" * (len(number) - HEAD - TAIL) + number[-TAIL:]
    return "*" * max(0, len(number) - TAIL) + number[-TAIL:] if len(number) > TAIL else "*" * len(number)


def _compared(db: Session, case: LinkCase) -> Compared:
    agent_id = db.get_one(Mandate, case.mandate_id).agent_person_id
    person = db.get(Person, agent_id) if agent_id else None
    if person is None:
        abort(404)
    trail.record(db, DocumentCompared(person_id=person.id, case=str(case.id)))
    living = [one for one in person.documents if one.verified_at is not None and one.displaced_at is None]
    return Compared(person.name or "", [(one.kind, partly(one.number or "")) for one in living])
