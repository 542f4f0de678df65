"""A UKey's service on one's own computer signs what the page shows: one press, nothing pasted."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import load_pem_x509_certificate
from playwright.sync_api import Page, expect
from werkzeug.serving import WSGIRequestHandler, make_server

import wsgi
from connectors.simulator.authority import Pair
from idp.cli.sandbox import cards, people
from tests.idp.sign_in.cards import Card, built
from tests.journeys import steps
from tests.journeys.conftest import Visit
from tests.servers import free_port

pytestmark = pytest.mark.journey


class Quiet(WSGIRequestHandler):
    """Says nothing of its requests."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing."""


@dataclass
class Computer:
    """A provider, and the computer of somebody who has a UKey."""

    issuer: str
    card: Card
    plugged_in: bool = True

    def at_certificate(self, page: Page) -> None:
        page.goto(f"{self.issuer}/sign-in")
        steps.press(page, "main a[href$='/certificate']")


@contextmanager
def service(computer: Computer, port: int) -> Iterator[None]:
    """What comes with a UKey: it answers the pages of this provider and no others."""

    class Service(BaseHTTPRequestHandler):
        def do_OPTIONS(self) -> None:
            self._answer(b"")

        def do_POST(self) -> None:
            posted = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self._answer(json.dumps(computer.card.answer(posted["text"])).encode())

        def _answer(self, body: bytes) -> None:
            self.send_response(200 if computer.plugged_in else 503)
            self.send_header("Access-Control-Allow-Origin", computer.issuer)
            self.send_header("Access-Control-Allow-Headers", "content-type")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", port), Service) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield
        server.shutdown()


@pytest.fixture(scope="module")
def computer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Computer]:
    """Everything running."""
    port, ukey = free_port(), free_port()
    issuer = f"http://127.0.0.1:{port}"
    home = tmp_path_factory.mktemp("home")
    with built(home, provider={"issuer": issuer}, ukey_url=f"http://127.0.0.1:{ukey}/sign") as town:
        given = cards.settle(town.stage.services, people.settle(town.stage.services, {}), {})["renamed"]
        computer = Computer(issuer, Card(pair_of(given)))
        app = wsgi.create_app(town.stage.services.settings)
        server = make_server("127.0.0.1", port, app, threaded=True, request_handler=Quiet)
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        with service(computer, ukey):
            yield computer
        server.shutdown()


def pair_of(given: dict[str, str]) -> Pair:
    key = serialization.load_pem_private_key(given["private_key_pem"].encode(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return Pair(load_pem_x509_certificate(given["certificate_pem"].encode()), key)


def test_one_press_signs_in(computer: Computer, visit: Visit) -> None:
    """The page asks the service it was told of, which its policy allows, and sends what comes back."""
    page = visit()
    computer.at_certificate(page)
    steps.press(page, "#ukey button")

    expect(page).to_have_url(f"{computer.issuer}/account")


def test_a_ukey_that_is_not_there_is_said_aloud(computer: Computer, visit: Visit) -> None:
    """The boxes below still take what another tool gives."""
    page = visit()
    computer.at_certificate(page)
    computer.plugged_in = False
    page.click("#ukey button")
    expect(page.locator("#ukey-says")).to_contain_text("没有连接到 UKey")
    computer.plugged_in = True


def test_without_scripts_there_is_no_button(computer: Computer, visit: Visit) -> None:
    """What cannot work is not offered."""
    page = visit(scripts=False)
    computer.at_certificate(page)

    expect(page.locator("#ukey")).to_be_hidden()
    expect(page.locator("form#certificate textarea")).to_have_count(2)
