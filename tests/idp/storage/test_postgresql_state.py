"""What PostgreSQL does to a store: stops, crashes, dies, is met by many at once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from idp.storage.postgresql_state import postgresql_state
from idp.storage.state import StateUnavailable
from tests import servers
from tests.idp.storage.hanging_up import hanging_up


@pytest.fixture
def own_postgres() -> Iterator[servers.PostgresServer]:
    """A PostgreSQL that the test may break."""
    with servers.postgres() as server:
        yield server


def test_an_orderly_restart_loses_nothing(own_postgres: servers.PostgresServer) -> None:
    """The next caller does not notice, and the epoch stays."""
    store = postgresql_state(own_postgres.url())
    store.put("code:a", b"x", 60)
    epoch = store.epoch()
    own_postgres.stop()
    own_postgres.start()

    assert (epoch, b"x") == (store.epoch(), store.spend("code:a"))
    store.close()


def test_what_a_crash_kept_can_be_read_but_not_spent(own_postgres: servers.PostgresServer) -> None:
    """Commits did not wait for the disk, so the mark of a spent code may be missing."""
    store = postgresql_state(own_postgres.url())
    store.put("code:a", b"x", 60)
    store.put("code:b", b"x", 60)
    epoch = store.epoch()
    with psycopg.connect(own_postgres.url(), autocommit=True) as connection:
        connection.execute("CHECKPOINT")
    own_postgres.crash()
    own_postgres.start()

    assert (None, None, b"x") == (store.spend("code:a"), store.take("code:b"), store.get("code:a"))
    assert store.epoch() > epoch
    store.put("code:a", b"y", 60)
    assert b"y" == store.spend("code:a")
    store.close()


def test_a_dead_server_is_not_tried_again_and_again(own_postgres: servers.PostgresServer) -> None:
    """The page that says what to do must not wait."""
    store = postgresql_state(own_postgres.url())
    store.put("code:a", b"x", 60)
    own_postgres.stop()
    with hanging_up(own_postgres.port) as callers:
        for one in (store, postgresql_state(own_postgres.url())):
            with pytest.raises(StateUnavailable):
                one.get("code:a")

    assert 2 == len(callers)


def test_many_meet_an_empty_database_at_once(postgres_server: servers.PostgresServer) -> None:
    """Workers that start together make the tables once and agree on the epoch."""
    url = servers.fresh_database(postgres_server)
    stores = [postgresql_state(url) for _ in range(16)]
    with ThreadPoolExecutor(16) as threads:
        epochs = set(threads.map(lambda store: store.epoch(), stores))
    for store in stores:
        store.close()

    assert 1 == len(epochs)


def test_sqlalchemy_urls_are_understood(postgres_server: servers.PostgresServer) -> None:
    """One setting serves the database and the store."""
    url = servers.fresh_database(postgres_server)
    store = postgresql_state(url.replace("postgresql://", "postgresql+psycopg://"))

    assert store.once("jti:a", 60)
    store.close()
