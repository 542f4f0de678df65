"""An office on each kind of database."""

from collections.abc import Iterator

import pytest

from idp.storage.database import Database
from idp.storage.prepared import Prepared
from tests.idp.mandates.office import Office


@pytest.fixture
def office(database: Database) -> Iterator[Office]:
    """On the embedded database."""
    yield from _office(database)


@pytest.fixture
def either_office(either_database: Database) -> Iterator[Office]:
    """On the embedded database, then on PostgreSQL."""
    yield from _office(either_database)


def _office(database: Database) -> Iterator[Office]:
    url = database.url.set(drivername="postgresql") if database.dialect == "postgresql" else database.url
    prepared = Prepared(url.render_as_string(hide_password=False))
    yield Office(database, prepared)
    prepared.close()
