"""What CAS tickets stand for. Each works once, for ten seconds, for one service; only digests are kept."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from idp.clients.callbacks import Callbacks
from idp.clients.entrances import Entrances
from idp.keys.vault import Vault
from idp.oauth import liveness
from idp.oauth.collaborators import OAuth
from idp.oauth.records import AuthorizationCode
from idp.storage.state import Collection, StateStore

LIFETIME = 10.0
"""Seconds from the redirect to the validation; nothing but two requests lies between them."""
GRANT_LIFETIME = 8 * 3600.0
"""Seconds a proxy-granting ticket can be used, if its session lives that long."""
SERVICE, PROXY, GRANTING, IOU = "ST-", "PT-", "PGT-", "PGTIOU-"


@dataclass(frozen=True)
class Link:
    """An authorization that a proxied one hangs on."""

    authorization_id: UUID
    client_id: str


@dataclass(frozen=True)
class Ticket:
    """A service or proxy ticket."""

    given: AuthorizationCode
    """Whom it lets in; its `redirect_uri` is the service."""
    fresh: bool = False
    """Whether the person proved themselves for this ticket (CAS 3.0 §2.1.1, renew)."""
    proxies: tuple[str, ...] = ()
    """Callbacks of the proxies it came through, the last one first; none for a service ticket."""
    behind: tuple[Link, ...] = ()
    """What those proxies were given, which must live too."""

    @property
    def prefix(self) -> str:
        """How the ticket begins."""
        return PROXY if self.proxies else SERVICE


@dataclass(frozen=True)
class Granting:
    """A proxy-granting ticket: in whose name which client may ask for proxy tickets."""

    given: AuthorizationCode
    proxies: tuple[str, ...]
    behind: tuple[Link, ...]


@dataclass(frozen=True)
class Cas:
    """What the CAS endpoints work with."""

    oauth: OAuth
    entrances: Entrances
    callbacks: Callbacks
    tickets: Collection[Ticket]
    grantings: Collection[Granting]


def create_cas(oauth: OAuth, callbacks: Callbacks) -> Cas:
    """The collaborators of the CAS endpoints."""
    state: StateStore = oauth.state
    vault: Vault = oauth.vault
    return Cas(
        oauth=oauth,
        entrances=Entrances(oauth.database, oauth.clients),
        callbacks=callbacks,
        tickets=Collection(state, Ticket, "cas-ticket", LIFETIME, vault.sealer("cas-ticket")),
        grantings=Collection(state, Granting, "cas-granting", GRANT_LIFETIME, vault.sealer("cas-granting")),
    )


def issue(cas: Cas, ticket: Ticket) -> str:
    """The ticket as it travels, once."""
    return ticket.prefix + cas.tickets.add(ticket)


def take(cas: Cas, text: str) -> Ticket | None:
    """What a ticket stands for, for exactly one caller."""
    kind, dash, handle = text.partition("-")
    ticket = cas.tickets.take(handle)
    return ticket if ticket is not None and ticket.prefix == kind + dash else None


def hang_together(oauth: OAuth, links: tuple[Link, ...], now: datetime) -> bool:
    """Whether everything a proxied ticket hangs on is alive: session, person, mandate, yes, proxies."""
    return all(
        _is_online(oauth, link.client_id)
        and liveness.level_if_alive(oauth.prepared, link.authorization_id, link.client_id, "", now)
        is not None
        for link in links
    )


def _is_online(oauth: OAuth, client_id: str) -> bool:
    client = oauth.clients.find(client_id)
    return client is not None and client.is_online
