"""Statements close to the driver: the same on both databases, each alone or several as one."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from sqlite3 import IntegrityError
from threading import Barrier
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import text

from idp.storage.base import new_id
from idp.storage.columns import identifier, moment
from idp.storage.database import Database
from idp.storage.prepared import Prepared, Statement, Writing
from tests import servers

ID = UUID("0192f3c0-7d5e-7c1a-9d0e-6a1b2c3d4e5f")
AT = datetime(2026, 3, 2, 9, 30, 0, 123456, tzinfo=UTC)
KEEP = Statement("insert into kept (id, name, at) values (:id, :name, :at) returning name")
FIND = Statement("select id, at, name from kept where id = :id and (name = :name or name is null)")
COUNT = Statement("select count(*) from kept")


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[Prepared]:
    """Prepared statements beside an empty table, on SQLite."""
    url = f"sqlite:///{tmp_path / 'kept.db'}"
    yield from _beside_a_table(url, "id char(32) primary key, name text, at bigint")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def prepared(request: pytest.FixtureRequest) -> Iterator[Prepared]:
    """The same on either database."""
    if request.param == "sqlite":
        yield request.getfixturevalue("embedded")
        return
    url = servers.fresh_database(request.getfixturevalue("postgres_server"))
    yield from _beside_a_table(_spelled(url), "id uuid primary key, name text, at timestamptz")


def test_values_come_back_as_they_went_in(prepared: Prepared) -> None:
    """Identifiers and moments too; a name may stand twice."""
    prepared.one(KEEP, {"id": ID, "name": "甲%s:x", "at": AT})
    row = prepared.one(FIND, {"id": ID, "name": "甲%s:x"})

    assert row is not None
    assert (ID, AT, "甲%s:x") == (identifier(row[0]), moment(row[1]), row[2])


def test_nothing_is_a_value(prepared: Prepared) -> None:
    """The same statement with a name and without one."""
    said = [prepared.one(KEEP, {"id": new_id(), "name": name, "at": AT}) for name in ("a", None, "b")]

    assert ["a", None, "b"] == [row[0] for row in said if row]


def several(*statements: Statement) -> Writing:
    return Writing(at_once=statements[-1], one_by_one=statements)


def test_several_are_one_transaction(embedded: Prepared) -> None:
    """All of it is written or none, and the connection goes on."""
    values = {"id": ID, "name": "a", "at": AT}
    with pytest.raises(IntegrityError):
        embedded.write(several(KEEP, KEEP), values)
    none = embedded.all(COUNT, {})

    assert [(0,), (1,)] == [*none, *embedded.write(several(KEEP, COUNT), values)]


def test_nobody_meets_the_transaction_of_another(embedded: Prepared) -> None:
    """Threads share connections, never in the middle."""
    at_once = Barrier(8)

    def write(_: int) -> None:
        at_once.wait()
        for _ in range(25):
            embedded.write(several(KEEP, FIND), {"id": new_id(), "name": "a", "at": AT})
            embedded.all(COUNT, {})

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))

    assert [(200,)] == list(embedded.all(COUNT, {}))


@pytest.mark.postgres
def test_a_refused_statement_costs_no_connection(postgres_server: servers.PostgresServer) -> None:
    """A no is the caller's fault; the next statement goes over the same connection."""
    prepared = Prepared(servers.fresh_database(postgres_server))
    who = Statement("select pg_backend_pid()")
    before = prepared.one(who, {})
    with pytest.raises(psycopg.errors.UndefinedTable):
        prepared.one(COUNT, {})

    assert before == prepared.one(who, {})
    prepared.close()


@pytest.mark.postgres
def test_a_connection_that_was_cut_is_replaced(postgres_server: servers.PostgresServer) -> None:
    """Nobody notices that the server hung up in between."""
    url = servers.fresh_database(postgres_server)
    prepared, who = Prepared(url), Statement("select pg_backend_pid()")
    before = prepared.one(who, {})
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("select pg_terminate_backend(%s, 5000)", before)
    after = prepared.one(who, {})

    assert after is not None
    assert before != after
    prepared.close()


def _spelled(url: str) -> str:
    return url.replace("postgresql:", "postgresql+psycopg:")


def _beside_a_table(url: str, columns: str) -> Iterator[Prepared]:
    database, prepared = Database(url), Prepared(url)
    with database.writing() as db:
        db.execute(text(f"create table kept ({columns})"))
    yield prepared
    prepared.close()
    database.dispose()
