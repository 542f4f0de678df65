"""An interaction that is expired, used, lost or somebody else's never ends in a dead end."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from werkzeug.test import TestResponse

from idp import clock
from idp.clients import onboarding
from idp.clients.models import ClientClass
from idp.interaction.record import Demand, Interaction
from tests.idp.account.stage import Stage, staged

CALLBACK = "https://portal.example.gov.cn/callback"


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The provider and its world."""
    with staged(tmp_path_factory.mktemp("home")) as stage:
        yield stage


@pytest.fixture
def interaction(stage: Stage) -> Interaction:
    """A portal has just sent somebody."""
    details = {"client_name": "门户", "redirect_uris": [CALLBACK], "scope": "openid profile"}
    with stage.services.database.writing() as db:
        row, _ = onboarding.create(db, details, ClientClass.GOVERNMENT, clock.now())
    request = {"client_id": row.id, "redirect_uri": CALLBACK, "response_type": "code", "state": "s1"}
    return Interaction(Demand(client_id=row.id), "oauth", request, clock.now())


def visit(stage: Stage, interaction: Interaction, bound: bool = True) -> TestResponse:
    handle = stage.services.interactions.add(interaction)
    client = stage.app.test_client()
    if bound:
        name, _, value = stage.services.cookies.keep_interaction(handle).partition(";")[0].partition("=")
        client.set_cookie(name, value, path=f"/interaction/{handle}", domain="127.0.0.1")
    return client.get(f"/interaction/{handle}/sign-in", base_url=stage.services.settings.issuer)


def test_a_fresh_one_shows_its_page(stage: Stage, interaction: Interaction) -> None:
    """The browser that began it signs in."""
    page = visit(stage, interaction)

    assert 200 == page.status_code
    assert 'id="sign-in"' in page.text


def test_an_expired_one_begins_again(stage: Stage, interaction: Interaction) -> None:
    """The portal's own request starts anew, state and all; nobody has to find their way back."""
    lifetime = timedelta(seconds=stage.services.settings.interaction_lifetime)
    page = visit(stage, replace(interaction, started_at=clock.now() - lifetime - timedelta(seconds=1)))

    assert 303 == page.status_code
    assert page.headers["Location"].startswith("/oauth/authorize?")
    assert "state=s1" in page.headers["Location"]


def test_another_browser_is_told_and_led_on(stage: Stage, interaction: Interaction) -> None:
    """Without the cookie of the browser that began it there is a page with a way on, and no form."""
    page = visit(stage, interaction, bound=False)

    assert 410 == page.status_code
    assert 'id="sign-in"' not in page.text
    assert 'href="/account"' in page.text
