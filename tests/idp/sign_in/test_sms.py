"""A code sent to a phone: alone, and as the second of two steps."""

from itertools import count

import pytest

from connectors.simulator.personas import Persona
from idp import clock
from idp.authenticators import credentials
from idp.persons import lifecycle
from idp.persons.models import Person
from tests.idp.account.stage import PASSWORD, Browser, Stage, passer_by

PEOPLE = count(1)


@pytest.fixture
def someone(stage: Stage) -> Persona:
    """Somebody with an account, whose phone has got one message so far."""
    person = passer_by(next(PEOPLE))
    stage.browser("203.0.113.1").register(person)
    return person


def at_phone(stage: Stage, source: str = "192.0.2.1") -> Browser:
    """A browser on the page that asks for a phone."""
    browser = stage.browser(source).get("/sign-in")
    return browser.get(browser.address.replace("/sign-in", "/sms"))


def coded(stage: Stage, phone: str, channel: str = "text") -> tuple[Browser, str]:
    """A browser on the code page, and the code its phone got."""
    browser = at_phone(stage).fill(phone=phone, send=channel)
    return browser, stage.messages(phone)[0]["code"]


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def test_the_sign_in_page_offers_it(stage: Stage) -> None:
    """Beside the password."""
    assert "/sms" in stage.browser().get("/sign-in").text


def test_phone_and_code_are_a_sign_in(stage: Stage, someone: Persona) -> None:
    """Without a password, and once: the code is used up (level aal1)."""
    browser, code = coded(stage, someone.phone)
    browser.fill(code=code)

    assert "/account" == browser.path
    assert "/account" == browser.get("/account").path


def test_a_code_can_be_read_out(stage: Stage, someone: Persona) -> None:
    """For who cannot read a message; it is told from a text by its channel."""
    browser, code = coded(stage, someone.phone, "voice")

    assert "voice" == stage.messages(someone.phone)[0]["channel"]
    assert "/account" == browser.fill(code=code).path


def test_a_wrong_code_is_refused(stage: Stage, someone: Persona) -> None:
    """The page stays, and the right one still counts."""
    browser, code = coded(stage, stage.spare_phone())
    browser.fill(code=wrong(code))

    assert "/sms" == browser.path
    assert "验证码不对" in browser.text


def test_a_stranger_learns_nothing_of_a_phone(stage: Stage, someone: Persona) -> None:
    """Known or not: the same pages, the same words, until the phone is proven."""
    pages = []
    for phone in (someone.phone, stage.spare_phone()):
        browser, code = coded(stage, phone)
        asked = browser.text.replace(browser.address, "")
        browser.fill(code=wrong(code))
        pages.append((browser.status, browser.path, len(asked), "sms-code" in browser.text))

    assert pages[0] == pages[1]


def test_an_unknown_phone_goes_on_to_registration(stage: Stage) -> None:
    """Only who has proven it hears that nobody has it; no second code is needed."""
    browser, code = coded(stage, stage.spare_phone())
    browser.fill(code=code)

    assert "/sms" == browser.path
    assert "还没有账号" in browser.text
    assert "/register/identity" == browser.get("/register/identity").path


def test_nobody_is_led_there_unproven(stage: Stage) -> None:
    """The page's address alone shows nothing."""
    browser = at_phone(stage)

    assert "还没有账号" not in browser.get(f"{browser.address}?new=yes").text


def test_a_code_serves_the_browser_that_asked(stage: Stage, someone: Persona) -> None:
    """A code read to a caller is worth nothing in the caller's own browser, or for another purpose."""
    phone = stage.spare_phone()
    _, code = coded(stage, phone)
    thief, own = coded(stage, phone)
    thief.fill(code=code)
    recovering = stage.browser().get("/recover").fill(phone=phone).fill(code=own)

    assert code == own or "还没有账号" not in thief.text
    assert "/recover/code" == recovering.path


def test_another_message_waits(stage: Stage) -> None:
    """A minute, counted down on the page."""
    phone = stage.spare_phone()
    browser, _ = coded(stage, phone)
    browser.fill(send="text")

    assert 429 == browser.status
    assert 'data-seconds="60"' in browser.text
    assert 1 == len(stage.messages(phone))


@pytest.mark.parametrize("phone", ["", "12", "02812345678"])
def test_what_is_no_mobile_phone_is_refused(stage: Stage, phone: str) -> None:
    """At the field."""
    browser = at_phone(stage).fill(phone=phone, send="text")

    assert (400, "/sms") == (browser.status, browser.path)


@pytest.fixture
def confirming(stage: Stage, someone: Persona) -> Browser:
    """A browser that gave the password of somebody who asks for two steps."""
    person = stage.person(someone.phone)
    assert person is not None
    with stage.services.database.writing() as db:
        credentials.choose_two_steps(db, person.id, True)
    return stage.browser().sign_in(someone.phone)


def test_the_second_step_goes_to_ones_own_phone(stage: Stage, someone: Persona, confirming: Browser) -> None:
    """It is shown masked, nothing is sent before it is asked for, and no other phone can be named."""
    sent = len(stage.messages(someone.phone))
    other = stage.spare_phone()
    asked = confirming.text
    confirming.fill(phone=other, send="text")

    assert f"{someone.phone[3:6]}****{someone.phone[-4:]}" in asked
    assert someone.phone[3:] not in asked
    assert (sent + 1, 0) == (len(stage.messages(someone.phone)), len(stage.messages(other)))


def test_the_page_says_who_asks_and_what_is_missing(stage: Stage, confirming: Browser) -> None:
    """The person's own choice is not put on a service, and what they have shown is counted."""
    assert "您给自己的账号开启了两步验证" in confirming.text
    assert "已经确认：密码。" in confirming.text
    assert "还缺：您手上的东西" in confirming.text


@pytest.mark.parametrize("channel", ["text", "voice"])
def test_password_and_code_are_two_steps(
    stage: Stage, someone: Persona, confirming: Browser, channel: str
) -> None:
    """Knowledge and possession: level aal2, whether the code is read or heard."""
    half = confirming.path
    confirming.fill(send=channel).fill(code=stage.messages(someone.phone)[0]["code"])

    assert ("/sms", "/account") == (half, confirming.path)


def test_code_and_password_are_two_steps_as_well(stage: Stage, someone: Persona, confirming: Browser) -> None:
    """Whoever begins with the phone confirms with the password; an hour of codes alone is one step."""
    browser, code = coded(stage, someone.phone)
    browser.fill(code=code)
    half = browser.path
    assert "还缺：只有您知道的密码" in browser.text
    browser.fill(login=someone.phone, password=PASSWORD)

    assert ("/sign-in", "/account") == (half, browser.path)


def test_somebody_elses_password_confirms_nothing(
    stage: Stage, someone: Persona, confirming: Browser, resident: Persona
) -> None:
    """Both steps are one person's."""
    browser, code = coded(stage, someone.phone)
    browser.fill(code=code).fill(login=resident.phone, password=PASSWORD)

    assert (403, "/sign-in") == (browser.status, browser.path)
    assert "/account" != browser.get("/account").path


def test_a_code_to_sign_in_confirms_nothing(stage: Stage, someone: Persona, confirming: Browser) -> None:
    """Who has the password and talks somebody out of a code for signing in has the wrong one."""
    _, code = coded(stage, someone.phone)
    confirming.fill(code=code)

    assert "/sms" == confirming.path
    assert 2 <= len(stage.messages(someone.phone))
    assert "/account" != confirming.get("/account").path


def test_a_frozen_person_is_not_let_in(stage: Stage, someone: Persona) -> None:
    """The phone proves who they are, not that they may enter."""
    person = stage.person(someone.phone)
    assert person is not None
    with stage.services.database.writing() as db:
        lifecycle.freeze(db, db.get_one(Person, person.id), "lost", clock.now())
    browser, code = coded(stage, someone.phone)
    browser.fill(code=code)

    assert (403, "/sms") == (browser.status, browser.path)


def test_nothing_is_logged_of_phone_or_code(
    stage: Stage, someone: Persona, capfd: pytest.CaptureFixture[str]
) -> None:
    """A code in a log is a code given away."""
    browser, code = coded(stage, someone.phone)
    browser.fill(code=code)
    written = "".join(capfd.readouterr())

    assert [] == [secret for secret in (code, someone.phone[3:]) if secret in written]
