"""The connections of this process, as the kernel sees them, and an end to those that stand still.

No WSGI server gives a body a deadline, and a read that waits cannot be called back. But a connection on which
nothing was sent for long is either idle or owed an answer that its own slowness holds up: both may be cut.
"""

import os
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

OPEN_FILES = Path("/proc/self/fd")
LAST_SENT = struct.Struct("44xI")
"""Milliseconds since data was last sent, or since the connection was made: `tcp_info` in linux/tcp.h."""


def cut(port: int, quiet: float) -> int:
    """Cut connections to this port of ours on which nothing was sent for so many seconds; says how many."""
    return sum(_cut_one(number, port, quiet * 1000) for number in os.listdir(OPEN_FILES))  # noqa: PTH208


def _cut_one(number: str, port: int, quiet: float) -> bool:
    try:
        with _borrowed(int(number)) as connection:
            ours = _is_tcp(connection) and connection.getsockname()[1] == port
            if not ours or _milliseconds_since_sent(connection) < quiet or not connection.getpeername():
                return False
            connection.shutdown(socket.SHUT_RDWR)
    except OSError:  # closed meanwhile, not a socket, or the one that listens
        return False
    return True


@contextmanager
def _borrowed(number: int) -> Iterator[socket.socket]:
    """The socket of a descriptor, which stays its owner's."""
    copy = os.dup(number)
    try:
        connection = socket.socket(fileno=copy)
    except OSError:
        os.close(copy)
        raise
    with connection:
        yield connection


def _is_tcp(connection: socket.socket) -> bool:
    return connection.family in (socket.AF_INET, socket.AF_INET6) and connection.type == socket.SOCK_STREAM


def _milliseconds_since_sent(connection: socket.socket) -> int:
    kernel = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, LAST_SENT.size)
    milliseconds: int = LAST_SENT.unpack(kernel)[0]
    return milliseconds
