"""What every SmsGateway must do, run against each adapter and the simulation of its counterpart."""

import time
from collections.abc import Iterator

import pytest

from idp.notices.sms import Message, NotSent, NotSentReason, Sent
from tests.connectors.stage import SLOW, Stage, simulated

PHONE = "+8613800000001"
MESSAGE = Message("code.register", "验证码 123456")


@pytest.fixture(params=["inbox"])
def stage() -> Iterator[Stage]:
    """One counterpart for each adapter in the catalogue."""
    with simulated() as running:
        yield running


def received(stage: Stage) -> list[str]:
    return [message["text"] for message in stage.get("/sms/inbox")]


def test_a_message_taken_has_a_name(stage: Stage):
    """
    Sent carries the gateway's own id of the message.
    """
    outcome = stage.sms().send(PHONE, MESSAGE, reference="m-1")

    assert isinstance(outcome, Sent)
    assert outcome.message_id
    assert ["验证码 123456"] == received(stage)


def test_a_repeated_reference_is_delivered_once(stage: Stage):
    """
    The outbox may repeat a message whose answer was lost.
    """
    sms = stage.sms()
    outcomes = [sms.send(PHONE, MESSAGE, reference="m-1") for _ in range(2)]

    assert outcomes[0] == outcomes[1]
    assert ["验证码 123456"] == received(stage)


FAULTS = {
    "slow": NotSentReason.TIMEOUT,
    "trickle": NotSentReason.TIMEOUT,
    "drop": NotSentReason.TRANSPORT,
    "error_500": NotSentReason.TRANSPORT,
    "garbage": NotSentReason.TRANSPORT,
    "quota": NotSentReason.QUOTA,
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_told_in_time_and_not_repeated(stage: Stage, fault: str):
    """
    Nothing is sent twice by the adapter, and nobody waits beyond the deadline.
    """
    stage.order(fault, "sms", times=-1)
    started = time.monotonic()

    assert NotSent(FAULTS[fault]) == stage.sms(total=0.8).send(PHONE, MESSAGE, reference="m-1")
    assert time.monotonic() - started < SLOW
    assert 1 == stage.get("/control")["met"][fault]


def test_an_unknown_sender_is_refused(stage: Stage):
    """
    A wrong key stays wrong: trying again does not help.
    """
    outcome = stage.sms(key="another key").send(PHONE, MESSAGE, reference="m-1")

    assert NotSent(NotSentReason.REFUSED) == outcome
    assert isinstance(outcome, NotSent) and not outcome.passing
