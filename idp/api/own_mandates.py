"""`/api/v1/me`: what a person does about mandates, through a portal they let (scope `mandate_management`).

The token is the person's. What is signed takes a second factor given in the token's session within the last
quarter of an hour, as on the pages: a portal asks for `acr_values=ial3.aal2` and `max_age` before.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import wraps
from http import HTTPStatus
from typing import Any, Literal
from uuid import UUID

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.account.enterprises import acting, choices, inviting
from idp.account.enterprises.acting import Acting
from idp.account.enterprises.drafts import Draft
from idp.account.methods.guard import RECENT
from idp.account.organisations import registry_of
from idp.api import callers
from idp.api.asking import Nothing
from idp.api.callers import Asked, Refused, like
from idp.assurance import level_given_here
from idp.clients.scopes import MANDATE_MANAGEMENT
from idp.crypto import jose
from idp.mandates import ending, granting, holdings, refresh, roster, telling
from idp.mandates.ending import EndRefused
from idp.mandates.granting import GrantRefused
from idp.mandates.models import Mandate, Role, State
from idp.mandates.scope import Scope
from idp.matters import catalogue
from idp.oauth import access_tokens, liveness
from idp.oauth.collaborators import OAuth
from idp.oauth.models import Authorization
from idp.organisations.models import Organisation
from idp.persons import hold, lookup
from idp.persons.models import Person
from idp.services import current
from idp.sessions.models import SignInSession
from idp.web.request_scope import now

bp = Blueprint("api_own_mandates", __name__, url_prefix="/api/v1/me")
OFFERED = (State.DRAFT, State.INVITED, State.COOLING)


class Answer(Asked):
    """Yes or no to an invitation."""

    decision: Literal["accept", "decline"]

    model_config = like({"decision": "accept"})


class Invitation(Asked):
    """Whom, as what, for what, until when; the sentence that is signed is made of it."""

    name: str = Field(min_length=1, repr=False)
    phone: str = Field(min_length=1, repr=False)
    role: Literal["administrator", "agent"] = "agent"
    matters: list[str] = Field(default=[], max_length=100)
    groups: list[str] = Field(default=[], max_length=100)
    actions: list[Literal["apply", "query", "pay", "sign", "receive"]] = Field(default=[], max_length=5)
    everything: bool = False
    last_day: date = Field(strict=False)

    model_config = like(
        {
            "name": "林晓云",
            "phone": "13900000000",
            "matters": ["210100-gjj-004"],
            "actions": ["apply", "query"],
            "last_day": "2027-03-31",
        }
    )


@dataclass(frozen=True)
class Me:
    """Who has let this portal act, whether they have just confirmed with a second factor, and what waits."""

    person_id: UUID
    fresh: bool
    held_until: datetime | None

    def confirmed(self) -> None:
        """Raise Refused unless they have, and while a hold lasts: a session that lies about signs nothing."""
        if self.held_until is not None:
            until = self.held_until.isoformat(timespec="seconds")
            raise Refused(HTTPStatus.FORBIDDEN, "held", f"password recovered or phone changed: until {until}")
        if not self.fresh:
            raise Refused(HTTPStatus.FORBIDDEN, "second_factor_needed", "sign in with acr_values=ial3.aal2")


def _answering(view: Callable[..., dict[str, Any]]) -> Callable[..., ResponseReturnValue]:
    @wraps(view)
    def answered(**found: str) -> ResponseReturnValue:
        try:
            return callers.answer(view(_me(), **found))
        except (GrantRefused, EndRefused) as refused:
            raise Refused(HTTPStatus.CONFLICT, refused.reason.value) from refused

    return answered


@bp.get("/organisations")
@_answering
def organisations(me: Me) -> dict[str, Any]:
    """For whom they act."""
    known = holdings.everywhere(current().prepared, me.person_id, now())
    found = []
    for organisation_id, side in known.sides.items():
        path = acting.way(known, organisation_id)
        if path is not None:
            direct = len(path.links) == 1
            role = path.own.role.value if direct else Role.AGENT.value
            may_invite = direct and path.own.may_grant
            said = {"credit_code": side.code, "name": side.name, "role": role, "may_invite": may_invite}
            found.append(said)
    return {"organisations": sorted(found, key=lambda one: str(one["credit_code"]))}


@bp.get("/invitations")
@_answering
def invitations(me: Me) -> dict[str, Any]:
    """What is offered to them, with the sentence that was signed."""
    with current().database.reading() as db:
        person = db.get_one(Person, me.person_id)
        offered = granting.invitations(db, current().vault, person, now())
        givers = roster.organisations(db, (one.organisation_id for one in offered))
        return {
            "invitations": [
                {**_shown(one), "organisation": givers[one.organisation_id].name, "statement": one.statement}
                for one in offered
            ]
        }


@bp.post("/invitations/<uuid:mandate>")
@_answering
def answer(me: Me, mandate: UUID) -> dict[str, Any]:
    """Accept or decline one."""
    given = callers.sent(Answer)
    with current().database.writing() as db:
        person = db.get_one(Person, me.person_id)
        if given.decision == "decline":
            granting.decline(db, current().vault, mandate, person, now())
            telling.grantors(db, [db.get_one(Mandate, mandate)], "mandate.declined", now())
            return {"state": State.DECLINED.value}
        me.confirmed()
        accepted = granting.accept(db, current().vault, mandate, person, now())
        telling.grantors(db, [accepted], "mandate.accepted", now())
        return {"state": accepted.state}


@bp.get("/organisations/<code>/mandates")
@_answering
def mandates(me: Me, code: str) -> dict[str, Any]:
    """Who acts for an organisation they administer, and who has not answered."""
    with current().database.reading() as db:
        here = _here(db, me, code)
        if not here.administers:
            raise _unknown()
        rows = [
            *roster.members(db, here.organisation.id),
            *roster.waiting(db, here.organisation.id, now()),
        ]
        agents = roster.agents(db, rows)
        named = [(one, agents[one.id].name if one.id in agents else "") for one in rows]
        return {"mandates": [{**_shown(one), "agent": name} for one, name in named]}


@bp.post("/organisations/<code>/mandates")
@_answering
def invite(me: Me, code: str) -> dict[str, Any]:
    """Sign an offer; the invitee hears of it on their phone."""
    given = callers.sent(Invitation)
    me.confirmed()
    callers.pace("invitation")
    with current().database.reading() as db:
        here = _here(db, me, code)
        draft = _draft(me, here, given)
        if not here.may_grant:
            raise _unknown()
        if refusal := inviting.unfit(db, here, draft, choices.within(db, here.path.own.scope)):
            raise Refused(HTTPStatus.CONFLICT, refusal)
        risky = draft.scope.everything or catalogue.is_risky(db, draft.scope.matters, draft.scope.groups)
    if risky:  # what the registry says this minute, before anybody is let in that far
        refresh.before_risk(current().database, registry_of(current()), here.organisation.id, now())
    with current().database.writing() as db:
        here = _here(db, me, code)
        inviting.signed(db, here, draft, choices.within(db, here.path.own.scope))
    return {"state": State.INVITED.value}


@bp.post("/mandates/<uuid:mandate>/end")
@_answering
def end(me: Me, mandate: UUID) -> dict[str, Any]:
    """Give one's own back, end another's, or take an offer back; whatever rests on it ends too."""
    callers.sent(Nothing)
    me.confirmed()
    with current().database.writing() as db:
        found = db.get(Mandate, mandate)
        if found is None:
            raise _unknown()
        if found.agent_person_id == me.person_id and found.state not in OFFERED:
            gone = ending.resign(db, found, me.person_id, now())
            telling.grantors(db, [found], "mandate.resigned", now())
        else:
            here = _acting(db, me, found.organisation_id)
            if not here.may_end(db, found):
                raise _unknown()
            if found.state in OFFERED:
                granting.cancel(db, found, me.person_id, now())
                return {"ended": 0}
            gone = ending.revoke(db, here.path, found, "revoked", now())
        telling.agents(db, gone, "mandate.ended", now(), but=me.person_id)
        return {"ended": len(gone)}


def _draft(me: Me, here: Acting, given: Invitation) -> Draft:
    phone = lookup.normalise_phone(given.phone)
    if phone is None:
        raise Refused(HTTPStatus.BAD_REQUEST, "phone_malformed")
    scope = Scope(
        everything=given.everything,
        matters=frozenset(given.matters),
        groups=frozenset(given.groups),
        actions=frozenset(given.actions),
    )
    return Draft(
        organisation_id=here.organisation.id,
        grantor_id=me.person_id,
        role=Role(given.role),
        scope=scope,
        last_day=given.last_day,
        phone=phone,
        name=given.name,
    )


def _shown(mandate: Mandate) -> dict[str, Any]:
    return {
        "id": str(mandate.id),
        "role": mandate.role,
        "state": mandate.state,
        "until": mandate.valid_until.isoformat(timespec="seconds"),
    }


def _here(db: Session, me: Me, code: str) -> Acting:
    """How they act for the organisation of this code; unknown, whether there is one or not."""
    found = db.scalar(select(Organisation.id).where(Organisation.credit_code == code))
    if found is None:
        raise _unknown()
    return _acting(db, me, found)


def _acting(db: Session, me: Me, organisation_id: UUID) -> Acting:
    known = holdings.towards(current().prepared, me.person_id, organisation_id, now())
    path, organisation = acting.way(known, organisation_id), db.get(Organisation, organisation_id)
    if path is None or organisation is None:
        raise _unknown()
    return Acting(organisation, path)


def _unknown() -> Refused:
    return Refused(HTTPStatus.NOT_FOUND, "not_yours", "nothing of this name that is theirs")


def _me() -> Me:
    """Whose living token this is; raises Refused."""
    oauth: OAuth = current().extras["oauth"]
    kind, _, text = request.headers.get("Authorization", "").partition(" ")
    try:
        token = access_tokens.read(oauth, text.strip(), now()) if kind.lower() == "bearer" else None
    except jose.Refused:
        token = None
    if token is None or token.authorization_id is None or oauth.issuer not in token.audience:
        raise Refused(HTTPStatus.UNAUTHORIZED, "invalid_token", "send an access token of the person")
    if MANDATE_MANAGEMENT not in token.scopes & token.client.scopes or "organisation" in token.claims:
        raise Refused(HTTPStatus.FORBIDDEN, "insufficient_scope", f"it needs the scope {MANDATE_MANAGEMENT}")
    alive = liveness.level_if_alive(oauth.prepared, token.authorization_id, token.client.id, token.jti, now())
    if alive is None:
        raise Refused(HTTPStatus.UNAUTHORIZED, "invalid_token", "it was revoked, or its session is over")
    callers.count(token.client)
    with current().database.reading() as db:
        authorization = db.get_one(Authorization, token.authorization_id)
        session = db.get(SignInSession, authorization.session_id) if authorization.session_id else None
        fresh = session is not None and level_given_here(session.amr) >= 2
        lately = session is not None and now() - session.authenticated_at <= RECENT
        person = db.get_one(Person, authorization.person_id)
        return Me(person.id, fresh and lately, hold.until(person, now()))
