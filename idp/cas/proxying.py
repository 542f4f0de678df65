"""Proxy tickets: one service asks another in the name of whoever is signed in to it (CAS 3.0 §2.7, §3.3).

Nothing comes of it that the person could not have had at the other service themselves, without being asked:
the same demand is looked at, for the same capacity. The target's registration names who may come.
"""

from dataclasses import replace
from datetime import datetime
from urllib.parse import urlencode

from idp.cas import tickets
from idp.cas.tickets import GRANTING, IOU, Cas, Granting, Link, Ticket
from idp.clients.callbacks import NotReached
from idp.clients.metadata import Client
from idp.crypto.handles import new_handle
from idp.interaction import capacity
from idp.interaction.facts import facts_of_session
from idp.interaction.policy import next_step
from idp.interaction.record import Demand, Facts, OnBehalf, Step
from idp.oauth import identity, standing
from idp.oauth.records import AuthorizationCode


def grant(cas: Cas, client: Client, ticket: Ticket, callback: str) -> str | None:
    """Send a proxy-granting ticket to the client's registered callback; gives the IOU, None if it failed."""
    if callback not in client.proxy_callbacks:
        return None
    given = ticket.given
    link = Link(given.authorization_id, given.client_id)
    granting = Granting(given, (callback, *ticket.proxies), (link, *ticket.behind))
    iou = IOU + new_handle()
    sent = urlencode({"pgtIou": iou, "pgtId": GRANTING + cas.grantings.add(granting)})
    try:
        status = cas.callbacks.get(f"{callback}{'&' if '?' in callback else '?'}{sent}")
    except NotReached:
        return None
    return iou if status == 200 else None


def proxy(cas: Cas, text: str, target: str, now: datetime) -> str | None:
    """A proxy ticket for a normalised target; None where the granting ticket is dead or does not reach."""
    granting = cas.grantings.find(text.removeprefix(GRANTING)) if text.startswith(GRANTING) else None
    client = cas.entrances.of_service(target)
    if granting is None or client is None or granting.given.client_id not in client.proxied_by:
        return None
    if not tickets.hang_together(cas.oauth, granting.behind, now):
        return None
    demand = _demand(client, granting.given)
    facts = _facts(cas, client, demand, granting.given, now)
    if facts is None:
        return None
    given = identity.yes(cas.oauth, client, demand.scopes, demand.on_behalf, facts, now, redirect_uri=target)
    return tickets.issue(cas, Ticket(given, False, granting.proxies, granting.behind))


def is_known(cas: Cas, text: str) -> bool:
    """Whether a granting ticket is one of ours, whatever it may be used for."""
    return text.startswith(GRANTING) and cas.grantings.find(text.removeprefix(GRANTING)) is not None


def _demand(client: Client, given: AuthorizationCode) -> Demand:
    """The target's own demand, for whomever the proxy was entered: who acts stays who acts."""
    whom = given.acting
    meant = OnBehalf(
        oneself=whom is None and "person" in client.capacities,
        others=whom is not None and client.lets_act,
        organisation=whom.code if whom is not None else None,
    )
    return replace(standing.demand(client), on_behalf=meant)


def _facts(cas: Cas, client: Client, demand: Demand, given: AuthorizationCode, now: datetime) -> Facts | None:
    prepared, matters = cas.oauth.prepared, cas.oauth.matters
    if given.realm not in client.realms:
        return None
    facts = facts_of_session(
        prepared, given.session_id, client, now, given.realm, for_others=given.acting is not None
    )
    if facts is None:
        return None
    facts = capacity.settle(prepared, matters, demand, facts, frozenset(), now)
    done = next_step(demand, facts, now, notice_only=client.is_government) is Step.DONE
    return facts if done and (facts.acting is None) == (given.acting is None) else None
