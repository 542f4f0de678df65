"""The warning before a session ends, in a real browser (WCAG 2.2.1)."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import update

from idp import clock
from idp.sessions.models import SignInSession
from idp.simulator.server import Background
from idp.web import assets
from tests import axe
from tests.idp.account.stage import PASSWORD, Stage, newcomer, staged

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

pytestmark = pytest.mark.journey


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A provider whose pages are real."""
    with staged(tmp_path_factory.mktemp("home")) as stage:
        with_assets(stage.app)
        yield stage


def with_assets(app: Flask) -> Flask:
    """The pages and what the edge would serve beside them."""
    inner = app.wsgi_app

    def serving(environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        asset = assets.at(environ["PATH_INFO"])
        if asset is None:
            return inner(environ, start)
        start("200 OK", [("Content-Type", asset.content_type)])
        return [asset.body]

    app.wsgi_app = serving  # type: ignore[method-assign, assignment]  # Flask's own idiom
    return app


@pytest.fixture
def page(stage: Stage, browser: Browser) -> Iterator[Page]:
    """Somebody at a form of their own pages, with a clock that can be moved."""
    stage.browser().register(newcomer(1))
    with Background(stage.app) as served:
        page = browser.new_page(locale="zh-CN", viewport={"width": 390, "height": 844})
        page.clock.install()
        page.goto(f"{served.url}/sign-in?next=/account/phone")
        page.fill("[name=login]", newcomer(1).phone)
        page.fill("[name=password]", PASSWORD)
        page.press("[name=password]", "Enter")
        page.wait_for_url("**/account/phone*", wait_until="networkidle")
        page.fill("input[name=phone]", "138")
        yield page
        page.context.close()


def pass_time(stage: Stage, page: Page, minutes: float) -> None:
    """For the server and for the browser: nothing was done meanwhile."""
    with stage.services.database.writing() as db:
        db.execute(update(SignInSession).values(last_seen_at=clock.now() - timedelta(minutes=minutes)))
    page.clock.fast_forward(int(minutes * 60_000))


def test_one_key_goes_on_and_nothing_typed_is_lost(stage: Stage, page: Page) -> None:
    """Two minutes before the end the button has the focus; afterwards the field has it again."""
    expect(page.locator("#stay")).to_be_hidden()
    pass_time(stage, page, 28.2)
    expect(page.locator("#stay button")).to_be_focused()
    faults = axe.faults(page)
    page.keyboard.press("Enter")
    expect(page.locator("#stay")).to_be_hidden()

    assert [] == faults
    assert ("138", "phone") == (
        page.input_value("input[name=phone]"),
        page.evaluate("document.activeElement.name"),
    )


def test_who_used_another_tab_is_not_warned(stage: Stage, page: Page) -> None:
    """The server knows better than a page how long nothing was done."""
    with page.expect_response("**/account/stay") as asked:
        page.clock.fast_forward(28 * 60_000 + 12_000)

    assert asked.value.json()["left"] > 1700
    expect(page.locator("#stay")).to_be_hidden()


def test_the_end_is_told(stage: Stage, page: Page) -> None:
    """What was typed stays on the page to be copied."""
    pass_time(stage, page, 31)

    expect(page.locator("#stay-title")).to_have_text("已经自动退出登录")
    assert "138" == page.input_value("input[name=phone]")
