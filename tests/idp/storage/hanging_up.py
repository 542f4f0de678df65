"""Somebody in the place of a server that is gone: hangs up on every caller, and counts them."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread


@contextmanager
def hanging_up(port: int) -> Iterator[list[str]]:
    """The addresses that called this port meanwhile."""
    callers: list[str] = []
    with socket.create_server(("127.0.0.1", port)) as server:

        def answer() -> None:
            while True:
                try:
                    line, caller = server.accept()
                except OSError:
                    return
                callers.append(str(caller))
                line.close()

        thread = Thread(target=answer)
        thread.start()
        yield callers
        server.shutdown(socket.SHUT_RDWR)
        thread.join()
