"""Whose an account of another system is: proven, never claimed."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from idp import clock
from idp.crypto import passwords
from idp.keys.vault import Vault
from idp.moving import catching_up, joining, sealing, writing
from idp.moving.models import ImportedAccount, ImportRun, State
from idp.moving.sealing import Sealing
from idp.persons.models import Person
from idp.persons.registry import Mismatch, MismatchReason, Unavailable, Unsupported, Verified
from idp.storage.database import Database
from tests.idp.moving.old_accounts import MD5, OLD, begun, imported, row, written
from tests.idp.persons.people import ANOTHER_PHONE, AWAY, NOW, YES, person, phone
from tests.idp.persons.test_checking import Authority


def stored(database: Database) -> ImportedAccount:
    with database.reading() as db:
        return db.scalars(select(ImportedAccount)).one()


def checked(
    database: Database, vault: Vault, answer: Verified | Mismatch | Unavailable | Unsupported
) -> ImportedAccount:
    catching_up.check(database, vault, Authority(answer), 10, lambda: False, NOW)
    return stored(database)


def test_an_account_joins_the_holder_of_its_document(
    database: Database, vault: Vault, tmp_path: Path
) -> None:
    """Whoever proves the number, before or after the import; what the account said is erased."""
    imported(database, vault, written(tmp_path, [row(0, scheme="md5-salt-first", hash=MD5)]))
    with database.writing() as db:
        someone = person(db, vault, 0)
    joining.join_held(database, vault, 10, NOW)

    account = stored(database)
    told = sealing.opened(vault, account.id, account.told_sealed)
    assert (State.JOINED, someone.id) == (account.state, account.person_id)
    assert {"id": "old-0", "kind": "person"} == told.cells
    assert (None, None, None) == (account.secret, account.login_digest, account.phone_digest)


def test_another_name_is_a_conflict_and_joins_nobody(
    database: Database, vault: Vault, tmp_path: Path
) -> None:
    """Somebody may have registered there with a number that was not theirs."""
    imported(database, vault, written(tmp_path, [row(0, name="别人")]))
    with database.writing() as db:
        person(db, vault, 0)
    joining.join_held(database, vault, 10, NOW)

    assert (State.CONFLICT, None) == (stored(database).state, stored(database).person_id)


def test_a_phone_or_login_of_an_import_is_nobodys_way_in(
    database: Database, vault: Vault, tmp_path: Path
) -> None:
    """A stranger's account with my phone and login name changes nothing about me (pre-hijacking)."""
    with database.writing() as db:
        me = person(db, vault, 0, login_name="old_name_0")
    imported(database, vault, written(tmp_path, [row(0, id_number="", id_type="", name="")]))
    joining.join_held(database, vault, 10, NOW)

    with database.reading() as db:
        known = db.get_one(Person, me.id)
        assert (1 + 1, "old_name_0") == (known.version, known.login_name)
    assert State.WAITING == stored(database).state


def test_an_old_password_joins_whom_the_account_describes_alone(
    database: Database, vault: Vault, tmp_path: Path
) -> None:
    """Who knew the password but is somebody else gets nothing."""
    imported(database, vault, written(tmp_path, [row(0)]))
    with database.writing() as db:
        account = db.scalars(select(ImportedAccount)).one()
        stranger = person(db, vault, 1)
        assert not joining.join_proven(db, vault, account, stranger, NOW)
        assert joining.join_proven(db, vault, account, person(db, vault, 0), NOW)


def test_a_claim_that_nobody_confirmed_joins_nothing(
    database: Database, vault: Vault, tmp_path: Path
) -> None:
    """A leaked table has name, number and password; the registry knows another phone of the holder's."""
    imported(database, vault, written(tmp_path, [row(0)]))
    with database.writing() as db:
        account = db.scalars(select(ImportedAccount)).one()
        thief = person(db, vault, 0, answer=ANOTHER_PHONE, phone=phone(7))

        assert not joining.join_proven(db, vault, account, thief, NOW)


def test_weak_hashes_are_wrapped_before_they_count(database: Database, vault: Vault, tmp_path: Path) -> None:
    """What is kept verifies the old password and is Argon2id around the old hash."""
    imported(database, vault, written(tmp_path, [row(0, scheme="md5-salt-first", hash=MD5)]))
    before = stored(database).secret
    catching_up.wrap(database, vault, lambda: False)

    secret = stored(database).secret
    assert before is None
    assert secret is not None
    assert "$argon2id$" in secret
    assert passwords.verify(secret, OLD)


def test_a_hash_that_is_wrapped_too_late_is_not_kept(
    database: Database, vault: Vault, tmp_path: Path
) -> None:
    """Whose account was joined while the worker wrapped its hash: nothing of the old password comes back."""
    imported(database, vault, written(tmp_path, [row(0, scheme="md5-salt-first", hash=MD5)]))
    with database.writing() as db:
        person(db, vault, 0)

    def joined_meanwhile() -> bool:
        joining.join_held(database, vault, 10, NOW)
        return False

    catching_up.wrap(database, vault, joined_meanwhile)

    assert (State.JOINED, None) == (stored(database).state, stored(database).secret)


def test_an_import_leaves_what_was_joined_while_it_looked(
    database: Database, vault: Vault, tmp_path: Path
) -> None:
    """What the account said is erased, and another row of the file does not bring it back."""
    imported(database, vault, written(tmp_path, [row(0)]))
    importing, _ = begun(database, vault, written(tmp_path, [row(0, login="renamed")]))
    importing.returned.close()
    made = Sealing(vault, importing.source, importing.generation, NOW, clock.day(NOW))
    with database.writing() as db:
        person(db, vault, 0)
    with database.reading() as db:
        found = writing.sort(db, importing.run_id, made.batch(((1, row(0, login="renamed")),)))
    joining.join_held(database, vault, 10, NOW)
    with database.writing() as db:
        writing.write(db, db.get_one(ImportRun, importing.run_id), found, NOW)

    assert 1 == len(found.changed)
    assert (State.JOINED, None) == (stored(database).state, stored(database).login_digest)


@pytest.mark.parametrize(
    ("answer", "state", "said"),
    [
        (YES, State.WAITING, "confirmed"),
        (
            Mismatch(MismatchReason.NAME, "public_security", "r-1", NOW),
            State.REFUSED,
            MismatchReason.NAME.value,
        ),
        (AWAY, State.WAITING, ""),
    ],
)
def test_the_registry_is_asked_later(
    database: Database,
    vault: Vault,
    tmp_path: Path,
    answer: Verified | Mismatch | Unavailable,
    state: State,
    said: str,
) -> None:
    """Its yes makes nobody a person, its no takes the account away, no answer leaves it for later."""
    imported(database, vault, written(tmp_path, [row(0)]))
    account = checked(database, vault, answer)

    assert (state, said, said != "") == (account.state, account.answer, account.checked_at is not None)


def test_what_nobody_proves_is_forgotten(database: Database, vault: Vault, tmp_path: Path) -> None:
    """After its time, and however many there are; an account that is joined stays (PIPL Art. 19, 47)."""
    imported(database, vault, written(tmp_path, [row(index) for index in range(3)]))
    with database.writing() as db:
        person(db, vault, 0)
    joining.join_held(database, vault, 10, NOW)
    kept, at = timedelta(days=30), clock.now()
    forgotten = [joining.forget_old(database, kept, at + later) for later in (timedelta(), 2 * kept)]

    assert [0, 2] == forgotten
    assert State.JOINED == stored(database).state
