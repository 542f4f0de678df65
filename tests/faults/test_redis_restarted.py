"""Redis goes, comes back empty, or freezes: nothing spent comes alive, and people are told what to do."""

from collections.abc import Iterator

import pytest

from tests.agent import Agent
from tests.faults.conftest import SEALED, Stage, signed_in, tokens
from tests.town import Town, answers
from tests.waiting import eventually


@pytest.fixture(autouse=True)
def sound_again(stage: Stage) -> Iterator[None]:
    """Whatever a test did to it, the next one finds Redis running."""
    yield
    if stage.memory.process is None:
        stage.memory.start()
    stage.memory.resume()
    assert eventually(lambda: answers(f"{stage.town.issuer}/readyz"))


def restart(stage: Stage) -> None:
    """Come back empty."""
    stage.memory.stop()
    stage.memory.start()
    assert eventually(lambda: answers(f"{stage.town.issuer}/readyz"))


def test_a_form_that_was_open_leads_back_to_the_beginning(stage: Stage, browser: Agent) -> None:
    """The interaction is gone; the page says so and what to do, and doing it ends at the client."""
    page = browser.open(stage.town.request())
    restart(stage)
    person = stage.town.person("parent")
    lost = browser.send(page, "sign-in", login=person["login"], password=person["password"])
    arrived = signed_in(stage.town, browser, browser.open(stage.town.request()))

    assert lost.status in (200, 400, 404, 410)
    assert "重新" in lost.words
    assert "code" in arrived.answer


def test_while_it_is_away_a_page_says_when_to_come_back(stage: Stage, browser: Agent) -> None:
    """503 with Retry-After for people and machines alike; no stack trace, no dead end."""
    page = browser.open(stage.town.request())
    stage.memory.stop()
    person = stage.town.person("parent")
    told = browser.send(page, "sign-in", login=person["login"], password=person["password"])
    machine = stage.town.redeem("any-code")

    assert (503, 503) == (told.status, machine.status_code)
    assert {"retry-after"} <= set(told.headers) & set(machine.headers)
    assert "再试一次" in told.words


def test_the_cause_is_named(stage: Stage) -> None:
    """For whoever operates it."""
    stage.memory.stop()
    assert eventually(lambda: answers(f"{stage.town.issuer}/readyz", 503))

    assert answers(f"{stage.town.issuer}/healthz")


def test_what_is_in_sql_survives(stage: Stage, browser: Agent) -> None:
    """Sessions, refresh tokens, access tokens."""
    town = stage.town
    granted = tokens(town, browser)
    restart(stage)
    refreshed = town.post("/oauth/token", grant_type="refresh_token", refresh_token=granted["refresh_token"])

    assert 200 == refreshed.status_code
    assert 200 == town.userinfo(granted["access_token"]).status_code
    assert "code" in browser.open(town.request(prompt="none")).answer


def test_a_code_from_before_is_worth_nothing(stage: Stage, browser: Agent) -> None:
    """Whether it was spent, nobody can know any more: neither is believed."""
    town = stage.town
    spent = signed_in(town, browser, browser.open(town.request())).answer["code"]
    unspent = browser.open(town.request()).answer["code"]
    assert 200 == town.redeem(spent).status_code
    restart(stage)

    assert [400, 400] == [town.redeem(code).status_code for code in (spent, unspent)]


def test_a_revoked_token_stays_revoked(stage: Stage, browser: Agent) -> None:
    """Revocation is a row, not a list that a flush would empty."""
    town = stage.town
    granted = tokens(town, browser)
    town.post("/oauth/revoke", token=granted["access_token"])
    before = town.userinfo(granted["access_token"]).status_code
    restart(stage)

    assert (401, 401) == (before, town.userinfo(granted["access_token"]).status_code)


def test_a_frozen_redis_is_given_up_on_soon(stage: Stage, browser: Agent) -> None:
    """A clean answer while it is still frozen, and all is well when it thaws."""
    page = browser.open(stage.town.request())
    stage.memory.pause()
    person = stage.town.person("parent")
    told = browser.send(page, "sign-in", login=person["login"], password=person["password"])
    stage.memory.resume()
    assert eventually(lambda: answers(f"{stage.town.issuer}/readyz"))
    arrived = signed_in(stage.town, browser, page)

    assert 503 == told.status
    assert "code" in arrived.answer


def test_the_worker_goes_on(stage: Stage, town: Town) -> None:
    """It outlived everything above, and still seals what happens."""
    before = town.command("audit", "verify", "--json")
    assert eventually(lambda: '"unsealed": 0' in town.command("audit", "verify", "--json"), SEALED)

    assert '"ok": true' in before
