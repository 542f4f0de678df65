"""Faults on demand: what goes wrong, for which calls, how often."""

import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from connectors.simulator.population import Population, digest


class FaultKind(StrEnum):
    """What can be made to go wrong."""

    SLOW = "slow"
    ERROR_500 = "error_500"
    WRONG_SIGNATURE = "wrong_signature"
    EXPIRED_SECRET = "expired_secret"  # noqa: S105 – the name of a fault
    MISMATCH = "mismatch"
    PHONE_MISMATCH = "phone_mismatch"
    NOT_FOUND = "not_found"
    DECEASED = "deceased"
    NOT_SAME = "not_same"
    UNSURE = "unsure"
    NO_PHOTO = "no_photo"
    QUOTA = "quota"
    GARBAGE = "garbage"
    TRICKLE = "trickle"
    DROP = "drop"
    OUTDATED = "outdated"


KINDS = frozenset(kind.value for kind in FaultKind)
CLEAR = ("none", "clear")
ON_THE_LINE = (FaultKind.SLOW, FaultKind.ERROR_500, FaultKind.QUOTA, FaultKind.TRICKLE, FaultKind.DROP)
"""Faults that need no registry behind them; the secret's refresh and the SMS inbox know these and garbage."""
FOREVER = -1


class UnknownOrder(ValueError):
    """The order names no known fault, match or number of times."""


@dataclass
class Order:
    """A fault waiting for calls; `times` counts down, -1 stays until cleared."""

    kind: FaultKind
    shown: str
    target: str
    times: int


class FaultBoard:
    """The orders in force; the newest that fits a call is the one it meets."""

    def __init__(
        self, population: Population, named: Iterable[str], organisations: Mapping[str, str]
    ) -> None:
        """`named` are the service codes and step names a match may give, `organisations` codes by keys."""
        self._population = population
        self._organisations = organisations
        self._named = frozenset(named)
        self._orders: list[Order] = []
        self._met: Counter[str] = Counter()
        self._lock = threading.Lock()

    def order(self, fault: str, match: str = "", times: int = 1) -> None:
        """Put a fault in force, or with ``none`` or ``clear`` lift those of that match (all without one)."""
        target = self._target(match)
        with self._lock:
            if fault in CLEAR:
                self._orders = [order for order in self._orders if match and order.target != target]
                return
            if fault not in KINDS or times == 0 or times < FOREVER:
                raise UnknownOrder(fault)
            shown = match if match in self._named or target != digest(match) else target
            self._orders.append(Order(FaultKind(fault), shown, target, times))

    def meet(self, sid: str, number: str = "", *, named_only: bool = False) -> FaultKind | None:
        """The fault this call meets, counted; `named_only` is for steps an empty match does not mean."""
        fitting = {sid, digest(number)} if number else {sid}
        if not named_only:
            fitting.add("")
        with self._lock:
            for order in reversed(self._orders):
                if order.target in fitting:
                    return self._taken(order)
        return None

    def state(self) -> dict[str, object]:
        """Orders in force and faults met so far; never a number."""
        with self._lock:
            active = [
                {"fault": order.kind.value, "match": order.shown, "times": order.times}
                for order in self._orders
            ]
            return {"active": active, "met": dict(self._met), "faults": [kind.value for kind in FaultKind]}

    def _taken(self, order: Order) -> FaultKind:
        self._met[order.kind.value] += 1
        if order.times != FOREVER:
            order.times -= 1
        if order.times == 0:
            self._orders.remove(order)
        return order.kind

    def _target(self, match: str) -> str:
        """A match is empty, a service code or step, a key, a digest of a number or code, or one itself."""
        if match == "" or match in self._named or _is_digest(match):
            return match
        if persona := next((p for p in self._population.personas if p.key == match), None):
            return digest(persona.number)
        if match in self._organisations:
            return digest(self._organisations[match])
        if match in self._population.residents or len(match) == 18:
            return digest(match)
        raise UnknownOrder("match")


def _is_digest(match: str) -> bool:
    return len(match) == 64 and all(c in "0123456789abcdef" for c in match)
