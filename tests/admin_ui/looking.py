"""Looking at pages of the console in Chromium: axe, width, one heading; pictures on demand."""

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path

from playwright.sync_api import Browser, Page
from werkzeug.serving import WSGIRequestHandler, make_server

from idp.web.edge import create_edge, gate_of
from idp.web.health import create_health
from tests import axe, servers
from tests.admin_ui.hall import Hall
from tests.admin_ui.stage import Visitor

LOOKS: Mapping[str, tuple[tuple[int, int], str]] = {
    "desktop": ((1280, 900), "lang=zh-Hans"),
    "care": ((390, 844), "lang=en&care=on"),
}


class Silent(WSGIRequestHandler):
    def log_request(self, *_: object) -> None:
        """Nothing."""


@contextmanager
def served(hall: Hall) -> Iterator[str]:
    """The console and the pages beside it, on a port."""
    port, services = servers.free_port(), hall.console.services
    gate = gate_of(f"http://localhost:{port}", ())
    app = hall.console.stage.app.wsgi_app
    front = create_edge(app, gate, create_health(services), lambda *_: None)
    server = make_server("127.0.0.1", port, front, True, request_handler=Silent)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://localhost:{port}"
    server.shutdown()
    server.server_close()
    thread.join()


def faults(browser: Browser, url: str, pages: Mapping[str, tuple[str, Visitor]], look: str) -> list[str]:
    """What is wrong with pages as their visitors see them; with `SHOTS` set, pictures are kept there."""
    found = []
    for visitor, theirs in groupby(pages.items(), lambda named: named[1][1]):
        with _window(browser, url, visitor, look) as page:
            for name, (path, _) in theirs:
                found += [f"{name}: {fault}" for fault in _faults(page, f"{url}{path}?{LOOKS[look][1]}")]
                if folder := os.environ.get("SHOTS"):
                    page.screenshot(path=Path(folder) / f"{name}-{look}.png", full_page=True)
    return found


@contextmanager
def _window(browser: Browser, url: str, visitor: Visitor, look: str) -> Iterator[Page]:
    width, height = LOOKS[look][0]
    context = browser.new_context(viewport={"width": width, "height": height})
    context.add_cookies([{"name": n, "value": v, "url": url} for n, v in _cookies(visitor)])
    axe.comes_with(context)
    yield context.new_page()
    context.close()


def _faults(page: Page, url: str) -> list[str]:
    answer = page.goto(url)
    assert answer is not None
    found = axe.faults(page)
    if answer.status != 200 or page.locator("h1").count() != 1:
        found.append(f"status {answer.status}")
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.append("wider than the screen")
    return found


def _cookies(visitor: Visitor) -> list[tuple[str, str]]:
    names = visitor.stage.services.cookies
    found = [visitor.client.get_cookie(name) for name in (names.staff_name, names.session_name)]
    return [(one.key, one.value) for one in found if one is not None]
