"""Reading accounts of other systems: nothing doubled, nothing lost, every fault returned."""

import csv
from pathlib import Path

import pytest
from sqlalchemy import func, select

from idp.keys.vault import Vault
from idp.moving import faults, runs, sealing
from idp.moving.models import ImportedAccount, ImportRun
from idp.moving.rows import ADVICE, Fault
from idp.moving.runs import Counts
from idp.persons.models import Document, Person
from idp.storage.database import Database
from tests.idp.moving.old_accounts import MD5, begun, imported, row, written


@pytest.fixture
def vault(either_database: Database) -> Vault:
    """The vault of the database in question."""
    assert isinstance(either_database.vault, Vault)
    return either_database.vault


def test_importing_again_writes_nothing_twice(
    either_database: Database, vault: Vault, tmp_path: Path
) -> None:
    """An account is its source and its id there; what changed is taken over."""
    imported(either_database, vault, written(tmp_path, [row(1), row(2)]))
    second = imported(either_database, vault, written(tmp_path, [row(1), row(2, login="renamed"), row(3)]))

    with either_database.reading() as db:
        stored = {one.id: one for one in db.scalars(select(ImportedAccount))}
    told = {sealing.opened(vault, key, one.told_sealed).id for key, one in stored.items()}
    assert Counts(3, added=1, changed=1, unchanged=1, faulty=0) == second
    assert {"old-1", "old-2", "old-3"} == told


def test_an_import_makes_nobody_a_person(either_database: Database, vault: Vault, tmp_path: Path) -> None:
    """It holds no document, no phone and no login name."""
    imported(either_database, vault, written(tmp_path, [row(1, scheme="md5-salt-first", hash=MD5)]))

    with either_database.reading() as db:
        assert 0 == db.scalar(select(func.count()).select_from(Person))
        assert 0 == db.scalar(select(func.count()).select_from(Document))


def test_what_was_stopped_goes_on_where_it_was(
    either_database: Database, vault: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed between two handfuls: the second start doubles nothing, in the table or in the returned file."""
    monkeypatch.setattr(runs, "AT_ONCE", 2)
    rows = [row(1), row(2, phone="1"), row(3), row(4, id_number="1"), row(5)]
    path = written(tmp_path, rows)
    importing, counts = begun(either_database, vault, path)

    def killed(so_far: Counts) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        importing.run(counts, killed)
    done = imported(either_database, vault, path)

    with (tmp_path / "accounts.faults.csv").open(encoding="utf-8", newline="") as file:
        assert ["phone_malformed", "id_number_malformed"] == [
            cells["fault"] for cells in csv.DictReader(file)
        ]
    assert Counts(5, added=3, changed=0, unchanged=0, faulty=2) == done


def test_faulty_rows_come_back_and_can_be_corrected(
    either_database: Database, vault: Vault, tmp_path: Path
) -> None:
    """The returned file has the original cells, says what to do, and is itself a file to import."""
    path = written(tmp_path, [row(1, scheme="crypt", hash="x"), row(2), row(2), {"id": "old-9"}])
    first = imported(either_database, vault, path)
    returned = tmp_path / "accounts.faults.csv"
    text = returned.read_text(encoding="utf-8")
    returned.write_text(text.replace(",crypt,x,", ",,,"), encoding="utf-8")
    second = imported(either_database, vault, returned)

    found = [line.split(",")[-2] for line in text.splitlines()]
    assert ["fault", "scheme_unknown", "repeated", "nothing_to_know_by"] == found
    assert (1, 3) == (first.added, first.faulty)
    assert (1, 1, 1) == (second.added, second.unchanged, second.faulty)
    assert 0o600 == returned.stat().st_mode & 0o777


def test_nothing_of_a_row_can_be_read_in_the_table(
    either_database: Database, vault: Vault, tmp_path: Path
) -> None:
    """Names, numbers, phones and ids of the other system are sealed; a weak hash is, too."""
    told = row(1, scheme="md5-salt-first", hash=MD5)
    imported(either_database, vault, written(tmp_path, [told], "accounts.jsonl"))

    with either_database.reading() as db:
        stored = db.scalars(select(ImportedAccount)).one()
        kept = repr(vars(stored))
    for name in ("id", "name", "id_number", "phone", "login", "hash"):
        assert told[name] not in kept


def test_all_faults_of_a_row_are_named_at_once(
    either_database: Database, vault: Vault, tmp_path: Path
) -> None:
    """A number that is wrong hides no hash that is; in the returned file and for the console alike."""
    bad = row(1, id_number="1", phone="2", scheme="bcrypt", hash="nonsense")
    imported(either_database, vault, written(tmp_path, [bad]))
    with (tmp_path / "accounts.faults.csv").open(encoding="utf-8", newline="") as file:
        (returned,) = csv.DictReader(file)
    with either_database.writing() as db:
        (kept,) = faults.of_run(db, vault, db.scalars(select(ImportRun.id)).one())

    assert ["id_number_malformed", "phone_malformed", "hash_malformed"] == returned["fault"].split()
    assert all(ADVICE[Fault(one)] in returned["advice"] for one in returned["fault"].split())
    assert (returned["fault"], returned["advice"]) == (kept.fault, kept.advice)
