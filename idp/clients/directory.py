"""Finds clients by id, from memory: every request names one, and few of them ever change."""

import time
from collections.abc import Callable

from idp.clients.metadata import Client, client_of
from idp.clients.models import ClientRow
from idp.storage.configuration import Watch
from idp.storage.database import Database

LONGEST_ID = 64
MOST_REMEMBERED = 20_000
"""Clients, and ids that belong to nobody; beyond that the memory starts anew."""


class Clients:
    """The clients as of the newest configuration version, at most a second old.

    Ids that belong to nobody are remembered too, until configuration changes: guessing costs us no query.
    A client is the same object until then, and another one afterwards.
    """

    def __init__(self, database: Database, tick: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._watch = Watch(database, tick)
        self._version = -1
        self._known: dict[str, Client | None] = {}

    def find(self, client_id: str) -> Client | None:
        """The client of this id, whether online or suspended."""
        if len(client_id) > LONGEST_ID or not client_id.isprintable():
            return None
        version = self._watch.version()
        if version != self._version or len(self._known) >= MOST_REMEMBERED:
            self._known, self._version = {}, version
        known = self._known
        if client_id not in known:
            known[client_id] = self._read(client_id)
        return known[client_id]

    def version(self) -> int:
        """The configuration version these clients are of, at most a second old."""
        return self._watch.version()

    def _read(self, client_id: str) -> Client | None:
        with self._database.reading() as db:
            row = db.get(ClientRow, client_id)
        return client_of(row) if row else None
