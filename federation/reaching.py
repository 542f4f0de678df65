"""Whether an upstream can be reached now: calls that carry nothing, beside the line people wait for."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from federation.line import Fault, Limits, Line, NoAnswer
from idp.calling.wire import Deadline, Dropped, TimedOut, TooLong, Wire
from idp.clients.services import origin
from idp.settings_upstreams import UpstreamTable

PATIENCE = Limits(connect=3.0, total=5.0, attempts=1, slot_wait=0.0, max_bytes=1024 * 1024)
DISCOVERY = "/.well-known/openid-configuration"
CONNECT = 2 / 3
"""The part of its time an upstream has for a line; where there is none by then, there is no way."""
FRESH = 5.0
"""Seconds for which what was found is believed, so that a crowd costs the upstream one call."""
LONG = 300.0
"""The same for a page to which this machine has no way: that seldom changes, and looking takes a second."""
UNASKED = ("saml",)
"""Protocols in which only browsers go there."""


@dataclass(frozen=True)
class Reached:
    """What came of the call; `fault` is None where something answered, whatever it said."""

    milliseconds: int
    fault: Fault | None = None


def reach(name: str, table: UpstreamTable) -> Reached:
    """Ask the host whose answers sign-ins depend on; no breaker is moved by it."""
    line, started = Line(name, ca_file=table.ca_file, limits=PATIENCE), time.monotonic()
    fault = None
    try:
        line.get(address(table), line.deadline())
    except NoAnswer as refused:
        fault = refused.reason
    return Reached(round((time.monotonic() - started) * 1000), fault)


def address(table: UpstreamTable) -> str:
    """What is fetched: where machines ask, of OpenID Connect the document that names everything else."""
    top = table.endpoints.get("back_end", table.issuer).rstrip("/")
    return f"{top}{DISCOVERY}" if table.protocol == "oidc" else f"{top}/"


class Found(Enum):
    """What came of a knock."""

    ANSWER = "answer"
    """Whatever it says, an error too."""
    SILENCE = "silence"
    """A line, and nothing said on it."""
    NO_WAY = "no_way"
    """No line at all."""


class Doorstep:
    """
    Whether an upstream answers at all, looked at before a browser is sent to wait for it.

    Where machines ask, anything but an answer is silence; at the page people see, only a line on which
    nothing is said: this machine may have no way there. The calls carry nothing and move no breaker: what is
    said at the door must not excuse what is said at the counter.
    """

    def __init__(
        self, table: UpstreamTable, page: str = "", monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """`page` is where browsers arrive, as far as it is known beforehand."""
        machines = "" if table.protocol in UNASKED else address(table)
        if origin(page) == origin(machines):
            machines, page = page, ""
        self._knocked = [(url, must) for url, must in ((machines, True), (page, False)) if url]
        self.table = table
        self._monotonic = monotonic
        self._looking = threading.Lock()
        self._looked: tuple[float, bool, bool] | None = None
        """When, whether a browser may go, and whether there was no way to the page."""

    @property
    def is_silent(self) -> bool:
        """Whether nobody answered a moment ago; asks nobody."""
        return self._known() is False

    def answers(self) -> bool:
        """
        Whether a browser may be sent there, said within the table's `answers_within` seconds.

        One looks at a time, so that a frozen upstream holds one of our threads; who comes meanwhile hears at
        once what was found last, and before anything was found is let go there.
        """
        if self._known() is None and self._looking.acquire(blocking=False):
            try:
                if self._known() is None:
                    known, no_way = self._look()
                    self._looked = (self._monotonic(), known, no_way)
            finally:
                self._looking.release()
        return self._looked is None or self._looked[1]

    def _look(self) -> tuple[bool, bool]:
        within, no_way = self.table.answers_within, False
        deadline = Deadline.after(within)
        for url, must_be_reached in self._knocked:
            found = _knock(url, self.table.ca_file, deadline, within * CONNECT)
            no_way = found is Found.NO_WAY
            if found is Found.SILENCE or (must_be_reached and no_way):
                return False, False
        return True, no_way

    def _known(self) -> bool | None:
        if self._looked is None:
            return None
        at, known, no_way = self._looked
        return known if self._monotonic() - at < (LONG if no_way else FRESH) else None


def _knock(url: str, ca_file: str | None, deadline: Deadline, connect: float) -> Found:
    top = origin(url)
    wire = Wire(top, connect_timeout=connect, ca_file=ca_file, keep_alive=False)
    try:
        wire.get(url[len(top) :] or "/", deadline)
    except Dropped:
        return Found.NO_WAY
    except TimedOut:
        return Found.SILENCE
    except TooLong:
        pass
    return Found.ANSWER
