"""A server that falls silent: it is given up on soon, and tried by one at a time."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg import errors

from idp.storage.punctual import PAUSE, Outage, PunctualConnection, Silent, StillSilent
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


@pytest.mark.postgres
def test_a_server_that_is_there_is_pinged_without_a_trace(frozen: servers.PostgresServer) -> None:
    """No transaction is begun, and what the connection was set to stays so."""
    with PunctualConnection.connect(frozen.url()) as connection:
        connection.patience = 7.0
        connection.ping()

        assert psycopg.pq.TransactionStatus.IDLE == connection.info.transaction_status
        assert (False, 7.0) == (connection.autocommit, connection.patience)
