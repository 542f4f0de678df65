"""From a client's request to a code: the table of what is checked, and both ends of the interaction."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime

from idp.consents import texts
from idp.interaction import capacity
from idp.interaction.facts import facts_of
from idp.interaction.policy import next_step
from idp.interaction.record import Demand, Facts, Interaction, Step
from idp.interaction.steps import met, notice_carried_over
from idp.oauth import subjects
from idp.oauth.asked import Asked
from idp.oauth.checks import (
    client,
    details,
    hints,
    level,
    pkce,
    prompt,
    redirect,
    request_object,
    response,
    scope,
)
from idp.oauth.collaborators import OAuth
from idp.oauth.errors import Displayed, Redirected
from idp.oauth.message import Parameters, Request
from idp.oauth.records import AuthorizationCode
from idp.oauth.responses import Answer, Begun, Ending, FormPost, Redirect, Shown, Unfinished, deliver
from idp.storage.base import new_id

CHECKS: tuple[Callable[[Asked], None], ...] = (
    client.is_known,
    redirect.uri_is_registered,  # from here on the client may be told
    response.mode_is_known,
    response.nothing_is_repeated,
    request_object.is_absent,
    response.type_is_registered,
    client.may_use_codes,
    scope.is_within_registration,
    pkce.challenge_is_present,
    prompt.is_sensible,
    prompt.max_age_is_a_number,
    level.is_one_we_know,
    details.are_understood,
    hints.id_token_is_ours,
)

WHY_NOT_SILENT = {
    Step.SIGN_IN: "login_required",
    Step.REGISTER: "login_required",
    Step.SECOND_FACTOR: "interaction_required",
    Step.NEW_PASSWORD: "interaction_required",
    Step.CAPACITY: "interaction_required",
    Step.STEP_UP: "interaction_required",
    Step.NOTICE: "interaction_required",
    Step.CONSENT: "consent_required",
}
"""What `prompt=none` is told instead of a page (OIDC Core §3.1.2.6)."""


HandleOf = Callable[[str], str | None]
"""The session handle a browser sent for a realm."""


def begin(oauth: OAuth, request: Request, handle_of: HandleOf, now: datetime) -> Answer:
    """Answer a request at once when nothing must be asked; otherwise begin an interaction."""
    asked = Asked(oauth, request.form, now)
    try:
        for check in CHECKS:
            check(asked)
    except Displayed as refusal:
        return Shown(refusal.fault)
    except Redirected as refusal:
        return refused(asked, refusal.error, refusal.description)
    realm = _entered(asked.client.realms, handle_of)
    demand, lets_act = asked.demand(), asked.client.lets_act
    facts = facts_of(oauth.prepared, handle_of(realm), asked.client, now, oauth.idle, realm, lets_act)
    if facts is not None and demand.on_behalf is not None:
        facts = capacity.settle(oauth.prepared, oauth.matters, demand, facts, frozenset(), now)
    step = next_step(demand, facts, now, notice_only=asked.client.is_government)
    if facts is not None and step is Step.NOTICE:
        told = notice_carried_over(oauth.database, demand, facts, texts.said(texts.DUTY_NOTICE), now)
        facts, step = (told, Step.DONE) if told is not None else (facts, step)
    if facts is not None and step is Step.DONE:
        oauth.seen(facts)
        return answer(asked, facts)
    if asked.silent:
        unmet = step in {Step.STEP_UP, Step.SECOND_FACTOR} and asked.level_is_essential
        return refused(asked, "unmet_authentication_requirements" if unmet else WHY_NOT_SILENT[step])
    interaction = Interaction(
        demand=demand, resume="oauth", request=asked.kept(), started_at=now, realm=realm
    )
    return Begun(oauth.interactions.add(interaction))


def finish(oauth: OAuth, interaction: Interaction, facts: Facts | None, now: datetime) -> Ending | Unfinished:
    """Answer a finished interaction, or say what is still missing. Take the interaction before calling."""
    try:
        asked = _checked_again(oauth, interaction, now)
    except Displayed as refusal:
        return Shown(refusal.fault)
    demand = interaction.demand
    step = next_step(demand, facts, now, met=met(interaction, facts), notice_only=asked.client.is_government)
    if facts is None or step is not Step.DONE:
        return Unfinished(step)
    return answer(asked, facts)


def decline(oauth: OAuth, interaction: Interaction, now: datetime, error: str = "access_denied") -> Ending:
    """Tell the client that the person said no (`access_denied`) or could not go on (another error)."""
    try:
        return refused(_checked_again(oauth, interaction, now), error)
    except Displayed as refusal:
        return Shown(refusal.fault)


def answer(asked: Asked, facts: Facts) -> Redirect | FormPost:
    """A code for exactly this person, client, redirect URI and challenge."""
    oauth, sector, acting = asked.oauth, asked.client.sector, facts.acting
    person_sub = facts.sub or subjects.ensure(oauth.prepared, sector, facts.person_id, asked.now)
    granted = details.granted(asked.on_behalf, acting.code if acting else None)
    code = AuthorizationCode(
        authorization_id=new_id(),
        client_id=asked.client.id,
        redirect_uri=asked.redirect_uri,
        scopes=asked.scopes & facts.consented,
        nonce=asked.get("nonce"),
        challenge=asked.get("code_challenge"),
        person_id=facts.person_id,
        session_id=facts.session_id,
        sub=subjects.of_acting(oauth.prepared, sector, acting, asked.now) if acting else person_sub,
        authenticated_at=facts.authenticated_at,
        ial=facts.reached.ial,
        aal=facts.reached.aal,
        amr=facts.amr,
        issued_at=asked.now,
        realm=facts.realm,
        acting=acting,
        act_sub=person_sub if acting else None,
        details=json.dumps(granted, separators=(",", ":")) if granted else "",
    )
    asked.oauth.count("authorize", "answered")
    values = {"code": asked.oauth.codes.add(code), "state": asked.get("state")}
    return deliver(asked.mode, asked.redirect_uri, values, asked.oauth.issuer)


def refused(asked: Asked, error: str, description: str = "") -> Redirect | FormPost:
    """An error at the redirect URI, which has matched."""
    asked.oauth.count("authorize", error)
    values = {"error": error, "error_description": description or None, "state": asked.get("state")}
    return deliver(asked.mode, asked.redirect_uri, values, asked.oauth.issuer)


def _entered(realms: Sequence[str], handle_of: HandleOf) -> str:
    """The first realm of the client's in which this browser is signed in, or simply its first."""
    return next((realm for realm in realms if handle_of(realm)), realms[0])


def _checked_again(oauth: OAuth, interaction: Interaction, now: datetime) -> Asked:
    """The request with client and redirect URI checked anew: either may have been withdrawn meanwhile."""
    asked = Asked(oauth, Parameters(interaction.request), now)
    demand: Demand = interaction.demand
    for check in CHECKS[:3]:
        check(asked)
    asked.scopes, asked.level = demand.scopes & asked.client.scopes, demand.level
    asked.on_behalf = demand.on_behalf
    return asked
