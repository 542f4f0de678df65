"""Getting back in without the phone, and the day that important things wait afterwards."""

import re
from datetime import datetime

import pyotp
import pytest

from connectors.simulator.personas import Persona
from idp import clock
from idp.authenticators import catalogue
from idp.persons import hold
from idp.persons.models import Person
from tests.idp.account.stage import Browser, Stage, identity, newcomer

NEW = "five patient cranes"
PAGE = "/recover/without-phone"


def with_codes(stage: Stage, index: int) -> tuple[Persona, Browser, list[str]]:
    """Somebody who has printed recovery codes."""
    person = newcomer(index)
    browser = stage.browser().register(person)
    browser.get("/account/methods/recovery-codes").fill("/account/methods/recovery-codes")
    return person, browser, re.findall(r"<code>([0-9a-z-]{14})</code>", browser.text)


def recover(stage: Stage, person: Persona, **said: str) -> Browser:
    """Fill in the page."""
    fields = {key: value for key, value in identity(person).items() if key in {"kind", "name", "number"}}
    return stage.browser().get(PAGE).fill(PAGE, **{"login": person.phone, **fields, **said})


def test_a_recovery_code_and_the_document_are_enough(stage: Stage) -> None:
    """The new password works, what was open is closed, and the code is spent."""
    person, before, codes = with_codes(stage, 1)
    there = recover(stage, person, code=codes[0]).fill("/recover/password", password=NEW)
    again = recover(stage, person, code=codes[0])

    assert "/recover/password" == there.path
    assert "/account" == stage.browser().sign_in(person.phone, NEW).path
    assert "/sign-in" == before.get("/account").path
    assert "核对没有通过" in again.text


@pytest.mark.parametrize("wrong", ["login", "name", "number", "code", "stranger"])
def test_any_fault_is_one_answer(stage: Stage, wrong: str) -> None:
    """Nobody learns which part was wrong, nor whether there is an account."""
    index = {"login": 2, "name": 3, "number": 4, "code": 5, "stranger": 6}[wrong]
    person, _, codes = with_codes(stage, index)
    said = {
        "login": {"login": "nobody_here"},
        "name": {"name": "王不是"},
        "number": {"number": newcomer(18).number},
        "code": {"code": "a" * 12},
        "stranger": {"login": "+8619922000001", "number": newcomer(17).number, "name": newcomer(17).name},
    }[wrong]
    page = recover(stage, person, **{"code": codes[0], **said})

    assert (PAGE, 200) == (page.path, page.status)
    assert "核对没有通过" in page.text


def test_guessing_codes_is_slowed_down(stage: Stage) -> None:
    """By login and source, as every guess is."""
    person, _, _ = with_codes(stage, 7)
    answers = [recover(stage, person, code=f"{number:06d}").status for number in range(8)]

    assert 429 == answers[-1]


def recovered(stage: Stage, index: int) -> tuple[Persona, Browser]:
    """Somebody whose password was recovered just now, signed in."""
    person, _, codes = with_codes(stage, index)
    recover(stage, person, code=codes[0]).fill("/recover/password", password=NEW)
    return person, stage.browser().sign_in(person.phone, NEW)


def test_ways_of_signing_in_wait_a_day(stage: Stage) -> None:
    """Whoever recovered the password by a stolen phone cannot make themselves at home (24 h)."""
    _, browser = recovered(stage, 8)
    browser.get("/account/methods/totp")

    assert 403 == browser.status
    assert "之后才能更改" in browser.text


def test_a_code_to_the_phone_is_no_second_factor_meanwhile(stage: Stage) -> None:
    """It would be the one phone twice."""
    person, _ = recovered(stage, 9)
    everything = {way.needs for way in catalogue.WAYS if way.needs}

    def ways(now: datetime) -> list[str]:
        with stage.services.database.reading() as db:
            found = db.get_one(Person, stage.person(person.phone).id)  # type: ignore[union-attr]
            return [way.name for way in catalogue.further(db, found, {"pwd"}, 2, everything, now)]

    assert "sms" not in ways(clock.now())
    assert "sms" in ways(clock.now() + hold.LENGTH)


def test_two_steps_stay_two_steps(stage: Stage) -> None:
    """A recovered password is the first of them and no more."""
    person = newcomer(10)
    browser = stage.browser().register(person).get("/account/methods/totp")
    seed = re.search(r'id="seed">([A-Z2-7 ]+)<', browser.text)
    assert seed is not None
    app = pyotp.TOTP(seed.group(1).replace(" ", ""))
    browser.fill("/account/methods/totp", code=app.now(), two_steps="yes")
    recover(stage, person, code=app.at(clock.now(), counter_offset=1)).fill("/recover/password", password=NEW)

    assert "/totp" == stage.browser().sign_in(person.phone, NEW).path


def test_an_app_that_is_judged_in_nobodys_place_opens_nothing(stage: Stage) -> None:
    """Its code is right for its owner alone, and is not spent by who tries it elsewhere."""
    owner, other = newcomer(21), newcomer(22)
    browser = stage.browser().register(owner).get("/account/methods/totp")
    stage.browser().register(other)
    seed = re.search(r'id="seed">([A-Z2-7 ]+)<', browser.text)
    assert seed is not None
    app = pyotp.TOTP(seed.group(1).replace(" ", ""))
    browser.fill("/account/methods/totp", code=app.now(), two_steps="yes")
    recover(stage, owner, code="000000")
    right = app.at(clock.now(), counter_offset=1)

    assert PAGE == recover(stage, other, code=right).path
    assert "/recover/password" == recover(stage, owner, code=right).path
