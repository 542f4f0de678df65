"""What somebody finds who reads or rewrites our files: nothing to open, and nothing that opens elsewhere."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from idp.clients.models import ClientClass
from idp.crypto.envelope import CannotOpen
from idp.persons.models import Person
from tests.attacks.whole import Whole, standing, told
from tests.idp.account.stage import PASSWORD


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    """On SQLite, whose files are ours to keep."""
    with standing(tmp_path_factory.mktemp("home")) as whole:
        yield whole


def home(whole: Whole) -> Path:
    return whole.stage.services.settings.home


def test_no_file_is_for_others_to_read(whole: Whole) -> None:
    """Databases, their companions and the master key belong to their owner alone."""
    whole.tokens(whole.client())
    kept = [file for file in home(whole).iterdir() if file.suffix in {".db", ".key"} or "-" in file.suffix]
    loose = {file.name: oct(file.stat().st_mode & 0o777) for file in kept if file.stat().st_mode & 0o077}

    assert {"yitong.db", "state.db", "master.key"} <= {file.name for file in kept}
    assert {} == loose


def test_a_sealed_cell_does_not_open_in_another_row(whole: Whole) -> None:
    """Whoever may write to the database cannot give one person's phone to another."""
    one, other = whole.person(), whole.person()
    with sqlite3.connect(home(whole) / "yitong.db") as database:
        database.execute(
            "update persons set phone_sealed = (select phone_sealed from persons where id = ?) where id = ?",
            (one.hex, other.hex),
        )
    with whole.oauth.database.reading() as db, pytest.raises(CannotOpen):
        assert db.scalars(select(Person).where(Person.id == other)).one().phone


def test_a_swapped_cell_is_told_to_no_client(whole: Whole) -> None:
    """The answer is an error without anybody's data."""
    portal = whole.client(kind=ClientClass.GOVERNMENT)
    mine, yours = whole.known(portal), whole.known(portal)
    token = whole.tokens(portal, mine, scope="openid phone")["access_token"]
    with sqlite3.connect(home(whole) / "yitong.db") as database:
        database.execute(
            "update persons set phone_sealed = (select phone_sealed from persons where id = ?) where id = ?",
            (yours.person_id.hex, mine.person_id.hex),
        )
    answer = whole.userinfo(token)

    assert (500, {"error": "server_error"}) == (answer.status_code, told(answer))


def test_no_handle_is_kept_as_given(whole: Whole) -> None:
    """Sessions, codes, refresh tokens, secrets and passwords: digests or hashes, in both files."""
    portal = whole.client(access_token_format="opaque")
    whole.resident("kept")
    session = str(whole.visitor().sign_in("kept").session)
    tokens = whole.tokens(portal)
    whole.oauth.database.dispose()
    everything = b"".join(file.read_bytes() for file in home(whole).glob("*.db*"))
    given = [session, PASSWORD, str(portal.secret), tokens["access_token"], tokens["refresh_token"]]

    assert [] == [value for value in given if value.encode() in everything]


def test_a_copy_of_the_database_opens_nothing_without_the_master_key(whole: Whole) -> None:
    """Names and phones are in neither file in the clear."""
    whole.person()
    everything = b"".join(file.read_bytes() for file in home(whole).glob("*.db*"))

    assert "王小明".encode() not in everything
    assert b"13800000000" not in everything
