"""A plain sign-in is one statement that writes all of it or nothing, on either database."""

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from idp.audit.models import AuditEvent
from idp.persons.models import Person, Realm
from idp.sessions import devices, entering, lifecycle
from idp.sessions.entering import Browser
from idp.sessions.lifecycle import Achievement
from idp.sessions.models import KnownDevice, SignInSession
from idp.storage.database import Database
from idp.storage.prepared import Prepared

ABSOLUTE = timedelta(hours=10)
PWD = frozenset({"pwd"})
HERE, ELSEWHERE = Browser("H" * 43, "Firefox", patient=True), "E" * 43


@pytest.fixture
def database(either_database: Database) -> Database:
    return either_database


@pytest.fixture
def prepared(database: Database) -> Iterator[Prepared]:
    with closing(Prepared(database.url.render_as_string(hide_password=False))) as prepared:
        yield prepared


def somebody(database: Database, now: datetime, *seen: tuple[str, datetime]) -> Person:
    """A citizen, and the browsers they have signed in with before."""
    with database.writing() as db:
        person = Person(created_at=now)
        db.add(person)
        db.flush()
        for handle, at in seen:
            devices.note(db, person.id, handle, at)
        return person


def test_it_leaves_what_the_long_way_leaves(database: Database, prepared: Prepared, now: datetime) -> None:
    """The same columns of the session, the browser and the trail, but for what is made at random."""
    people = [somebody(database, now), somebody(database, now)]
    first = Achievement(people[0].id, PWD, now, now - timedelta(minutes=1))
    begun = entering.begin(prepared, first, Realm.CITIZEN, HERE, ABSOLUTE)
    with database.writing() as db:
        second = Achievement(people[1].id, PWD, now, now - timedelta(minutes=1))
        row, _ = lifecycle.begin(db, second, absolute=ABSOLUTE, device=HERE.device, patient=True)
        devices.is_news(db, people[1].id, HERE.handle, now)

    assert begun is not None
    with database.reading() as db:
        found = lifecycle.find(db, begun[1], now)
        assert found is not None and begun[0] == found.id
        own = {"_sa_instance_state", "id", "person_id", "digest", "session_id", "at"}
        for kind in (SignInSession, KnownDevice, AuditEvent):
            first_row, second_row = (
                {name: value for name, value in vars(one).items() if name not in own}
                for one in (db.scalars(select(kind).where(kind.person_id == p.id)).one() for p in people)
            )
            assert first_row == second_row, row


def test_somebody_of_another_realm_begins_nothing(
    database: Database, prepared: Prepared, now: datetime
) -> None:
    """Citizens enter as citizens; not a row is left."""
    achieved = Achievement(somebody(database, now).id, PWD, now)

    assert entering.begin(prepared, achieved, Realm.STAFF, HERE, ABSOLUTE) is None
    with database.reading() as db:
        assert [0, 0, 0] == [
            db.scalar(select(func.count()).select_from(kind))
            for kind in (SignInSession, KnownDevice, AuditEvent)
        ]


@pytest.mark.parametrize(
    ("handle", "ago", "plain"),
    [
        (ELSEWHERE, timedelta(hours=2), False),
        (ELSEWHERE, timedelta(minutes=5), True),
        (ELSEWHERE, timedelta(days=181), True),
        (HERE.handle, timedelta(hours=2), True),
    ],
    ids=["settled elsewhere", "just came", "long ago elsewhere", "known here"],
)
def test_a_browser_that_is_news_takes_the_long_way(
    database: Database, prepared: Prepared, now: datetime, handle: str, ago: timedelta, plain: bool
) -> None:
    """Whoever has settled in other browsers must hear of this one."""
    person = somebody(database, now, (handle, now - ago))
    begun = entering.begin(prepared, Achievement(person.id, PWD, now), Realm.CITIZEN, HERE, ABSOLUTE)

    assert plain == (begun is not None)
    with database.writing() as db:
        assert plain != devices.is_news(db, person.id, HERE.handle, now)


def test_a_known_browser_keeps_its_first_day(database: Database, prepared: Prepared, now: datetime) -> None:
    """Coming again moves the last use only; after half a year away it begins anew."""
    person = somebody(database, now, (HERE.handle, now - timedelta(days=100)))
    for later in (timedelta(0), timedelta(days=200)):
        achieved = Achievement(person.id, PWD, now + later)
        assert entering.begin(prepared, achieved, Realm.CITIZEN, HERE, ABSOLUTE)
        with database.reading() as db:
            row = db.scalars(select(KnownDevice)).one()
            first = now - timedelta(days=100) if not later else now + later
            assert (first, now + later) == (row.first_at, row.last_at)
