"""Jobs: each at its own pace, and none that fails keeps the others waiting."""

import pytest

from idp.outbox.jobs import LONGEST_PAUSE, Job, Schedule
from idp.storage.database import DatabaseUnavailable


class Clock:
    """Seconds that pass when told."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


class Work:
    """A job that counts its runs, and fails when told."""

    def __init__(self, failing: Exception | None = None) -> None:
        self.runs = 0
        self.failing = failing

    def __call__(self) -> int:
        self.runs += 1
        if self.failing:
            raise self.failing
        return 1


def test_each_job_runs_at_its_own_pace(clock: Clock) -> None:
    """One at every round, the other every ten seconds."""
    often, seldom = Work(), Work()
    schedule = Schedule([Job("often", often), Job("seldom", seldom, every=10)], clock)
    for _ in range(3):
        schedule.round()
        clock.now += 4

    assert (3, 1) == (often.runs, seldom.runs)
    assert {"often": 3, "seldom": 1} == schedule.done


def test_a_job_that_fails_leaves_the_others_running(clock: Clock) -> None:
    """Also those after it."""
    after = Work()
    schedule = Schedule([Job("failing", Work(ValueError())), Job("after", after)], clock)
    done = schedule.round()

    assert (1, 1) == (done, after.runs)
    assert {"failing": 1, "after": 0} == schedule.failed


def test_a_failing_job_is_tried_less_and_less_often_and_always_again(clock: Clock) -> None:
    """So that an outage fills no log; a minute is the longest pause."""
    failing = Work(DatabaseUnavailable("gone"))
    schedule = Schedule([Job("failing", failing)], clock)
    for _ in range(600):
        schedule.round()
        clock.now += 1

    assert 10 < failing.runs < 20
    assert LONGEST_PAUSE == 60


def test_a_job_that_recovers_is_prompt_again(clock: Clock) -> None:
    """Its failures are forgotten."""
    work = Work(DatabaseUnavailable("gone"))
    schedule = Schedule([Job("work", work)], clock)
    schedule.round()
    clock.now += LONGEST_PAUSE
    work.failing = None
    runs = [schedule.round(), schedule.round()]

    assert [1, 1] == runs


def test_stopping_is_noticed_between_jobs(clock: Clock) -> None:
    """What was begun is finished; nothing new is."""
    first, second = Work(), Work()
    Schedule([Job("first", first), Job("second", second)], clock).round(lambda: first.runs == 1)

    assert (1, 0) == (first.runs, second.runs)
