"""A server that falls silent: it is given up on soon, and tried by one at a time."""

import socket
from collections.abc import Iterator
from contextlib import closing

import psycopg
import pytest
from psycopg import errors
from sqlalchemy.engine import make_url

from idp.storage.database import DatabaseUnavailable
from idp.storage.prepared import Prepared, Statement
from idp.storage.punctual import (
    PAUSE,
    Outage,
    Overdue,
    PunctualConnection,
    Silent,
    StillSilent,
    outage_of,
)
from tests import servers


class Ticks:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


@pytest.fixture
def outage(ticks: Ticks) -> Outage:
    return Outage(ticks)


@pytest.fixture(scope="module")
def frozen() -> Iterator[servers.PostgresServer]:
    """A server of this module's own, which its tests may freeze."""
    with servers.postgres() as server:
        yield server


def refused(outage: Outage) -> bool:
    try:
        outage.knock()
    except StillSilent:
        return True
    return False


def test_everybody_goes_in_while_it_answers(outage: Outage) -> None:
    """Nothing is counted."""
    assert [False, False, False] == [refused(outage) for _ in range(3)]


def test_after_a_silence_one_at_a_time_tries(outage: Outage, ticks: Ticks) -> None:
    """Nobody for a moment; then one, while the others are told at once."""
    outage.failed(Silent())
    at_once = refused(outage)
    ticks.now += PAUSE

    assert [True, False, True, True] == [at_once, *(refused(outage) for _ in range(3))]


def test_an_answer_lets_everybody_in_again(outage: Outage, ticks: Ticks) -> None:
    """Also the answer that it cannot be reached: refusing takes no time."""
    said = []
    for answered in (outage.heard, lambda: outage.failed(errors.OperationalError("refused"))):
        outage.failed(Silent())
        ticks.now += PAUSE
        outage.knock()
        answered()
        said.append(refused(outage))

    assert [False, False] == said


def test_being_refused_does_not_prolong_it(outage: Outage, ticks: Ticks) -> None:
    """Or a busy hour would keep the door shut for ever."""
    outage.failed(Silent())
    ticks.now += PAUSE / 2
    outage.failed(StillSilent())
    ticks.now += PAUSE / 2

    assert not refused(outage)


@pytest.mark.postgres
def test_a_statement_is_given_up_with_its_connection(frozen: servers.PostgresServer) -> None:
    """A late answer must not meet the next question."""
    with PunctualConnection.connect(frozen.url(), autocommit=True) as connection:
        connection.patience = 0.2
        frozen.pause()
        with pytest.raises(Silent):
            connection.execute("select 1")
        frozen.resume()

        assert connection.broken


@pytest.fixture
def line() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Both ends of a line."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def test_an_overdue_line_is_hung_up(line: tuple[socket.socket, socket.socket]) -> None:
    """Whoever waits on it is woken, and told why; the others go on."""
    ours, theirs = line
    with pytest.raises(Silent):
        Overdue().wait(ours, 0.1, ours.recv, 1)

    assert b"" == theirs.recv(1)


def test_what_comes_in_time_is_given(line: tuple[socket.socket, socket.socket]) -> None:
    """And the line is good for more, however late that comes."""
    (ours, theirs), overdue = line, Overdue()
    theirs.send(b"a")
    first = overdue.wait(ours, 60, ours.recv, 1)
    theirs.send(b"b")

    assert (b"a", b"b") == (first, overdue.wait(ours, 60, ours.recv, 1))


@pytest.mark.postgres
def test_a_prepared_statement_is_given_up_too(frozen: servers.PostgresServer) -> None:
    """A late answer meets nobody: the next question gets its own."""
    url, mine = make_url(frozen.url()), Statement("select :name")
    with closing(Prepared(frozen.url())) as prepared:
        prepared.one(mine, {"name": "before"})
        frozen.pause()
        with pytest.raises(DatabaseUnavailable):
            prepared.one(mine, {"name": "meanwhile"})
        frozen.resume()
        outage_of(url.host, url.port).heard()

        assert ("after",) == prepared.one(mine, {"name": "after"})


@pytest.mark.postgres
def test_a_server_that_is_there_is_pinged_without_a_trace(frozen: servers.PostgresServer) -> None:
    """No transaction is begun, and what the connection was set to stays so."""
    with PunctualConnection.connect(frozen.url()) as connection:
        connection.patience = 7.0
        connection.ping()

        assert psycopg.pq.TransactionStatus.IDLE == connection.info.transaction_status
        assert (False, 7.0) == (connection.autocommit, connection.patience)
