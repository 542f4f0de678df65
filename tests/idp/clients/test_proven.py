"""What is remembered of a client's header, and that nothing passes for having been remembered."""

from base64 import b64encode
from datetime import datetime, timedelta
from typing import Any

import pytest

from idp.clients import onboarding
from idp.clients.directory import Clients
from idp.clients.metadata import Client
from idp.clients.proven import Proven
from idp.oauth.message import NOTHING, Parameters
from idp.storage.database import Database
from tests.idp.clients.making import Register, Registered


@pytest.fixture
def directory(database: Database) -> Clients:
    """One that looks for news at every call."""
    ticks = iter(range(0, 10_000, 60))
    return Clients(database, tick=lambda: next(ticks))


def header(portal: Registered, secret: str = "") -> str:
    return "Basic " + b64encode(f"{portal.id}:{secret or portal.secret}".encode()).decode()


def found(directory: Clients, portal: Registered) -> Client:
    client = directory.find(portal.id)
    assert client is not None
    return client


def test_a_header_is_known_again(register: Register, directory: Clients) -> None:
    """The very one; another secret of the same client, a longer header and none at all are not."""
    portal, proven = register(), Proven()
    client = found(directory, portal)
    proven.remember(header(portal), NOTHING, client)

    assert client is proven.client(header(portal), NOTHING, directory)
    for other in (header(portal, "wrong"), header(portal) + " ", None):
        assert proven.client(other, NOTHING, directory) is None


@pytest.mark.parametrize("change", ["suspend", "renew_secret"])
def test_a_change_is_seen_at_the_next_call(
    register: Register, directory: Clients, database: Database, now: datetime, change: str
) -> None:
    """A suspended client and an old secret are judged anew, which refuses them."""
    portal, proven = register(), Proven()
    proven.remember(header(portal), NOTHING, found(directory, portal))
    with database.writing() as db:
        getattr(onboarding, change)(db, portal.id, now + timedelta(seconds=1))

    assert proven.client(header(portal), NOTHING, directory) is None


@pytest.mark.parametrize("name", ["client_id", "client_secret", "client_assertion", "client_assertion_type"])
def test_what_the_body_says_of_the_client_is_judged(
    register: Register, directory: Clients, name: str
) -> None:
    """It may name another client, or be a second method."""
    portal, proven = register(), Proven()
    client, also = found(directory, portal), Parameters({name: "x"})
    proven.remember(header(portal), also, client)
    assert proven.client(header(portal), NOTHING, directory) is None
    proven.remember(header(portal), NOTHING, client)

    assert proven.client(header(portal), also, directory) is None


def test_only_secrets_in_headers_are_remembered(register: Register, directory: Clients) -> None:
    """A header beside another method proves nothing."""
    portal: Any = register(token_endpoint_auth_method="client_secret_post")
    proven = Proven()
    proven.remember(header(portal), NOTHING, found(directory, portal))

    assert proven.client(header(portal), NOTHING, directory) is None


def test_the_memory_is_bounded(register: Register, directory: Clients) -> None:
    """It starts anew when it is full."""
    portal, proven = register(), Proven(most=1)
    client = found(directory, portal)
    proven.remember(header(portal), NOTHING, client)
    proven.remember(header(portal, "other"), NOTHING, client)

    assert proven.client(header(portal), NOTHING, directory) is None
