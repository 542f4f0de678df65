"""What every SmsGateway must do, run against each adapter and the simulation of its counterpart."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import structlog

from connectors.catalogue import SMS_GATEWAYS
from idp.notices import texts
from idp.notices.sms import Channel, Message, NotSent, NotSentReason, Sent, SmsGateway
from tests.connectors.stage import HURRY, LATE, Stage, simulated

PHONE = "+8613800000001"
MESSAGE = texts.code("register", "123456", 600.0, "zh-Hans")
SPOKEN = texts.code("register", "654321", 600.0, "zh-Hans", Channel.VOICE)


@dataclass(frozen=True)
class Counterpart:
    """A gateway's name, and the world it speaks to."""

    name: str
    stage: Stage

    def gateway(self, **values: object) -> SmsGateway:
        return self.stage.sms(self.name, **values)

    @property
    def received(self) -> list[tuple[str, str]]:
        return [(message["text"], message["channel"]) for message in self.stage.get("/sms/inbox")]


@pytest.fixture(params=sorted(SMS_GATEWAYS))
def counterpart(request: pytest.FixtureRequest) -> Iterator[Counterpart]:
    """One for each adapter in the catalogue."""
    with simulated() as running:
        yield Counterpart(request.param, running)


def test_a_message_taken_has_a_name(counterpart: Counterpart) -> None:
    """
    Sent carries the gateway's own id of the message; the words arrive as they were meant, signature first.
    """
    outcome = counterpart.gateway().send(PHONE, MESSAGE, reference="m-1")

    assert isinstance(outcome, Sent)
    assert outcome.message_id
    assert [(MESSAGE.words, "text")] == counterpart.received


def test_a_notice_without_values_arrives(counterpart: Counterpart) -> None:
    """
    In the language of its reader.
    """
    counterpart.gateway().send(PHONE, texts.message("password.changed", "en"), reference="m-1")

    [(text, _)] = counterpart.received
    assert text.endswith(texts.words("en")["password.changed"])


def test_a_code_is_read_out(counterpart: Counterpart) -> None:
    """
    A call of its own kind, and no text.
    """
    gateway = counterpart.gateway()
    outcome = gateway.send(PHONE, SPOKEN, reference="m-1")

    assert gateway.speaks
    assert isinstance(outcome, Sent)
    assert ["voice"] == [channel for _, channel in counterpart.received]
    assert ["654321"] == [message["code"] for message in counterpart.stage.get("/sms/inbox")]


FAULTS = {
    "slow": NotSentReason.TIMEOUT,
    "trickle": NotSentReason.TIMEOUT,
    "drop": NotSentReason.TRANSPORT,
    "error_500": NotSentReason.TRANSPORT,
    "garbage": NotSentReason.TRANSPORT,
    "quota": NotSentReason.QUOTA,
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_told_in_time_and_not_repeated(counterpart: Counterpart, fault: str) -> None:
    """
    Nothing is sent twice by the adapter, and nobody waits until a late answer has come.
    """
    counterpart.stage.order(fault, "sms", times=-1)
    gateway = counterpart.gateway(total=HURRY if fault in LATE else 30.0)

    assert NotSent(FAULTS[fault]) == gateway.send(PHONE, MESSAGE, reference="m-1")
    assert 1 == counterpart.stage.met(fault)


def test_an_unknown_sender_is_refused(counterpart: Counterpart) -> None:
    """
    A wrong key stays wrong: trying again does not help.
    """
    outcome = counterpart.gateway(key="another key").send(PHONE, MESSAGE, reference="m-1")

    assert NotSent(NotSentReason.REFUSED) == outcome
    assert isinstance(outcome, NotSent) and not outcome.passing
    assert [] == counterpart.received


def test_logs_name_the_message_and_nobody(
    counterpart: Counterpart, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """
    Neither phone nor code nor key; a code in a log is a code given away.
    """
    caplog.set_level(logging.DEBUG)
    with structlog.testing.capture_logs() as events:
        counterpart.gateway().send(PHONE, MESSAGE, reference="m-1")
        counterpart.gateway(key="another key").send(PHONE, MESSAGE, reference="m-2")
    written = f"{events} {caplog.text} {capfd.readouterr()}"

    assert ["sent", "refused"] == [event["outcome"] for event in events]
    assert [] == [
        secret for secret in (PHONE[3:], "123456", "another key", "sandbox-sms-key") if secret in written
    ]


def test_a_repeated_reference_is_delivered_once() -> None:
    """
    Where references are known: the outbox may repeat a message whose answer was lost.
    """
    with simulated() as stage:
        outcomes = [stage.sms().send(PHONE, MESSAGE, reference="m-1") for _ in range(2)]
        received = stage.get("/sms/inbox")

    assert outcomes[0] == outcomes[1]
    assert 1 == len(received)


@pytest.mark.parametrize("name", ["aliyun", "tencent"])
def test_what_has_no_template_does_not_leave(name: str) -> None:
    """
    Clouds send nothing but what they have approved; it is logged by its topic.
    """
    unknown = Message("no.such", "words")
    with simulated() as stage, structlog.testing.capture_logs() as events:
        refused = stage.sms(name).send(PHONE, unknown, reference="m-1")
        mute = stage.sms(name, voice_templates={})

        assert NotSent(NotSentReason.REFUSED) == refused == mute.send(PHONE, SPOKEN, reference="m-2")
        assert not mute.speaks
    assert ["no.such", "code.spoken"] == [event["topic"] for event in events]
