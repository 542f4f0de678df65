"""An outbox on each kind of database."""

from collections.abc import Callable, Iterator
from uuid import UUID

import pytest

from idp.outbox import queue
from idp.outbox.models import Message
from idp.storage.base import Base
from idp.storage.database import Database
from tests import servers

Put = Callable[..., UUID]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def shared(request: pytest.FixtureRequest, database: Database) -> Iterator[Database]:
    """A database that several workers use."""
    if request.param == "sqlite":
        yield database
        return
    url = servers.fresh_database(request.getfixturevalue("postgres_server"))
    other = Database(url.replace("postgresql://", "postgresql+psycopg://"))
    other.vault = database.vault
    Base.metadata.create_all(other.engine)
    yield other
    other.dispose()


@pytest.fixture
def put(shared: Database) -> Put:
    """Queue a message."""

    def put(number: int = 0, topic: str = "greeting") -> UUID:
        with shared.writing() as db:
            return queue.put(db, topic, {"number": number}).id

    return put


def message(database: Database, identifier: UUID) -> Message:
    with database.reading() as db:
        return db.get_one(Message, identifier)
