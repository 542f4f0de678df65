"""One POST under one deadline, against servers that misbehave on the socket."""

import ipaddress
import socket
import ssl
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from idp.calling.wire import Deadline, Dropped, Network, TimedOut, TooLong, Wire
from tests.connectors.stage import certificate_for, listening

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\n"


SOON = 0.6
"""Seconds for what is not going to come; whatever comes has as long as a busy machine takes."""


def post(url: str, seconds: float = 30.0, **options: Any) -> bytes:
    return Wire(url, **options).post("/", b"{}", {}, Deadline.after(seconds)).body


@pytest.mark.parametrize("address", ["http://exchange.example", "ftp://127.0.0.1", "exchange.example"])
def test_only_tls_leaves_the_machine(address: str):
    """
    Plain HTTP is for loopback.
    """
    with pytest.raises(ValueError):
        Wire(address)


@pytest.mark.parametrize("start", [b"", HEAD], ids=["headers", "body"])
def test_a_byte_at_a_time_does_not_outlast_the_deadline(start: bytes):
    """
    Bytes that keep trickling never start the wait again, in the headers or in the body: whoever listened to
    the end would find half an answer.
    """
    over = threading.Event()

    def trickle(line: socket.socket) -> None:
        line.sendall(start)
        for byte in HEAD * 10:
            line.sendall(bytes((byte,)))
            if over.wait(0.05):
                return

    with listening(trickle) as url:
        with pytest.raises(TimedOut):
            post(url, SOON)
        over.set()


def test_silence_ends_at_the_deadline():
    """
    A server that accepts and says nothing until somebody hangs up costs the deadline and no more.
    """
    over = threading.Event()

    def hold(line: socket.socket) -> None:
        over.wait(30)

    with listening(hold) as url:
        with pytest.raises(TimedOut):
            post(url, SOON)
        over.set()


def test_a_connection_closed_without_an_answer_is_dropped():
    """
    A hang-up is told from silence, because it may be tried again.
    """
    with listening(lambda line: None) as url, pytest.raises(Dropped):
        post(url)


def test_an_answer_cut_short_is_dropped():
    """
    Half an answer is none.
    """
    with listening(lambda line: line.sendall(HEAD + b"half")) as url, pytest.raises(Dropped):
        post(url)


def test_a_closed_port_is_dropped():
    """
    Nobody listening is a fault of the line.
    """
    with listening(lambda line: None) as url:
        pass

    with pytest.raises(Dropped):
        post(url)


@pytest.mark.parametrize("declared", [b"Content-Length: 4000\r\n", b"Transfer-Encoding: chunked\r\n"])
def test_an_answer_has_a_bound(declared: bytes):
    """
    The body is not read past its bound, whether its length is declared or not.
    """
    chunked = b"chunked" in declared
    body = (b"fa0\r\n" + b"x" * 4000 + b"\r\n0\r\n\r\n") if chunked else b"x" * 4000
    answer = b"HTTP/1.1 200 OK\r\n" + declared + b"\r\n" + body

    with listening(lambda line: line.sendall(answer)) as url, pytest.raises(TooLong):
        post(url, max_bytes=1000)


def test_a_redirect_is_not_followed():
    """
    A counterpart cannot send our signed call elsewhere.
    """
    answer = b"HTTP/1.0 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n"

    with listening(lambda line: line.sendall(answer)) as url:
        assert 302 == Wire(url).post("/", b"", {}, Deadline.after(30)).status


def test_a_late_resolver_does_not_outlast_the_deadline():
    """
    Looking a name up takes no deadline, so it is not waited for on the caller's time.
    """
    over, found = threading.Event(), threading.Event()

    def late(host: str, port: int) -> list[str]:
        over.wait(30)
        found.set()
        return ["127.0.0.1"]

    with pytest.raises(TimedOut):
        post("https://exchange.example", SOON, network=Network(resolve=late))

    assert not found.is_set()
    over.set()


@pytest.mark.parametrize("host", ["exchange..example", "x" * 64 + ".example"])
def test_a_name_that_can_have_no_address_is_no_connection(host):
    """
    Python's resolver says so in an error of its own (RFC 1035 §2.3.4), which no caller expects.
    """
    with pytest.raises(Dropped):
        post(f"https://{host}")


def test_a_deadline_that_has_passed_sends_nothing():
    """
    With no time left there is no call.
    """
    met: list[socket.socket] = []

    with listening(met.append) as url, pytest.raises(TimedOut):
        post(url, seconds=0)

    assert [] == met


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate for 127.0.0.1 that nobody vouches for."""
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    return certificate_for(address, tmp_path_factory.mktemp("tls"))


@pytest.mark.parametrize("known", [True, False])
def test_only_a_counterpart_with_a_known_certificate_is_told_anything(certificate: Path, known: bool):
    """
    TLS is verified against the system's authorities or the file the deployment names.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    heard: list[bytes] = []

    def answer(line: socket.socket) -> None:
        with suppress(ssl.SSLError), context.wrap_socket(line, server_side=True) as secure:
            heard.append(secure.recv(65536))
            secure.sendall(b"HTTP/1.0 200 OK\r\n\r\nyes")

    with listening(answer, hear=False) as url:
        wire = Wire(url.replace("http", "https"), ca_file=str(certificate) if known else None)
        if known:
            assert b"yes" == wire.post("/", b"", {}, Deadline.after(30)).body
        else:
            with pytest.raises(Dropped):
                wire.post("/", b"", {}, Deadline.after(30))
            assert [] == heard
