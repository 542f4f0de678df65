"""One sandbox and one browser for all journeys; each journey gets visitors of its own."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser import visitor
from tests.journeys import relying_party
from tests.journeys import sandbox as sandboxes
from tests.journeys.relying_party import RelyingParty
from tests.journeys.sandbox import Sandbox

Visit = Callable[..., Page]


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """The sandbox, started as a newcomer would; SANDBOX_HOME names the folder of one that runs already."""
    if running := os.environ.get("SANDBOX_HOME"):
        yield sandboxes.read(Path(running))
        return
    with sandboxes.running(tmp_path_factory.mktemp("sandbox")) as started:
        yield started


@pytest.fixture
def visit(browser: Browser, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Visit]:
    """Opens a browser of somebody's own: `visit(language="en", scripts=False, …)`."""
    opened: list[BrowserContext] = []
    failed_before = request.session.testsfailed

    def visiting(**wishes: object) -> Page:
        opened.append(visitor(browser, **wishes))  # type: ignore[arg-type]  # passed on as given
        return opened[-1].new_page()

    yield visiting
    for number, context in enumerate(opened):
        if request.session.testsfailed > failed_before:
            for page in context.pages:
                page.screenshot(path=tmp_path / f"failed-{number}.png", full_page=True)
        context.close()


@pytest.fixture
def page(visit: Visit) -> Page:
    """An ordinary visitor's page."""
    return visit()


@pytest.fixture
def application(sandbox: Sandbox) -> Iterator[RelyingParty]:
    """An application of a third party."""
    with relying_party.listening(sandbox.issuer, sandbox.public_client()) as started:
        yield started
