"""Verifying a letter at `/verify/mandate`, open to anybody: the code says whether it holds, and whose it is.

The form changes nothing and names nobody who has no code, so it needs no token. Codes are not guessed: they
have eighty bits, and wrong ones are counted.
"""

from dataclasses import dataclass
from datetime import date, datetime

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from idp.authenticators import throttle
from idp.crypto.handles import digest
from idp.mandates import letters, roster, statement
from idp.mandates.letters import Answer
from idp.mandates.models import Letter, Mandate, Role
from idp.organisations.models import Organisation
from idp.services import current
from idp.web import languages, showing
from idp.web.pages import render
from idp.web.request_scope import now, source

bp = Blueprint("verifying_letters", __name__, url_prefix="/verify/mandate")
HOUR = 3600.0
MOST_WRONG = 30
"""An hour from one network source."""


@dataclass(frozen=True)
class Verified:
    """What somebody who has the code is told."""

    answer: Answer
    organisation: str
    """Its name in full: it is public, and proves little with its middle hidden."""
    credit_code: str
    agent: str
    """A person's name is masked."""
    role: Role
    things: str
    actions: str
    limits: list[str]
    last_day: date | None
    issued_at: datetime


@bp.get("")
def ask() -> ResponseReturnValue:
    """Ask for the code."""
    return _page()


@bp.post("")
def verify() -> ResponseReturnValue:
    """Say whether the letter holds."""
    state, code = current().state, request.form.get("code", "")[:64]
    if throttle.pace(state, source(), "letter", current().limits):
        return _page("throttled", 429)
    with current().database.reading() as db:
        letter = letters.find(db, code)
        found = _verified(db, letter) if letter else None
    if found is not None:
        return _page(found=found)
    wrong = state.count(f"letters:{digest(source())}", HOUR)
    return _page("throttled", 429) if wrong > MOST_WRONG else _page("letter_unknown", 404, code=code)


def _verified(db: Session, letter: Letter) -> Verified:
    mandate = db.get_one(Mandate, letter.mandate_id)
    organisation = db.get_one(Organisation, mandate.organisation_id)
    agent, language = roster.agents(db, [mandate])[mandate.id], languages.of_request()
    names = roster.names(db, [mandate.scope])
    return Verified(
        answer=letters.judge(db, current().prepared, letter, now()),
        organisation=organisation.name,
        credit_code=organisation.credit_code,
        agent=agent.name if agent.organisation else showing.masked_name(agent.name),
        role=Role(mandate.role),
        things=statement.things(mandate.scope, names, language),
        actions=statement.actions(mandate.scope, language),
        limits=statement.limits(mandate.scope, language),
        last_day=statement.last_day(mandate.valid_until),
        issued_at=letter.issued_at,
    )


def _page(refusal: str = "", status: int = 200, code: str = "", found: Verified | None = None) -> Response:
    return render(
        "account/enterprises/verify.html",
        status=status,
        refusal=refusal,
        code=code,
        found=found,
        asked_at=now(),
        action="/verify/mandate",
        destination=None,
    )
