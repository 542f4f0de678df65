"""Matters from memory: read once, and seen changed within a second."""

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import event

from idp.assurance import Level
from idp.matters import catalogue
from idp.matters.catalogue import Catalogue
from idp.storage.base import Base
from idp.storage.database import Database, DatabaseUnavailable
from tests.idp.matters.making import entry, prepare


class Ticks:
    """A clock that moves when told to."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


@pytest.fixture
def matters(database: Database, now: datetime, ticks: Ticks) -> Catalogue:
    prepare(database, now)
    return Catalogue(database, ticks)


@pytest.fixture
def statements(database: Database) -> list[str]:
    """Everything asked of the database from now on, transactions aside."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith(("BEGIN", "ROLLBACK")):
            seen.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    return seen


def test_a_matter_as_rules_see_it(matters: Catalogue, now: datetime) -> None:
    """Everything a mandate is judged by, and what a page shows."""
    found = matters.find("f-2")

    assert found is not None
    assert (("f-2",), "fund", now, Level(4, 2), True, False, "提取", "Withdrawal") == (
        found.lineage,
        found.group,
        found.grouped_since,
        found.minimum,
        found.high_risk,
        found.withdrawn,
        found.name,
        found.name_en,
    )
    assert {"apply", "query", "pay"} == found.actions


def test_a_matter_is_read_once(matters: Catalogue, statements: list[str]) -> None:
    """So is the absence of one; what cannot be a code is not looked for."""
    first = matters.find("f-1")
    matters.find("nothing")
    statements.clear()

    assert first is matters.find("f-1")
    assert matters.find("nothing") is None
    assert matters.find("x" * 33) is None
    assert matters.find("a\x00b") is None
    assert [] == statements


def test_a_change_is_seen_within_a_second(
    matters: Catalogue, database: Database, now: datetime, ticks: Ticks
) -> None:
    """A split shows at the whole and at its parts."""
    matters.find("f-1")
    assert matters.find("f-11") is None
    with database.writing() as db:
        catalogue.split(db, "f-1", [entry("f-11")], now)

    ticks.at = 1.1
    whole, part = matters.find("f-1"), matters.find("f-11")
    assert whole is not None
    assert part is not None
    assert (True, False, ("f-11", "f-1")) == (whole.withdrawn, part.withdrawn, part.lineage)


def test_the_memory_is_bounded(matters: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    """Guessing codes does not fill it."""
    monkeypatch.setattr(catalogue, "MOST_REMEMBERED", 5)
    for number in range(20):
        matters.find(f"nothing-{number}")

    assert len(matters._known) <= 5


def test_what_is_known_serves_while_the_database_is_away(
    matters: Catalogue, database: Database, ticks: Ticks
) -> None:
    """An outage does not take known matters with it; unknown ones are not called unknown."""
    matters.find("f-1")
    Base.metadata.drop_all(database.engine)
    ticks.at = 9

    assert matters.find("f-1") is not None
    with pytest.raises(DatabaseUnavailable):
        matters.find("f-2")
