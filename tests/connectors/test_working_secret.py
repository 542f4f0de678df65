"""The working secret's cache."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from connectors.working_secret import SecretCache, WorkingSecret
from idp.calling.wire import Deadline, TimedOut

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


class Source:
    """Gives secrets that live ten minutes from noon, and counts them."""

    def __init__(self) -> None:
        self.given = 0
        self.now = NOON

    def __call__(self, deadline: Deadline) -> WorkingSecret:
        self.given += 1
        return WorkingSecret(f"secret-{self.given}", NOON + timedelta(minutes=10 * self.given))


def soon() -> Deadline:
    return Deadline.after(60)


def test_a_live_secret_is_kept():
    """
    The second caller gets the first one's secret.
    """
    source = Source()
    cache = SecretCache(source, lambda: NOON)

    assert ["secret-1", "secret-1"] == [cache.current(soon()), cache.current(soon())]


@pytest.mark.parametrize(("seconds", "expected"), [(539, "secret-1"), (540, "secret-2"), (600, "secret-2")])
def test_a_secret_is_renewed_a_minute_before_it_ends(seconds: int, expected: str):
    """
    Renewal happens when now + 60 s reaches the end.
    """
    source = Source()
    cache = SecretCache(source, lambda: source.now)
    cache.current(soon())
    source.now = NOON + timedelta(seconds=seconds)

    assert expected == cache.current(soon())


def test_a_refused_secret_is_renewed_once_for_all_who_held_it():
    """
    Whoever comes second with the same refused secret gets the renewed one.
    """
    source = Source()
    cache = SecretCache(source, lambda: NOON)
    held = cache.current(soon())

    assert ["secret-2", "secret-2"] == [cache.current(soon(), refused=held) for _ in range(2)]


def test_concurrent_callers_cause_one_refresh():
    """
    Twenty threads without a secret ask the platform once.
    """
    entered, source = threading.Event(), Source()

    def slow_source(deadline: Deadline) -> WorkingSecret:
        entered.wait(60)
        return source(deadline)

    cache = SecretCache(slow_source, lambda: NOON)
    threads = [threading.Thread(target=cache.current, args=(soon(),)) for _ in range(20)]
    for thread in threads:
        thread.start()
    entered.set()
    for thread in threads:
        thread.join()

    assert 1 == source.given


def test_nobody_waits_for_a_refresh_beyond_the_deadline():
    """
    A caller whose deadline passes while another refreshes gives up.
    """
    busy, release = threading.Event(), threading.Event()

    def stuck(deadline: Deadline) -> WorkingSecret:
        busy.set()
        release.wait(60)
        return Source()(deadline)

    cache = SecretCache(stuck, lambda: NOON)
    first = threading.Thread(target=cache.current, args=(soon(),))
    first.start()
    busy.wait(60)

    with pytest.raises(TimedOut):
        cache.current(Deadline.after(0.05))
    release.set()
    first.join()


def test_the_secret_is_not_shown():
    """
    A secret's repr, which may end in a log, holds no secret.
    """
    assert "secret-1" not in repr(Source()(soon()))
