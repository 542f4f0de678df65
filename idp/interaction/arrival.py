"""What a request finds when it arrives, by any protocol: whose session counts, as what, what is due.

OIDC's `prompt=none`, SAML's `IsPassive` and CAS's `gateway` are answered from this alone; where something is
due and pages may be shown, the protocol begins an `Interaction` with the same demand.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from idp.clients.metadata import Client
from idp.consents import texts
from idp.interaction import capacity
from idp.interaction.facts import facts_of, facts_towards
from idp.interaction.policy import next_step
from idp.interaction.record import Demand, Facts, Step
from idp.interaction.steps import notice_carried_over
from idp.mandates.holdings import Holdings
from idp.matters.catalogue import Catalogue
from idp.persons.models import Realm
from idp.storage.database import Database
from idp.storage.prepared import Prepared

HandleOf = Callable[[str], str | None]
"""The session handle a browser sent for a realm."""


@dataclass(frozen=True)
class Door:
    """The collaborators of `look`, the same for every protocol."""

    database: Database
    prepared: Prepared
    matters: Catalogue
    idle: timedelta
    seen: Callable[[Facts], None]
    """Told that a session was used without a page, so that it does not idle out."""


@dataclass(frozen=True)
class Arrival:
    """A browser before a demand: `facts` are those of its session in `realm`, None without one."""

    realm: str
    facts: Facts | None
    step: Step

    @property
    def met(self) -> Facts | None:
        """The facts to answer with at once; None while something is due."""
        return self.facts if self.step is Step.DONE else None


def look(door: Door, client: Client, demand: Demand, handle_of: HandleOf, now: datetime) -> Arrival:
    """Look at the browser once, settle as what it comes, and name the next step.

    A notice that needs no page is recorded here; a session that is answered for is noted as in use. Where the
    request names the organisation, nothing is to be chosen, and what was chosen before is not read.
    """
    realm = _entered(client.realms, handle_of)
    facts, known = _known(door, client, demand, handle_of(realm), realm, now)
    if facts is not None and demand.on_behalf is not None:
        facts = capacity.settle(door.prepared, door.matters, demand, facts, frozenset(), now, known)
    step = next_step(demand, facts, now, notice_only=client.is_government)
    if facts is not None and step is Step.NOTICE:
        told = notice_carried_over(door.database, demand, facts, texts.said(texts.DUTY_NOTICE), now)
        facts, step = (told, Step.DONE) if told is not None else (facts, step)
    if facts is not None and step is Step.DONE:
        door.seen(facts)
    return Arrival(realm, facts, step)


def _known(
    door: Door, client: Client, demand: Demand, handle: str | None, realm: str, now: datetime
) -> tuple[Facts | None, Holdings | None]:
    """Who it is, and by which ways they may act for the organisation if it is named: one read."""
    named = None if demand.on_behalf is None else demand.on_behalf.organisation
    if named is None or realm == Realm.STAFF:
        chooses = client.lets_act and named is None
        return facts_of(door.prepared, handle, client, now, door.idle, realm, chooses), None
    found = facts_towards(door.prepared, handle, client, named, now, door.idle, realm)
    return found or (None, None)


def _entered(realms: Sequence[str], handle_of: HandleOf) -> str:
    """The first realm of the client's in which this browser is signed in, or simply its first."""
    return next((realm for realm in realms if handle_of(realm)), realms[0])
