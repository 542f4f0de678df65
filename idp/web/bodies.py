"""Bodies, received whole before their request takes a turn at being answered.

Reading one blocks a thread of the server until the last byte has come. A server therefore has MOST threads
more than it has turns (`edge.py`), where slow senders may wait until their connections are cut: they hold up
nobody but each other, and one address cannot take every place.
"""

import io
from collections.abc import Callable
from threading import get_ident
from time import monotonic
from typing import Any

import structlog

from idp.web import connections

log = structlog.get_logger("yitong.edge")

Environ = dict[str, Any]

LARGEST = 64 * 1024
LARGEST_FILE = 2 * 1024 * 1024 + 64 * 1024
"""Of a form with a file, which only the pages at FILES_AT take."""
FILES_AT = ("/import", "/paper")
"""How the paths of pages end that take a file."""
FILES = 8
"""Bodies of that kind that may be on their way at once; half of them from one address."""
MOST = 128
"""Bodies that may be on their way at once."""
FROM_ONE = 32
"""Of these, from one address."""
PATIENCE = 20.0
"""Seconds a connection may go without an answer: idle, its head and its body together."""


class NotReceived(Exception):
    """There is no body to go on with; `status` is for the answer."""

    def __init__(self, status: str, why: str) -> None:
        super().__init__(why)
        self.status = status


class Bodies:
    """The bodies that are on their way to this process."""

    def __init__(self, cut: Callable[[int, float], int] = connections.cut) -> None:
        self._cut = cut
        self._coming: dict[int, tuple[str, float, bool]] = {}
        self._look_again = 0.0

    def receive(self, environ: Environ) -> None:
        """Put the whole body where the application reads it; raises NotReceived."""
        stated, largest = environ.get("CONTENT_LENGTH"), _largest(environ)
        if environ.get("HTTP_TRANSFER_ENCODING"):
            body = self._read(environ, LARGEST + 1)
            _must_fit(len(body), LARGEST)
            environ["CONTENT_LENGTH"] = str(len(body))
        elif stated and stated != "0":
            length = _length(stated, largest)
            body = self._read(environ, length)
            if len(body) < length:  # half a form must not be taken for a whole one
                raise NotReceived("400 Bad Request", "the body ended early")
        else:
            return
        environ["wsgi.input"] = io.BytesIO(body)

    def _read(self, environ: Environ, length: int) -> bytes:
        coming, source, large = self._coming, environ["REMOTE_ADDR"], length > LARGEST + 1
        if coming:
            self._make_room(source, int(environ["SERVER_PORT"]), large)
        thread = get_ident()
        coming[thread] = source, monotonic(), large
        try:
            body: bytes = environ["wsgi.input"].read(length)
        except OSError as failure:
            raise NotReceived("400 Bad Request", "the body ended early") from failure
        finally:
            del coming[thread]
        return body

    def _make_room(self, source: str, port: int, large: bool) -> None:
        """Cut those that take too long, once a second at most; who finds no place even so must come again."""
        now, coming = monotonic(), list(self._coming.values())
        if now >= self._look_again and any(now - began > PATIENCE / 2 for _, began, _ in coming):
            self._look_again = now + 1
            log.warning("body.slow", coming=len(coming), cut=self._cut(port, PATIENCE))
        alike = (
            [other for other, _, also_large in coming if also_large] if large else [one[0] for one in coming]
        )
        most, from_one = (FILES, FILES // 2) if large else (MOST, FROM_ONE)
        if len(coming) >= MOST or len(alike) >= most or alike.count(source) >= from_one:
            raise NotReceived("503 Service Unavailable", "too many bodies are on their way")


def _largest(environ: Environ) -> int:
    return LARGEST_FILE if str(environ.get("PATH_INFO", "")).endswith(FILES_AT) else LARGEST


def _length(stated: str, largest: int) -> int:
    if not stated.isdecimal():
        raise NotReceived("400 Bad Request", "content-length is not a number")
    length = int(stated[:20])
    _must_fit(length, largest)
    return length


def _must_fit(length: int, largest: int) -> None:
    if length > largest:
        raise NotReceived("413 Content Too Large", f"the body is larger than {largest // 1024} kB")
