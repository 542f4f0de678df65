"""Serve a portal: one process, since its sessions live in memory, with a thread a request."""

import signal
import sys
from types import FrameType
from urllib.parse import urlsplit

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from examples.relying_party.settings import PortalSettings


class PathsOnly(WSGIRequestHandler):
    """Log no query string: codes and states travel in it."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        self.log("info", '"%s %s" %s', self.command, urlsplit(self.path).path, code)


def serve(app: Flask, settings: PortalSettings, name: str) -> None:
    """Serve until Ctrl-C or SIGTERM."""
    server = make_server(settings.host, settings.port, app, threaded=True, request_handler=PathsOnly)
    signal.signal(signal.SIGTERM, leave)
    print(f"{name}: {settings.base_url}", flush=True)
    server.serve_forever()


def leave(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(0)
