"""The one WSGI layer in front of everything: what no request may do, and what every answer carries.

It receives bodies, checks the host, believes forwarded addresses only from configured proxies, gives each
request an id, serves the static files, and hands the rest on: first to the machines' routes, then to pages.
"""

import os
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Any
from urllib.parse import quote, urlsplit

import structlog

from idp.audit import scope
from idp.storage.database import DatabaseUnavailable
from idp.storage.state import StateUnavailable
from idp.web import assets
from idp.web.bodies import Bodies, NotReceived
from idp.zones import LOOPBACK

log = structlog.get_logger("yitong.edge")

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]
Observe = Callable[[str, str, float], None]
Headers = list[tuple[str, str]]

LONGEST_WAIT = 8.0
"""Seconds a request waits for its turn."""
PUBLISHED = frozenset(
    {"/.well-known/openid-configuration", "/.well-known/oauth-authorization-server", "/oauth/jwks"}
)
"""Documents that anybody may keep."""
MACHINES = frozenset(
    (
        "/oauth/token /oauth/userinfo /oauth/introspect /oauth/revoke /cas/validate /cas/serviceValidate "
        "/cas/p3/serviceValidate /cas/proxyValidate /cas/p3/proxyValidate /cas/proxy /cas/samlValidate"
    ).split()
)
"""Paths whose answers no browser shows."""
ON_OTHER_SITES = frozenset({"/forward-auth/verify", "/forward-auth/callback", "/forward-auth/sign-out"})
"""Paths whose answers a proxy passes on under its own host: what we ask of browsers is not for there."""
MEANT_FOR_MACHINES = frozenset({"X-Content-Type-Options", "Strict-Transport-Security"})
CONSOLE = "/admin"
BESIDE_THE_CONSOLE = ("/staff", "/interaction", "/static", "/legal", "/accessibility")
"""What its administrators need under a host name that is the console's alone: signing in, and the footer."""
HEALTH = frozenset({"/healthz", "/readyz"})
"""Asked by load balancers under any host name."""
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")


@dataclass(frozen=True)
class Gate:
    """What the edge knows about this instance."""

    issuer: str
    hosts: frozenset[str]
    proxies: tuple[IPv4Network | IPv6Network, ...]
    secure: bool
    proxies_say: tuple[str, ...] = ()
    """Headers that only our own proxies may send, as WSGI names them."""
    console: frozenset[str] = frozenset()
    """The only hosts at which the console answers; empty: the same as everything else."""


def gate_of(
    issuer: str,
    proxies: Sequence[IPv4Network | IPv6Network],
    proxies_say: Sequence[str] = (),
    console: Sequence[str] = (),
    zones: Iterable[str] = (),
) -> Gate:
    """
    The gate of an instance: its own host and no other, besides those of its network `zones` and of its
    `console`; `proxies_say` are headers' names.

    An instance on loopback answers to every name of this machine: browsers make passkeys for localhost and
    not for a bare address, and tools ask 127.0.0.1.
    """
    parts = urlsplit(issuer)
    names = LOOPBACK if parts.hostname in LOOPBACK else ()
    loopback = {f"{_in_url(name)}:{parts.port or 80}" for name in names}
    hosts = frozenset({parts.netloc.lower(), *loopback, *(host.lower() for host in zones)})
    said = tuple(f"HTTP_{name.upper()}" for name in proxies_say if name)
    own = frozenset(name.lower() for name in console)
    return Gate(issuer, hosts, tuple(proxies), parts.scheme == "https", said, own)


def _in_url(name: str) -> str:
    return f"[{name}]" if ":" in name else name


def create_edge(
    inner: Application, gate: Gate, health: Application, observe: Observe, turns: int = 8
) -> Application:
    """The edge around an application, which answers so many requests at once and lets the others wait.

    `observe` is told path, status and seconds of every answer.
    """
    always = list(_security_headers(gate))
    for_machines = [header for header in always if header[0] in MEANT_FOR_MACHINES]
    elsewhere = [("X-Content-Type-Options", "nosniff")]
    bodies, answer = Bodies(), _answering(inner)
    hosts = gate.hosts | gate.console
    published = _publishing(answer, for_machines, observe)
    asked = _asking(_in_turn(answer, turns), gate, (always, for_machines, elsewhere), observe)

    def edge(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path in HEALTH:
            return health(environ, start_response)
        host = environ.get("HTTP_HOST", "").lower()
        if not _is_there(gate, host, path):
            return _at_the_console(start_response) if path == "/" else _no_such_page(start_response)
        if host not in hosts:
            return _misdirected(environ, start_response, gate)
        if path in PUBLISHED:
            return published(environ, start_response)
        if path.startswith(assets.PREFIX):
            return _static(path, environ, start_response, always)
        request_id = _request_id(environ, gate)
        _forget_what_only_proxies_say(environ, gate)
        environ["REMOTE_ADDR"] = _source(environ, gate)
        try:
            bodies.receive(environ)
        except NotReceived as refusal:
            observe(path, refusal.status[:3], 0.0)
            return _refuse(start_response, refusal.status, str(refusal), ("Connection", "close"))
        return asked(environ, start_response, request_id)

    return edge


def _is_there(gate: Gate, host: str, path: str) -> bool:
    """The console is nowhere but at its own hosts, and those that are its alone have nothing else."""
    if not gate.console:
        return True
    if is_below(path, CONSOLE):
        return host in gate.console
    return host not in gate.console - gate.hosts or any(is_below(path, one) for one in BESIDE_THE_CONSOLE)


def is_below(path: str, top: str) -> bool:
    """Whether a path is another or lies below it."""
    return path == top or path.startswith(f"{top}/")


def _answering(inner: Application) -> Application:
    """What the application answers, and what is answered in its place when it cannot."""

    def answer(environ: Environ, start: StartResponse) -> Iterable[bytes]:
        try:
            return inner(environ, start)
        except (DatabaseUnavailable, StateUnavailable) as failure:
            log.error("request.unavailable", fault=type(failure).__name__)
            return _sorry(start, "503 Service Unavailable", "temporarily_unavailable")
        except Exception as failure:  # pages answer for themselves; this is what machines asked
            log.error("request.crashed", fault=type(failure).__name__, exc_info=failure)
            return _sorry(start, "500 Internal Server Error", "server_error")

    return answer


def _in_turn(answer: Application, turns: int) -> Application:
    """Answer so many at once; documents that are in memory need no turn, so they do not wait for these."""
    free: SimpleQueue[None] = SimpleQueue()
    for _ in range(turns):
        free.put(None)

    def wait_and_answer(environ: Environ, start: StartResponse) -> Iterable[bytes]:
        try:
            free.get(timeout=LONGEST_WAIT)
        except Empty:
            log.error("request.crowded")
            return _sorry(start, "503 Service Unavailable", "temporarily_unavailable")
        try:
            return answer(environ, start)
        finally:
            free.put(None)

    return wait_and_answer


def _publishing(answer: Application, headers: Headers, observe: Observe) -> Application:
    """The same bytes for everybody: counted, and nothing else is noted."""

    def published(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        path, began = environ["PATH_INFO"], monotonic()

        def start(status: str, given: Headers, exc_info: Any = None) -> Any:
            observe(path, status[:3], monotonic() - began)
            return start_response(status, given + headers, exc_info)

        return answer(environ, start)

    return published


def _asking(
    answer: Application, gate: Gate, guards: tuple[Headers, Headers, Headers], observe: Observe
) -> Callable[[Environ, StartResponse, str], Iterable[bytes]]:
    """Everything else: who asks is in the scope, and the answer carries the request's id."""
    scheme = "https" if gate.secure else "http"
    always, for_machines, elsewhere = guards
    named = dict.fromkeys(MACHINES, for_machines) | dict.fromkeys(ON_OTHER_SITES, elsewhere)

    def asked(environ: Environ, start_response: StartResponse, request_id: str) -> Iterable[bytes]:
        path, began = environ["PATH_INFO"], monotonic()
        environ["wsgi.url_scheme"] = scheme
        environ["yitong.request_id"] = request_id
        headers = named.get(path, always)

        def start(status: str, given: Headers, exc_info: Any = None) -> Any:
            observe(path, status[:3], monotonic() - began)
            return start_response(status, [*given, ("X-Request-Id", request_id), *headers], exc_info)

        with scope.within(scope.Scope(request_id, environ["REMOTE_ADDR"])):
            return answer(environ, start)

    return asked


def _security_headers(gate: Gate) -> Iterable[tuple[str, str]]:
    yield "X-Content-Type-Options", "nosniff"
    yield "Referrer-Policy", "no-referrer"
    yield "X-Frame-Options", "DENY"
    yield "Cross-Origin-Opener-Policy", "same-origin"
    yield "Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()"
    if gate.secure:
        yield "Strict-Transport-Security", "max-age=31536000; includeSubDomains"


def _request_id(environ: Environ, gate: Gate) -> str:
    given = environ.get("HTTP_X_REQUEST_ID", "")
    if given and _is_proxy(environ.get("REMOTE_ADDR", ""), gate) and REQUEST_ID.fullmatch(given):
        return str(given)
    return os.urandom(16).hex()


def _forget_what_only_proxies_say(environ: Environ, gate: Gate) -> None:
    """Before REMOTE_ADDR becomes the browser's: anybody else could claim to have shown a certificate."""
    if gate.proxies_say and not _is_proxy(environ.get("REMOTE_ADDR", ""), gate):
        for name in gate.proxies_say:
            environ.pop(name, None)


def _source(environ: Environ, gate: Gate) -> str:
    """The browser's address: the last one in X-Forwarded-For that is not a proxy of ours."""
    address: str = environ.get("REMOTE_ADDR", "")
    forwarded = environ.get("HTTP_X_FORWARDED_FOR")
    if not forwarded or not gate.proxies or not _is_proxy(address, gate):
        return address
    for hop in reversed([part.strip() for part in forwarded.split(",")]):
        if not _is_proxy(hop, gate):
            return hop if _is_address(hop) else address
    return address


def _is_proxy(address: str, gate: Gate) -> bool:
    return _is_address(address) and any(ip_address(address) in network for network in gate.proxies)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _static(path: str, environ: Environ, start_response: StartResponse, always: Headers) -> Iterable[bytes]:
    asset = assets.at(path)
    if asset is None:
        return _refuse(start_response, "404 Not Found", "no such file")
    compressed = "gzip" in environ.get("HTTP_ACCEPT_ENCODING", "") and asset.compressed is not asset.body
    body = asset.compressed if compressed else asset.body
    headers = [
        ("Content-Type", asset.content_type),
        ("Content-Length", str(len(body))),
        ("Cache-Control", assets.CACHE_CONTROL),
        ("Vary", "Accept-Encoding"),
        *always,
    ]
    if compressed:
        headers.append(("Content-Encoding", "gzip"))
    start_response("200 OK", headers)
    return [body]


def _misdirected(environ: Environ, start_response: StartResponse, gate: Gate) -> Iterable[bytes]:
    """Somebody typed another name of this machine: show them the one address, never build links from Host."""
    if environ["REQUEST_METHOD"] != "GET":
        return _refuse(start_response, "421 Misdirected Request", f"use {gate.issuer}")
    query = environ.get("QUERY_STRING", "")
    target = gate.issuer + quote(environ["PATH_INFO"]) + (f"?{query}" if query.isascii() and query else "")
    start_response("307 Temporary Redirect", [("Location", target), ("Content-Length", "0")])
    return []


def _at_the_console(start_response: StartResponse) -> Iterable[bytes]:
    """Who types the console's own address alone."""
    start_response("307 Temporary Redirect", [("Location", CONSOLE), ("Content-Length", "0")])
    return []


def _no_such_page(start_response: StartResponse) -> Iterable[bytes]:
    return _refuse(start_response, "404 Not Found", "no such page")


def _sorry(start: StartResponse, status: str, error: str) -> Iterable[bytes]:
    body = b'{"error": "%s"}' % error.encode()
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    start(status, [*headers, ("Cache-Control", "no-store"), ("Retry-After", "5")])
    return [body]


def _refuse(start_response: StartResponse, status: str, why: str, *more: tuple[str, str]) -> Iterable[bytes]:
    body = why.encode()
    headers = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))]
    start_response(status, [*headers, *more])
    return [body]
