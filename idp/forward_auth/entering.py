"""From a deep link on a protected site to a cookie there: both ends of the interaction, and the handover.

The address that begins it is signed by us when the proxy asked about a visit, and bound to that browser by a
cookie on its host: nobody can be sent through another's sign-in, nor anywhere but where they wanted to go.
"""

import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from urllib.parse import quote, urlencode, urlsplit

from idp.clients import protected, services
from idp.clients.metadata import Client
from idp.clients.protected import Guarded
from idp.crypto.handles import digest, new_handle, same
from idp.forward_auth.verdicts import Entry, ForwardAuth, Handover, act_of
from idp.forward_auth.visits import CALLBACK, Visit
from idp.interaction import arrival
from idp.interaction.arrival import HandleOf
from idp.interaction.record import Demand, Facts, Interaction, Step, Wish
from idp.interaction.steps import due
from idp.keys.vault import Vault
from idp.oauth import identity, standing
from idp.oauth.errors import Displayed, Fault
from idp.oauth.message import Parameters, Request
from idp.oauth.responses import Answer, Begun, Redirect, Shown

PROTOCOL = "proxy"
USE = "forward-auth-start"
KEPT = ("rd", "bind", "sig")


@dataclass(frozen=True)
class Asked:
    """A way in that we signed ourselves, for a site that is still a client's."""

    client: Client
    url: str
    binding: str
    guarded: Guarded
    demand: Demand

    @property
    def origin(self) -> str:
        """The protected site."""
        return services.origin(self.url)


def start(forward: ForwardAuth, visit: Visit, base: str) -> tuple[str, str]:
    """Where this visitor signs in, and what the cookie on their host must hold for them to come back.

    `base` is where the network zone of their proxy reaches us.
    """
    held = next(iter(visit.bindings), None) or new_handle()
    bound = digest(held)
    asked = {"rd": visit.url, "bind": bound, "sig": _signature(forward.oauth.vault, visit.url, bound)}
    return f"{base}/forward-auth/start?{urlencode(asked, quote_via=quote)}", held


def read(forward: ForwardAuth, parameters: Parameters) -> Asked:
    """Check a way in; raises Displayed, since an address we did not sign is followed nowhere."""
    url, bound, signature = (parameters.get(name) or "" for name in KEPT)
    if parameters.repeated or not _is_ours(forward.oauth.vault, url, bound, signature):
        raise Displayed(Fault.REQUEST_UNREADABLE)
    client = forward.entrances.of_site(services.origin(url))
    guarded = None if client is None else protected.at(client.paths, urlsplit(url).path)
    if client is None or guarded is None:
        raise Displayed(Fault.SERVICE_UNKNOWN)
    return Asked(client, url, bound, guarded, _demand(forward, client, guarded))


def begin(forward: ForwardAuth, request: Request, handle_of: HandleOf, now: datetime) -> Answer:
    """Hand over at once where nothing must be asked."""
    try:
        asked = read(forward, request.form)
    except Displayed as refusal:
        return Shown(refusal.fault)
    found = arrival.look(forward.oauth.door, asked.client, asked.demand, handle_of, now)
    if found.met is not None:
        return answer(forward, asked, found.met, now)
    interaction = Interaction(
        demand=asked.demand,
        resume=PROTOCOL,
        request={name: request.form.values[name] for name in KEPT},
        started_at=now,
        realm=found.realm,
        returns_to=asked.url,
    )
    return Begun(forward.oauth.interactions.add(interaction), found.step)


def finish(
    forward: ForwardAuth, interaction: Interaction, facts: Facts, now: datetime
) -> Redirect | Shown | None:
    """Hand over after a finished interaction; None if something is due again."""
    try:
        asked = read(forward, Parameters(interaction.request))
    except Displayed as refusal:
        return Shown(refusal.fault)
    step = due(interaction, asked.client, facts, now)
    if step is not Step.DONE or not interaction.demand.level.covers(asked.demand.level):
        return None
    return answer(forward, replace(asked, demand=interaction.demand), facts, now)


def answer(forward: ForwardAuth, asked: Asked, facts: Facts, now: datetime) -> Redirect:
    """To the protected site with a handover that works once."""
    demand = asked.demand
    given = identity.yes(
        forward.oauth, asked.client, demand.scopes, demand.on_behalf, facts, now, redirect_uri=asked.url
    )
    acts = frozenset({act_of(asked.guarded)}) if asked.guarded.matter else frozenset[str]()
    entry = Entry(given, asked.origin, acts)
    handle = forward.handovers.add(Handover(entry, asked.url, asked.binding))
    forward.oauth.count("forward_auth", "answered")
    return Redirect(f"{asked.origin}{CALLBACK}?handover={handle}")


def arrive(forward: ForwardAuth, visit: Visit, handle: str | None, now: datetime) -> tuple[str, str] | None:
    """
    Take a handover in at the protected site: gives the cookie's handle and the deep link; None for a bad one.

    Prove, spend, give: only the browser that was sent to sign in has what the handover is bound to.
    """
    handover = forward.handovers.find(handle)
    if handover is None or handle is None or handover.entry.origin != visit.origin:
        return None
    if not any(same(digest(held), handover.binding) for held in visit.bindings):
        return None
    client = forward.entrances.of_site(visit.origin)
    if client is None or client.id != handover.entry.given.client_id:
        return None
    if forward.handovers.take(handle) is None:
        return None
    if identity.admit(forward.oauth, client, handover.entry.given, now) is None:
        return None
    return forward.entries.add(_continued(forward, client, visit, handover.entry)), handover.url


def _continued(forward: ForwardAuth, client: Client, visit: Visit, entry: Entry) -> Entry:
    """With what the same person, in the same capacity, was found permitted here before."""
    if visit.handle is None:
        return entry
    before = forward.entries.take(visit.handle)
    forward.forget(client, visit.handle)
    if before is None or _who(before) != _who(entry):
        return entry
    return replace(entry, acts=entry.acts | before.acts)


def _who(entry: Entry) -> tuple[object, ...]:
    acting = entry.given.acting
    mandate = (acting.mandate_id, acting.mandate_version, acting.through_version) if acting else None
    return entry.origin, entry.given.client_id, entry.given.session_id, mandate


def _demand(forward: ForwardAuth, client: Client, guarded: Guarded) -> Demand:
    """The client's demand, and what the path adds to it."""
    level = guarded.level
    matter = forward.oauth.matters.find(guarded.matter) if guarded.matter else None
    if matter is not None:
        level = level.union(matter.minimum)
    wishes = (Wish(guarded.matter, guarded.action),) if guarded.matter else ()
    return standing.demand(client, level=level, wishes=wishes)


def _is_ours(vault: Vault, url: str, bound: str, signature: str) -> bool:
    keys = vault.service_keys(USE).values()
    return any(same(signature, _mac(key, url, bound)) for key in keys)


def _signature(vault: Vault, url: str, bound: str) -> str:
    return _mac(vault.service_key(USE), url, bound)


def _mac(key: bytes, url: str, bound: str) -> str:
    message = f"{bound}\0{url}".encode("utf-8", "surrogatepass")
    return urlsafe_b64encode(hmac.digest(key, message, sha256)).rstrip(b"=").decode()
