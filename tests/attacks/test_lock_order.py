"""Who signs in with the old password while its owner sets another neither stops the owner nor gets in."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from idp import clock
from idp.account.closing import finish_due
from idp.account.ending import end_everything, status_changed
from idp.authenticators import password
from idp.crypto import passwords
from idp.mandates import states, succession
from idp.notices.telling import tell
from idp.organisations.models import Organisation
from idp.outbox.worker import Leased
from idp.persons import lifecycle, locking
from idp.persons.models import Person
from idp.sessions.models import KnownDevice, SignInSession
from idp.storage.base import new_id
from idp.windows import slips
from idp.windows.models import WindowOperator
from tests.attacks.whole import HASHED, Whole
from tests.hashes import EARNEST
from tests.idp.account.stage import PASSWORD
from tests.idp.mandates import office

NEW = passwords.hash_password("five patient cranes")
OLD_SCHEME = EARNEST[0].hash(PASSWORD)
WAITING = """
    select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()
"""

Prepare = Callable[[Whole, Any], None]


def settled(whole: Whole, person_id: Any) -> None:
    """They have been here for long in another browser, so that this one is news."""
    now = clock.now()
    with whole.oauth.database.writing() as db:
        times = {"first_at": now - timedelta(days=60), "last_at": now - timedelta(days=2)}
        db.add(KnownDevice(person_id=person_id, digest=person_id.hex * 2, **times))


def outdated(whole: Whole, person_id: Any) -> None:
    """Their hash is due to be made anew."""
    with whole.oauth.database.writing() as db:
        password.set_hash(db, person_id, OLD_SCHEME, "rehash", clock.now())


def closing(whole: Whole, person_id: Any) -> None:
    """They are closing the account, which signing in takes back."""
    with whole.oauth.database.writing() as db:
        person = db.get_one(Person, person_id)
        lifecycle.begin_closing(db, person, "own_wish", clock.now(), timedelta(days=7))


def outdated_and_closing(whole: Whole, person_id: Any) -> None:
    outdated(whole, person_id)
    closing(whole, person_id)


@contextmanager
def owner(whole: Whole, person_id: Any) -> Iterator[None]:
    """The owner's recovery has begun: their row is taken, the password not yet set."""
    with whole.oauth.database.writing() as db:
        db.get_one(Person, person_id, with_for_update=True)
        yield
        password.set_hash(db, person_id, NEW, "recovery", clock.now())
        end_everything(db, person_id, "password_recovered", clock.now())


def until_it_waits(whole: Whole, pressed: Future[Any]) -> None:
    """Until what was pressed waits for the owner's row; SQLite, where nobody can look, is given a moment."""
    if whole.oauth.database.dialect == "sqlite":
        wait([pressed], timeout=0.5)
        return
    end = time.monotonic() + 90
    with whole.oauth.database.reading() as db:
        while not db.scalar(text(WAITING)):
            assert not pressed.done() and time.monotonic() < end, "it waited for nothing"
            time.sleep(0.01)


@pytest.mark.parametrize("prepare", [None, settled, outdated, closing, outdated_and_closing])
def test_the_old_password_begins_nothing_once_the_owner_is_at_it(
    whole: Whole, prepare: Prepare | None
) -> None:
    """Whatever the sign-in has to write, it waits for the person's row first, and then reads what is true."""
    login = f"locked_{prepare.__name__ if prepare else 'plain'}"
    person_id = whole.resident(login)
    if prepare:
        prepare(whole, person_id)
    with whole.oauth.database.reading() as db:
        status = db.get_one(Person, person_id).status
    thief = whole.visitor().go("/sign-in")
    with ThreadPoolExecutor(1) as pool:
        with owner(whole, person_id):
            pressed = pool.submit(thief.fill, login=login, password=PASSWORD)
            until_it_waits(whole, pressed)
        pressed.result(timeout=60)
    with whole.oauth.database.reading() as db:
        begun = db.scalars(select(SignInSession.id).where(SignInSession.person_id == person_id)).all()

        assert [] == begun
        assert NEW == password.stored(db, person_id)
        assert status == db.get_one(Person, person_id).status
    assert thief.status < 500


@pytest.mark.parametrize("wanted", ["", "locked_slip"])
def test_a_slip_and_a_recovery_wait_for_one_another(whole: Whole, wanted: str) -> None:
    """Both set a password; whoever comes second sets theirs, and neither is told to come again."""
    person_id = whole.resident(f"slipping_{bool(wanted)}".lower())
    with whole.oauth.database.writing() as db:
        if wanted:
            db.get_one(Person, person_id).login_name = None
        clerk = WindowOperator(number=f"clerk{wanted}", created_at=clock.now())
        db.add(clerk)
        db.flush()
        _, printed = slips.issue(db, person_id, clerk.id, clerk.number, timedelta(0), clock.now())
    visitor = whole.visitor().go("/recover/slip")
    with ThreadPoolExecutor(1) as pool:
        with owner(whole, person_id):
            typed = {"login": wanted, "slip": printed, "password": "six patient cranes"}
            pressed = pool.submit(visitor.fill, **typed)
            until_it_waits(whole, pressed)
        pressed.result(timeout=60)
    with whole.oauth.database.reading() as db:
        assert password.stored(db, person_id) not in {HASHED, NEW}
    assert 200 == visitor.status


def test_who_comes_back_as_their_account_is_erased_keeps_it(whole: Whole) -> None:
    """On the last day: who proves themselves has the row, and the round that erases waits and goes on."""
    person_id = whole.resident("last_day")
    closing(whole, person_id)
    later = clock.now() + timedelta(days=8)
    with ThreadPoolExecutor(1) as pool:
        with whole.oauth.database.writing() as db:
            person = locking.first(db, person_id)
            assert person is not None
            erasing = pool.submit(finish_due, whole.oauth.database, later)
            until_it_waits(whole, erasing)
            lifecycle.reopen(db, person, later)
        erasing.result(timeout=60)
    with whole.oauth.database.reading() as db:
        person = db.get_one(Person, person_id)
    assert ("active", "last_day") == (person.status, person.login_name)


def erased(whole: Whole, _: Any) -> None:
    finish_due(whole.oauth.database, clock.now() + timedelta(days=8))


def followed(whole: Whole, person_id: Any) -> None:
    payload = {"person_id": str(person_id), "status": "closed"}
    status_changed(whole.oauth.database, Leased(new_id(), lifecycle.STATUS_CHANGED, payload, 1, clock.now()))


@pytest.mark.parametrize("ends", [erased, followed])
def test_an_organisation_is_held_before_its_people(whole: Whole, ends: Callable[[Whole, Any], None]) -> None:
    """Whoever changes its mandates tells those it names, and so comes to their rows."""
    person_id, database = whole.resident(f"represents_{ends.__name__}"), whole.oauth.database
    with database.writing() as db:
        made = office.organisation(90 + (ends is erased), clock.now())
        db.add(made)
        db.flush()
        succession.appoint(db, states.hold(db, made.id), person_id, None, clock.now())
        lifecycle.begin_closing(db, db.get_one(Person, person_id), "own_wish", clock.now(), timedelta(days=7))
        if ends is followed:
            lifecycle.finish_closing(db, db.get_one(Person, person_id), clock.now() + timedelta(days=8))
    with ThreadPoolExecutor(1) as pool:
        with database.writing() as db:
            states.hold(db, made.id)
            ending = pool.submit(ends, whole, person_id)
            until_it_waits(whole, ending)
            tell(db, person_id, "mandate.narrowed", clock.now())
        ending.result(timeout=60)
    with database.reading() as db:
        left = db.get_one(Organisation, made.id).representative_id
    assert left is None
