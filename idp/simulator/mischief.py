"""Faults on the line itself: answers that come late, in drops, or not at all."""

import socket
import threading
from enum import StrEnum
from http import HTTPStatus

from flask import Response


class Line(StrEnum):
    """What can go wrong on the way of any answer."""

    SLOW = "slow"
    ERROR_500 = "error_500"
    QUOTA = "quota"
    TRICKLE = "trickle"
    DROP = "drop"


GARBAGE = b"\x00\xff<PACKAGE><RECORD><GMSFHM_PPDDM>1</XM_PPDDM>"


def spoiled(fault: str | None, line: socket.socket | None, slow_seconds: float) -> Response | None:
    """The answer that takes the place of the right one, after a wait for a slow one; None to go on."""
    match fault:
        case Line.SLOW:
            threading.Event().wait(slow_seconds)
        case Line.ERROR_500:
            return Response("<h1>Internal Server Error</h1>", HTTPStatus.INTERNAL_SERVER_ERROR)
        case Line.QUOTA:
            return Response('{"code":"-1","message":"超出调用次数"}', HTTPStatus.TOO_MANY_REQUESTS)
        case Line.DROP:
            hang_up(line)
            return Response()
    return None


def trickle(answer: Response, line: socket.socket | None, interval: float) -> Response:
    """Send the answer one byte at a time, headers and all, for as long as anybody listens."""
    if line is None:  # a server that does not show its socket can at least be late
        threading.Event().wait(interval * 60)
        return answer
    head = f"HTTP/1.1 {answer.status}\r\nContent-Length: {answer.content_length}\r\nConnection: close\r\n\r\n"
    try:
        for byte in head.encode() + answer.get_data():
            line.sendall(bytes((byte,)))
            threading.Event().wait(interval)
    except OSError:
        pass  # the caller has hung up
    hang_up(line)
    return Response()


def hang_up(line: socket.socket | None) -> None:
    """Close the connection under the server; what it writes afterwards goes nowhere."""
    if line is not None:
        try:
            line.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # already gone
