"""Models and migrations agree, and every migration goes up and down, on both databases."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

import wsgi
from idp.cli import migrate
from idp.storage.database import Database
from tests import servers

VERSION_TABLE = {"alembic_version"}


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database of each kind."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'yitong.db'}"
    else:
        server = request.getfixturevalue("postgres_server")
        url = servers.fresh_database(server).replace("postgresql://", "postgresql+psycopg://")
    database = Database(url)
    yield database
    database.dispose()


def differences(database: Database) -> list[Any]:
    """What a new migration would have to change; tables of the state store are its own business."""
    options = {
        "compare_type": True,
        "include_name": lambda name, kind, _: kind != "table" or not str(name).startswith("state_"),
    }
    with database.engine.connect() as connection:
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), wsgi.METADATA))


def tables(database: Database) -> set[str]:
    return set(inspect(database.engine).get_table_names()) - VERSION_TABLE


def test_migrations_make_what_the_models_say(database: Database) -> None:
    """No table, column, type, index or constraint of the models is missing, and none is left over."""
    migrate.upgrade(database, wsgi.METADATA)

    assert [] == differences(database)


def test_every_migration_goes_down_and_up_again(database: Database) -> None:
    """A deployment that must be undone finds its way back, and forward once more."""
    migrate.upgrade(database, wsgi.METADATA)
    command.downgrade(migrate.configuration(database, wsgi.METADATA), "base")
    left = tables(database)
    migrate.upgrade(database, wsgi.METADATA)

    assert set() == left
    assert set(wsgi.METADATA.tables) == tables(database)


def test_a_migrated_database_is_at_the_newest_revision(database: Database) -> None:
    """What `idp migrate --check` compares."""
    migrate.upgrade(database, wsgi.METADATA)
    at, needed = migrate.revisions(database, wsgi.METADATA)

    assert needed == at


def test_migrating_twice_changes_nothing(database: Database) -> None:
    """`idp init` may be repeated at every start."""
    migrate.upgrade(database, wsgi.METADATA)
    before = tables(database)
    migrate.upgrade(database, wsgi.METADATA)

    assert before == tables(database)
