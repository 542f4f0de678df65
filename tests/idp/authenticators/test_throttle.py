"""Guessing is slowed down, nobody is locked out, and a hundred guesses at once gain nothing."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from idp.authenticators import throttle
from idp.authenticators.throttle import Limits, Wait
from idp.storage.sqlite_state import sqlite_state
from idp.storage.state import StateStore

LIMITS = Limits(pair=3, person=5, source_per_minute=4)


class Ahead:
    """The wall clock of the store, moved by the test."""

    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time_of() -> Ahead:
    """A clock that only moves when told."""
    return Ahead()


@pytest.fixture
def state(tmp_path: Path, time_of: Ahead) -> Iterator[StateStore]:
    """A store on that clock."""
    store = sqlite_state(tmp_path / "state.db", time_of)
    yield store
    store.close()


def attempts(state: StateStore, count: int, source: str = "10.0.0.1") -> list[Wait | None]:
    return [throttle.admit(state, "somebody", source, LIMITS) for _ in range(count)]


def test_the_free_attempts_are_free(state: StateStore) -> None:
    """A few mistakes cost nothing."""

    assert [None, None, None] == attempts(state, 3)


def test_beyond_them_one_attempt_a_while(state: StateStore) -> None:
    """The next is still heard, the one right after it must wait."""
    attempts(state, 4)

    assert isinstance(throttle.admit(state, "somebody", "10.0.0.1", LIMITS), Wait)


def test_the_wait_grows_and_ends(state: StateStore, time_of: Ahead) -> None:
    """Each further attempt waits longer, a minute at most, and whoever waits is heard: never a lock."""
    attempts(state, 12)
    time_of.now += throttle.LONGEST + 1

    assert throttle.admit(state, "somebody", "10.0.0.1", LIMITS) is None
    again = throttle.admit(state, "somebody", "10.0.0.1", LIMITS)
    assert again is not None
    assert throttle.LONGEST == again.seconds


def test_other_sources_together_are_slowed_too(state: StateStore) -> None:
    """One person's password is not guessed from many addresses at full speed."""
    heard = [throttle.admit(state, "somebody", f"10.0.0.{n}", LIMITS) for n in range(20)]

    assert heard.count(None) <= LIMITS.person + 2


def test_success_forgets(state: StateStore) -> None:
    """Whoever proves themselves starts anew."""
    attempts(state, 3)
    throttle.succeeded(state, "somebody", "10.0.0.1")

    assert [None, None, None] == attempts(state, 3)


def test_guesses_at_once_gain_nothing(state: StateStore) -> None:
    """Attempts are counted before they are judged: of fifty at once no more are heard than one by one."""
    with ThreadPoolExecutor(16) as pool:
        heard = list(pool.map(lambda _: throttle.admit(state, "somebody", "10.0.0.1", LIMITS), range(50)))

    assert LIMITS.pair + 1 >= heard.count(None)


def test_a_source_has_its_share_of_a_minute(state: StateStore, time_of: Ahead) -> None:
    """A source that asks too much waits for the next minute, whoever it asks about."""
    paced = [throttle.pace(state, "10.0.0.9", "sign-in", LIMITS) for _ in range(5)]
    time_of.now += 61

    assert [None] * 4 == paced[:4]
    assert isinstance(paced[4], Wait)
    assert throttle.pace(state, "10.0.0.9", "sign-in", LIMITS) is None


def test_counters_name_nobody(state: StateStore, tmp_path: Path) -> None:
    """Neither person nor address can be read from the store."""
    attempts(state, 6, source="203.0.113.77")
    kept = b"".join(file.read_bytes() for file in tmp_path.iterdir())

    assert b"somebody" not in kept
    assert b"203.0.113.77" not in kept
