"""The table says what was measured, what it stands on and whether that is enough."""

import os

from bench.driver import Latency, Measure
from bench.machine import below_us, own_seconds
from bench.measuring import Figure, middle
from bench.table import lines


def measure(per_second: float, failed: int = 0) -> Measure:
    latency = Latency(mean=1, p50=1, p95=2, p99=3, p999=4, max=5)
    return Measure(per_second, per_second, latency, {}, 10, failed, 0, ("token: 400",) * failed, 0.1)


def test_a_missed_target_stands_out_with_its_reason() -> None:
    """A row below its target is marked, and failures are quoted."""
    figure = Figure("postgres", "jwks", measure(900, failed=1), 0.25, "constant", 3000, 0.3, ">= 0.50", False)
    _, title, line, reason = lines([figure])

    assert "PostgreSQL + Redis" == title
    assert [
        "jwks",
        "900",
        "1.00",
        "2.00",
        "3.00",
        "constant",
        "3,000",
        "0.30",
        ">=",
        "0.50",
        "MISS",
        "0.2",
    ] == line.split()
    assert "1 failed, token: 400" == reason.strip()


def test_the_round_of_median_rate_is_shown() -> None:
    """One disturbed round does not decide."""
    assert 20 == middle([measure(90), measure(10), measure(20)]).per_second


def test_our_own_work_is_not_somebody_else_s() -> None:
    """This process and its descendants are ours; the rest of the machine is not."""
    assert below_us(7, {7: 5, 5: os.getpid()})
    assert not below_us(7, {7: 5, 5: 1})
    assert own_seconds() > 0
