"""Fixtures of the provider's own tests: an embedded database with its keys."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from idp.keys.custody import MasterKeyFile
from idp.keys.vault import Vault, open_vault
from idp.storage.database import Database
from tests import instances
from tests.instances import NOW


@pytest.fixture
def now() -> datetime:
    """A Monday morning."""
    return NOW


@pytest.fixture
def custody(tmp_path: Path) -> MasterKeyFile:
    """The master key of this test's databases, in a file of its own."""
    return instances.custody(tmp_path)


@pytest.fixture
def database(tmp_path: Path, custody: MasterKeyFile) -> Iterator[Database]:
    """An SQLite database with every table and the secret keys; sealed texts can be used."""
    yield from opened(instances.on_sqlite(instances.tables, tmp_path), custody)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def either_database(request: pytest.FixtureRequest, custody: MasterKeyFile) -> Iterator[Database]:
    """The same on SQLite, then on a real PostgreSQL, for rules whose races only a real one decides."""
    if request.param == "sqlite":
        yield request.getfixturevalue("database")
        return
    url = instances.on_postgresql(instances.tables, request.getfixturevalue("postgres_server"))
    yield from opened(instances.for_sqlalchemy(url), custody)


@pytest.fixture
def vault(database: Database) -> Vault:
    """The vault of that database."""
    assert isinstance(database.vault, Vault)
    return database.vault


def opened(url: str, custody: MasterKeyFile) -> Iterator[Database]:
    """A database that is there, with its vault, until it is disposed of."""
    database = Database(url)
    with database.reading() as db:
        database.vault = open_vault(db, custody)
    yield database
    database.dispose()
