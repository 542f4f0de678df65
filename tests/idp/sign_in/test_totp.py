"""An authenticator app as the second of two steps."""

import re

import pyotp
import pytest
from sqlalchemy import select, update

from connectors.simulator.personas import Persona
from idp import clock
from idp.authenticators import guesses, totp
from idp.authenticators.models import Credential
from idp.persons.models import Person
from tests.idp.account.stage import Browser, Stage


def seed_shown(browser: Browser) -> str:
    """The key as the page writes it for who cannot scan."""
    found = re.search(r'id="seed">([A-Z2-7 ]+)<', browser.text)
    assert found is not None
    return found.group(1).replace(" ", "")


@pytest.fixture(scope="module")
def seed(stage: Stage, resident: Persona) -> str:
    """The app the resident has added, two steps chosen."""
    browser = stage.browser().sign_in(resident.phone).get("/account/methods/totp")
    seed = seed_shown(browser)
    browser.fill(code=pyotp.TOTP(seed).now(), two_steps="yes")
    assert "已添加“验证器应用" in browser.text
    return seed


def forget_steps(stage: Stage) -> None:
    """Let codes of this half minute count anew, as those of the next one would."""
    with stage.services.database.writing() as db:
        db.execute(update(Credential).where(Credential.kind == totp.KIND).values(used=0))
        for person_id in db.scalars(select(Person.id)):
            guesses.forgive(stage.services.state, f"totp|{person_id.hex}")


@pytest.fixture
def asked(stage: Stage, resident: Persona, seed: str) -> Browser:
    """A browser that has given the password and is asked for the code."""
    forget_steps(stage)
    return stage.browser().sign_in(resident.phone)


def test_a_password_alone_opens_nothing(asked: Browser) -> None:
    """Half a sign-in is none: neither the own pages nor a portal take it (two steps)."""
    where = asked.path
    asked.get("/account")

    assert ("/totp", "/totp") == (where, asked.path)


def test_the_right_code_completes_it(asked: Browser, seed: str) -> None:
    """And leads where one wanted to go."""
    asked.fill(code=pyotp.TOTP(seed).now())

    assert "/account" == asked.path


def test_a_code_is_accepted_once(stage: Stage, resident: Persona, asked: Browser, seed: str) -> None:
    """Whoever watched it being typed has nothing (RFC 6238 §5.2)."""
    code = pyotp.TOTP(seed).now()
    asked.fill(code=code)
    thief = stage.browser().sign_in(resident.phone).fill(code=code)

    assert "/totp" == thief.path
    assert "动态码不对" in thief.text or "验证码不对" in thief.text


def test_guessing_is_slowed_down(stage: Stage, resident: Persona, seed: str) -> None:
    """Delay, never a lock; the count is of the person, whatever browser they are in."""
    forget_steps(stage)
    browser = stage.browser("192.0.2.99").sign_in(resident.phone)
    for number in range(8):
        browser.fill(code=f"{number:06d}")

    assert 429 == browser.status


def test_guessing_is_worth_nothing_after_three(
    stage: Stage, resident: Persona, seed: str, asked: Browser
) -> None:
    """Even the right code reads as a wrong one then; a mistake that is mended at once is no guess."""
    forget_steps(stage)
    person = stage.person(resident.phone)
    assert person is not None
    now, who, where = clock.now(), f"totp|{person.id.hex}", "198.51.100.200"

    def heard(times: int) -> int:
        budget = guesses.of_person(stage.services.state, who, where, totp.WRONG_A_DAY, now)
        return sum(guesses.admit((budget,)) is not None for _ in range(times))

    first = heard(50)
    guesses.forgive(stage.services.state, who)

    assert (2, 2) == (first, heard(50))


def test_the_seed_is_nowhere_in_the_open(stage: Stage, seed: str) -> None:
    """It is sealed at rest, and gone when the app is taken away."""
    with stage.services.database.reading() as db:
        credential = db.query(Credential).filter_by(kind=totp.KIND, ended_at=None).one()

        assert seed.encode() not in (credential.seed_sealed or b"")
        assert seed not in credential.secret + str(credential.details)
        assert seed == credential.seed


def test_of_two_equal_codes_at_once_one_is_accepted(stage: Stage, resident: Persona, seed: str) -> None:
    """The step is moved by one conditional update."""
    forget_steps(stage)
    code, now = pyotp.TOTP(seed).now(), clock.now()
    person = stage.person(resident.phone)
    assert person is not None
    with stage.services.database.writing() as db:
        outcomes = [totp.accept(db, person.id, code, now) for _ in range(2)]

    assert [True, False] == outcomes


def test_taking_the_last_app_away_ends_two_steps(stage: Stage, asked: Browser, seed: str) -> None:
    """It takes a fresh proof with the app itself; afterwards the password is enough."""
    asked.fill(code=pyotp.TOTP(seed).now()).get("/account/methods")
    own = re.search(r'name="end" value="([0-9a-f-]{36})"', asked.text)
    assert own is not None
    asked.fill("/account/methods", end=own.group(1))
    with stage.services.database.reading() as db:
        least = {person.least_aal for person in db.query(Person)}

    assert ("/account/methods", True) == (asked.path, "已移除" in asked.text)
    assert {1} == least
