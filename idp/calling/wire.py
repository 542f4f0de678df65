"""
One HTTP exchange with a deadline for the whole of it, not for each read.

An HTTP client's read timeout starts again with every byte, so a server that sends one byte a second holds its
caller for hours. httpx2's transport core takes a network backend; that is where a deadline belongs, because
every wait of a call – looking the name up, connecting, TLS, status line, headers, body – goes through it.
"""

import socket
import ssl
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from contextvars import ContextVar
from dataclasses import dataclass, field
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import httpcore2

from idp.zones import LOOPBACK


class Dropped(Exception):
    """No connection, or it broke before a whole answer came: the only fault worth a repeat."""


class TimedOut(Exception):
    """The deadline passed."""


class TooLong(Exception):
    """The answer is longer than anything this counterpart has reason to send."""


@dataclass(frozen=True)
class Deadline:
    """A moment on the monotonic clock after which nobody waits any more."""

    ends: float

    @classmethod
    def after(cls, seconds: float) -> "Deadline":
        return cls(time.monotonic() + seconds)

    def left(self) -> float:
        """Seconds that remain; never negative."""
        return max(0.0, self.ends - time.monotonic())


@dataclass(frozen=True)
class Answer:
    """What came back; header names are lower case."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


def addresses(host: str, port: int) -> Sequence[str]:
    """What the system's resolver says, each address once; raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True)
class Network:
    """What a call asks of the machine: the addresses of a name, once, and a line to one of just these."""

    resolve: Callable[[str, int], Sequence[str]] = addresses
    sockets: httpcore2.NetworkBackend = field(default_factory=httpcore2.SyncBackend)


class Wire:
    """Asks one counterpart; verifies TLS, follows no redirect, knows no cookies and no proxies."""

    def __init__(
        self,
        base_url: str,
        *,
        connect_timeout: float = 3.0,
        max_bytes: int = 256 * 1024,
        ca_file: str | None = None,
        keep_alive: bool = True,
        answers_are_signed: bool = False,
        network: Network | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """`answers_are_signed` is for what is published in the open and vouches for itself (RFC 5280 §8).

        Reading the system's authorities takes 25 ms: who makes a wire for every call hands in `tls`.
        """
        parts = urlsplit(base_url)
        plain = parts.scheme == "http" and (answers_are_signed or parts.hostname in LOOPBACK)
        if parts.scheme != "https" and not plain:
            raise ValueError("a counterpart's address starts with https:// (http only on loopback)")
        self._base = base_url.rstrip("/")
        self._connect_timeout = connect_timeout
        self._max_bytes = max_bytes
        self._pool = httpcore2.ConnectionPool(
            ssl_context=None if plain else tls or ssl.create_default_context(cafile=ca_file),
            max_connections=32,
            max_keepalive_connections=8 if keep_alive else 0,
            keepalive_expiry=15.0,
            network_backend=_DeadlineBackend(network or Network()),
        )

    def post(self, path: str, body: bytes, headers: Mapping[str, str], deadline: Deadline) -> Answer:
        """The whole answer before the deadline, or `Dropped`, `TimedOut`, `TooLong`."""
        return self._exchange("POST", path, body, headers, deadline)

    def get(self, path: str, deadline: Deadline, headers: Mapping[str, str] | None = None) -> Answer:
        """The same for a document; without `headers` one that anybody may fetch."""
        return self._exchange("GET", path, b"", headers or {}, deadline)

    def _exchange(
        self, method: str, path: str, body: bytes, headers: Mapping[str, str], deadline: Deadline
    ) -> Answer:
        token = _DEADLINE.set(deadline)
        try:
            with self._pool.stream(
                method,
                f"{self._base}{path}",
                headers=list(headers.items()),
                content=body,
                extensions={"timeout": {"connect": self._connect_timeout, "pool": deadline.left()}},
            ) as response:
                return Answer(response.status, _named(response.headers), self._bounded(response))
        except httpcore2.ConnectTimeout:
            raise (TimedOut if deadline.left() == 0 else Dropped)("connect") from None
        except httpcore2.TimeoutException:
            raise TimedOut("exchange") from None
        except (httpcore2.NetworkError, httpcore2.ProtocolError) as fault:
            raise Dropped(type(fault).__name__) from None
        finally:
            _DEADLINE.reset(token)

    def _bounded(self, response: httpcore2.Response) -> bytes:
        body = bytearray()
        for chunk in response.iter_stream():
            body += chunk
            if len(body) > self._max_bytes:
                raise TooLong(str(self._max_bytes))
        return bytes(body)


_DEADLINE: ContextVar[Deadline] = ContextVar("deadline")


def _named(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in headers}


class _DeadlineStream(httpcore2.NetworkStream):
    """A stream on which no single wait outlasts the call it belongs to."""

    def __init__(self, stream: httpcore2.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(httpcore2.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(httpcore2.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        wait = min(timeout or 3600.0, _left(httpcore2.ConnectTimeout))
        try:
            return _DeadlineStream(self._stream.start_tls(ssl_context, server_hostname, wait))
        except httpcore2.ConnectTimeout:  # somebody took the line and says nothing: no fault worth a repeat
            raise httpcore2.ReadTimeout("handshake") from None

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class _DeadlineBackend(httpcore2.NetworkBackend):
    """Looks a name up and connects to one of its addresses, all within one budget."""

    def __init__(self, network: Network) -> None:
        self._network = network

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        budget = Deadline.after(min(timeout or 3600.0, _left(httpcore2.ConnectTimeout)))
        fault: Exception = httpcore2.ConnectError("name does not resolve")
        for address in self._looked_up(host, port, budget.left()):
            if not (wait := budget.left()):
                raise httpcore2.ConnectTimeout("connect budget spent")
            try:
                opened = self._network.sockets.connect_tcp(address, port, wait, local_address, [])
                return _DeadlineStream(opened)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as refused:
                fault = refused
        raise fault

    def _looked_up(self, host: str, port: int, wait: float) -> Sequence[str]:
        """On a thread of its own: a resolver takes no deadline, and one that is late is left to itself."""
        said: Future[Sequence[str]] = Future()

        def ask() -> None:
            try:
                said.set_result(self._network.resolve(host, port))
            except Exception as fault:  # whatever a rule of the caller's says of the name; raised again below
                said.set_exception(fault)

        Thread(target=ask, daemon=True).start()
        try:
            return said.result(wait)
        except TimeoutError:
            raise httpcore2.ConnectTimeout("name is not looked up in time") from None
        except (OSError, UnicodeError) as fault:  # an empty or endless label has no form for the wire
            raise httpcore2.ConnectError("name does not resolve") from fault


def _left(expired: type[httpcore2.TimeoutException]) -> float:
    """Seconds left; zero would make the socket non-blocking and look like a broken line, so it is raised."""
    if not (seconds := _DEADLINE.get().left()):
        raise expired("deadline passed")
    return seconds
