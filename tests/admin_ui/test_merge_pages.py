"""The pages of joining and parting accounts in Chromium: axe, width, English, 关怀版."""

import os
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from uuid import UUID

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser
from werkzeug.serving import WSGIRequestHandler, make_server

from admin_ui.models import Role
from idp import clock
from idp.organisations.reviews import Decider
from idp.persons import merging
from idp.web.edge import create_edge, gate_of
from idp.web.health import create_health
from tests import servers
from tests.admin_ui.hall import Hall
from tests.admin_ui.stage import Visitor

pytestmark = pytest.mark.journey

FAULTS = "axe.run({resultTypes: ['violations']}).then(found => found.violations.map(fault => fault.id))"
LOOKS: Mapping[str, tuple[tuple[int, int], str]] = {
    "desktop": ((1280, 900), "lang=zh-Hans"),
    "care": ((390, 844), "lang=en&care=on"),
}


class Silent(WSGIRequestHandler):
    def log_request(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def url(hall: Hall) -> Iterator[str]:
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


@pytest.fixture(scope="module")
def pages(hall: Hall) -> Mapping[str, tuple[str, Visitor]]:
    """Every page by name: its address, and whose it is."""
    one, other = hall.second_account(), hall.second_account()
    operator, owner = hall.operator(), hall.console.signed_in(one, realm="citizen")
    merge, split = hall.proposed(one, other), hall.parted(hall.second_account())
    mine = _drafts(operator, hall, hall.second_account(), hall.second_account())
    colleague = hall.console.appointed(Role.REVIEWER).person_id
    with hall.console.services.database.writing() as db:
        merging.approve(db, merge, Decider(colleague), "seen", clock.now())
    second = hall.proposed(hall.second_account(), hall.second_account())
    found = {
        "merges": "/admin/merges",
        "which": "/admin/merges/new",
        "look": f"/admin/merges/new/{mine[0]}",
        "merge": f"/admin/merges/{merge}",
        "approve": f"/admin/merges/{second}/approve",
        "splits": "/admin/splits",
        "choose": f"/admin/splits/new/{mine[1]}",
        "split": f"/admin/splits/{split}",
        "part": f"/admin/splits/{split}/approve",
    }
    return {name: (path, operator) for name, path in found.items()} | {
        "own": ("/account/merges", owner),
        "start": ("/account", owner),
    }


def _drafts(operator: Visitor, hall: Hall, one: UUID, other: UUID) -> tuple[str, str]:
    """As far as the second step, by the pages."""
    new = "/admin/merges/new"
    operator.get(new).fill(new, one=hall.phone(one), other=hall.phone(other))
    merge = operator.path.rsplit("/", 1)[1]
    operator.get("/admin/splits/new").fill("/admin/splits/new", typed=hall.phone(one))
    return merge, operator.path.rsplit("/", 1)[1]


@pytest.mark.parametrize("look", LOOKS)
def test_nothing_stands_in_the_way(
    browser: Browser, url: str, pages: Mapping[str, tuple[str, Visitor]], look: str
) -> None:
    """WCAG 2.2 AA as far as a machine can tell, nothing wider than the screen, one heading."""
    (width, height), query = LOOKS[look]
    faults = []
    for name, (path, visitor) in pages.items():
        context = browser.new_context(viewport={"width": width, "height": height})
        context.add_cookies([{"name": n, "value": v, "url": url} for n, v in _cookies(visitor)])
        context.add_init_script(Axe().axe_script)
        page = context.new_page()
        answer = page.goto(f"{url}{path}?{query}")
        assert answer is not None
        faults += [(name, fault) for fault in page.evaluate(FAULTS)]
        if answer.status != 200 or page.locator("h1").count() != 1:
            faults.append((name, f"status {answer.status}"))
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            faults.append((name, "wider than the screen"))
        if folder := os.environ.get("SHOTS"):
            page.screenshot(path=Path(folder) / f"{name}-{look.replace(' ', '-')}.png", full_page=True)
        context.close()

    assert [] == faults


def _cookies(visitor: Visitor) -> list[tuple[str, str]]:
    names = visitor.stage.services.cookies
    found = [visitor.client.get_cookie(name) for name in (names.staff_name, names.session_name)]
    return [(one.key, one.value) for one in found if one is not None]
