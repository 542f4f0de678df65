"""From a service's request to a ticket: both ends of the interaction (CAS 3.0 §2.1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from idp.cas import tickets
from idp.cas.tickets import Cas, Ticket
from idp.clients import services
from idp.clients.metadata import Client
from idp.interaction import arrival
from idp.interaction.arrival import HandleOf
from idp.interaction.record import Demand, Facts, Interaction, Step
from idp.interaction.steps import due
from idp.oauth import identity, standing
from idp.oauth.errors import Displayed, Fault
from idp.oauth.message import Parameters, Request
from idp.oauth.responses import Answer, Begun, Ending, FormPost, Redirect, Shown

PROTOCOL = "cas"
KEPT = ("service", "TARGET", "renew", "gateway", "method", "ui_locales")
SET = frozenset({"true", "True", "1", "yes"})
"""The protocol says any value counts and recommends `true`; `false` surely does not mean it."""
HOME = "/account"


@dataclass(frozen=True)
class Asked:
    """A request to `/cas/login` that holds together."""

    client: Client
    service: str
    """Normalised; bound to the ticket and redirected to."""
    parameter: str
    """What the ticket is called when it is sent: SAML 1.1 clients call it an artifact."""
    renew: bool
    gateway: bool
    by_post: bool
    locales: tuple[str, ...]

    @property
    def demand(self) -> Demand:
        """What the interaction must bring about."""
        return standing.demand(self.client, fresh=self.renew, locales=self.locales)


def read(cas: Cas, parameters: Parameters) -> Asked:
    """Check a request; raises Displayed, since nothing is redirected before the service has matched."""
    if parameters.repeated:
        raise Displayed(Fault.REQUEST_UNREADABLE)
    named = "service" if parameters.get("service") else "TARGET"
    service = services.normalised(parameters.get(named))
    client = cas.entrances.of_service(service) if service else None
    if service is None or client is None:
        raise Displayed(Fault.SERVICE_UNKNOWN)
    renew = parameters.get("renew") in SET
    return Asked(
        client=client,
        service=service,
        parameter="ticket" if named == "service" else "SAMLart",
        renew=renew,
        gateway=parameters.get("gateway") in SET and not renew,  # renew wins (§2.1.1)
        by_post=(parameters.get("method") or "").upper() == "POST",
        locales=tuple((parameters.get("ui_locales") or "").split()),
    )


def begin(cas: Cas, request: Request, handle_of: HandleOf, now: datetime) -> Answer:
    """A ticket at once where nothing must be asked; `gateway` goes back without one (§2.1.1)."""
    if not {"service", "TARGET"} & set(request.form.values):
        return Redirect(HOME)  # nobody asks: the person's own pages sign them in
    try:
        asked = read(cas, request.form)
    except Displayed as refusal:
        return Shown(refusal.fault)
    found = arrival.look(cas.oauth.door, asked.client, asked.demand, handle_of, now)
    if found.met is not None:
        return answer(cas, asked, found.met, fresh=False, now=now)
    if asked.gateway:
        return Redirect(asked.service)
    interaction = Interaction(
        demand=asked.demand,
        resume=PROTOCOL,
        request={name: value for name, value in request.form.values.items() if name in KEPT},
        started_at=now,
        realm=found.realm,
        returns_to=asked.service,
    )
    return Begun(cas.oauth.interactions.add(interaction), found.step)


def finish(cas: Cas, interaction: Interaction, facts: Facts, now: datetime) -> Ending | None:
    """Answer a finished interaction with the service checked anew; None if something is due again."""
    try:
        asked = read(cas, Parameters(interaction.request))
    except Displayed as refusal:
        return Shown(refusal.fault)
    step = due(interaction, asked.client, facts, now)
    if step is not Step.DONE or asked.client.id != interaction.demand.client_id:
        return None
    return answer(cas, asked, facts, fresh=facts.authenticated_at >= interaction.started_at, now=now)


def answer(cas: Cas, asked: Asked, facts: Facts, *, fresh: bool, now: datetime) -> Redirect | FormPost:
    """A ticket for exactly this person and service."""
    demand = asked.demand
    given = identity.yes(
        cas.oauth, asked.client, demand.scopes, demand.on_behalf, facts, now, redirect_uri=asked.service
    )
    cas.oauth.count("cas_login", "answered")
    ticket = tickets.issue(cas, Ticket(given, fresh))
    if asked.by_post:
        return FormPost(asked.service, {asked.parameter: ticket})
    return Redirect(with_ticket(asked.service, asked.parameter, ticket))


def with_ticket(service: str, parameter: str, ticket: str) -> str:
    """The service with the ticket appended; a normalised one has neither fragment nor ticket."""
    return f"{service}{'&' if '?' in service else '?'}{parameter}={quote(ticket)}"


def restart(request: Mapping[str, str]) -> str:
    """The same request from its beginning."""
    return "/cas/login?" + "&".join(f"{name}={quote(value, safe='')}" for name, value in request.items())
