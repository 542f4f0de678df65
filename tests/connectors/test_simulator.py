"""The simulator itself: what it refuses, what it shows, who lives in it."""

import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import date, datetime, timedelta

import phonenumbers
import pytest

from connectors.public_security import KNOWN
from connectors.simulator.faults import FaultKind
from connectors.simulator.population import digest, few, populate
from idp import clock
from idp.notices.sms import Message
from idp.persons.identifiers import parse
from idp.persons.registry import PhoneMatch, Unavailable, UnavailableReason, Verified
from tests.connectors.stage import POPULATION, Stage, claim, simulated


@pytest.fixture
def stage() -> Iterator[Stage]:
    with simulated() as running:
        yield running


@pytest.mark.parametrize(
    "order",
    [
        {},
        {"fault": "explode"},
        {"fault": "slow", "times": 0},
        {"fault": "slow", "times": -2},
        {"fault": "slow", "times": "1"},
        {"fault": "slow", "match": "nobody"},
        {"fault": "slow", "match": 1},
        [],
    ],
)
def test_an_order_that_makes_no_sense_is_explained(stage: Stage, order: object):
    """
    400 with the faults there are.
    """
    with pytest.raises(urllib.error.HTTPError) as refused:
        stage.post("/control", order)

    assert 400 == refused.value.code
    assert b'"trickle"' in refused.value.read()


@pytest.mark.parametrize("fault", list(FaultKind))
def test_every_fault_can_be_ordered_and_lifted(stage: Stage, fault: str):
    """
    Clear lifts everything.
    """
    ordered = stage.post("/control", {"fault": fault, "times": -1})["active"]
    stage.order("clear")

    assert [{"fault": fault, "match": "", "times": -1}] == ordered
    assert [] == stage.get("/control")["active"]


@pytest.mark.parametrize("by", ["key", "digest", "number"])
def test_a_fault_can_be_meant_for_one_person(stage: Stage, by: str):
    """
    Others are answered as ever, and the number is not shown.
    """
    number = POPULATION.persona("man").number
    stage.order("error_500", {"key": "man", "digest": digest(number), "number": number}[by])
    registry = stage.registry()

    assert number not in str(stage.get("/control"))
    assert isinstance(registry.verify(claim("woman")), Verified)
    assert Unavailable(UnavailableReason.TRANSPORT) == registry.verify(claim("man"))


def test_a_fault_is_met_as_often_as_ordered(stage: Stage):
    """
    The third call is answered.
    """
    stage.order("mismatch", times=2)
    registry = stage.registry()
    outcomes = [isinstance(registry.verify(claim("man")), Verified) for _ in range(3)]

    assert [False, False, True] == outcomes


def test_a_phone_on_file_can_be_made_to_differ(stage: Stage):
    """
    Number and name still match: the fault is about the phone alone.
    """
    stage.order("phone_mismatch", "man")
    outcomes = [stage.registry().verify(claim("man")) for _ in range(2)]

    assert [PhoneMatch.MISMATCH, PhoneMatch.MATCH] == [
        outcome.phone for outcome in outcomes if isinstance(outcome, Verified)
    ]


def test_the_personas_have_a_phone_on_file_and_the_crowd_has_none():
    """
    The sandbox's people prove themselves with the phone they are listed with; others with any.
    """
    on_file = {number: resident.phone for number, resident in populate().residents.items() if resident.phone}
    known = {p.number: p.phone for p in populate().personas if p.kind in KNOWN}

    assert known == on_file


def test_in_the_sandbox_few_have_left_a_phone():
    """
    Whoever may still register does so with any phone; one of them shows what another phone on file means.
    """
    known = {p.number: p for p in populate().personas if p.kind in KNOWN and not p.registered}
    residents = populate(crowd=0, left_a_phone=few).residents
    left = [known[number].key for number, resident in residents.items() if resident.phone and number in known]

    assert ["unregistered-19"] == left


def test_clear_can_be_meant_for_one_match(stage: Stage):
    """
    Lifting one person's fault leaves the other's.
    """
    stage.order("slow", "man")
    stage.order("slow", "woman")
    stage.order("none", "man")

    assert ["woman"] == [order["match"] for order in stage.get("/control")["active"]]


def test_a_call_from_another_time_is_refused():
    """
    rtime must lie within five minutes of the platform's clock.
    """
    with simulated(now=lambda: clock.now() + timedelta(minutes=6)) as stage:
        assert Unavailable(UnavailableReason.TRANSPORT) == stage.registry().verify(claim("man"))
        assert 0 == stage.get("/control/calls")["refreshes"]


def test_a_secret_that_has_ended_is_refused():
    """
    The client renews before the end; a secret shorter than its margin is renewed for every call.
    """
    with simulated(secret_life=timedelta(seconds=30)) as stage:
        registry = stage.registry()
        outcomes = [registry.verify(claim("man")) for _ in range(2)]

        assert all(isinstance(outcome, Verified) for outcome in outcomes)
        assert 2 == stage.get("/control/calls")["refreshes"]


def test_an_unauthorised_service_is_refused(stage: Stage):
    """
    E-106: the service code is not in the authorisation list.
    """
    outcome = stage.registry(sids={"identity_check": "s_other"}).verify(claim("man"))

    assert Unavailable(UnavailableReason.REFUSED) == outcome


@pytest.mark.parametrize("asked", ["13800000001", "+8613800000001", "%2B8613800000001", "008613800000001"])
def test_the_inbox_is_read_with_or_without_the_country_code(stage: Stage, asked: str):
    """
    One phone has many spellings, one of them with a plus nobody escaped.
    """
    stage.sms().send("+8613800000001", Message("t", "您的验证码是123456，5分钟内有效。"), reference="m-1")
    stage.sms().send("+8613800000002", Message("t", "您的验证码是222222。"), reference="m-2")

    assert [("+8613800000001", "123456")] == [
        (message["phone"], message["code"]) for message in stage.get(f"/sms/inbox?phone={asked}")
    ]


def test_the_inbox_is_newest_first_and_bounded(stage: Stage):
    """
    Five hundred messages stay; each says when it came.
    """
    sms = stage.sms()
    for index in range(505):
        sms.send("+8613800000001", Message("t", f"{index:06d}"), reference=f"m-{index}")
    messages = stage.get("/sms/inbox?phone=13800000001")

    assert (500, "000504") == (len(messages), messages[0]["code"])
    assert {"phone", "text", "code", "at", "channel"} == set(messages[0])
    assert datetime.fromisoformat(messages[0]["at"]).tzinfo


def test_the_home_page_shows_the_code_as_text(stage: Stage):
    """
    A newcomer reads the code in a browser; a message is never markup there.
    """
    stage.sms().send("+8613800000001", Message("t", "<b>验证码 123456</b>"), reference="m-1")
    with urllib.request.urlopen(stage.url, timeout=60) as answer:
        page = answer.read().decode()

    assert '<td class="code">123456</td>' in page
    assert "&lt;b&gt;" in page


def test_everybody_has_a_valid_document_and_phone():
    """
    Personas pass every check the product makes.
    """
    for persona in POPULATION.personas:
        read = parse(persona.kind, persona.number, date(2026, 11, 1), persona.country or None)

        assert persona.number == read.value
        assert phonenumbers.is_valid_number(phonenumbers.parse(persona.phone))


def test_nobody_shares_a_key_a_number_or_a_phone():
    """
    Each persona is one person.
    """
    for attribute in ("key", "number", "phone"):
        values = [getattr(persona, attribute) for persona in POPULATION.personas]

        assert len(values) == len(set(values))


def test_the_population_is_thousands_and_the_same_for_the_same_seed():
    """
    A seed names a population.
    """
    assert populate() == populate()
    assert populate(seed=1) != populate(seed=2)
    assert 5000 < len(populate().residents)
