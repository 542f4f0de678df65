"""What the simulator's routes share: the people, the platform, the faults in force, the calls so far."""

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import Response, request

from connectors.simulator.authority import Authority
from connectors.simulator.credentials import Credentials
from connectors.simulator.faults import FaultBoard, FaultKind
from connectors.simulator.inbox import Inbox
from connectors.simulator.platform import Platform
from connectors.simulator.population import Population
from connectors.simulator.registered import Register
from idp.simulator import mischief


class Calls:
    """How often each service was called, and with what outcome; never by whom or about whom."""

    def __init__(self) -> None:
        self._counts: dict[str, Counter[str]] = {}
        self._lock = threading.Lock()

    def count(self, sid: str, outcome: str) -> None:
        with self._lock:
            self._counts.setdefault(sid, Counter())[outcome] += 1

    def state(self) -> dict[str, object]:
        with self._lock:
            return {
                "total": sum(counter.total() for counter in self._counts.values()),
                "by_sid": {sid: dict(counter) for sid, counter in self._counts.items()},
            }


@dataclass(frozen=True)
class Scene:
    """One running simulation; everything in it is memory of one process."""

    population: Population
    credentials: Credentials
    platform: Platform
    board: FaultBoard
    now: Callable[[], datetime]
    slow_seconds: float
    trickle_seconds: float
    authority: Authority
    register: Register
    inbox: Inbox = field(default_factory=Inbox)
    calls: Calls = field(default_factory=Calls)

    def answered(self, sid: str, fault: FaultKind | None, answer: Callable[[], Response]) -> Response:
        """The answer as the fault leaves it, counted."""
        line = request.environ.get("werkzeug.socket")
        response = mischief.spoiled(fault, line, self.slow_seconds) or answer()
        self.calls.count(sid, f"fault:{fault.value}" if fault else str(response.status_code))
        if fault is FaultKind.TRICKLE:
            return mischief.trickle(response, line, self.trickle_seconds)
        return response


def json_object() -> dict[str, Any]:
    """The posted JSON object; anything else counts as an empty one."""
    posted = request.get_json(force=True, silent=True)
    return posted if isinstance(posted, dict) else {}
