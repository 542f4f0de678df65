"""The configuration version and those who watch it."""

import threading
from pathlib import Path

import pytest

from idp.storage.base import Base
from idp.storage.configuration import AFTER_A_FAILURE, INTERVAL, Watch, touch, version
from idp.storage.database import Database, DatabaseUnavailable


def test_every_touch_is_one_more(either_database: Database) -> None:
    """It starts at zero and only grows."""
    with either_database.writing() as db:
        seen = [version(db)]
        for _ in range(3):
            touch(db)
            seen.append(version(db))

    assert [0, 1, 2, 3] == seen


def test_what_is_undone_was_no_change(either_database: Database) -> None:
    """The version grows with the transaction that changed something."""
    with pytest.raises(KeyError), either_database.writing() as db:
        touch(db)
        raise KeyError

    with either_database.reading() as db:
        assert 0 == version(db)


def test_concurrent_changes_all_count(either_database: Database) -> None:
    """No touch is lost."""

    def change() -> None:
        for _ in range(5):
            with either_database.writing() as db:
                touch(db)

    threads = [threading.Thread(target=change) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with either_database.reading() as db:
        assert 20 == version(db)


def test_a_watch_looks_once_a_second(database: Database) -> None:
    """Between two looks it costs a comparison of two numbers."""
    ticks = [0.0]
    watch = Watch(database, lambda: ticks[0])
    seen = [watch.version()]
    with database.writing() as db:
        touch(db)
    for ticks[0] in (0.5, 0.99, 1.0):
        seen.append(watch.version())

    assert [0, 0, 0, 1] == seen


def test_a_watch_survives_an_outage(database: Database) -> None:
    """What is known stays known."""
    ticks = [0.0]
    watch = Watch(database, lambda: ticks[0])
    watch.version()
    Base.metadata.drop_all(database.engine)
    ticks[0] = 2.0

    assert 0 == watch.version()


def test_a_watch_that_saw_nothing_waits_longer(tmp_path: Path) -> None:
    """A server that does not answer may take seconds to say so, and whoever looks waits for it."""
    ticks, path = [0.0], tmp_path / "there"
    path.mkdir()
    database = Database(f"sqlite:///{path / 'yitong.db'}")
    Base.metadata.create_all(database.engine)
    watch = Watch(database, lambda: ticks[0])
    watch.version()
    Base.metadata.drop_all(database.engine)
    ticks[0] = INTERVAL
    watch.version()
    Base.metadata.create_all(database.engine)
    with database.writing() as db:
        touch(db)
    seen = []
    for ticks[0] in (2 * INTERVAL, INTERVAL + AFTER_A_FAILURE):
        seen.append(watch.version())
    database.dispose()

    assert [0, 1] == seen


def test_a_watch_that_never_knew_says_so(tmp_path: Path) -> None:
    """Before the first answer there is nothing to go on with."""
    nowhere = Database(f"sqlite:///{tmp_path / 'missing' / 'yitong.db'}")

    with pytest.raises(DatabaseUnavailable):
        Watch(nowhere).version()
