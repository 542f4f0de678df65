"""How much of what happened, for Prometheus, on a loopback listener of its own.

Every server process counts into mapped files; the listener adds them up. Labels are routes and outcomes from
fixed lists, never anything a request said. The client library is imported late because it decides at import,
by an environment variable, whether several processes count together.
"""

import os
import threading
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
ROUTES = frozenset(
    "/.well-known/openid-configuration /.well-known/oauth-authorization-server /oauth/jwks /oauth/authorize "
    "/oauth/token /oauth/userinfo /oauth/introspect /oauth/revoke /oauth/logout".split()
)
ROOMS = frozenset("interaction register recover account sign-in sign-out static legal staff admin".split())
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 8.0)


class Meter:
    """The counters of one process."""

    def __init__(self) -> None:
        from prometheus_client import CollectorRegistry, Counter, Histogram

        registry = CollectorRegistry()
        self._requests = Counter(
            "yitong_requests", "Requests answered", ["route", "status"], registry=registry
        )
        self._seconds = Histogram(
            "yitong_request_seconds", "Time to answer", ["route"], buckets=BUCKETS, registry=registry
        )
        self._events = Counter("yitong_events", "Outcomes", ["name", "outcome"], registry=registry)
        self._answered: dict[tuple[str, str], Any] = {}
        self._timed: dict[str, Any] = {}
        self._happened: dict[tuple[str, str], Any] = {}

    def request(self, path: str, status: str, seconds: float) -> None:
        """One answered request."""
        route = route_of(path)
        answered = self._answered.get((route, status))
        if answered is None:
            answered = self._answered[route, status] = self._requests.labels(route, status)
        answered.inc()
        timed = self._timed.get(route)
        if timed is None:
            timed = self._timed[route] = self._seconds.labels(route)
        timed.observe(seconds)

    def event(self, name: str, outcome: str) -> None:
        """One outcome of a rule, for example `token`, `invalid_grant`."""
        happened = self._happened.get((name, outcome))
        if happened is None:
            happened = self._happened[name, outcome] = self._events.labels(name, outcome)
        happened.inc()


def route_of(path: str) -> str:
    """The label of a path; handles in paths and made-up paths never become labels."""
    if path in ROUTES:
        return path
    room = path[1:].split("/", 1)[0]
    return f"/{room}" if room in ROOMS else "other"


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


def listen(folder: Path, port: int, *gauges: Any) -> None:
    """Serve `/metrics` on 127.0.0.1 from a thread; the files of earlier runs are forgotten.

    `gauges` are collectors that are asked whenever somebody looks.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for file in folder.glob("*.db"):
        file.unlink()
    os.environ[FOLDER] = str(folder)
    from prometheus_client import CollectorRegistry, make_wsgi_app
    from prometheus_client.multiprocess import MultiProcessCollector

    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    for gauge in gauges:
        registry.register(gauge)
    server = make_server("127.0.0.1", port, make_wsgi_app(registry), handler_class=_Quiet)
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()
