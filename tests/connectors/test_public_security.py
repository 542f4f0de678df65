"""The population base as our registry: spellings, purpose, silence in the logs."""

import logging
from collections.abc import Iterator
from dataclasses import replace

import pytest
import structlog

from idp.persons.identifiers import DocumentType
from idp.persons.registry import (
    Mismatch,
    MismatchReason,
    PhoneMatch,
    Purpose,
    Unavailable,
    UnavailableReason,
    Unsupported,
    Verified,
)
from tests.connectors.stage import CHECK, PATIENT, POPULATION, Stage, claim, meeting, simulated


@pytest.fixture
def stage() -> Iterator[Stage]:
    with simulated() as running:
        yield running


def test_a_dotted_name_is_tried_without_its_dot(stage: Stage):
    """
    A registry that spells the name without the middle dot confirms it.
    """
    outcome = stage.registry().verify(claim("dot_dropped"))

    assert isinstance(outcome, Verified)
    assert {"200": 2} == stage.checks()


@pytest.mark.parametrize("dot", "•‧・．∙")
def test_every_look_alike_of_the_middle_dot_is_one(stage: Stage, dot: str):
    """
    Keyboards offer many dots; the registry knows U+00B7.
    """
    typed = claim("middle_dot").name.replace("·", dot)

    assert isinstance(stage.registry().verify(claim("middle_dot", name=typed)), Verified)
    assert {"200": 1} == stage.checks()


def test_a_number_nobody_has_is_asked_for_once(stage: Stage):
    """
    Another spelling of the name does not help a number that is not there.
    """
    stage.order("not_found", "middle_dot", times=-1)
    outcome = stage.registry().verify(claim("middle_dot"))

    assert isinstance(outcome, Mismatch)
    assert {"fault:not_found": 1} == stage.checks()


def test_an_outage_between_spellings_is_no_mismatch(stage: Stage):
    """
    As long as one spelling is unanswered the name is not called different.
    """
    stage.order("error_500", "middle_dot")
    stage.order("mismatch", "middle_dot")
    outcome = stage.registry().verify(claim("middle_dot"))

    assert Unavailable(UnavailableReason.TRANSPORT) == outcome


def test_the_deadline_covers_both_spellings(stage: Stage):
    """
    A verification that asks twice has one deadline.
    """
    registry = stage.registry()
    registry.verify(claim("middle_dot"))
    stage.order("slow", "middle_dot")
    stage.order("mismatch", "middle_dot")

    with meeting("slow"):
        assert Unavailable(UnavailableReason.TIMEOUT) == registry.verify(claim("middle_dot"))


def test_a_former_name_is_a_mismatch(stage: Stage):
    """
    The registry holds the name of today.
    """
    renamed = POPULATION.persona("renamed")
    outcome = stage.registry().verify(claim("renamed", name=renamed.former_name))

    assert isinstance(outcome, Mismatch)
    assert MismatchReason.NAME is outcome.reason


def test_nobody_is_asked_for_in_the_name_of_an_unregistered_operator(stage: Stage):
    """
    The registry's law wants a registered officer behind every call.
    """
    purpose = Purpose("yitong", "registration", operator="window-7")
    outcome = stage.registry().verify(claim("woman", purpose=purpose))

    assert Unavailable(UnavailableReason.REFUSED) == outcome
    assert {} == stage.checks()


@pytest.mark.parametrize("purpose", [Purpose("", "registration"), Purpose("yitong", "")])
def test_a_call_without_a_purpose_is_refused_by_the_registry(stage: Stage, purpose: Purpose):
    """
    System and matter are not optional.
    """
    outcome = stage.registry().verify(claim("woman", purpose=purpose))

    assert Unavailable(UnavailableReason.REFUSED) == outcome


@pytest.mark.parametrize("kind", [k for k in DocumentType if "permit" not in k and not k.endswith("_18")])
def test_a_document_the_base_does_not_know_is_not_asked_for(kind: DocumentType):
    """
    Passports and first-generation numbers never travel to the population base.
    """
    with simulated() as stage:
        assert Unsupported() == stage.registry().verify(claim("woman", kind=kind))
        assert {} == stage.checks()


@pytest.mark.parametrize("name", ["", "\x00", "张\ufffe三", "\ud800", "张" * 400])
def test_text_that_is_no_name_never_raises(stage: Stage, name: str):
    """
    Whatever is typed, the port answers.
    """
    outcome = stage.registry().verify(claim("woman", name=name))

    assert isinstance(outcome, Unavailable | Mismatch)


def test_a_service_without_the_element_is_not_asked_about_the_phone(stage: Stage):
    """
    A setting of the profile: the phone does not travel, and nothing is known of it.
    """
    outcome = stage.registry(compares_phone=False).verify(claim("woman", phone="+8619900009999"))

    assert isinstance(outcome, Verified)
    assert PhoneMatch.UNKNOWN is outcome.phone


def test_an_open_breaker_answers_at_once(stage: Stage):
    """
    While the registry is out of order nobody waits for it.
    """
    registry = stage.registry(replace(PATIENT, outages=1))
    stage.order("error_500")
    registry.verify(claim("woman"))

    assert Unavailable(UnavailableReason.BREAKER_OPEN) == registry.verify(claim("woman"))


def test_wrong_credentials_at_the_registry_are_a_refusal(stage: Stage):
    """
    The registry behind the platform has its own user.
    """
    outcome = stage.registry(password="wrong").verify(claim("woman"))

    assert Unavailable(UnavailableReason.REFUSED) == outcome


def test_logs_tell_the_call_and_nothing_of_the_person(
    stage: Stage, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
):
    """
    Number, name, operator and secrets stay out of every log, on both sides of the wire.
    """
    caplog.set_level(logging.DEBUG)
    with structlog.testing.capture_logs() as events:
        for fault in ("clear", "drop", "error_500", "garbage", "wrong_signature", "mismatch", "trickle"):
            stage.order(fault)
            with meeting(fault):
                stage.registry().verify(claim("woman"))
    written = (
        f"{events} {caplog.text} {capfd.readouterr()} {stage.get('/control')} {stage.get('/control/calls')}"
    )
    woman = POPULATION.persona("woman")

    assert {"sid": CHECK, "outcome": "answered"}.items() <= events[0].items()
    assert {"event", "sid", "request_id", "outcome", "duration_ms", "log_level"} == set(events[0])
    for secret in (
        woman.number,
        woman.name,
        woman.phone.removeprefix("+86"),
        "示范操作员",
        "210000198001019001",
        "sandbox-app-key",
    ):
        assert secret not in written
