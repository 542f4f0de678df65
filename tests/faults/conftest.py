"""A town on PostgreSQL and Redis that can be killed, and somebody who is signing in meanwhile."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests import servers
from tests.agent import Agent, Page, browsing
from tests.town import Town, living
from tests.waiting import eventually

SEALED = 240.0
"""Seconds after which the worker, which seals once a minute, has done so on however busy a machine."""


@dataclass
class Stage:
    """Everything that may fall over."""

    town: Town
    database: servers.PostgresServer
    memory: servers.RedisServer


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Servers and town of this module's own."""
    home: Path = tmp_path_factory.mktemp("faults") / "var"
    with servers.postgres() as database, servers.redis() as memory:
        url = servers.fresh_database(database)
        with living(home, IDP_DATABASE_URL=url, IDP_STATE_URL=memory.url) as town:
            yield Stage(town, database, memory)


@pytest.fixture
def town(stage: Stage) -> Town:
    return stage.town


@pytest.fixture
def browser(town: Town) -> Iterator[Agent]:
    """A browser of its own."""
    with browsing(town.issuer) as agent:
        yield agent


def signed_in(town: Town, browser: Agent, page: Page, persona: str = "parent") -> Page:
    """Fill in the sign-in form of this page, agree to what is asked, and arrive at the client."""
    person = town.person(persona)
    page = browser.send(page, "sign-in", login=person["login"], password=person["password"])
    while page.has("consent"):
        page = browser.send(page, "consent", press="decision=accept")
    return page


def tokens(town: Town, browser: Agent, scope: str = "openid profile offline_access") -> dict[str, Any]:
    """Tokens of somebody who signed in a moment ago."""
    page = signed_in(town, browser, browser.open(town.request(scope)))
    answer = town.redeem(page.answer["code"])
    assert 200 == answer.status_code, answer.text
    granted: dict[str, Any] = answer.json()
    return granted


def fails_at_a_job(town: Town, begin: Callable[[], object]) -> None:
    """Begin this, and wait until the worker has failed at a job after it."""
    log = town.home / "log" / "worker.log"
    said = log.stat().st_size
    begin()
    assert eventually(lambda: b"job.failed" in log.read_bytes()[said:])


def is_sealed(town: Town, browser: Agent) -> bool:
    """Sign in, and whether the trail holds once the worker has sealed what that wrote."""
    before = sealed(town)
    signed_in(town, browser, browser.open(town.request()))
    assert eventually(lambda: sealed(town)["verified"] > before["verified"] + before["unsealed"], SEALED)
    return bool(sealed(town)["ok"])


def sealed(town: Town) -> dict[str, Any]:
    """How much of the trail is sealed, and whether it holds."""
    report: dict[str, Any] = json.loads(town.command("audit", "verify", "--json"))
    return report
