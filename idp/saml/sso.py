"""Sign somebody in for a system (SAML Profiles §4.1): look at the browser, ask what is due, answer.

The one place that answers with an assertion. A request that is signed must verify; the answer goes to a
registered address by POST and to no other; what is told is what `oauth.identity` tells everybody.
"""

from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime

from idp.interaction import arrival
from idp.interaction.arrival import HandleOf
from idp.interaction.record import Facts, Interaction, Step
from idp.interaction.steps import due
from idp.oauth import identity
from idp.oauth.events import TokenEvent
from idp.oauth.responses import Begun, FormPost
from idp.saml import asked as requests
from idp.saml import assertions
from idp.saml.asked import Asked
from idp.saml.assertions import Told
from idp.saml.collaborators import Posted, Saml
from idp.saml.errors import Fault, Refused, Second, Unanswerable

NAME = "saml"
"""Of this protocol among those that an interaction calls back."""
LONGEST_KEPT = 24 * 1024
"""Characters of a posted request as it is sent; signed, with its certificates, it has some 8,000."""

UNMET = frozenset({"unmet_level", "no_second_way"})
"""What the interaction says where no context that was asked for can be reached."""


@dataclass(frozen=True)
class Unfinished:
    """There is nothing to answer with: the request begins again."""


Answer = FormPost | Begun
Ending = FormPost | Unfinished


def keep(saml: Saml, message: str, relay_state: str | None, now: datetime) -> str:
    """Keep a posted request, and give the query by which the browser asks again with its cookies.

    Browsers send no SameSite cookie along with a form of another site. Nothing is kept that cannot be
    answered, nor what is longer than requests are, so that strangers fill no memory; raises Unanswerable.
    """
    if len(message) > LONGEST_KEPT:
        raise Unanswerable(Fault.UNREADABLE)
    requests.by_post(saml, message, relay_state, now)
    return f"posted={saml.posted.add(Posted(message, relay_state))}"


def begin(saml: Saml, query: str, handle_of: HandleOf, now: datetime) -> Answer:
    """Answer a request at once when nothing must be asked, else begin an interaction; raises Unanswerable."""
    asked = _read(saml, query, now)
    try:
        requests.is_answerable(asked)
        demand = asked.demand()
    except Refused as refusal:
        return refused(saml, asked, refusal, now)
    found = arrival.look(saml.oauth.door, asked.client, demand, handle_of, now)
    if found.met is not None and (answered := answer(saml, asked, found.met, now)) is not None:
        return answered
    if asked.passive:
        return refused(saml, asked, Refused(Second.NO_PASSIVE), now)
    interaction = Interaction(
        demand=demand,
        resume=NAME,
        request={"query": query},
        started_at=now,
        realm=found.realm,
        returns_to=asked.consumer.location,
    )
    return Begun(saml.oauth.interactions.add(interaction), found.step)


def finish(saml: Saml, interaction: Interaction, facts: Facts, now: datetime) -> Ending:
    """Answer a finished interaction; what was registered is looked at anew."""
    try:
        asked = _read(saml, interaction.request["query"], interaction.started_at)
    except Unanswerable:
        return Unfinished()
    done = due(interaction, asked.client, facts, now) is Step.DONE
    try:
        answered = answer(saml, asked, facts, now) if done else None
    except Refused as refusal:  # a matter was withdrawn meanwhile
        return refused(saml, asked, refusal, now)
    return answered or Unfinished()


def decline(saml: Saml, interaction: Interaction, reason: str, now: datetime) -> Ending:
    """Tell the system that the person said no, or could not reach the level."""
    try:
        asked = _read(saml, interaction.request["query"], interaction.started_at)
    except Unanswerable:
        return Unfinished()
    second = Second.NO_CONTEXT if reason in UNMET else Second.DENIED
    return refused(saml, asked, Refused(second), now)


def answer(saml: Saml, asked: Asked, facts: Facts, now: datetime) -> FormPost | None:
    """An assertion about exactly this person for this system; None when session or mandate have gone."""
    given = identity.yes(
        saml.oauth,
        asked.client,
        asked.scopes,
        asked.on_behalf,
        facts,
        now,
        redirect_uri=asked.consumer.location,
    )
    said = identity.admit(saml.oauth, asked.client, given, now)
    if said is None:
        return None
    told = Told(
        client=asked.client,
        consumer=asked.consumer.location,
        in_response_to=asked.request_id,
        classes=asked.classes,
        session_id=given.session_id,
        said=said,
        ends_at=given.acting.ends_at if given.acting else None,
    )
    saml.oauth.count("saml", "answered")
    saml.oauth.record(TokenEvent("assertion", "issued", asked.client.id))
    return _posted(asked, assertions.response(saml, told, now))


def refused(saml: Saml, asked: Asked, refusal: Refused, now: datetime) -> FormPost:
    """A status for the system at its matched address."""
    saml.oauth.count("saml", refusal.second)
    message = assertions.refusal(
        saml, asked.consumer.location, asked.request_id, refusal.top, refusal.second, now
    )
    return _posted(asked, message)


def _read(saml: Saml, query: str, now: datetime) -> Asked:
    """The request behind a query: in it, kept after a POST, or none but a link of ours."""
    values = requests.parameters(query)
    if "posted" in values:
        kept = saml.posted.find(values["posted"])
        if kept is None:
            raise Unanswerable(Fault.TIME)
        return requests.by_post(saml, kept.message, kept.relay_state, now)
    if "client" in values:
        return requests.by_link(saml, values["client"], values.get("RelayState"))
    return requests.by_redirect(saml, query, now)


def _posted(asked: Asked, message: str) -> FormPost:
    fields = {"SAMLResponse": b64encode(message.encode()).decode()}
    if asked.relay_state is not None:
        fields["RelayState"] = asked.relay_state
    return FormPost(asked.consumer.location, fields)
