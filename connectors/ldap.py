"""LDAP as we speak it: ldap3 behind verified TLS and deadlines, and servers that stand in for one another.

ldap3 never sees a plain connection carry a password, never follows a referral, and is never asked to wait
longer than a call has left: its own pool takes ten seconds to give up on two dead servers.
"""

import queue
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlsplit

import ldap3
import structlog

from idp.calling.breaker import Breaker

log = structlog.get_logger("yitong.directory")

WITHIN = 0.9
"""Seconds a call has altogether."""
EACH = 4 / 9
"""The part of them a server has, so that the next can still answer; the last has the rest."""
TWICE = 2
"""Times in a row a server must not have answered, so that a busy moment is no outage."""
REST = 5.0
"""Seconds it is left alone then."""
MOST_IDLE = 8
START_TLS = "1.3.6.1.4.1.1466.20037"

T = TypeVar("T")


class Fault(Exception):
    """A server is out of order, or answers what no directory should: the next one is asked."""


@dataclass(frozen=True)
class Answer:
    """The end of one operation, and the entries a search found."""

    code: int
    message: str
    controls: dict[str, Any]
    entries: Sequence[dict[str, Any]] = ()


@dataclass
class Line:
    """A connection over TLS; every operation ends by its deadline."""

    raw: Any = field(repr=False)
    ends: float

    def bind(self, user: str, password: str, controls: Sequence[Any] = ()) -> Answer:
        """Ask whether the password is that of this DN."""
        raw = self._in_time()
        raw.user, raw.password, raw.authentication = user, password, ldap3.SIMPLE
        return self._answer(raw.bind(read_server_info=False, controls=list(controls) or None))

    def search(self, base: str, query: str, attributes: Sequence[str], most: int) -> Answer:
        """Entries below a base; what leads to other servers is left out."""
        found = self._in_time().search(
            base, query, ldap3.SUBTREE, ldap3.DEREF_NEVER, list(attributes), size_limit=most
        )
        return self._answer(found)

    def start_tls(self) -> None:
        """Nothing else is said before."""
        self._in_time().start_tls(read_server_info=False)

    def close(self) -> None:
        """Hang up without a word."""
        found, self.raw.closed = self.raw.socket, True
        if found is not None:
            found.close()

    def _in_time(self) -> Any:
        self.raw.socket.settimeout(_left(self.ends))
        return self.raw

    def _answer(self, said: tuple[Any, Any, Any, Any]) -> Answer:
        _, result, response, _ = said
        if not result:
            raise Fault("no answer")
        entries = [one for one in response or () if one.get("type") == "searchResEntry"]
        return Answer(result["result"], result.get("message") or "", result.get("controls") or {}, entries)


class _VerifiedTls(ldap3.Tls):  # type: ignore[misc]  # ldap3 has no types
    """OpenSSL verifies chain and host name itself; ldap3's own comparison of names is not used."""

    def __init__(self, context: ssl.SSLContext) -> None:
        super().__init__(validate=ssl.CERT_REQUIRED)
        self._verifying = context

    def wrap_socket(self, connection: Any, do_handshake: bool = False) -> None:
        """Called by ldap3 at its two places, LDAPS and StartTLS."""
        host = connection.server.host
        # Or the first request waits 40 ms until the other side has acknowledged the end of the handshake.
        connection.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.socket = self._verifying.wrap_socket(connection.socket, server_hostname=host)


class Server:
    """One server: `ldaps://…`, or `ldap://…` where TLS begins before anything is said (RFC 4511 §4.14)."""

    def __init__(self, url: str, context: ssl.SSLContext, clock: Callable[[], float]) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"ldap", "ldaps"} or not parts.hostname:
            raise ValueError(f"{url}: write ldaps://host or ldap://host")
        self.host = parts.hostname
        self.port = parts.port or (636 if parts.scheme == "ldaps" else 389)
        self.breaker = Breaker(threshold=TWICE, rest=REST, clock=clock)
        self._starts_tls = parts.scheme == "ldap"
        self._tls = _VerifiedTls(context)
        self._idle: queue.LifoQueue[Any] = queue.LifoQueue(MOST_IDLE)

    def open(self, ends: float) -> Line:
        """A new connection, with TLS on it."""
        server = ldap3.Server(
            self.host,
            self.port,
            use_ssl=not self._starts_tls,
            tls=self._tls,
            get_info=ldap3.NONE,
            connect_timeout=_left(ends),  # ldap3 keeps it for the handshake and for what follows
        )
        raw = ldap3.Connection(
            server, client_strategy=ldap3.SAFE_SYNC, auto_referrals=False, check_names=False, read_only=True
        )
        line = Line(raw, ends)
        with _closed_on_failure(line):
            raw.open(read_server_info=False)
            if self._starts_tls:
                line.start_tls()
        return line

    @contextmanager
    def as_service(self, user: str, password: str, ends: float) -> Iterator[Line]:
        """A connection of the service account's, perhaps one that was used before; kept if all went well."""
        line = self._used_before(ends) or self._bound(user, password, ends)
        with _closed_on_failure(line):
            yield line
        try:
            self._idle.put_nowait(line.raw)
        except queue.Full:
            line.close()

    def _used_before(self, ends: float) -> Line | None:
        """One that is open still: a server that went away, or grew tired of it, has closed it."""
        while True:
            try:
                line = Line(self._idle.get_nowait(), ends)
            except queue.Empty:
                return None
            if _is_quiet(line.raw.socket):
                return line
            line.close()

    def _bound(self, user: str, password: str, ends: float) -> Line:
        line = self.open(ends)
        with _closed_on_failure(line):
            answer = line.bind(user, password)
            if answer.code:
                raise Fault(f"the service account was refused (result {answer.code})")
        return line

    def close(self) -> None:
        """Hang up every connection that is kept."""
        while True:
            try:
                Line(self._idle.get_nowait(), 0.0).close()
            except queue.Empty:
                return


class Servers:
    """Several servers that hold the same; the first that is well answers."""

    def __init__(
        self,
        urls: Sequence[str],
        ca_file: str | None,
        within: float = WITHIN,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        context = ssl.create_default_context(cafile=ca_file)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        self.within = within
        self.all = [Server(url, context, clock) for url in urls]

    def ask(self, question: Callable[[Server, float], T]) -> T | None:
        """What the first server in order answers; None when none does in time."""
        ends, each = time.monotonic() + self.within, self.within * EACH
        for server in self.all:
            began = time.monotonic()
            if began >= ends or not server.breaker.admits():
                continue
            try:
                answer = question(server, ends if server is self.all[-1] else min(ends, began + each))
            except Exception as fault:  # whatever a strange answer becomes in a library, ask the next
                server.breaker.failed()
                log.warning("directory.fault", host=server.host, port=server.port, fault=_named(fault))
            else:
                server.breaker.worked()
                return answer
        return None

    def close(self) -> None:
        """Let go of every connection."""
        for server in self.all:
            server.close()


@contextmanager
def _closed_on_failure(line: Line) -> Iterator[None]:
    try:
        yield
    except BaseException:
        line.close()
        raise


def _left(ends: float) -> float:
    """Seconds that are left."""
    left = ends - time.monotonic()
    if left <= 0:
        raise Fault("out of time")
    return left


def _is_quiet(found: Any) -> bool:
    """Nothing lies there to be read: neither the end of the connection nor what nobody asked for."""
    if found is None:
        return False
    try:
        found.settimeout(0)
        return not found.recv(1) and False
    except (BlockingIOError, ssl.SSLWantReadError):
        return True
    except OSError:
        return False


def _named(fault: BaseException) -> str:
    """What went wrong, without what the other side wrote."""
    return f"{type(fault).__name__}: {fault}" if isinstance(fault, Fault) else type(fault).__name__
