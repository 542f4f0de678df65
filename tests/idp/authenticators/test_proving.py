"""Login and password: one answer for every kind of wrong."""

from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from idp.audit.models import AuditEvent
from idp.authenticators import password, proving
from idp.authenticators.base import Denied, Proven
from idp.authenticators.proving import Arrived, Typed
from idp.authenticators.throttle import Limits, Wait
from idp.crypto import passwords
from idp.keys.vault import Vault
from idp.persons import lifecycle
from idp.persons.models import Person
from idp.storage.database import Database
from idp.storage.prepared import Prepared
from idp.storage.sqlite_state import sqlite_state
from idp.storage.state import StateStore
from tests.idp.persons.people import NOW, claim, person, phone

PASSWORD = "three quiet herons"
HASH = passwords.hash_password(PASSWORD)


@pytest.fixture
def state(tmp_path: Path) -> StateStore:
    return sqlite_state(tmp_path / "state.db")


@pytest.fixture
def someone(database: Database, vault: Vault) -> Person:
    with database.writing() as db:
        someone = person(db, vault, login_name="lin-xiaoyun")
        password.set_hash(db, someone.id, HASH, "registration", NOW)
        return someone


def prove(
    database: Database, vault: Vault, state: StateStore, login: str, typed: str = PASSWORD
) -> Proven | Denied | Wait | Arrived:
    typing = Typed(login, typed, "192.0.2.1", "portal")
    with closing(Prepared(database.url.render_as_string(hide_password=False))) as prepared:
        return proving.by_password(database, prepared, vault, state, Limits(), typing, NOW)


@pytest.mark.parametrize("login", ["lin-xiaoyun", phone(0), claim().number])
def test_one_box_takes_login_name_phone_and_number(
    database: Database, vault: Vault, state: StateStore, someone: Person, login: str
) -> None:
    """Whatever a person remembers lets them in (domain: one box)."""
    assert Proven(someone.id, frozenset({"pwd"})) == prove(database, vault, state, login)


@pytest.mark.parametrize("login", ["lin-xiaoyun", "nobody-here", phone(8), claim(5).number])
def test_wrong_and_unknown_are_one_answer(
    database: Database, vault: Vault, state: StateStore, someone: Person, login: str
) -> None:
    """A stranger learns nothing about whether a login is known."""
    assert Denied("wrong") == prove(database, vault, state, login, "four loud herons")


def test_a_refusal_is_recorded_without_what_was_typed(
    database: Database, vault: Vault, state: StateStore, someone: Person
) -> None:
    """The trail has the reason and the client, never the login."""
    prove(database, vault, state, phone(8), "four loud herons")

    with database.reading() as db:
        event = db.scalars(select(AuditEvent).where(AuditEvent.topic == "sign_in.refused")).one()
    assert ({"method": "pwd", "reason": "wrong"}, "portal", None) == (
        event.details,
        event.client_id,
        event.person_id,
    )


def test_guessing_is_slowed_down(
    database: Database, vault: Vault, state: StateStore, someone: Person
) -> None:
    """Soon a guess has to wait; the person is never locked."""
    outcomes = [prove(database, vault, state, "lin-xiaoyun", f"guess number {i}") for i in range(8)]

    assert Denied("wrong") == outcomes[0]
    assert isinstance(outcomes[-1], Wait)


def test_a_frozen_person_is_told_only_after_the_right_password(
    database: Database, vault: Vault, state: StateStore, someone: Person
) -> None:
    """The state of an account is nobody else's business."""
    with database.writing() as db:
        lifecycle.freeze(db, db.get_one(Person, someone.id), "phone lost", NOW)

    assert Denied("wrong") == prove(database, vault, state, "lin-xiaoyun", "four loud herons")
    assert Denied("person_frozen") == prove(database, vault, state, "lin-xiaoyun")


def test_a_password_by_itself_takes_no_closing_back(
    database: Database, vault: Vault, state: StateStore, someone: Person
) -> None:
    """It proves them within the cooling-off period; whether that is a whole sign-in is seen afterwards."""
    with database.writing() as db:
        again = db.get_one(Person, someone.id)
        lifecycle.begin_closing(db, again, "own wish", NOW, timedelta(days=15))
    proven = prove(database, vault, state, "lin-xiaoyun")

    assert Proven(someone.id, frozenset({"pwd"})) == proven
    with database.reading() as db:
        assert "closing" == db.get_one(Person, someone.id).status
