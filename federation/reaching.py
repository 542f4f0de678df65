"""Whether an upstream can be reached now: one call that carries nothing, beside the line people wait for."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from federation.line import Fault, Limits, Line, NoAnswer
from idp.calling.wire import Deadline, Dropped, TimedOut, TooLong, Wire
from idp.settings_upstreams import UpstreamTable

PATIENCE = Limits(connect=3.0, total=5.0, attempts=1, slot_wait=0.0, max_bytes=1024 * 1024)
DISCOVERY = "/.well-known/openid-configuration"
MOMENT = 1.5
"""Seconds in which an upstream says something before a browser is sent there."""
FRESH = 5.0
"""Seconds for which what was found is believed, so that a crowd costs the upstream one call."""
UNASKED = ("saml",)
"""Protocols in which only browsers go there: this machine may have no way to it at all."""


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


class Doorstep:
    """
    Whether an upstream answers at all, looked at before a browser is sent to wait for it.

    The call goes where sign-ins ask anyway, over the same wire as theirs. It moves no breaker: at most one
    goes out in `FRESH` seconds, and what it says at the door must not excuse what it says at the counter.
    """

    def __init__(self, table: UpstreamTable, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._table = table
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._found: tuple[float, bool] | None = None

    @property
    def is_silent(self) -> bool:
        """Whether nobody answered a moment ago; asks nobody."""
        return self._known() is False

    def answers(self) -> bool:
        """Whether anything comes back within `MOMENT`, an error too; others wait for the same call."""
        if self._table.protocol in UNASKED:
            return True
        with self._lock:
            known = self._known()
            if known is None:
                known = _knock(address(self._table), self._table.ca_file)
                self._found = (self._monotonic(), known)
            return known

    def _known(self) -> bool | None:
        found = self._found
        return found[1] if found and self._monotonic() - found[0] < FRESH else None


def _knock(url: str, ca_file: str | None) -> bool:
    parts = urlsplit(url)
    origin = f"{parts.scheme}://{parts.netloc}"
    wire = Wire(origin, connect_timeout=MOMENT, ca_file=ca_file, keep_alive=False)
    try:
        wire.get(url[len(origin) :], Deadline.after(MOMENT))
    except (Dropped, TimedOut):
        return False
    except TooLong:
        pass
    return True
