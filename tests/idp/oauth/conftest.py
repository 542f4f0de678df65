"""The OAuth endpoints over each pair of stores."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from idp.clients.directory import Clients
from idp.interaction.record import Interaction
from idp.keys.custody import MasterKeyFile
from idp.keys.keyring import Keyring
from idp.keys.vault import Vault, open_vault
from idp.matters.catalogue import Catalogue
from idp.oauth.collaborators import OAuth
from idp.oauth.records import AuthorizationCode
from idp.storage.database import Database
from idp.storage.prepared import Prepared
from idp.storage.redis_state import RedisStateStore
from idp.storage.sqlite_state import sqlite_state
from idp.storage.state import Collection, StateStore
from tests import instances, servers
from tests.idp.oauth.world import ISSUER, Registered, SignedIn, World


@pytest.fixture
def world(tmp_path: Path, custody: MasterKeyFile) -> Iterator[World]:
    """The endpoints over the embedded stores."""
    store = sqlite_state(tmp_path / "state.db")
    yield from _world(instances.on_sqlite(instances.provider, tmp_path), store, custody)


@pytest.fixture(params=["sqlite", pytest.param("servers", marks=pytest.mark.postgres)])
def each_world(request: pytest.FixtureRequest, tmp_path: Path, custody: MasterKeyFile) -> Iterator[World]:
    """The endpoints over SQLite, then over PostgreSQL and Redis."""
    if request.param == "sqlite":
        store: StateStore = sqlite_state(tmp_path / "state.db")
        yield from _world(instances.on_sqlite(instances.provider, tmp_path), store, custody)
        return
    url = instances.on_postgresql(instances.provider, request.getfixturevalue("postgres_server"))
    store = RedisStateStore(servers.fresh_memory(request.getfixturevalue("redis_server")))
    yield from _world(instances.for_sqlalchemy(url), store, custody)


@pytest.fixture
def portal(world: World) -> Registered:
    """A confidential client of a department."""
    return world.client()


@pytest.fixture
def citizen(world: World, portal: Registered) -> SignedIn:
    """Somebody signed in who has agreed to everything towards the portal."""
    return world.known(portal)


def _world(url: str, store: StateStore, custody: MasterKeyFile) -> Iterator[World]:
    database = Database(url)
    with database.reading() as db:
        database.vault = vault = open_vault(db, custody)
    assert isinstance(vault, Vault)
    events: list[object] = []
    read: list[object] = []
    oauth = OAuth(
        issuer=ISSUER,
        database=database,
        prepared=Prepared(url),
        state=store,
        vault=vault,
        keyring=Keyring(database, custody, tick=_impatient()),
        clients=Clients(database, tick=_impatient()),
        matters=Catalogue(database, tick=_impatient()),
        interactions=Collection(store, Interaction, "interaction", 1800, vault.sealer("interaction")),
        codes=Collection(store, AuthorizationCode, "code", 60, vault.sealer("code")),
        record=events.append,
        read=lambda *given: read.append(given),
        seen=lambda facts: None,
    )
    yield World(oauth, events, read=read)  # type: ignore[arg-type]
    oauth.prepared.close()
    store.close()
    database.dispose()


def _impatient() -> Callable[[], float]:
    """A clock in whose seconds every cache is too old."""
    ticks = iter(range(0, 10_000_000, 2))
    return lambda: float(next(ticks))
