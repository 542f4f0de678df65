"""Finding clients from memory, and noticing changes."""

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import event

from idp.clients import directory as directories
from idp.clients import onboarding
from idp.clients.directory import Clients
from idp.clients.models import ClientClass, ClientStatus
from idp.storage.base import Base
from idp.storage.database import Database, DatabaseUnavailable
from tests.idp.clients.making import Register, described


class Ticks:
    """A clock that moves when told to."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


@pytest.fixture
def clients(database: Database, ticks: Ticks) -> Clients:
    return Clients(database, ticks)


@pytest.fixture
def statements(database: Database) -> list[str]:
    """Everything asked of the database from now on, transactions aside."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith(("BEGIN", "ROLLBACK")):
            seen.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    return seen


def test_a_client_is_read_once(register: Register, clients: Clients, statements: list[str]) -> None:
    """Further requests within a second ask nothing of the database."""
    portal = register()
    first = clients.find(portal.id)
    statements.clear()

    assert first is clients.find(portal.id)
    assert [] == statements


def test_unknown_ids_are_asked_once_too(clients: Clients, statements: list[str]) -> None:
    """A stranger who repeats an id costs one read."""
    clients.find("nobody")
    statements.clear()

    assert clients.find("nobody") is None
    assert clients.find("x" * 65) is None
    assert clients.find("a\x00b") is None
    assert [] == statements


def test_an_id_that_was_unknown_is_found_once_registered(
    register: Register, clients: Clients, database: Database, now: datetime, ticks: Ticks
) -> None:
    """Not knowing is forgotten with every change."""
    register()
    assert clients.find("portal") is None
    with database.writing() as db:
        onboarding.create(db, described(), ClientClass.UTILITY, now, client_id="portal")

    ticks.at = 1.1
    found = clients.find("portal")
    assert found is not None
    assert "市民中心" == found.name


def test_a_suspension_is_seen_within_a_second(
    register: Register, clients: Clients, database: Database, now: datetime, ticks: Ticks
) -> None:
    """The version is looked at once a second."""
    portal = register()
    assert getattr(clients.find(portal.id), "is_online", False)
    with database.writing() as db:
        onboarding.suspend(db, portal.id, now)

    ticks.at = 1.1
    found = clients.find(portal.id)
    assert found is not None
    assert (ClientStatus.SUSPENDED, 2) == (found.status, found.generation)


def test_the_memory_is_bounded(clients: Clients, monkeypatch: pytest.MonkeyPatch) -> None:
    """Guessing ids does not fill it."""
    monkeypatch.setattr(directories, "MOST_REMEMBERED", 5)
    for number in range(20):
        clients.find(f"nobody-{number}")

    assert len(clients._known) <= 5


def test_what_is_known_serves_while_the_database_is_away(
    register: Register, clients: Clients, database: Database, ticks: Ticks
) -> None:
    """An outage does not take known clients with it; unknown ones are not called unknown."""
    portal = register()
    clients.find(portal.id)
    Base.metadata.drop_all(database.engine)
    ticks.at = 9

    assert clients.find(portal.id) is not None
    with pytest.raises(DatabaseUnavailable):
        clients.find("another")
