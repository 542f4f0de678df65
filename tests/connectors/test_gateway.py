"""The platform's client against the simulated platform: secrets, repeats, deadlines, breaker."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from socket import socket
from typing import Any

import pytest

from connectors.gateway import Fault, Gateway, Limits, NoAnswer, Requester
from connectors.simulator.credentials import PING, SANDBOX
from idp.calling.wire import Wire
from tests.connectors.stage import PATIENT, Stage, listening, meeting, simulated


@pytest.fixture
def stage() -> Iterator[Stage]:
    with simulated() as running:
        yield running


REQUESTER = Requester(SANDBOX.rid, SANDBOX.app_key)


def gateway(stage: Stage, **options: Any) -> Gateway:
    return Gateway(Wire(stage.url), REQUESTER, **{"limits": PATIENT, **options})


def ping(gate: Gateway) -> bytes:
    return gate.rest_query(PING, b'{"hello":"world"}', request_id="r-1", deadline=gate.deadline())


def refusal(gate: Gateway) -> Fault:
    with pytest.raises(NoAnswer) as raised:
        ping(gate)
    return raised.value.reason


def test_a_signed_call_is_answered(stage: Stage):
    """
    The four values as HTTP headers open the REST proxy.
    """
    assert b'"hello": "world"' in ping(gateway(stage))


def test_many_calls_share_one_secret(stage: Stage):
    """
    The two-step secret is fetched once for ten concurrent callers.
    """
    gate = gateway(stage)
    threads = [threading.Thread(target=ping, args=(gate,)) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (1, 10) == (
        stage.get("/control/calls")["refreshes"],
        stage.get("/control/calls")["by_sid"][PING]["200"],
    )


def test_a_refused_secret_is_renewed_and_the_call_repeated_once(stage: Stage):
    """
    A call refused for its secret was not carried out, so it goes out again with a new one.
    """
    gate = gateway(stage)
    ping(gate)
    stage.order("expired_secret", PING)

    assert ping(gate)
    assert 2 == stage.get("/control/calls")["refreshes"]


def test_a_secret_refused_twice_is_a_refusal(stage: Stage):
    """
    A platform that takes no secret at all is not asked forever.
    """
    stage.order("expired_secret", PING, times=-1)

    assert Fault.REFUSED is refusal(gateway(stage))
    assert 2 == stage.get("/control/calls")["refreshes"]


@pytest.mark.parametrize(
    ("requester", "expected"),
    [
        (Requester("another requester", SANDBOX.app_key), Fault.REFUSED),
        (Requester(SANDBOX.rid, "another key"), Fault.SERVER_ERROR),
    ],
)
def test_a_stranger_gets_no_secret(stage: Stage, requester: Requester, expected: Fault):
    """
    E-106 means not on the list; -1 is the platform's word for a failed call.
    """
    assert expected is refusal(Gateway(Wire(stage.url), requester))


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("slow", Fault.TIMEOUT),
        ("trickle", Fault.TIMEOUT),
        ("drop", Fault.TRANSPORT),
        ("error_500", Fault.SERVER_ERROR),
        ("quota", Fault.QUOTA),
        ("wrong_signature", Fault.UNTRUSTED_ANSWER),
    ],
)
def test_every_fault_has_its_name(stage: Stage, fault: str, expected: Fault):
    """
    Each fault ends as one reason; nobody stays until a late answer has come.
    """
    gate = gateway(stage)
    stage.order(fault, PING, times=-1)

    with meeting(fault):
        assert expected is refusal(gate)


@pytest.mark.parametrize("fault", ["slow", "trickle", "drop", "error_500", "quota", "garbage"])
def test_the_refresh_fails_as_a_call_does(stage: Stage, fault: str):
    """
    A secret that cannot be had is a typed reason within the same deadline.
    """
    stage.order(fault, "refreshappsecret", times=-1)

    with meeting(fault):
        assert refusal(gateway(stage)) in Fault


def test_nobody_stays_until_a_late_secret_has_come(stage: Stage):
    """
    The caller is told while the platform has not yet made one.
    """
    stage.order("slow", "refreshappsecret")
    with meeting("slow"):
        reason = refusal(gateway(stage))

    assert (Fault.TIMEOUT, 0) == (reason, stage.get("/control/calls")["refreshes"])


def test_a_broken_line_is_tried_again(stage: Stage):
    """
    A query whose connection dropped may be repeated.
    """
    stage.order("drop", PING, times=2)

    assert ping(gateway(stage))


@pytest.mark.parametrize("fault", ["error_500", "quota", "wrong_signature", "slow"])
def test_nothing_else_is_tried_again(stage: Stage, fault: str):
    """
    An answer, even a bad one, and a spent deadline are final.
    """
    gate = gateway(stage)
    ping(gate)
    stage.order(fault, PING, times=-1)
    with meeting(fault):
        refusal(gate)

    assert 1 == stage.met(fault)


def test_the_breaker_opens_and_one_probe_closes_it(stage: Stage):
    """
    After two outages calls stay at home until the rest is over.
    """
    clock = [0.0]
    gate = gateway(stage, limits=replace(PATIENT, outages=2, rest=30.0), monotonic=lambda: clock[0])
    stage.order("error_500", PING, times=2)
    reasons = [refusal(gate) for _ in range(3)]
    clock[0] = 30.0

    assert [Fault.SERVER_ERROR, Fault.SERVER_ERROR, Fault.BREAKER_OPEN] == reasons
    assert ping(gate)


@pytest.mark.parametrize("fault", ["quota", "expired_secret"])
def test_a_refusal_does_not_open_the_breaker(stage: Stage, fault: str):
    """
    A counterpart that says no is in working order.
    """
    gate = gateway(stage, limits=replace(PATIENT, outages=1))
    stage.order(fault, PING, times=-1)
    refusal(gate)
    stage.order("clear")

    assert ping(gate)


def test_a_slow_registry_does_not_take_every_thread():
    """
    Callers beyond the slots are turned away while the others wait.
    """
    asked, over = threading.Event(), threading.Event()

    def keep_waiting(line: socket) -> None:
        asked.set()
        over.wait(60)

    limits = Limits(total=60.0, attempts=1, slots=1, slot_wait=0.05)
    with listening(keep_waiting) as url, ThreadPoolExecutor(1) as others:
        gate = Gateway(Wire(url), REQUESTER, limits=limits)
        waiting = others.submit(refusal, gate)
        assert asked.wait(60)
        turned_away = refusal(gate)
        over.set()

    assert [Fault.BREAKER_OPEN, Fault.TRANSPORT] == [turned_away, waiting.result()]


def test_a_deployment_waits_eight_seconds(stage: Stage):
    """
    For all of a question; what a deadline does to a late answer is shown above with a shorter one.
    """
    assert 0 < Gateway(Wire(stage.url), REQUESTER).deadline().left() <= 8


def test_a_platform_that_signs_nothing_can_be_believed_on_purpose(stage: Stage):
    """
    Signed answers are a choice of the deployment, on unless it says otherwise.
    """
    stage.order("wrong_signature", PING)

    assert ping(gateway(stage, signed_answers=False))
