"""Connections that stand still are cut: those to one port of ours, and only when nothing was sent on them."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from idp.web import connections

LONG = 3600.0


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    """Closes what a test opened."""
    with ExitStack() as opened:
        yield opened


def connected(stack: ExitStack) -> tuple[int, socket.socket, socket.socket]:
    """A port that listens, and both ends of a connection to it."""
    listening = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
    port = int(listening.getsockname()[1])
    client = stack.enter_context(socket.create_connection(("127.0.0.1", port), 5))
    return port, client, stack.enter_context(listening.accept()[0])


def test_a_connection_that_stands_still_is_cut(stack: ExitStack) -> None:
    """Both ends notice; the port goes on listening."""
    port, client, server = connected(stack)

    assert 1 == connections.cut(port, -1)
    assert (b"", b"") == (server.recv(1), client.recv(1))
    assert stack.enter_context(socket.create_connection(("127.0.0.1", port), 5))


def test_one_that_was_answered_on_lately_is_not(stack: ExitStack) -> None:
    """Half an answer counts."""
    port, client, server = connected(stack)
    server.sendall(b"HTTP/1.1 200 OK")

    assert 0 == connections.cut(port, LONG)
    assert b"HTTP" == client.recv(4)


def test_other_ports_are_nobodys_business(stack: ExitStack) -> None:
    """This process has connections to its database too."""
    _, client, server = connected(stack)
    other, _, _ = connected(stack)

    assert 1 == connections.cut(other, -1)
    server.sendall(b"still here")
    assert b"still" == client.recv(5)
