"""
The simulator on a port: threads, no request log (its URLs hold phone numbers), sockets open to mischief.

The development server is the right one here, because a fault that breaks the connection needs the socket.
"""

import signal
import sys
import threading
from typing import TYPE_CHECKING, Self

import click
from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


class _Handler(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing: a request line may name a phone."""

    def make_environ(self) -> "WSGIEnvironment":
        """Let the platform's headers through; servers drop names with an underscore unless told not to."""
        environ = super().make_environ()
        underscored = {name: value for name, value in self.headers.items() if "_" in name}
        return environ | {f"HTTP_{name.upper()}": value for name, value in underscored.items()}


def listen(app: Flask, host: str, port: int) -> BaseWSGIServer:
    """A listening server; port 0 takes a free one."""
    return make_server(host, port, app, threaded=True, request_handler=_Handler)


def serve(app: Flask, host: str, port: int, what: str) -> None:
    """Say what listens where, and serve until SIGTERM or Ctrl-C."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    server = listen(app, host, port)
    click.echo(f"{what}: http://{host}:{server.server_port}/")
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        sys.exit(0)


class Background:
    """The simulator in a thread of this process, for tests; its address is `url`."""

    def __init__(self, app: Flask) -> None:
        self._server = listen(app, "127.0.0.1", 0)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
