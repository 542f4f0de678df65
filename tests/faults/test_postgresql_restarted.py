"""PostgreSQL is stopped, or crashes: 503 with a page that says what to do, then all goes on by itself."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

import wsgi
from idp.cli.context import Operation
from tests.agent import Agent
from tests.faults.conftest import Stage, fails_at_a_job, is_sealed, signed_in, tokens
from tests.town import answers
from tests.waiting import LONGEST, eventually


@pytest.fixture(autouse=True)
def sound_again(stage: Stage) -> Iterator[None]:
    """Whatever a test did to it, the next one finds PostgreSQL running."""
    yield
    if stage.database.process is None:
        back(stage)


def back(stage: Stage) -> None:
    """Come back; the provider must notice by itself."""
    stage.database.start()
    assert eventually(lambda: answers(f"{stage.town.issuer}/readyz"))


def test_a_sign_in_waits_for_it_and_goes_on(stage: Stage, browser: Agent) -> None:
    """503 meanwhile; the same form, sent again afterwards, ends at the client."""
    page = browser.open(stage.town.request())
    person = stage.town.person("parent")
    stage.database.stop()
    told = browser.send(page, "sign-in", login=person["login"], password=person["password"])
    back(stage)
    arrived = signed_in(stage.town, browser, page)

    assert 503 == told.status
    assert "retry-after" in told.headers
    assert "再试一次" in told.words
    assert "code" in arrived.answer


def test_machines_are_told_to_come_again(stage: Stage, browser: Agent) -> None:
    """Every endpoint that needs the database: 503 and Retry-After, never 500 or a wrong no."""
    town = stage.town
    granted = tokens(town, browser)
    stage.database.stop()
    refused = [
        town.userinfo(granted["access_token"]),
        town.post("/oauth/introspect", token=granted["access_token"]),
        town.post("/oauth/token", grant_type="refresh_token", refresh_token=granted["refresh_token"]),
    ]
    back(stage)

    assert [503, 503, 503] == [answer.status_code for answer in refused]
    assert all("retry-after" in answer.headers for answer in refused)
    assert 200 == town.userinfo(granted["access_token"]).status_code


def test_a_browser_that_is_signed_in_is_not_sent_away(stage: Stage, browser: Agent) -> None:
    """An outage is no reason to believe that nobody is signed in."""
    town = stage.town
    tokens(town, browser)
    stage.database.stop()
    meanwhile = browser.open(town.request())
    back(stage)
    afterwards = browser.open(town.request())

    assert 503 == meanwhile.status
    assert "code" in afterwards.answer


def test_published_documents_need_no_database(stage: Stage) -> None:
    """Portals can still verify what was signed."""
    stage.database.stop()

    assert answers(f"{stage.town.issuer}/oauth/jwks")
    assert answers(f"{stage.town.issuer}/.well-known/openid-configuration")


def test_a_crash_loses_nothing_that_was_acknowledged(stage: Stage, browser: Agent) -> None:
    """Session, authorization and refresh family are there after recovery, and the trail is whole."""
    town = stage.town
    granted = tokens(town, browser)
    stage.database.crash()
    back(stage)
    refreshed = town.post("/oauth/token", grant_type="refresh_token", refresh_token=granted["refresh_token"])

    assert 200 == refreshed.status_code
    assert "code" in browser.open(town.request(prompt="none")).answer
    assert '"ok": true' in town.command("audit", "verify", "--json")


def test_a_code_is_redeemed_once_even_if_the_first_try_met_an_outage(stage: Stage, browser: Agent) -> None:
    """A try that failed may cost the code, but never gives two grants."""
    town = stage.town
    code = signed_in(town, browser, browser.open(town.request())).answer["code"]
    stage.database.stop()
    failed = town.redeem(code)
    back(stage)
    later = [town.redeem(code).status_code for _ in range(2)]

    assert 503 == failed.status_code
    assert later in ([200, 400], [400, 400])


def test_who_starts_meanwhile_waits(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker whose database is away is not wrongly configured: it composes as soon as there is one."""
    for name, value in stage.town.environment.items():
        monkeypatch.setenv(name, value)
    operation = Operation(wsgi.PRODUCT)
    stage.database.stop()
    with ThreadPoolExecutor(1) as threads:
        starting = threads.submit(operation.compose_patiently, Event())
        assert eventually(starting.running)
        back(stage)
        starting.result(LONGEST)

    assert operation.services.keyring.jwks_document()
    operation.close()


def test_the_worker_goes_on(stage: Stage, browser: Agent) -> None:
    """The same process that failed at a job meanwhile seals, without a fault, what happens afterwards."""
    worker = stage.town.worker
    fails_at_a_job(stage.town, stage.database.stop)
    back(stage)

    assert is_sealed(stage.town, browser)
    assert worker == stage.town.worker
