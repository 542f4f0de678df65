"""Every page in a real browser: nothing axe calls a fault, nothing wider than the screen."""

from typing import Any

import pytest
from playwright.sync_api import Browser

from tests import axe
from tests.idp.web.gallery import PAGES, address

pytestmark = pytest.mark.journey


@pytest.mark.parametrize(
    ("look", "query"),
    [
        ({"viewport": {"width": 1280, "height": 800}}, "lang=zh-Hans"),
        ({"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"}, "lang=en"),
        ({"viewport": {"width": 320, "height": 640}}, "lang=en&care=on"),
    ],
    ids=["desktop", "dark English phone", "care"],
)
def test_nothing_stands_in_the_way(
    still_browser: Browser, gallery_url: str, look: dict[str, Any], query: str
) -> None:
    """WCAG 2.2 AA as far as a machine can tell, and no sideways scrolling down to 320 px (1.4.10)."""
    page = still_browser.new_page(**look)
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    network.send("Network.setBlockedURLs", {"urls": ["*/submit.*"]})  # a route would turn the cache off
    axe.comes_with(page)
    faults = []
    for sample in PAGES:
        page.goto(gallery_url + address(sample, query))
        faults += [(sample, fault) for fault in axe.faults(page)]
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            faults.append((sample, "wider than the screen"))
    page.close()

    assert [] == faults


def test_a_password_can_be_shown(browser: Browser, gallery_url: str) -> None:
    """The button appears where scripts run, says its state, and shows what was typed (WCAG 3.3.8)."""
    page = browser.new_page()
    page.goto(f"{gallery_url}/page/interaction/sign_in.html?lang=en")
    page.fill("#password", "correct horse")
    page.click("[data-shows]")

    assert "text" == page.get_attribute("#password", "type")
    assert "true" == page.get_attribute("[data-shows]", "aria-pressed")
    page.close()


def test_the_page_is_whole_without_scripts(browser: Browser, gallery_url: str) -> None:
    """Without JavaScript the same form is there, and no button that would do nothing."""
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(f"{gallery_url}/page/interaction/sign_in.html")

    assert page.locator("form#sign-in").is_visible()
    assert not page.locator("[data-shows]").is_visible()
    page.context.close()


def test_recovery_codes_are_printed_alone(browser: Browser, gallery_url: str) -> None:
    """On paper: the codes, what they are for, whose and of when; the button prints, where scripts run."""
    page = browser.new_page()
    page.add_init_script("window.print = () => { window.printed = true }")
    page.goto(f"{gallery_url}/page/account/methods/recovery_codes.html?lang=zh-Hans")
    page.click("[data-prints]")
    page.emulate_media(media="print")
    lines = page.inner_text("body").split("\n")
    sheet = page.inner_text("#sheet").split("\n")

    assert page.evaluate("window.printed")
    assert sheet == lines
    assert ["2b7k-9fqm-x3tz", "h4dw-c8rn-p6vj"] == lines[1:3]
    assert lines[-1].startswith("账号 li***e，")
    page.close()


def test_an_error_is_heard_first(browser: Browser, gallery_url: str) -> None:
    """The summary has the focus when the page opens, so that it is read out before anything else."""
    page = browser.new_page()
    page.goto(f"{gallery_url}/page/interaction/sign_in.html?state=empty")

    assert "errors" == page.evaluate("document.activeElement.id")
    page.close()
