"""Imported hashes until their people come, what civil servants may not use again, and what strangers cost."""

from contextlib import closing
from hashlib import md5
from pathlib import Path

import bcrypt
import pytest
from sqlalchemy import select

from idp.authenticators import password, proving, recalled
from idp.authenticators.base import Denied, Proven
from idp.authenticators.models import Credential
from idp.authenticators.proving import Typed
from idp.authenticators.throttle import Limits
from idp.crypto import passwords
from idp.crypto.legacy import Scheme
from idp.keys.vault import Vault
from idp.persons import lookup
from idp.persons.models import Person, Realm
from idp.storage.database import Database
from idp.storage.prepared import Prepared
from idp.storage.sqlite_state import sqlite_state
from idp.storage.state import StateStore
from tests.idp.persons.people import NOW, person

PASSWORD = "three quiet herons"
IMPORTED = {
    Scheme.BCRYPT: bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode(),
    Scheme.MD5_SALT_FIRST: f"pepper${md5(f'pepper{PASSWORD}'.encode()).hexdigest()}",
}


@pytest.fixture
def state(tmp_path: Path) -> StateStore:
    return sqlite_state(tmp_path / "state.db")


def imported(database: Database, vault: Vault, scheme: Scheme, index: int = 0, **changes: object) -> Person:
    kept = passwords.take_in(scheme, IMPORTED[scheme])
    with database.writing() as db:
        someone = person(db, vault, index, login_name=f"someone-{index}", **changes)
        password.keep_imported(db, someone.id, kept, NOW)
        return someone


def prove(database: Database, vault: Vault, state: StateStore, login: str, typed: str) -> object:
    with closing(Prepared(database.url.render_as_string(hide_password=False))) as prepared:
        return proving.by_password(
            database, prepared, vault, state, Limits(), Typed(login, typed, "192.0.2.1"), NOW
        )


def secret(database: Database, someone: Person) -> str:
    with database.reading() as db:
        return password.stored(db, someone.id) or ""


@pytest.mark.parametrize("scheme", IMPORTED)
def test_the_first_sign_in_makes_it_argon2id(
    database: Database, vault: Vault, state: StateStore, scheme: Scheme
) -> None:
    """Nobody has to choose a new password, and nothing of the old system is left."""
    someone = imported(database, vault, scheme)
    proven = prove(database, vault, state, "someone-0", PASSWORD)

    assert isinstance(proven, Proven)
    assert secret(database, someone).startswith("$argon2id$")
    assert isinstance(prove(database, vault, state, "someone-0", PASSWORD), Proven)


def test_a_wrong_one_changes_nothing(database: Database, vault: Vault, state: StateStore) -> None:
    """Least of all the hash."""
    someone = imported(database, vault, Scheme.BCRYPT)
    before = secret(database, someone)

    assert Denied("wrong") == prove(database, vault, state, "someone-0", "another")
    assert before == secret(database, someone)


def test_who_has_a_password_keeps_it(database: Database, vault: Vault) -> None:
    """An import repeated, or late, takes nothing back."""
    someone = imported(database, vault, Scheme.BCRYPT)
    with database.writing() as db:
        assert not password.keep_imported(db, someone.id, "{bcrypt}$2b$04$", NOW)


def decoys(database: Database, vault: Vault) -> list[str | None]:
    with closing(Prepared(database.url.render_as_string(hide_password=False))) as prepared:
        typed = [lookup.read(f"nobody-{n}", NOW) for n in range(40)]
        return [recalled.recall(prepared, vault, t, lookup.who(vault, t)).decoy for t in typed]


def test_strangers_take_as_long_as_imported_people(
    database: Database, vault: Vault, state: StateStore
) -> None:
    """Some of them are compared with such a hash, the same at every attempt, as long as there is one."""
    before = decoys(database, vault)
    imported(database, vault, Scheme.BCRYPT)
    meanwhile = decoys(database, vault)
    again = decoys(database, vault)
    prove(database, vault, state, "someone-0", PASSWORD)

    assert [None] * 40 == before == decoys(database, vault)
    assert {None, f"{{bcrypt}}{IMPORTED[Scheme.BCRYPT]}"} == set(meanwhile)
    assert meanwhile == again


def test_a_strangers_hash_lets_nobody_in(database: Database, vault: Vault, state: StateStore) -> None:
    """Also with the very password of the one it was borrowed from."""
    imported(database, vault, Scheme.BCRYPT)

    assert {Denied("wrong")} == {prove(database, vault, state, f"nobody-{n}", PASSWORD) for n in range(6)}


def changed(database: Database, someone: Person, words: list[str]) -> None:
    for number, word in enumerate(words):
        with database.writing() as db:
            later = NOW.replace(microsecond=number)
            password.set_hash(db, someone.id, passwords.hash_password(word), "own_wish", later)


@pytest.mark.parametrize(
    ("realm", "refused"),
    [(Realm.STAFF, [False, True, True, True, True, True]), (Realm.CITIZEN, [False] * 6)],
)
def test_a_civil_servants_last_five_are_remembered(
    database: Database, vault: Vault, realm: Realm, refused: list[bool]
) -> None:
    """And a citizen's are forgotten as soon as they are replaced."""
    words = [f"{number} quiet herons" for number in range(6)]
    with database.writing() as db:
        someone = person(db, vault)
        someone.realm = realm
    changed(database, someone, words)
    with database.reading() as db:
        earlier = password.remembered(db, someone.id)
        rows = db.scalars(select(Credential)).all()

    assert refused == [password.is_used_before(earlier, word) for word in words]
    assert (6 if realm is Realm.STAFF else 1) == len(rows)
