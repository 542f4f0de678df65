"""Answering an invitation, by its link or from the list: the sentence, then yes with a second factor, or no.

Whatever cannot be answered – replayed, expired, taken back, somebody else's, never made – is one page.
"""

from dataclasses import dataclass
from uuid import UUID

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from idp.account import own, sign_in
from idp.account.enterprises import acting
from idp.account.enterprises.acting import LIST, Acting
from idp.account.methods.guard import is_fresh
from idp.evidence import levels
from idp.mandates import granting, holdings, statement, telling
from idp.mandates.granting import GrantRefused, Why
from idp.mandates.models import Mandate
from idp.organisations.models import Organisation
from idp.persons import hold
from idp.persons.models import Person
from idp.services import current
from idp.web.request_scope import now
from idp.web.signed_in import login_required, who

bp = Blueprint("answering", __name__, url_prefix="/account/invitations")
PAGE = "/account/invitations"
STEP = "invitation"
SAID_IN_PLACE = frozenset({Why.LEVEL_TOO_LOW, Why.ORGANISATION_NOT_ACTIVE, Why.ONESELF, Why.LOOP})
"""Refusals that the invitee can read about; after the others there is nothing to answer."""


@dataclass(frozen=True)
class Offered:
    """An invitation that is this person's to answer; `speaking` where an organisation is invited."""

    mandate: Mandate
    giver: Organisation
    speaking: Acting | None

    @property
    def url(self) -> str:
        """Its page."""
        return f"{PAGE}/{self.mandate.id}"


@bp.get("/<text>")
@login_required  # type: ignore[untyped-decorator]  # flask-login has no types
def ask(text: str) -> ResponseReturnValue:
    """The sentence, and what it takes to say yes."""
    with current().database.reading() as db:
        found = _find(db, text)
        return _gone() if found is None else _page(db, found)


@bp.post("/<text>")
@login_required  # type: ignore[untyped-decorator]  # flask-login has no types
def answer(text: str) -> ResponseReturnValue:
    """Yes or no (`decision=accept|decline`)."""
    decision = request.form.get("decision")
    with current().database.reading() as db:
        found = _find(db, text)
        if found is None:
            return _gone()
        if not own.token_fits(f"{STEP}|{found.mandate.id}") or decision not in {"accept", "decline"}:
            return _page(db, found, "form_stale", 400)
        held_until = hold.until(db.get_one(Person, who().person_id), now())
        fresh = is_fresh(db, 2)
    if decision == "accept" and held_until is not None:
        return own.show("account/methods/held.html", status=403, held_until=held_until)
    if decision == "accept" and not fresh:
        return sign_in.again(found.url, 2)
    return _answer(found, decision)


def _answer(found: Offered, decision: str) -> ResponseReturnValue:
    try:
        if decision == "accept":
            _accept(found)
        else:
            _decline(found)
    except GrantRefused as refused:
        if refused.reason not in SAID_IN_PLACE:
            return _gone()
        with current().database.reading() as db:
            return _page(db, found, f"grant_{refused.reason}", 409)
    return redirect(f"{LIST}?said={decision}", 303)


def _accept(found: Offered) -> None:
    services, mandate_id = current(), found.mandate.id
    with services.database.writing() as db:
        if found.speaking is None:
            person = db.get_one(Person, who().person_id)
            mandate = granting.accept(db, services.vault, mandate_id, person, now())
        else:
            speaking = acting.acting_for(db, found.speaking.organisation.id)
            mandate = granting.accept_for(db, mandate_id, speaking.path, now())
        telling.grantors(db, [mandate], "mandate.accepted", now())


def _decline(found: Offered) -> None:
    services, mandate_id = current(), found.mandate.id
    with services.database.writing() as db:
        if found.speaking is None:
            person = db.get_one(Person, who().person_id)
            granting.decline(db, services.vault, mandate_id, person, now())
        else:
            speaking = acting.acting_for(db, found.speaking.organisation.id)
            granting.decline_for(db, mandate_id, speaking.path, now())
        telling.grantors(db, [db.get_one(Mandate, mandate_id)], "mandate.declined", now())


def _find(db: Session, text: str) -> Offered | None:
    """An invitation by its link or its id, if it is this person's to answer."""
    mandate = db.get(Mandate, identifier) if (identifier := _id(text)) else granting.by_handle(db, text)
    if mandate is None:
        return None
    giver = db.get_one(Organisation, mandate.organisation_id)
    if mandate.agent_organisation_id is None:
        person = db.get_one(Person, who().person_id)
        mine = granting.invitations(db, current().vault, person, now())
        return Offered(mandate, giver, None) if mandate.id in {one.id for one in mine} else None
    speaking = _speaking(db, mandate.agent_organisation_id)
    theirs = granting.offered_to(db, mandate.agent_organisation_id, now()) if speaking else ()
    return Offered(mandate, giver, speaking) if mandate.id in {one.id for one in theirs} else None


def _speaking(db: Session, organisation_id: UUID) -> Acting | None:
    """Whether the person speaks for the organisation that is invited."""
    known = holdings.towards(current().prepared, who().person_id, organisation_id, now())
    path, organisation = acting.way(known, organisation_id), db.get(Organisation, organisation_id)
    if path is None or organisation is None:
        return None
    found = Acting(organisation, path)
    return found if found.administers and acting.stands_now(found) else None


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _page(db: Session, found: Offered, refusal: str = "", status: int = 200) -> Response:
    mandate, speaking = found.mandate, found.speaking
    person = db.get_one(Person, who().person_id)
    agent = speaking.organisation.name if speaking else person.name or ""
    terms, names = acting.terms_of(found.giver, mandate), acting.names_of(db, mandate)
    level = levels.identity_level(db, person.id, now())
    enough = speaking is not None or level >= granting.LEAST_LEVEL
    return own.show(
        "account/enterprises/invitation.html",
        status=status,
        refusal=refusal,
        organisation=found.giver,
        invited=speaking.organisation.name if speaking else "",
        sentence=statement.naming(mandate.statement, agent) or statement.sentence(terms, names, agent=agent),
        sentence_in_english=statement.sentence(terms, names, "en", agent),
        everything=mandate.everything,
        renewal=mandate.supersedes is not None,
        signed_at=mandate.signed_at,
        answer_by=mandate.settles_at,
        enough=enough,
        needed=granting.LEAST_LEVEL,
        way_up=sign_in.known_better(found.url, granting.LEAST_LEVEL),
        proven=is_fresh(db, 2),
        csrf_token=own.token(f"{STEP}|{mandate.id}"),
        action=found.url,
    )


def _gone() -> Response:
    return own.show("account/enterprises/gone.html", status=404)
