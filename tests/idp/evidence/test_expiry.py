"""People hear in time that a level falls, each time once."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from idp.evidence import expiry
from idp.evidence.models import Evidence, Method
from idp.notices.models import Notice
from idp.persons.models import Person
from idp.storage.database import Database

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
ENDS = NOW + timedelta(days=40)


@pytest.fixture
def person(either_database: Database) -> UUID:
    """Known at level 4 until the end, at level 3 afterwards."""
    with either_database.writing() as db:
        person = Person(created_at=NOW)
        db.add(person)
        db.flush()
        for method, level, ends in ((Method.REGISTRY_MATCH, 3, None), (Method.REAL_PERSON, 4, ENDS)):
            db.add(
                Evidence(
                    person_id=person.id, method=method, authority="x", level=level, at=NOW, expires_at=ends
                )
            )
        return person.id


def told(database: Database, person: UUID) -> list[tuple[str, int]]:
    with database.reading() as db:
        query = select(Notice).where(Notice.person_id == person).order_by(Notice.at)
        return [(notice.topic, notice.details["days"]) for notice in db.scalars(query)]


def test_each_step_is_told_once(either_database: Database, person: UUID) -> None:
    """A month, a week and a day before, and when it has happened, however often the worker looks."""
    for days in (0, 9, 11, 12, 32, 34, 38.5, 39.5, 40.5, 41):
        expiry.tell_in_time(either_database, NOW + timedelta(days=days))

    assert [("level.falling", 30), ("level.falling", 7), ("level.falling", 1), ("level.fell", 0)] == told(
        either_database, person
    )


def test_what_changes_nothing_is_not_told(either_database: Database, person: UUID) -> None:
    """Who is known as well by something else loses nothing."""
    with either_database.writing() as db:
        db.add(Evidence(person_id=person, method=Method.WINDOW, authority="w", level=5, at=NOW))
    expiry.tell_in_time(either_database, ENDS - timedelta(hours=3))

    assert [] == told(either_database, person)


def test_after_an_outage_of_the_worker_only_the_nearest_is_told(
    either_database: Database, person: UUID
) -> None:
    """Nobody hears of a month when a day is left."""
    expiry.tell_in_time(either_database, ENDS - timedelta(hours=3))

    assert [("level.falling", 1)] == told(either_database, person)
