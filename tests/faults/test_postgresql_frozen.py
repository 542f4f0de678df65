"""PostgreSQL accepts connections and answers nothing: everybody is told, and all goes on by itself."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from idp.storage.punctual import CONNECT, PAUSE
from tests import servers
from tests.agent import Agent, browsing
from tests.faults.conftest import fails_at_a_job, is_sealed, signed_in, tokens
from tests.town import Town, answers, living
from tests.waiting import eventually

MANY = 32
PROCESSES = 3
"""Two that serve, and the worker."""
EACH = CONNECT + PAUSE
"""Seconds from one try of a process to its next."""


@pytest.fixture(scope="module")
def database() -> Iterator[servers.PostgresServer]:
    """The one that will freeze."""
    with servers.postgres() as server:
        yield server


@pytest.fixture(scope="module", params=["redis", "postgresql"])
def town(
    request: pytest.FixtureRequest, database: servers.PostgresServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Town]:
    """A town whose minutes-long state is in Redis, and one that has PostgreSQL alone."""
    home: Path = tmp_path_factory.mktemp("frozen") / "var"
    url = servers.fresh_database(database)
    with servers.redis() as memory:
        state = {"IDP_STATE_URL": memory.url} if request.param == "redis" else {}
        with living(home, IDP_DATABASE_URL=url, **state) as town:
            yield town


@pytest.fixture
def browser(town: Town) -> Iterator[Agent]:
    """A browser of its own."""
    with browsing(town.issuer) as agent:
        yield agent


@pytest.fixture(autouse=True)
def thawed(town: Town, database: servers.PostgresServer) -> Iterator[None]:
    """Whatever a test did to it, the next one finds PostgreSQL running."""
    yield
    thaw(town, database)


def thaw(town: Town, database: servers.PostgresServer) -> None:
    """Go on; both processes try it again by themselves, a moment after they last found it silent."""
    database.resume()
    resumed = time.monotonic()
    assert eventually(lambda: answers(f"{town.issuer}/readyz") and time.monotonic() > resumed + PAUSE)


def test_a_sign_in_is_told_meanwhile_and_goes_on(
    town: Town, database: servers.PostgresServer, browser: Agent
) -> None:
    """503 with what to do; the same form, sent again afterwards, ends at the client."""
    page = browser.open(town.request())
    person = town.person("parent")
    database.pause()
    told = browser.send(page, "sign-in", login=person["login"], password=person["password"])
    thaw(town, database)
    arrived = signed_in(town, browser, page)

    assert 503 == told.status
    assert "再试一次" in told.words
    assert "code" in arrived.answer


def test_machines_are_told_meanwhile(town: Town, database: servers.PostgresServer, browser: Agent) -> None:
    """Userinfo, introspection, refresh: 503 and when to come again."""
    granted = tokens(town, browser)
    database.pause()
    refused = [
        town.userinfo(granted["access_token"]),
        town.post("/oauth/introspect", token=granted["access_token"]),
        town.post("/oauth/token", grant_type="refresh_token", refresh_token=granted["refresh_token"]),
    ]
    thaw(town, database)

    assert [503, 503, 503] == [answer.status_code for answer in refused]
    assert all("retry-after" in answer.headers for answer in refused)
    assert 200 == town.userinfo(granted["access_token"]).status_code


def test_later_ones_do_not_wait_again(town: Town, database: servers.PostgresServer, browser: Agent) -> None:
    """
    Once it is known to be silent, one request of a process at a time tries it, also one for a document.

    How long the crowd took only says how many turns there were for that: more on a busy machine.
    """
    token = tokens(town, browser)["access_token"]
    database.pause()
    with ThreadPoolExecutor(MANY) as crowd:
        list(crowd.map(town.userinfo, [token] * MANY))
        before, began = servers.lines_to(database), time.monotonic()
        told = [crowd.submit(town.userinfo, token) for _ in range(2 * MANY)]
        documents = [answers(f"{town.issuer}/oauth/jwks") for _ in range(10)]
        statuses = {answer.result().status_code for answer in told}
        tries, turns = servers.lines_to(database) - before, (time.monotonic() - began) / EACH + 1

    assert ({503}, [True] * 10) == (statuses, documents)
    assert tries <= PROCESSES * turns


def test_the_worker_goes_on(town: Town, database: servers.PostgresServer, browser: Agent) -> None:
    """The same process that failed at a job meanwhile seals, without a fault, what happens afterwards."""
    worker = town.worker
    fails_at_a_job(town, database.pause)
    thaw(town, database)

    assert is_sealed(town, browser)
    assert worker == town.worker
