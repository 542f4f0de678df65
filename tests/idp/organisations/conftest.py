"""A desk on each kind of database."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.storage.database import Database
from idp.storage.prepared import Prepared
from idp.storage.sqlite_state import sqlite_state
from tests.idp.organisations.desk import Desk


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> Iterator[Desk]:
    """On the embedded database."""
    yield from _desk(database, tmp_path)


@pytest.fixture
def either_desk(either_database: Database, tmp_path: Path) -> Iterator[Desk]:
    """On the embedded database, then on PostgreSQL."""
    yield from _desk(either_database, tmp_path)


def _desk(database: Database, folder: Path) -> Iterator[Desk]:
    url = database.url.set(drivername="postgresql") if database.dialect == "postgresql" else database.url
    state = sqlite_state(folder / "state.db")
    prepared = Prepared(url.render_as_string(hide_password=False))
    yield Desk(database, state, prepared)
    prepared.close()
    state.close()
