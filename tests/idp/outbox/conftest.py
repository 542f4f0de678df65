"""An outbox on each kind of database."""

from collections.abc import Callable
from uuid import UUID

import pytest

from idp.outbox import queue
from idp.outbox.models import Message
from idp.storage.database import Database

Put = Callable[..., UUID]


@pytest.fixture
def shared(either_database: Database) -> Database:
    """A database that several workers use."""
    return either_database


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
