"""Bodies: received whole, bounded, and never at everybody's cost."""

import io
import threading
import time
from typing import Any

import pytest

from idp.web.bodies import FILES, FROM_ONE, LARGEST, Bodies, NotReceived

SOURCE = "192.0.2.1"


def environ(body: bytes = b"a=b", source: str = SOURCE, **given: str) -> dict[str, Any]:
    return {
        "wsgi.input": io.BytesIO(body),
        "CONTENT_LENGTH": str(len(body)),
        "REMOTE_ADDR": source,
        "SERVER_PORT": "8000",
        **given,
    }


class Held(io.BytesIO):
    """A body that does not come until it is let go."""

    begun: threading.Semaphore
    let_go: threading.Event

    def read(self, _size: int | None = -1, /) -> bytes:
        self.begun.release()
        self.let_go.wait(30)
        return b"a=b"


class Senders:
    """Slow senders, each waited for by a thread."""

    def __init__(self, bodies: Bodies, count: int) -> None:
        self.begun, self.let_go = threading.Semaphore(0), threading.Event()
        self.threads = [threading.Thread(target=bodies.receive, args=(self.slow(),)) for _ in range(count)]
        for thread in self.threads:
            thread.start()
            self.begun.acquire()

    def slow(self) -> dict[str, Any]:
        held = Held()
        held.begun, held.let_go = self.begun, self.let_go
        return environ() | {"wsgi.input": held}

    def end(self) -> None:
        self.let_go.set()
        for thread in self.threads:
            thread.join()


def test_a_body_is_there_before_anybody_answers() -> None:
    """What the application reads no longer comes from the network."""
    asked = environ(b"a=b")
    network = asked["wsgi.input"]
    Bodies().receive(asked)

    assert b"" == network.read()
    assert b"a=b" == asked["wsgi.input"].read()


def test_a_request_without_one_is_left_alone() -> None:
    """It costs nothing."""
    asked = environ(b"")
    network = asked["wsgi.input"]
    Bodies().receive(asked)

    assert network is asked["wsgi.input"]


def test_half_a_form_is_not_taken_for_a_whole_one() -> None:
    """A client that hung up in the middle has asked for nothing."""
    with pytest.raises(NotReceived, match="ended early") as refused:
        Bodies().receive(environ(b"password=long-and", CONTENT_LENGTH="40"))

    assert "400 Bad Request" == refused.value.status


@pytest.mark.parametrize(("stated", "status"), [("-1", "400"), ("many", "400"), (str(LARGEST + 1), "413")])
def test_what_it_says_of_its_length_is_checked_before_it_is_read(stated: str, status: str) -> None:
    """Digits, and not too many."""
    asked = environ(b"a=b", CONTENT_LENGTH=stated)
    with pytest.raises(NotReceived) as refused:
        Bodies().receive(asked)

    assert status == refused.value.status[:3]
    assert b"a=b" == asked["wsgi.input"].read()


def test_one_address_has_a_share_of_the_places() -> None:
    """It has to wait for its own slow bodies; others do not."""
    bodies = Bodies()
    senders = Senders(bodies, FROM_ONE)
    with pytest.raises(NotReceived) as refused:
        bodies.receive(environ())
    bodies.receive(environ(source="192.0.2.2"))
    senders.end()
    bodies.receive(environ())

    assert "503" == refused.value.status[:3]


def test_who_comes_next_has_standing_connections_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once a body has been on its way for half of what it may take; those of this port and no others."""
    cut: list[tuple[int, float]] = []

    def note(port: int, quiet: float) -> int:
        cut.append((port, quiet))
        return 0

    bodies = Bodies(note)
    senders = Senders(bodies, 1)
    bodies.receive(environ())
    before = list(cut)
    monkeypatch.setattr("idp.web.bodies.PATIENCE", -1.0)
    bodies.receive(environ())
    senders.end()

    assert [] == before
    assert [(8000, -1.0)] == cut


def file_of(size: int, path: str = "/account/organisations/1/import", **given: str) -> dict[str, Any]:
    return environ(b"x" * size, PATH_INFO=path, **given)


def test_a_page_that_takes_files_takes_larger_bodies() -> None:
    """Two megabytes and its form; every other page takes 64 kB."""
    Bodies().receive(file_of(2 * 1024 * 1024))

    with pytest.raises(NotReceived, match="larger than 2112 kB"):
        Bodies().receive(file_of(3 * 1024 * 1024))
    with pytest.raises(NotReceived, match="larger than 64 kB"):
        Bodies().receive(file_of(2 * 1024 * 1024, "/sign-in"))


def test_few_files_are_on_their_way_at_once() -> None:
    """Their memory is bounded: half of the places for one address."""
    bodies = Bodies()
    bodies._coming.update({-one: (f"192.0.2.{one}", time.monotonic(), True) for one in range(1, FILES)})
    bodies.receive(file_of(LARGEST * 2))
    bodies._coming[-FILES] = SOURCE, time.monotonic(), True

    with pytest.raises(NotReceived, match="too many bodies"):
        bodies.receive(file_of(LARGEST * 2))
    bodies.receive(environ())
