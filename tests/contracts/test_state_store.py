"""What every state store must do, on every kind of server."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import cycle
from threading import Barrier
from typing import TypeVar

import pytest

from idp.storage.state import StateStore
from tests.conftest import StateCase

PassTime = Callable[[float], None]
T = TypeVar("T")
RACERS = 50


def race(act: Callable[[StateStore], T], *stores: StateStore) -> list[T]:
    """What each of fifty threads got that acted at the same moment, shared among the stores."""
    start = Barrier(RACERS)

    def run(number: int) -> T:
        start.wait()
        return act(stores[number % len(stores)])

    with ThreadPoolExecutor(RACERS) as threads:
        return list(threads.map(run, range(RACERS)))


@pytest.mark.parametrize("value", [b"", b"text", bytes(range(256)), b"\x01" * 70_000])
def test_values_come_back_as_they_were(state_store: StateStore, value: bytes) -> None:
    """A value is any bytes, none and many included."""
    state_store.put("code:a", value, 60)

    assert value == state_store.get("code:a")


def test_what_was_never_put_is_absent(state_store: StateStore) -> None:
    """An unknown key gives nothing, whatever is asked of it."""
    assert state_store.get("code:a") is None
    assert state_store.take("code:a") is None
    assert state_store.spend("code:a") is None
    assert state_store.replace("code:a", b"x") is False
    assert state_store.get("code:a") is None


def test_values_live_as_long_as_asked(state_store: StateStore, pass_time: PassTime) -> None:
    """A value is there before its lifetime is over, and in no way afterwards."""
    state_store.put("code:a", b"x", 600)
    pass_time(400)
    before = state_store.get("code:a")
    pass_time(250)

    assert b"x" == before
    assert state_store.get("code:a") is None
    assert state_store.spend("code:a") is None
    assert state_store.replace("code:a", b"y") is False
    assert state_store.take("code:a") is None


def test_putting_again_starts_anew(state_store: StateStore, pass_time: PassTime) -> None:
    """A second put brings a new value, a new lifetime, and unspent."""
    state_store.put("code:a", b"x", 60)
    state_store.spend("code:a")
    pass_time(50)
    state_store.put("code:a", b"y", 60)
    pass_time(50)

    assert b"y" == state_store.spend("code:a")


def test_several_at_once_are_as_one_by_one(state_store: StateStore, pass_time: PassTime) -> None:
    """Each keeps its own lifetime, replaces what was there, and what is absent leaves its place empty."""
    state_store.put("code:b", b"old", 60)
    state_store.spend("code:b")
    state_store.put_all({"code:b": (b"y", 60), "code:a": (b"x", 30)})
    before = state_store.get_all(["code:a", "code:none", "code:b", "code:a"])
    pass_time(40)

    assert [b"x", None, b"y", b"x"] == before
    assert [None, b"y"] == state_store.get_all(["code:a", "code:b"])
    assert b"y" == state_store.spend("code:b")


def test_racers_that_put_several_at_once_all_succeed(state_case: StateCase) -> None:
    """Whoever names the same keys in another order waits for nobody who waits for them."""
    stores = state_case.reopen(), state_case.reopen()
    keys = [f"code:{number}" for number in range(20)]
    orders = cycle([keys, keys[::-1]])
    race(lambda store: store.put_all(dict.fromkeys(next(orders), (b"x", 60))), *stores)

    assert [b"x"] * 20 == stores[0].get_all(keys)


def test_replacing_keeps_the_expiry(state_store: StateStore, pass_time: PassTime) -> None:
    """A revision never prolongs a life."""
    state_store.put("code:a", b"x", 60)
    pass_time(40)
    replaced = state_store.replace("code:a", b"y")
    between = state_store.get("code:a")
    pass_time(25)

    assert (True, b"y") == (replaced, between)
    assert state_store.get("code:a") is None


def test_replacing_keeps_the_mark(state_store: StateStore) -> None:
    """What was spent stays spent through a revision."""
    state_store.put("code:a", b"x", 60)
    state_store.spend("code:a")
    state_store.replace("code:a", b"y")

    assert state_store.spend("code:a") is None


def test_taken_values_do_not_come_back(state_store: StateStore) -> None:
    """A late revision of a taken value (the other tab) must not revive it."""
    state_store.put("code:a", b"x", 60)

    assert b"x" == state_store.take("code:a")
    assert state_store.take("code:a") is None
    assert state_store.replace("code:a", b"y") is False
    assert state_store.get("code:a") is None


def test_spent_values_stay_readable(state_store: StateStore) -> None:
    """Reuse of a code can only be answered by revocation if the code can still be read (RFC 6749 §4.1.2)."""
    state_store.put("code:a", b"x", 60)

    assert b"x" == state_store.spend("code:a")
    assert state_store.spend("code:a") is None
    assert b"x" == state_store.get("code:a")


def test_once_is_true_once_until_its_time_has_passed(state_store: StateStore, pass_time: PassTime) -> None:
    """A replay is refused as long as the assertion could be valid."""
    asked = [state_store.once("jti:a", 600), state_store.once("jti:a", 600)]
    pass_time(400)
    asked.append(state_store.once("jti:a", 600))
    pass_time(250)
    asked.append(state_store.once("jti:a", 600))

    assert [True, False, False, True] == asked


def test_counts_run_in_windows_that_begin_with_the_first(
    state_store: StateStore, pass_time: PassTime
) -> None:
    """Asking again does not push the end of the window away."""
    counted = [state_store.count("throttle:a", 60), state_store.count("throttle:a", 60)]
    pass_time(40)
    counted.append(state_store.count("throttle:a", 60))
    pass_time(25)
    counted += [state_store.count("throttle:a", 60), state_store.count("throttle:a", 60)]

    assert [1, 2, 3, 1, 2] == counted


def test_keys_do_not_touch_each_other(state_store: StateStore) -> None:
    """Everything is by exact key."""
    state_store.put("code:a", b"x", 60)
    state_store.put("code:ab", b"y", 60)
    state_store.take("code:ab")

    assert b"x" == state_store.get("code:a")
    assert (True, True) == (state_store.once("jti:a", 60), state_store.once("jti:ab", 60))


@pytest.mark.parametrize("verb", ["take", "spend"])
def test_fifty_racers_have_one_winner(state_case: StateCase, verb: str) -> None:
    """One code, fifty redemptions through two processes' stores, one success; ten times over."""
    stores = state_case.reopen(), state_case.reopen()
    for number in range(10):
        key = f"code:{number}"
        stores[0].put(key, b"x", 60)
        won = race(lambda store, key=key: getattr(store, verb)(key), *stores)  # type: ignore[misc]

        assert [b"x"] == [value for value in won if value is not None]


def test_fifty_racers_are_once_once(state_case: StateCase) -> None:
    """One assertion, fifty presentations, one accepted."""
    first, second = state_case.reopen(), state_case.reopen()

    assert 1 == sum(race(lambda store: store.once("jti:a", 60), first, second))


def test_fifty_racers_are_counted_exactly(state_case: StateCase) -> None:
    """No attempt is lost and no number given twice, so a limit holds under parallel guessing."""
    first, second = state_case.reopen(), state_case.reopen()

    assert list(range(1, RACERS + 1)) == sorted(
        race(lambda store: store.count("throttle:a", 60), first, second)
    )


def test_expired_keys_are_won_once_again(state_store: StateStore, pass_time: PassTime) -> None:
    """The race for a key that just expired has one winner too."""
    state_store.once("jti:a", 60)
    pass_time(65)

    assert 1 == sum(race(lambda store: store.once("jti:a", 60), state_store))


def test_memory_outlives_the_store_that_wrote_it(state_case: StateCase) -> None:
    """A restarted worker finds values, marks and counts as its predecessor left them."""
    before = state_case.reopen()
    before.put("code:a", b"x", 60)
    before.put("code:b", b"y", 60)
    before.spend("code:b")
    before.once("jti:a", 60)
    before.count("throttle:a", 60)
    epoch = before.epoch()
    before.close()
    after = state_case.reopen()

    assert epoch == after.epoch()
    assert (b"x", None) == (after.take("code:a"), after.spend("code:b"))
    assert (False, 2) == (after.once("jti:a", 60), after.count("throttle:a", 60))


def test_the_epoch_is_now_at_first_contact(state_store: StateStore) -> None:
    """A new store remembers everything since just now."""
    before = datetime.now(UTC)
    epoch = state_store.epoch()

    assert before <= epoch <= datetime.now(UTC)


def test_an_emptied_store_begins_a_later_epoch(state_case: StateCase) -> None:
    """Emptied, a store replays nothing: what was issued before it began can be told from what came later."""
    before = state_case.reopen()
    before.once("jti:a", 60)
    epoch = before.epoch()
    before.close()
    state_case.empty()
    after = state_case.reopen()

    assert after.epoch() > epoch
    assert after.once("jti:a", 60)


def test_purging_leaves_the_living_alone(state_store: StateStore, pass_time: PassTime) -> None:
    """What expired goes, what lives stays."""
    state_store.put("code:a", b"x", 60)
    pass_time(65)
    state_store.put("code:b", b"y", 60)
    state_store.purge(datetime.now(UTC) + timedelta(seconds=65))

    assert (None, b"y") == (state_store.get("code:a"), state_store.get("code:b"))
