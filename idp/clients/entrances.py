"""Finds the client by an address of its own, for protocols whose requests name no client."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import select

from idp.clients import services
from idp.clients.directory import Clients
from idp.clients.metadata import Client
from idp.clients.models import ClientRow
from idp.clients.services import Service
from idp.storage.database import Database

Known = Mapping[str, Sequence[tuple[Service, str]]]
"""Origin → what is registered there, by whom."""


class Entrances:
    """The addresses of all CAS and proxied clients, as of the newest configuration version."""

    def __init__(self, database: Database, clients: Clients) -> None:
        self._database, self._clients = database, clients
        self._version = -1
        self._services: Known = {}
        self._sites: Mapping[str, str] = {}

    def of_service(self, url: str) -> Client | None:
        """The online client a normalised service URL belongs to; the most exact entry decides."""
        self._freshen()
        here = self._services.get(services.origin(url), ())
        service = services.best((one for one, _ in here), url)
        owner = next((client for one, client in here if one is service), None)
        return self._online(owner)

    def of_site(self, origin: str) -> Client | None:
        """The online client that is protected at this origin."""
        self._freshen()
        return self._online(self._sites.get(origin))

    def _online(self, client_id: str | None) -> Client | None:
        client = None if client_id is None else self._clients.find(client_id)
        return client if client is not None and client.is_online else None

    def _freshen(self) -> None:
        version = self._clients.version()
        if version != self._version:
            found = self._read()
            self._services, self._sites, self._version = _by_origin(found), _sites(found), version

    def _read(self) -> list[Client]:
        protocol = ClientRow.details["protocol"].as_string()
        query = select(ClientRow.id).where(protocol.in_(("cas", "proxy"))).order_by(ClientRow.created_at)
        with self._database.reading() as db:
            ids = list(db.scalars(query))
        return [client for client in map(self._clients.find, ids) if client is not None]


def _by_origin(clients: Sequence[Client]) -> Known:
    found = defaultdict(list)
    for client in clients:
        for service in client.services:
            found[services.origin(service.url)].append((service, client.id))
    return found


def _sites(clients: Sequence[Client]) -> Mapping[str, str]:
    """The first who registered a site has it."""
    return {site: client.id for client in reversed(clients) for site in client.protects}
