"""`/api/v1/verifications`, `/api/v1/statements`: departments verify under a matter of theirs and a purpose.

A government client alone, about its own matters alone; each question is in the trail, and in the timeline of
whoever it is about. Whether somebody has an account here is not told.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Blueprint
from flask.typing import ResponseReturnValue
from pydantic import Field
from sqlalchemy.orm import Session

from idp.api import callers
from idp.api.asking import Identity, claim_in
from idp.api.callers import Asked, Refused, like
from idp.audit import trail
from idp.clients.metadata import Client
from idp.oauth import statements
from idp.oauth.collaborators import OAuth
from idp.organisations import identifiers as organisation_numbers
from idp.persons import identifiers
from idp.persons.identifiers import MalformedNumber
from idp.services import current
from idp.verifications import reuse
from idp.verifications.asking import Answered, Asking, Outcome, Why
from idp.verifications.events import StatementIssued
from idp.web.request_scope import now

bp = Blueprint("api_verifications", __name__, url_prefix="/api/v1")
SCOPE = "verification"


class Verified(Asked):
    """What every question says: for which matter, to what end, how fresh, and whether to sign the answer."""

    matter: str
    purpose: str = Field(min_length=1, max_length=64)
    max_age_days: int = Field(default=30, ge=0, le=reuse.LONGEST.days)
    statement_days: int = Field(default=0, ge=0, le=statements.LONGEST.days, description="0: no statement.")


class PersonAsked(Verified, Identity):
    """A person by document and name."""

    model_config = like(
        {
            "matter": "210100-gjj-004",
            "purpose": "受理公积金提取",
            "kind": "resident_id_18",
            "number": "（证件号码）",
            "name": "林晓云",
            "statement_days": 30,
        }
    )


class OrganisationAsked(Verified):
    """An organisation by code and name."""

    credit_code: str = Field(min_length=1)
    name: str = Field(min_length=1)

    model_config = like(
        {
            "matter": "210100-gjj-004",
            "purpose": "受理单位缴存登记",
            "credit_code": "（统一社会信用代码）",
            "name": "某某有限公司",
        }
    )


class StatementAsked(Asked):
    """A statement about somebody who is signed in to this client."""

    sub: str
    matter: str
    purpose: str = Field(min_length=1, max_length=64)
    days: int = Field(default=30, ge=1, le=statements.LONGEST.days)

    model_config = like({"sub": "3yJ…", "matter": "210100-gjj-004", "purpose": "受理公积金提取", "days": 30})


def _answering(view: Callable[[Client], dict[str, Any]]) -> Callable[[], ResponseReturnValue]:
    @wraps(view)
    def answered() -> ResponseReturnValue:
        client = callers.caller(SCOPE)
        if not client.is_government:
            raise Refused(HTTPStatus.FORBIDDEN, "departments_only")
        return callers.answer(view(client))

    return answered


@bp.post("/verifications/persons")
@_answering
def person(client: Client) -> dict[str, Any]:
    """Whether this name and number are one living person's."""
    asked = callers.sent(PersonAsked)
    why = _why(client, asked)
    claim = claim_in(asked)
    answered = _asking().person(current().registry, claim, why, now())
    return _told(client, asked, answered, reuse.key_of(claim))


@bp.post("/verifications/organisations")
@_answering
def organisation(client: Client) -> dict[str, Any]:
    """Whether this code and name are one organisation, and how it is registered."""
    asked = callers.sent(OrganisationAsked)
    why = _why(client, asked)
    try:
        code = organisation_numbers.credit_code(identifiers.normalise(asked.credit_code)).value
    except MalformedNumber as fault:
        raise Refused(HTTPStatus.BAD_REQUEST, "credit_code_malformed", fault.reason.value) from fault
    registry = current().extras["organisations"]
    answered = _asking().organisation(registry, code, asked.name, why, now())
    return _told(client, asked, answered, reuse.key_of_organisation(code, asked.name))


@bp.post("/statements")
@_answering
def statement(client: Client) -> dict[str, Any]:
    """State who is signed in to this client, for a system they never sign in to."""
    asked = callers.sent(StatementAsked)
    callers.own_matter(client, asked.matter)
    with current().database.writing() as db:
        found = statements.about_subject(db, current().prepared, client, asked.sub, now())
        if found is None:
            raise Refused(HTTPStatus.NOT_FOUND, "subject_unknown", "nobody of this subject is signed in here")
        someone, said = found
        return {"statement": _signed(db, client, asked, asked.days, someone.id, said)}


def _told(client: Client, asked: Verified, answered: Answered, key: str) -> dict[str, Any]:
    """What came of it; signed, if that was asked for and it is a yes."""
    if answered.outcome is Outcome.DAILY_LIMIT:
        raise callers.spent_today(current().settings.limit_client_verifications_per_day)
    if answered.outcome is Outcome.SPENT:
        raise callers.attempts_spent("too many wrong names for this number today")
    if answered.outcome is Outcome.UNAVAILABLE:
        raise Refused(HTTPStatus.SERVICE_UNAVAILABLE, "registry_unavailable", seconds=60)
    told: dict[str, Any] = {"outcome": answered.outcome.value}
    if answered.known is None:
        return told
    verified = {
        "authority": answered.known.authority,
        "request_id": answered.known.request_id,
        "at": answered.known.at.isoformat(timespec="seconds"),
    }
    verified |= {"state": answered.known.state} if answered.known.state else {}
    told |= verified
    if asked.statement_days:
        said = {"verified": {**verified, **statements.about_question(key)}}
        with current().database.writing() as db:
            told["statement"] = _signed(db, client, asked, asked.statement_days, answered.person_id, said)
    return told


def _signed(
    db: Session,
    client: Client,
    asked: Verified | StatementAsked,
    days: int,
    person_id: UUID | None,
    said: dict[str, Any],
) -> str:
    """A statement that is good for so many days, and its line in the trail."""
    signed, statement_id = statements.signed(
        _oauth(), client, asked.matter, asked.purpose, said, timedelta(days=days), now()
    )
    issued = StatementIssued(
        person_id=person_id,
        client_id=client.id,
        matter=asked.matter,
        purpose=asked.purpose,
        statement=statement_id,
    )
    trail.record(db, issued)
    return signed


def _why(client: Client, asked: Verified) -> Why:
    callers.own_matter(client, asked.matter)
    return Why(client.id, asked.matter, asked.purpose, timedelta(days=asked.max_age_days))


def _asking() -> Asking:
    services, chosen = current(), current().settings
    limits = chosen.limit_verifications_per_day, chosen.limit_client_verifications_per_day
    return Asking(services.database, services.vault, services.state, *limits)


def _oauth() -> OAuth:
    oauth: OAuth = current().extras["oauth"]
    return oauth
