"""What goes wrong at the province on demand: on the line, in what it says, and on purpose."""

import threading
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from idp.simulator.mischief import Line

FOREVER = -1
CLEAR = ("none", "clear")


class Lie(StrEnum):
    """What an answer of the province can be made to be; each dialect knows those that its form allows."""

    GARBAGE = "garbage"
    """No answer of this form at all."""
    DENIED = "denied"
    """Its person said no."""
    FORGED = "forged"
    """Signed by a key nobody published, or with a signature that does not fit."""
    UNSIGNED = "unsigned"
    """Without a signature, as `alg: none` or an empty sign."""
    EXPIRED = "expired"
    EARLY = "early"
    """Dated in the future."""
    WRONG_AUDIENCE = "wrong_audience"
    """Meant for another application."""
    WRONG_ISSUER = "wrong_issuer"
    """In the name of another provider (mix-up)."""
    WRONG_NONCE = "wrong_nonce"
    """Said in answer to another request."""
    WRONG_STATE = "wrong_state"
    """The browser comes back with a state nobody gave it."""
    OTHER_SUBJECT = "other_subject"
    """Two of its answers name two people."""
    NO_SUBJECT = "no_subject"
    HALF_A_CHARACTER = "half_a_character"
    """A text that no database can keep."""
    NO_TIME = "no_time"
    """A word where the time of the sign-in stands."""
    FAR_TIME = "far_time"
    """A time beyond every calendar."""
    NO_DOCUMENT = "no_document"
    """Leaves the document out."""
    WRONG_NAME = "wrong_name"
    """Another name than the registry has."""
    HIGHEST_LEVEL = "highest_level"
    """Claims the highest level for everybody."""
    UNKNOWN_LEVEL = "unknown_level"
    """A sign for the level that is in no table."""
    REPLAYED = "replayed"
    """Gives once more what it gave before."""
    HUGE = "huge"
    """An answer of several megabytes."""


KINDS = frozenset({*(kind.value for kind in Line), *(kind.value for kind in Lie)})


class UnknownOrder(ValueError):
    """The order names no known fault, step or number of times."""


@dataclass
class Order:
    """A fault waiting for steps; `times` counts down, -1 stays until cleared."""

    kind: str
    step: str
    times: int


class FaultBoard:
    """The orders in force; the newest that a step can meet is the one it meets."""

    def __init__(self) -> None:
        self._orders: list[Order] = []
        self._met: Counter[str] = Counter()
        self._lock = threading.Lock()

    def order(self, fault: str, step: str = "", times: int = 1) -> None:
        """Put a fault in force at a step (any without one), or lift those of that step by ``none``."""
        with self._lock:
            if fault in CLEAR:
                self._orders = [order for order in self._orders if step and order.step != step]
                return
            if fault not in KINDS or times == 0 or times < FOREVER:
                raise UnknownOrder(fault)
            self._orders.append(Order(fault, step, times))

    def meets(self, step: str, possible: Collection[str]) -> str | None:
        """The fault this step meets among those it can act out, counted; None when all is well."""
        with self._lock:
            for order in reversed(self._orders):
                if order.kind in possible and order.step in ("", step):
                    return self._taken(order)
        return None

    def state(self) -> dict[str, object]:
        """Orders in force and faults met so far."""
        with self._lock:
            active = [{"fault": o.kind, "step": o.step, "times": o.times} for o in self._orders]
            return {"active": active, "met": dict(self._met), "faults": sorted(KINDS)}

    def _taken(self, order: Order) -> str:
        self._met[order.kind] += 1
        if order.times != FOREVER:
            order.times -= 1
        if order.times == 0:
            self._orders.remove(order)
        return order.kind
