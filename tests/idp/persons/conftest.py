"""Databases of both kinds, for rules whose races only a real one decides."""

from collections.abc import Iterator

import pytest

from idp.keys.custody import MasterKeyFile
from idp.keys.vault import SECRET_PURPOSES, add_generation, open_vault
from idp.storage.base import Base
from idp.storage.database import Database
from tests import servers
from tests.idp.persons.people import NOW


@pytest.fixture(params=("sqlite", "postgresql"))
def either_database(request: pytest.FixtureRequest, custody: MasterKeyFile) -> Iterator[Database]:
    """An embedded database, then a PostgreSQL one, each with tables and keys."""
    embedded: Database = request.getfixturevalue("database")
    if request.param == "sqlite":
        yield embedded
        return
    url = servers.fresh_database(request.getfixturevalue("postgres_server"))
    database = Database(url.replace("postgresql://", "postgresql+psycopg://", 1))
    Base.metadata.create_all(database.engine)
    with database.writing() as db:
        for purpose in SECRET_PURPOSES:
            add_generation(db, custody, purpose, NOW)
    with database.reading() as db:
        database.vault = open_vault(db, custody)
    yield database
    database.dispose()
