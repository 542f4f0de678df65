"""Operators who change the same matter at the same time, on a database that lets them try."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from idp.matters import catalogue
from idp.matters.entries import MatterFault
from idp.storage.database import Database
from tests.idp.matters.making import entry, load, prepare


def at_once(*changes: Callable[[], object]) -> int:
    """How many of these succeed."""

    def tried(change: Callable[[], object]) -> bool:
        try:
            change()
        except MatterFault:
            return False
        return True

    with ThreadPoolExecutor(len(changes)) as threads:
        return sum(threads.map(tried, changes))


def test_a_matter_ends_once(either_database: Database, now: datetime) -> None:
    """Split twice, by hand and by file, withdrawn and merged: one wins, and the parts are of one hand."""
    prepare(either_database, now)

    def by_hand() -> None:
        with either_database.writing() as db:
            catalogue.split(db, "f-1", [entry("h-1"), entry("h-2")], now)

    def by_file() -> None:
        load(either_database, "l-1,甲,,fund,,apply,,,,f-1\nl-2,乙,,fund,,apply,,,,f-1\n", now)

    def by_merging() -> None:
        with either_database.writing() as db:
            catalogue.merge(db, ["f-1", "f-2"], entry("m-1"), now)

    def by_end() -> None:
        with either_database.writing() as db:
            catalogue.withdraw(db, "f-1", now)

    assert 1 == at_once(by_hand, by_file, by_merging, by_end, by_file, by_hand)
    with either_database.reading() as db:
        new = [matter.code[0] for matter in catalogue.listed(db) if matter.code not in ("f-2", "t-1")]
        assert len(set(new)) <= 1


def test_two_loads_of_the_same_file_are_one(either_database: Database, now: datetime) -> None:
    """The second finds everything there."""
    prepare(either_database, now)

    assert 4 == at_once(*[lambda: load(either_database, "n-1,甲,,fund,,apply,,,,\n", now)] * 4)
