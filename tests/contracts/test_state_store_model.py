"""Any sequence of verbs gives on every state store what it gives on a dictionary."""

import uuid
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from idp.storage.state import StateStore
from tests.conftest import StateCase

NAMES = st.sampled_from(["a", "b"])
VALUES = st.binary(max_size=12)
LIVES = st.sampled_from([10, 20])
STEP = 7
"""Sums of seven never meet an expiry after ten or twenty exactly."""


class Modelled(RuleBasedStateMachine):
    """A store beside a dictionary of `key: (what, expires)`; time is a number."""

    def __init__(self, case: StateCase, store: StateStore) -> None:
        super().__init__()
        self.case, self.store = case, store
        self.run = uuid.uuid4().hex
        self.now = 0
        self.model: dict[str, tuple[Any, int]] = {}

    def alive(self, key: str) -> Any:
        what, expires = self.model.get(key, (None, 0))
        return what if expires > self.now else None

    def key(self, family: str, name: str) -> str:
        return f"{family}:{self.run}{name}"

    @rule(name=NAMES, value=VALUES, life=LIVES)
    def put(self, name: str, value: bytes, life: int) -> None:
        key = self.key("code", name)
        self.store.put(key, value, life)
        self.model[key] = ((value, False), self.now + life)

    @rule(value=VALUES, life=LIVES)
    def put_all(self, value: bytes, life: int) -> None:
        keys = {self.key("code", name): 10 * number + life for number, name in enumerate("ab")}
        self.store.put_all({key: (value, life) for key, life in keys.items()})
        self.model |= {key: ((value, False), self.now + life) for key, life in keys.items()}

    @rule()
    def get_all(self) -> None:
        keys = [self.key("code", name) for name in "ab"]
        kept = [self.alive(key) for key in keys]

        assert [one[0] if one else None for one in kept] == self.store.get_all(keys)

    @rule(name=NAMES)
    def get(self, name: str) -> None:
        key = self.key("code", name)
        kept = self.alive(key)

        assert (kept[0] if kept else None) == self.store.get(key)

    @rule(name=NAMES, value=VALUES)
    def replace(self, name: str, value: bytes) -> None:
        key = self.key("code", name)
        kept = self.alive(key)
        if kept:
            self.model[key] = ((value, kept[1]), self.model[key][1])

        assert bool(kept) == self.store.replace(key, value)

    @rule(name=NAMES)
    def take(self, name: str) -> None:
        key = self.key("code", name)
        kept = self.alive(key)
        self.model.pop(key, None)

        assert (kept[0] if kept else None) == self.store.take(key)

    @rule(name=NAMES)
    def spend(self, name: str) -> None:
        key = self.key("code", name)
        kept = self.alive(key)
        if kept:
            self.model[key] = ((kept[0], True), self.model[key][1])

        assert (kept[0] if kept and not kept[1] else None) == self.store.spend(key)

    @rule(name=NAMES, life=LIVES)
    def once(self, name: str, life: int) -> None:
        key = self.key("jti", name)
        first = self.alive(key) is None
        if first:
            self.model[key] = (True, self.now + life)

        assert first == self.store.once(key, life)

    @rule(name=NAMES, life=LIVES)
    def count(self, name: str, life: int) -> None:
        key = self.key("throttle", name)
        counted = self.alive(key) or 0
        self.model[key] = (counted + 1, self.model[key][1] if counted else self.now + life)

        assert counted + 1 == self.store.count(key, life)

    @rule()
    def pass_time(self) -> None:
        self.case.pass_time(STEP)
        self.now += STEP


def test_every_store_agrees_with_a_dictionary(state_case: StateCase) -> None:
    """The verbs mean the same in every configuration, in any order."""
    store = state_case.reopen()
    limits = settings(
        max_examples=40, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
    )

    machine: Any = lambda: Modelled(state_case, store)  # noqa: E731
    run_state_machine_as_test(machine, settings=limits)
