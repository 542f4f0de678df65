"""Fixtures of the provider's own tests: an embedded database with its keys."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from idp.keys import custody as custodians
from idp.keys.custody import MasterKeyFile
from idp.keys.models import Key
from idp.keys.vault import SECRET_PURPOSES, Vault, add_generation, open_vault
from idp.storage.base import Base
from idp.storage.database import Database
from tests import servers

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
TABLES_OF = (
    "audit authenticators clients consents departments evidence keys mandates matters notices oauth "
    "organisations outbox persons sessions windows"
).split()


@pytest.fixture
def now() -> datetime:
    """A Monday morning."""
    return NOW


@pytest.fixture
def custody(tmp_path: Path) -> MasterKeyFile:
    """A master key of this test's own."""
    path = tmp_path / "master.key"
    custodians.create(path)
    return MasterKeyFile(path)


@pytest.fixture
def database(tmp_path: Path, custody: MasterKeyFile, now: datetime) -> Iterator[Database]:
    """An SQLite database with every table and the secret keys; sealed texts can be used."""
    yield from _prepared(f"sqlite:///{tmp_path / 'yitong.db'}", custody, now)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def either_database(
    request: pytest.FixtureRequest, custody: MasterKeyFile, now: datetime
) -> Iterator[Database]:
    """The same on SQLite, then on a real PostgreSQL, for rules whose races only a real one decides."""
    if request.param == "sqlite":
        yield request.getfixturevalue("database")
        return
    url: str = servers.fresh_database(request.getfixturevalue("postgres_server"))
    yield from _prepared(url.replace("postgresql://", "postgresql+psycopg://", 1), custody, now)


@pytest.fixture
def vault(database: Database) -> Vault:
    """The vault of that database."""
    assert isinstance(database.vault, Vault)
    return database.vault


def _prepared(url: str, custody: MasterKeyFile, now: datetime) -> Iterator[Database]:
    _know_every_table()
    database = Database(url)
    Base.metadata.create_all(database.engine)
    with database.writing() as db:
        for purpose in SECRET_PURPOSES:
            add_generation(db, custody, purpose, now)
    with database.reading() as db:
        database.vault = open_vault(db, custody)
    yield database
    database.dispose()


def _know_every_table() -> None:
    """Tables exist once their modules are imported."""
    from importlib import import_module

    for package in TABLES_OF:
        import_module(f"idp.{package}.models")
    import_module("idp.storage.configuration")
    import_module("admin_ui.models")
    assert Key.__tablename__ in Base.metadata.tables
