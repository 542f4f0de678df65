"""What the pages of federation work with: the upstreams, visits to them, and who arrived from one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from federation import catalogue
from federation.catalogue import Means
from federation.leaving.stays import Stays
from federation.reaching import Doorstep
from idp.clients.services import origin
from idp.interaction.record import Demand
from idp.interaction.steps import ONE_TIME
from idp.interaction.upstream import AssertedIdentity, ConfirmsEnd, Upstream
from idp.keys.keyring import Keyring
from idp.keys.vault import Vault
from idp.oauth.asked import MOST_HOPS
from idp.saml.signatures import Signer
from idp.settings import Settings
from idp.settings_upstreams import UpstreamTable
from idp.storage.state import Collection, StateStore

AWAY = 900.0
"""Seconds somebody may be at an upstream."""
DECIDING = 1800.0
"""Seconds somebody has for what follows."""


@dataclass(frozen=True)
class Visit:
    """A browser that was sent to an upstream; spent by its coming back."""

    upstream: str
    interaction: str = field(repr=False)
    """Empty for a person who links an account from their own page."""
    kept: Mapping[str, str] = field(repr=False)
    began_at: datetime
    fresh: bool = False
    organisation: bool = False
    """Whether they come for an organisation, where the upstream asks that beforehand."""
    person_id: UUID | None = None
    """Whose own page asked."""
    session_id: UUID | None = None


@dataclass(frozen=True)
class Arrival:
    """Whom an upstream asserted at the end of a visit; nothing of it has been believed yet."""

    asserted: AssertedIdentity
    at: datetime
    began_at: datetime
    fresh: bool
    person_id: UUID | None = None
    session_id: UUID | None = None


@dataclass(frozen=True)
class Posted:
    """What an upstream had a browser post to us, until the same browser fetches it by its own cookie."""

    values: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True)
class Left:
    """A browser that was sent to an upstream's sign-out, and for which session of ours."""

    upstream: str
    session_id: UUID
    address: str = field(repr=False)
    """Where it was sent."""
    state: str = field(default="", repr=False)
    """What our address carried for it to come back with, where the upstream has no such word of its own."""


@dataclass(frozen=True)
class Federation:
    """The upstreams of this instance, and what is remembered for minutes."""

    issuer: str
    upstreams: Mapping[str, Upstream]
    tables: Mapping[str, UpstreamTable]
    visits: Collection[Visit]
    arrivals: Collection[Arrival]
    posted: Collection[Posted]
    left: Collection[Left]
    stays: Stays
    doorsteps: Mapping[str, Doorstep]

    def callback(self, name: str, base: str) -> str:
        """Where an upstream sends a browser back to, as registered there: to the zone it came by, `base`."""
        return f"{base}/federation/{name}/callback"

    def left_at(self, name: str, base: str) -> str:
        """Where an upstream's own sign-out comes back to, likewise."""
        return f"{base}/federation/{name}/left"

    def leaves_with_state(self, name: str) -> bool:
        """Whether our address there carries a state of ours: whoever answers in so many words needs none."""
        upstream = self.upstreams[name]
        return upstream.habits.leaves_with_state and not isinstance(upstream, ConfirmsEnd)

    def hops(self, demand: Demand) -> tuple[str, ...]:
        """The way a request has come, ourselves included."""
        return (*demand.hops, self.issuer)

    def offered(self, demand: Demand) -> list[str]:
        """
        The upstreams to which somebody may be sent who came with this demand.

        Never the one that sent them, nor any they came through: a city and its province would else hand a
        request to and fro. A request that has been here before goes nowhere any more, nor one whose way is as
        long as any that is read: the rest of it may have led through here.
        """
        if self.issuer in demand.hops or len(demand.hops) >= MOST_HOPS or not demand.elsewhere:
            return []
        return [
            name
            for name, table in self.tables.items()
            if table.issuer not in demand.hops
            and not (table.asks_as and table.asks_as == demand.client_id)
            and (not asks_anew(demand) or self.upstreams[name].habits.asks_anew)
        ]

    def origins(self, name: str) -> tuple[str, ...]:
        """Where a browser that is sent to this upstream may arrive, as far as it is known; asks nobody."""
        pages = (self.upstreams[name].habits.page, self.tables[name].issuer)
        return tuple(dict.fromkeys(origin(page) for page in pages if page))

    def for_organisations(self, demand: Demand) -> list[str]:
        """Those of them at which somebody who comes for an organisation signs in another way."""
        return [name for name in self.offered(demand) if self.upstreams[name].habits.signs_organisations_in]

    def ends_by_call(self, name: str) -> bool:
        """Whether a session at this upstream is ended by a call of ours, without the browser."""
        return name in self.upstreams and self.upstreams[name].habits.leaves_by_call

    def is_down(self, name: str) -> bool:
        """Whether an upstream is known to be out of order."""
        return self.upstreams[name].is_down or self.doorsteps[name].is_silent


def asks_anew(demand: Demand) -> bool:
    """Whether somebody must have proven themselves lately, or anew."""
    return bool(demand.prompt & ONE_TIME) or demand.max_age is not None


def create(settings: Settings, state: StateStore, vault: Vault, keyring: Keyring) -> Federation:
    """The upstreams that the settings name; raises ValueError where a table lacks what its protocol needs."""
    means = Means(state.once, lambda: Signer(*keyring.certified()))
    made = catalogue.upstreams(settings.upstreams, means)
    return Federation(
        settings.issuer,
        made,
        settings.upstreams,
        Collection(state, Visit, "upstream-visit", AWAY, vault.sealer("upstream-visit")),
        Collection(state, Arrival, "upstream-arrival", DECIDING, vault.sealer("upstream-arrival")),
        Collection(state, Posted, "upstream-posted", 120.0, vault.sealer("upstream-posted")),
        Collection(state, Left, "upstream-left", 300.0, vault.sealer("upstream-left")),
        Stays(state, vault, float(settings.session_absolute)),
        {name: Doorstep(table, made[name].habits.page) for name, table in settings.upstreams.items()},
    )
