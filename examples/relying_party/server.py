"""Serve a portal: one process, since its sessions live in memory, with a thread a request."""

import signal
import sys
from dataclasses import dataclass
from threading import Thread
from types import FrameType
from urllib.parse import urlsplit

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from examples.relying_party.settings import PortalSettings


class PathsOnly(WSGIRequestHandler):
    """Log no query string: codes and states travel in it."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        self.log("info", '"%s %s" %s', self.command, urlsplit(self.path).path, code)


@dataclass(frozen=True)
class Served:
    """A portal, where it is, and what it is called."""

    app: Flask
    settings: PortalSettings
    name: str


def serve(app: Flask, settings: PortalSettings, name: str) -> None:
    """Serve until Ctrl-C or SIGTERM."""
    serve_together(Served(app, settings, name))


def serve_together(*portals: Served) -> None:
    """The same for several small ones that share a process; ports, sessions and credentials stay apart."""
    servers = [
        make_server(one.settings.host, one.settings.port, one.app, threaded=True, request_handler=PathsOnly)
        for one in portals
    ]
    signal.signal(signal.SIGTERM, leave)
    for one in portals:
        print(f"{one.name}: {one.settings.base_url}", flush=True)
    for server in servers[1:]:
        Thread(target=server.serve_forever, daemon=True).start()
    servers[0].serve_forever()


def leave(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(0)
