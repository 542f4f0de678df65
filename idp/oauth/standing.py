"""What a client asks for whose protocol has no words for it: everything it was approved for."""

from collections.abc import Sequence

from idp.assurance import NOTHING, Level, least
from idp.clients.metadata import Client
from idp.clients.scopes import OFFLINE_ACCESS, OPENID, SCOPES
from idp.interaction.record import Demand, OnBehalf, Wish
from idp.oauth.asked import optional_scopes


def demand(
    client: Client,
    *,
    fresh: bool = False,
    level: Level = NOTHING,
    wishes: Sequence[Wish] = (),
    locales: Sequence[str] = (),
) -> Demand:
    """The demand of a client of another protocol; `fresh` asks for a proof that is given now."""
    return Demand(
        client_id=client.id,
        scopes=scopes(client),
        optional=optional_scopes(client) & scopes(client),
        level=client.minimum.union(level).union(least(client.default_acr)),
        max_age=client.default_max_age,
        prompt=frozenset({"login"}) if fresh else frozenset(),
        ui_locales=tuple(locales),
        realms=client.realms,
        on_behalf=on_behalf(client, wishes),
    )


def scopes(client: Client) -> frozenset[str]:
    """What the client is told; nothing of it outlives the session."""
    return (client.scopes.intersection(SCOPES) - {OFFLINE_ACCESS}) | {OPENID}


def on_behalf(
    client: Client, wishes: Sequence[Wish] = (), organisation: str | None = None
) -> OnBehalf | None:
    """As what people come there, by registration; None where they come for nobody and no matter."""
    if not (client.lets_act or wishes):
        return None
    return OnBehalf(
        oneself="person" in client.capacities,
        others=client.lets_act,
        organisation=organisation,
        wishes=tuple(wishes),
    )
