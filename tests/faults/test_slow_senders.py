"""Clients that send their bodies a byte a second, or not at all: nobody else waits for them."""

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from urllib.parse import urlsplit

import pytest

from idp.web.bodies import FROM_ONE, PATIENCE
from tests.agent import Agent
from tests.faults.conftest import signed_in
from tests.town import Town, answers
from tests.waiting import LONGEST, eventually

SLOW = 32
ELSEWHERE = "127.0.0.2"
HEAD = "POST /oauth/token HTTP/1.1\r\nHost: {host}\r\nContent-Length: 60000\r\n\r\ngrant_type="


def beginning(town: Town, source: str = ELSEWHERE) -> socket.socket:
    """A connection from that address, on which a body has begun."""
    parts = urlsplit(town.issuer)
    assert parts.hostname and parts.port
    sender = socket.create_connection((parts.hostname, parts.port), 60, source_address=(source, 0))
    sender.sendall(HEAD.format(host=parts.netloc).encode())
    sender.setblocking(False)
    return sender


@contextmanager
def dawdling(town: Town, count: int) -> Iterator[list[socket.socket]]:
    """So many bodies under way: half of them get a byte a second, half get nothing."""
    with ExitStack() as kept:
        senders = [kept.enter_context(beginning(town)) for _ in range(count)]
        enough = threading.Event()
        trickle = threading.Thread(target=send_slowly, args=(senders[::2], enough))
        trickle.start()
        yield senders
        enough.set()
        trickle.join()


def send_slowly(senders: list[socket.socket], enough: threading.Event) -> None:
    """A byte a second for each, as long as it is taken."""
    while not enough.wait(1):
        for sender in senders:
            try:
                sender.send(b"x")
            except OSError:
                continue


def is_over(sender: socket.socket) -> bool:
    """Whether the server answered or hung up."""
    try:
        return sender.recv(1, socket.MSG_PEEK) is not None
    except BlockingIOError:
        return False
    except OSError:
        return True


@pytest.fixture
def senders(town: Town) -> Iterator[list[socket.socket]]:
    """Twice as many as the server has turns."""
    with dawdling(town, SLOW) as under_way:
        yield under_way


def test_everybody_else_is_served(town: Town, browser: Agent, senders: list[socket.socket]) -> None:
    """Documents, a sign-in with its forms, the redemption, a silent flow: while the bodies are under way."""
    documents = [answers(f"{town.issuer}{path}") for path in ("/healthz", "/readyz", "/oauth/jwks")]
    arrived = signed_in(town, browser, browser.open(town.request()))
    redeemed = town.redeem(arrived.answer["code"])
    silent = browser.open(town.request(prompt="none"))

    assert [True, True, True] == documents
    assert 200 == redeemed.status_code
    assert "code" in silent.answer
    assert not all(is_over(sender) for sender in senders)


def test_they_are_cut_off(town: Town, senders: list[socket.socket]) -> None:
    """Within the time a connection may go without an answer; whoever posts next finds them."""

    def all_over() -> bool:
        town.post("/oauth/introspect", token="unknown")
        return all(is_over(sender) for sender in senders)

    assert eventually(all_over, PATIENCE + LONGEST)


def test_one_address_cannot_take_every_place(town: Town, browser: Agent) -> None:
    """It is told to come again; others still find a place."""
    with dawdling(town, 3 * FROM_ONE) as senders:
        assert eventually(lambda: sum(is_over(sender) for sender in senders) >= FROM_ONE)
        turned_away = next(sender for sender in senders if is_over(sender))
        said = turned_away.recv(200).decode()
        arrived = signed_in(town, browser, browser.open(town.request()))

    assert said.startswith("HTTP/1.1 503")
    assert "code" in arrived.answer
