"""The SMS adapter's breaker and its logs."""

import logging

import pytest
import structlog

from connectors.sms import sign_message
from idp.notices.sms import Message, NotSent, NotSentReason, Sent
from tests.connectors.stage import simulated


def test_a_message_is_signed_with_its_time_and_body():
    """
    base64(HmacSHA256(timestamp.body, key)); another body or time has another signature.
    """
    signatures = {sign_message(at, body, "k") for at in ("1", "2") for body in (b"a", b"b")}

    assert 4 == len(signatures)


def test_the_breaker_spares_a_gateway_out_of_order():
    """
    After two outages messages stay at home until the rest is over.
    """
    clock = [0.0]
    with simulated() as stage:
        sms = stage.sms(outages=2, rest=30.0, monotonic=lambda: clock[0])
        stage.order("error_500", "sms", times=2)
        outcomes = [sms.send("+8613800000001", Message("t", "t"), reference=f"m-{n}") for n in range(3)]
        clock[0] = 30.0
        after = sms.send("+8613800000001", Message("t", "t"), reference="m-4")

    assert NotSent(NotSentReason.BREAKER_OPEN) == outcomes[2]
    assert isinstance(after, Sent)


def test_logs_name_the_message_and_neither_phone_nor_text(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
):
    """
    A code in a log is a code given away.
    """
    caplog.set_level(logging.DEBUG)
    with simulated() as stage, structlog.testing.capture_logs() as events:
        stage.sms().send("+8613800000001", Message("t", "验证码 654321"), reference="m-1")
        stage.get("/sms/inbox?phone=13800000001")
    written = f"{events} {caplog.text} {capfd.readouterr()}"

    assert ("m-1", "sent") == (events[0]["reference"], events[0]["outcome"])
    assert "13800000001" not in written
    assert "654321" not in written
