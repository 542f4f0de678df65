"""How little the pages weigh: measured as they cross the wire, with nothing in the cache."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.journeys import steps
from tests.journeys.relying_party import RelyingParty
from tests.journeys.sandbox import Sandbox

pytestmark = pytest.mark.journey

HEAVIEST = 40_000
MOST_REQUESTS = 5


@dataclass
class Wire:
    """What has crossed the wire since the counting began, headers included.

    Redirects show nothing; the emblem is asked for twice, as picture and as icon, and crosses once.
    """

    sizes: dict[str, float] = field(default_factory=dict)

    @property
    def requests(self) -> int:
        return len(self.sizes)

    @property
    def total(self) -> float:
        return sum(self.sizes.values())


def counted(page: Page, act: Callable[[], object]) -> Wire:
    """Count what a browser that has never been here fetches while somebody does something."""
    wire, embedded = Wire(), set()
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.clearBrowserCache")

    def asked(event: dict[str, Any]) -> None:
        if event["request"]["url"].startswith("data:"):
            embedded.add(event["requestId"])

    def finished(event: dict[str, Any]) -> None:
        if event["requestId"] not in embedded and event["encodedDataLength"]:
            wire.sizes[event["requestId"]] = event["encodedDataLength"]

    session.on("Network.requestWillBeSent", asked)
    session.on("Network.loadingFinished", finished)
    act()
    page.wait_for_load_state("networkidle")
    session.detach()
    return wire


@pytest.fixture
def asked_to_consent(sandbox: Sandbox, page: Page, application: RelyingParty) -> str:
    """The address of a consent page in this browser."""
    person = sandbox.people["foreigner"]
    page.goto(application.request(prompt="consent"))
    steps.sign_in(page, person.login, person.password)
    return page.url


def test_sign_in_is_light(sandbox: Sandbox, page: Page) -> None:
    """40 kB in at most five requests, page, style, script and emblem together."""
    check(counted(page, lambda: page.goto(f"{sandbox.city}/sign-in")))


def test_consent_is_light(page: Page, asked_to_consent: str) -> None:
    """The same holds where a person agrees."""
    check(counted(page, lambda: page.goto(asked_to_consent)))


@pytest.mark.parametrize("path", ["/nothing/here", "/oauth/authorize?client_id=nobody", "/interaction/x"])
def test_errors_are_light(sandbox: Sandbox, page: Page, path: str) -> None:
    """And where something went wrong, of all places."""
    check(counted(page, lambda: page.goto(f"{sandbox.issuer}{path}")))


def check(wire: Wire) -> None:
    assert 1 <= wire.requests <= MOST_REQUESTS
    assert wire.total <= HEAVIEST
