"""Organisations by a part of their name: on both databases, in a part of the country, and by an index."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from idp.organisations import finding, synthetic
from idp.organisations.models import Organisation
from idp.storage.database import Database
from tests.idp.mandates.office import organisation

NOW = datetime(2026, 11, 21, 3, 30, tzinfo=UTC)
NAMES = (
    "沈阳云阶智能制造有限公司",
    "沈阳云海物流有限公司",
    "大连阶梯教育咨询有限公司",
    "Ａ Yunjie Trading 有限公司",
)


@pytest.fixture
def register(either_database: Database) -> Database:
    """With some organisations in it."""
    with either_database.writing() as db:
        for number, name in enumerate(NAMES, 1):
            made = organisation(number, NOW, name=name)
            db.add(made)
            db.flush()
            finding.index(db, made)
    return either_database


def found(register: Database, part: str, divisions: list[str] | None = None) -> list[str]:
    with register.reading() as db:
        return [one.name for one in finding.named(db, part, divisions)]


@pytest.mark.parametrize(
    ("part", "numbers"),
    [
        ("云阶", [0]),
        ("沈阳云", [1, 0]),
        ("阶智能制造有限公司", [0]),
        ("yunjie trading", [3]),
        ("  云阶  ", [0]),
        ("云智", []),
        ("云", []),
        ("", []),
        ("有限公司", []),
        ("%云", []),
    ],
)
def test_a_part_of_the_name_finds_it(register: Database, part: str, numbers: list[int]) -> None:
    """Together and in this order; one character, or what every company is called, finds nothing."""
    assert sorted(NAMES[number] for number in numbers) == sorted(found(register, part))


def test_only_in_the_divisions_one_sees(register: Database) -> None:
    """The rest of the country is not there."""
    division = synthetic.credit_code(1)[2:8]

    assert [NAMES[0]] == found(register, "云阶", [division[:4]])
    assert [] == found(register, "云阶", ["99"])
    assert [] == found(register, "云阶", [])


def test_a_new_name_takes_the_place_of_the_old(register: Database) -> None:
    """Whoever is renamed is found by the name of today."""
    with register.writing() as db:
        (one,) = finding.named(db, "云阶", None)
        db.get_one(Organisation, one.id).name = "沈阳登高智能制造有限公司"
        finding.index(db, one)

    assert ([], 1) == (found(register, "云阶"), len(found(register, "登高")))


def test_many_names_are_not_read_one_by_one(register: Database) -> None:
    """The pairs lead to the few whose names are compared; for a small table reading it is as good."""
    with register.writing() as db:
        for number in range(10, 300):
            made = organisation(number, NOW)
            db.add(made)
            db.flush()
            finding.index(db, made)
    with register.writing() as db:
        if is_postgresql := db.get_bind().dialect.name == "postgresql":
            db.execute(text("set local enable_seqscan = off"))
        kind = "explain" if is_postgresql else "explain query plan"
        having = "select organisation_id from organisation_name_parts where pair = '云阶'"
        query = f"{kind} select id from organisations where name like '%云阶%' and id in ({having})"
        plan = "\n".join(str(row) for row in db.execute(text(query)))

    assert "Seq Scan" not in plan and "SCAN organisations" not in plan
