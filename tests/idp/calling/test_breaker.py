"""The circuit breaker, with a clock that the tests turn."""

from idp.calling.breaker import Breaker, Breakers


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def tripped(clock: Clock) -> Breaker:
    breaker = Breaker(threshold=3, rest=30.0, clock=clock)
    for _ in range(3):
        breaker.failed()
    return breaker


def test_opens_after_outages_in_a_row():
    """
    The third outage in a row keeps the next call at home.
    """
    assert not tripped(Clock()).admits()


def test_an_answer_between_outages_starts_the_count_again():
    """
    Outages that are not in a row do not add up.
    """
    breaker = Breaker(threshold=2, rest=30.0, clock=Clock())
    breaker.failed()
    breaker.worked()
    breaker.failed()

    assert breaker.admits()


def test_lets_one_probe_through_after_the_rest():
    """
    Half open, exactly one call tries.
    """
    clock = Clock()
    breaker = tripped(clock)
    clock.now = 30.0

    assert [True, False, False] == [breaker.admits() for _ in range(3)]


def test_a_probe_that_works_closes():
    """
    After a probe's success everybody may call again.
    """
    clock = Clock()
    breaker = tripped(clock)
    clock.now = 30.0
    breaker.admits()
    breaker.worked()

    assert [True, True] == [breaker.admits(), breaker.admits()]


def test_a_probe_that_fails_opens_for_another_rest():
    """
    One failed probe is enough to wait once more.
    """
    clock = Clock()
    breaker = tripped(clock)
    clock.now = 30.0
    breaker.admits()
    breaker.failed()
    clock.now = 59.0

    assert not breaker.admits()


def test_each_service_has_its_own():
    """
    One registry out of order does not close the way to another.
    """
    breakers = Breakers(threshold=1, rest=30.0, clock=Clock())
    breakers.of("s_1").failed()

    assert [False, True] == [breakers.of("s_1").admits(), breakers.of("s_2").admits()]
