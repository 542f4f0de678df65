"""What all dialects of the simulated province share: people, applications, sessions, faults, calls."""

import secrets
import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Generic, TypeVar
from urllib.parse import quote, urlsplit

from flask import Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from federation.simulator.faults import FaultBoard, Lie
from federation.simulator.people import Citizen, People
from idp.crypto import jose
from idp.simulator import mischief
from idp.simulator.mischief import Line
from idp.zones import LOOPBACK

COOKIE = "province_session"
MOST = 10_000
KEY_NAME = "province-1"
ON_THE_LINE = frozenset(kind.value for kind in Line)

T = TypeVar("T")


@dataclass(frozen=True)
class Application:
    """An application docked at the province: the city, in whatever words a dialect has for it."""

    id: str
    secret: str = field(repr=False)
    callbacks: tuple[str, ...] = ()
    """Registered callbacks; none: any below /federation/ on loopback."""

    def may_be_answered_at(self, url: str) -> bool:
        """Whether the province sends browsers there."""
        if self.callbacks:
            return url in self.callbacks
        parts = urlsplit(url)
        return parts.hostname in LOOPBACK and parts.path.startswith("/federation/")


SANDBOX = Application("yitong-city", "sandbox-secret-of-the-city")


class Shelf(Generic[T]):
    """Things handed out by a random name: codes, tickets, tokens; the oldest are forgotten."""

    def __init__(self) -> None:
        self._things: OrderedDict[str, T] = OrderedDict()
        self._lock = threading.Lock()

    def put(self, thing: T) -> str:
        name = secrets.token_urlsafe(24)
        with self._lock:
            self._things[name] = thing
            while len(self._things) > MOST:
                self._things.popitem(last=False)
        return name

    def get(self, name: str) -> T | None:
        with self._lock:
            return self._things.get(name)

    def take(self, name: str) -> T | None:
        """Once only."""
        with self._lock:
            return self._things.pop(name, None)

    def drop(self, unwanted: Callable[[T], bool]) -> None:
        """Forget those of which that is true."""
        with self._lock:
            for name in [name for name, thing in self._things.items() if unwanted(thing)]:
                del self._things[name]


@dataclass(frozen=True)
class Seat:
    """Somebody signed in at the province, in one browser."""

    citizen: Citizen
    at: datetime
    mark: str = field(default_factory=lambda: secrets.token_hex(8))
    """Names this session towards applications (`sid`, session index, gSessionId)."""


@dataclass(frozen=True)
class Keys:
    """The key that is published, and one that is not."""

    published: jose.SigningKey = field(default_factory=lambda: jose.generate("ES256", KEY_NAME))
    forged: jose.SigningKey = field(default_factory=lambda: jose.generate("ES256", KEY_NAME))


@dataclass
class Province:
    """One running simulation; everything in it is memory of one process."""

    people: People
    now: Callable[[], datetime]
    applications: Mapping[str, Application] = field(default_factory=lambda: {SANDBOX.id: SANDBOX})
    slow_seconds: float = 20.0
    trickle_seconds: float = 1.0
    board: FaultBoard = field(default_factory=FaultBoard)
    seats: Shelf[Seat] = field(default_factory=Shelf)
    calls: Counter[str] = field(default_factory=Counter)
    """How often each step was asked, for tests that count."""
    keys: Keys = field(default_factory=Keys)
    folder: Path | None = None
    """Where it keeps what others have written down, so that it is the same after a restart; None: nowhere."""
    age: timedelta = timedelta()
    """How long ago people are said to have proven themselves who sign in now."""

    def seat(self) -> Seat | None:
        """Who is signed in at the province in this browser."""
        return self.seats.get(request.cookies.get(COOKIE, ""))

    def asks_to_sign_in(self) -> AnyResponse:
        """Send the browser to the login page and back to the page it asked for."""
        here = request.full_path if request.query_string else request.path
        return redirect(f"/login?next={quote(here, safe='')}", HTTPStatus.SEE_OTHER)

    def answered(self, step: str, answer: Callable[[], Response]) -> Response:
        """The answer of a step that machines ask, as faults on the line leave it, counted."""
        self.calls[step] += 1
        line = request.environ.get("werkzeug.socket")
        fault = self.board.meets(step, ON_THE_LINE)
        response = mischief.spoiled(fault, line, self.slow_seconds) or answer()
        return mischief.trickle(response, line, self.trickle_seconds) if fault == Line.TRICKLE else response

    def lies(self, step: str, *possible: Lie) -> str | None:
        """Which of these lies this step was told to tell."""
        return self.board.meets(step, possible)

    def signs_out(self, mark: str = "") -> None:
        """End the session of this browser, or the one of that mark."""
        self.seats.take(request.cookies.get(COOKIE, ""))
        self.seats.drop(lambda seat: bool(mark) and seat.mark == mark)
