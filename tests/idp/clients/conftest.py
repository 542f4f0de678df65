"""Fixtures of clients: some registered ones, their directory, and a state store whose clock stands still."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from idp.clients import onboarding
from idp.clients.directory import Clients
from idp.clients.models import ClientClass
from idp.storage.database import Database
from idp.storage.sqlite_state import sqlite_state
from idp.storage.state import StateStore
from tests.idp.clients.making import Register, Registered, described


@pytest.fixture
def register(database: Database, now: datetime) -> Register:
    """Register a client with these changes to ordinary metadata."""

    def register(**changes: Any) -> Registered:
        with database.writing() as db:
            row, secret = onboarding.create(db, described(**changes), ClientClass.GOVERNMENT, now)
            return Registered(row.id, secret or "")

    return register


@pytest.fixture
def directory(database: Database) -> Clients:
    return Clients(database)


@pytest.fixture
def state(tmp_path: Path, now: datetime) -> Iterator[StateStore]:
    """A store that has remembered everything for an hour."""
    times = [now - timedelta(hours=1)]
    store = sqlite_state(tmp_path / "state.db", lambda: times[0].timestamp())
    store.epoch()
    times[0] = now
    yield store
    store.close()
