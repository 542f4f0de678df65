"""Calls to registered addresses: exactly the address that was looked at, under the registered name."""

import socket
import ssl
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Event
from typing import Any
from urllib.parse import urlsplit

import httpcore2
import pytest
from cryptography import x509

from connectors.callbacks import RegisteredCallbacks
from idp.calling.wire import Network
from idp.clients.callbacks import NotReached
from tests.connectors.stage import certificate_for, listening

PUBLIC, ANOTHER = "93.184.216.34", "2400:3200::1"
HOST = "portal.example.gov.cn"
PATIENT = 30.0
"""Seconds for what comes, on however busy a machine."""
FORM = {"logout_token": "a.b.c"}
YES = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


class Resolver:
    """Gives one answer after the other, as whoever owns a name can; the last one from then on."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self._answers = list(answers)
        self.asked: list[str] = []

    def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


class Internet(httpcore2.NetworkBackend):
    """Where public addresses lead to a server of this test, and others to nobody; keeps who was called."""

    def __init__(self, url: str, *reachable: str) -> None:
        self._port = urlsplit(url).port or 0
        self._reachable = reachable
        self.called: list[str] = []

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        self.called.append(host)
        if host not in self._reachable:
            raise httpcore2.ConnectError(host)
        return httpcore2.SyncBackend().connect_tcp("127.0.0.1", self._port, timeout)


def whole(line: socket.socket) -> bytes:
    """What was posted, up to the end of the form."""
    heard = b""
    while not heard.endswith(FORM["logout_token"].encode()) and (more := line.recv(65536)):
        heard += more
    return heard


def callbacks(resolver: Resolver, internet: Internet, **options: Any) -> RegisteredCallbacks:
    return RegisteredCallbacks(network=Network(resolver, internet), **{"seconds": PATIENT, **options})


def refused(resolver: Resolver, **options: Any) -> list[str]:
    """The addresses that were called all the same."""
    internet = Internet("http://127.0.0.1:1")
    with pytest.raises(NotReached, match="not one we call"):
        callbacks(resolver, internet, **options).post(f"https://{HOST}/bye", FORM)
    return internet.called


@pytest.mark.parametrize("answer", [["127.0.0.1"], ["::ffff:127.0.0.1"], ["169.254.169.254"], ["10.0.0.7"]])
def test_a_name_that_leads_inside_is_not_called(answer: list[str]) -> None:
    """Anybody may point a name of theirs at our network (SSRF)."""
    assert [] == refused(Resolver(answer))


@pytest.mark.parametrize("answer", [[PUBLIC, "127.0.0.1"], ["::1", PUBLIC], [PUBLIC, ANOTHER, "fe80::1"]])
def test_one_bad_address_among_good_ones_is_enough(answer: list[str]) -> None:
    """Whoever mixes them waits for the good one to fail."""
    assert [] == refused(Resolver(answer))


def test_where_private_addresses_are_allowed_the_clouds_own_are_not() -> None:
    """Link-local hands out credentials."""
    assert [] == refused(Resolver(["169.254.169.254"]), private=True)


def test_a_name_is_looked_up_once_and_that_answer_is_called() -> None:
    """A name that leads elsewhere at the second look never gets one (DNS rebinding)."""
    resolver = Resolver([PUBLIC], ["127.0.0.1"])
    internet = Internet("http://127.0.0.1:1")
    with pytest.raises(NotReached):
        callbacks(resolver, internet).post(f"https://{HOST}/bye", FORM)

    assert ([HOST], [PUBLIC]) == (resolver.asked, internet.called)


def test_the_next_call_looks_again() -> None:
    """What was right a minute ago is no excuse."""
    resolver = Resolver([PUBLIC], ["127.0.0.1"])
    internet = Internet("http://127.0.0.1:1")
    caller = callbacks(resolver, internet)
    for reason in ("Dropped", "not one we call"):
        with pytest.raises(NotReached, match=reason):
            caller.post(f"https://{HOST}/bye", FORM)

    assert ([HOST, HOST], [PUBLIC]) == (resolver.asked, internet.called)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of the portal."""
    return certificate_for(x509.DNSName(HOST), tmp_path_factory.mktemp("tls"))


@pytest.mark.parametrize("host", [HOST, "other.example.gov.cn"])
def test_tls_and_the_request_name_the_registered_host(certificate: Path, host: str) -> None:
    """SNI, certificate and `Host` are the name's, not the address's; another's certificate ends the call."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    names: list[str | None] = []
    context.sni_callback = lambda line, name, _: names.append(name)
    heard: list[bytes] = []

    def answer(line: socket.socket) -> None:
        with suppress(ssl.SSLError), context.wrap_socket(line, server_side=True) as secure:
            heard.append(whole(secure))
            secure.sendall(YES)

    with listening(answer, hear=False) as url:
        internet = Internet(url, PUBLIC)
        caller = callbacks(Resolver([PUBLIC]), internet, ca_file=str(certificate))
        if host == HOST:
            assert 200 == caller.post(f"https://{host}/bye?of=a", FORM)
            assert b"POST /bye?of=a HTTP/1.1\r\nHost: %b\r\n" % host.encode() in heard[0]
            assert heard[0].endswith(b"\r\n\r\nlogout_token=a.b.c")
        else:
            with pytest.raises(NotReached):
                caller.post(f"https://{host}/bye", FORM)
            assert [] == heard
    assert ([host], [PUBLIC]) == (names, internet.called)


def test_a_dead_address_gives_way_to_the_next_of_the_same_answer(certificate: Path) -> None:
    """All of them were looked at; none is looked up again."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def answer(line: socket.socket) -> None:
        with context.wrap_socket(line, server_side=True) as secure:
            whole(secure)
            secure.sendall(YES)

    with listening(answer, hear=False) as url:
        resolver, internet = Resolver([ANOTHER, PUBLIC], ["127.0.0.1"]), Internet(url, PUBLIC)
        caller = callbacks(resolver, internet, ca_file=str(certificate))

        assert 200 == caller.post(f"https://{HOST}/bye", FORM)
    assert ([HOST], [ANOTHER, PUBLIC]) == (resolver.asked, internet.called)


@pytest.mark.parametrize("path", ["/bye", "/bye/", "", "?of=a", "/bye?of=a&as=/b"])
def test_the_sandbox_calls_this_machine_by_the_registered_address(path: str) -> None:
    """With the system's resolver; path and query as they were registered."""
    heard: list[bytes] = []

    def answer(line: socket.socket) -> None:
        heard.append(whole(line))
        line.sendall(YES)

    with listening(answer, hear=False) as url:
        local = url.replace("127.0.0.1", "localhost")

        assert 200 == RegisteredCallbacks(private=True, seconds=PATIENT).post(local + path, FORM)
    target = path if path.startswith("/") else f"/{path}"
    assert f"POST {target} HTTP/1.1\r\nHost: {urlsplit(local).netloc}\r\n".encode() in heard[0]


def test_a_redirect_is_an_answer() -> None:
    """It is not followed, wherever it leads."""
    moved = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
    with listening(lambda line: line.sendall(moved)) as url:
        assert 302 == RegisteredCallbacks(private=True, seconds=PATIENT).post(f"{url}/bye", FORM)


@pytest.mark.parametrize("answer", [b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 200_000, b"", b"SSH-2.0-x\r\n"])
def test_an_answer_too_long_or_none_counts_as_not_reached(answer: bytes) -> None:
    """A portal has no reason to say much."""
    with listening(lambda line: line.sendall(answer)) as url, pytest.raises(NotReached):
        RegisteredCallbacks(private=True, seconds=PATIENT).post(f"{url}/bye", FORM)


def test_a_portal_that_answers_byte_by_byte_is_left() -> None:
    """One portal cannot hold up what the others are told: whoever listens to the end hears a yes."""
    over = Event()

    def trickle(line: socket.socket) -> None:
        for byte in b"HTTP/1.1 200 OK\r\nX: " + b"x" * 500 + YES[15:]:
            line.sendall(bytes((byte,)))
            if over.wait(0.05):
                return

    with listening(trickle) as url:
        with pytest.raises(NotReached, match="TimedOut"):
            RegisteredCallbacks(private=True, seconds=0.5).post(f"{url}/bye", FORM)
        over.set()


@pytest.mark.parametrize(
    "url", ["http://portal.example.gov.cn/", "ftp://portal.example.gov.cn/", "https://[::1"]
)
def test_what_is_no_address_to_call_is_not_called(url: str) -> None:
    """Registered under older rules, or by hand in the database."""
    with pytest.raises(NotReached):
        RegisteredCallbacks(private=True, seconds=PATIENT).post(url, FORM)
