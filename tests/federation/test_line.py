"""The line to an upstream that is slow, broken or lies about lengths; nobody waits longer than was said."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from federation.line import Fault, Limits, Line, NoAnswer
from federation.simulator.app import create_app
from federation.simulator.faults import Lie
from federation.simulator.province import Province
from idp.calling.breaker import Breaker
from idp.simulator.mischief import Line as OnTheLine
from idp.simulator.server import Background

JWKS = "/oidc/jwks"
SOON = Limits(total=0.6, outages=2)
PATIENT = Limits(connect=30.0, total=30.0, outages=2, rest=60.0)
"""What is not late has as long as a busy machine takes."""


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Province, str]]:
    """The simulated province, and its address."""
    app = create_app(slow_seconds=30.0, trickle_seconds=0.1)
    with Background(app) as server:
        yield app.extensions["province"], server.url


@pytest.fixture
def province(served: tuple[Province, str]) -> Iterator[Province]:
    yield served[0]
    served[0].board.order("none")


@pytest.mark.parametrize("fault", [OnTheLine.SLOW, OnTheLine.TRICKLE])
def test_a_slow_answer_ends_with_the_deadline(
    province: Province, served: tuple[Province, str], fault: OnTheLine
) -> None:
    """One byte at a time is as late as nothing at all; whoever waited would have an answer in the end."""
    province.board.order(fault, "oidc.jwks")
    line = Line("province", limits=SOON)

    with pytest.raises(NoAnswer, match=Fault.TIMEOUT):
        line.get(served[1] + JWKS, line.deadline())


def test_a_broken_line_is_tried_once_more(province: Province, served: tuple[Province, str]) -> None:
    """For what may be asked twice."""
    province.board.order(OnTheLine.DROP, "oidc.jwks", 1)
    line = Line("province", limits=PATIENT)

    assert 200 == line.get(served[1] + JWKS, line.deadline()).status


def test_what_was_posted_is_not_posted_again(province: Province, served: tuple[Province, str]) -> None:
    """A code is spent by the first arrival, whether or not its answer arrived."""
    province.board.order(OnTheLine.DROP, "oidc.token", 1)
    line, before = Line("province", limits=PATIENT), province.calls["oidc.token"]

    with pytest.raises(NoAnswer, match=Fault.TRANSPORT):
        line.post(served[1] + "/oidc/token", b"", {}, line.deadline())
    assert before + 1 == province.calls["oidc.token"]


def test_an_upstream_out_of_order_is_left_alone(province: Province, served: tuple[Province, str]) -> None:
    """After a run of failures nobody waits for it; the sign-in page can say so."""
    province.board.order(OnTheLine.ERROR_500, "oidc.jwks", -1)
    line = Line("province", limits=PATIENT)
    for _ in range(PATIENT.outages):
        with pytest.raises(NoAnswer, match=Fault.SERVER_ERROR):
            line.get(served[1] + JWKS, line.deadline())
    asked = province.calls["oidc.jwks"]

    with pytest.raises(NoAnswer, match=Fault.BREAKER_OPEN):
        line.get(served[1] + JWKS, line.deadline())
    assert line.is_down
    assert asked == province.calls["oidc.jwks"]


def test_an_endless_answer_is_not_read_to_its_end(province: Province, served: tuple[Province, str]) -> None:
    """Memory is ours."""
    province.board.order(Lie.HUGE, "oidc.token")
    line = Line("province", limits=replace(PATIENT, max_bytes=1000))

    assert 401 == line.post(served[1] + "/oidc/token", b"", {}, line.deadline()).status


def test_a_breaker_that_rests_is_open_until_its_time() -> None:
    """And no longer: the next caller may try."""
    moment = [0.0]
    breaker = Breaker(threshold=1, rest=10.0, clock=lambda: moment[0])
    breaker.failed()
    states = []
    for moment[0] in (9.9, 10.0):
        states.append(breaker.is_open)

    assert [True, False] == states
