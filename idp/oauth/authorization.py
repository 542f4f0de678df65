"""From a client's request to a code: the table of what is checked, and both ends of the interaction."""

from collections.abc import Callable
from datetime import datetime

from idp.interaction import arrival
from idp.interaction.arrival import HandleOf
from idp.interaction.record import Demand, Facts, Interaction, Step
from idp.interaction.steps import due
from idp.oauth import identity
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
from idp.oauth.responses import Answer, Begun, Ending, FormPost, Redirect, Shown, Unfinished, deliver

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
    demand = asked.demand()
    found = arrival.look(oauth.door, asked.client, demand, handle_of, now)
    if found.met is not None:
        return answer(asked, found.met)
    if asked.silent:
        unmet = found.step in {Step.STEP_UP, Step.SECOND_FACTOR} and asked.level_is_essential
        return refused(asked, "unmet_authentication_requirements" if unmet else WHY_NOT_SILENT[found.step])
    interaction = Interaction(
        demand=demand,
        resume="oauth",
        request=asked.kept(),
        started_at=now,
        realm=found.realm,
        returns_to=asked.redirect_uri,
    )
    return Begun(oauth.interactions.add(interaction), found.step)


def finish(oauth: OAuth, interaction: Interaction, facts: Facts | None, now: datetime) -> Ending | Unfinished:
    """Answer a finished interaction, or say what is still missing. Take the interaction before calling."""
    try:
        asked = _checked_again(oauth, interaction, now)
    except Displayed as refusal:
        return Shown(refusal.fault)
    step = due(interaction, asked.client, facts, now)
    if facts is None or step is not Step.DONE:
        return Unfinished(step)
    return answer(asked, facts)


def decline(
    oauth: OAuth, interaction: Interaction, now: datetime, error: str = "access_denied", description: str = ""
) -> Ending:
    """Tell the client that the person said no (`access_denied`) or could not go on (another error)."""
    try:
        return refused(_checked_again(oauth, interaction, now), error, description)
    except Displayed as refusal:
        return Shown(refusal.fault)


def answer(asked: Asked, facts: Facts) -> Redirect | FormPost:
    """A code for exactly this person, client, redirect URI and challenge."""
    code = identity.yes(
        asked.oauth,
        asked.client,
        asked.scopes,
        asked.on_behalf,
        facts,
        asked.now,
        redirect_uri=asked.redirect_uri,
        nonce=asked.get("nonce"),
        challenge=asked.get("code_challenge"),
    )
    asked.oauth.count("authorize", "answered")
    values = {"code": asked.oauth.codes.add(code), "state": asked.get("state")}
    return deliver(asked.mode, asked.redirect_uri, values, asked.oauth.issuer)


def refused(asked: Asked, error: str, description: str = "") -> Redirect | FormPost:
    """An error at the redirect URI, which has matched."""
    asked.oauth.count("authorize", error)
    values = {"error": error, "error_description": description or None, "state": asked.get("state")}
    return deliver(asked.mode, asked.redirect_uri, values, asked.oauth.issuer)


def _checked_again(oauth: OAuth, interaction: Interaction, now: datetime) -> Asked:
    """The request with client and redirect URI checked anew: either may have been withdrawn meanwhile."""
    asked = Asked(oauth, Parameters(interaction.request), now)
    demand: Demand = interaction.demand
    for check in CHECKS[:3]:
        check(asked)
    asked.scopes, asked.level = demand.scopes & asked.client.scopes, demand.level
    asked.on_behalf = demand.on_behalf
    return asked
