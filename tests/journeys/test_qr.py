"""A phone that is signed in signs a screen in: two browsers side by side, with scripts and without."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser import PHONE
from tests.journeys import steps
from tests.journeys.conftest import Visit
from tests.journeys.inspection import Inspector, chinese
from tests.journeys.sandbox import Citizen, Sandbox

pytestmark = pytest.mark.journey


def signed_in_phone(visit: Visit, sandbox: Sandbox, person: Citizen, **wishes: object) -> Page:
    """A phone on which this person is signed in."""
    phone = visit(size=PHONE, **wishes)
    phone.goto(f"{sandbox.issuer}/sign-in")
    steps.sign_in(phone, person.login, person.password)
    return phone


def showing_a_picture(desk: Page, sandbox: Sandbox) -> str:
    """The screen at its picture; gives the number beside it."""
    desk.goto(f"{sandbox.city}/sign-in")
    steps.press(desk, "main a[href$='/qr']")
    return desk.inner_text("#number")


def claim(phone: Page, sandbox: Sandbox, number: str) -> None:
    """Type the number and say that it is oneself."""
    phone.goto(f"{sandbox.issuer}/account/qr")
    steps.send(phone, "form#pairing-number", number=number)
    steps.press(phone, "button[value=claim]")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_a_phone_signs_a_screen_in(sandbox: Sandbox, visit: Visit, scripts: bool) -> None:
    """The screen follows by itself: it asks where scripts run, and comes anew where they do not."""
    person = sandbox.people["man"]
    phone, desk = signed_in_phone(visit, sandbox, person, scripts=scripts), visit(scripts=scripts)
    number = showing_a_picture(desk, sandbox)
    expect(desk.locator(".qr svg")).to_be_visible()

    claim(phone, sandbox, number)
    expect(phone.locator("main")).to_contain_text("市民门户")
    digits = desk.inner_text("#shown")
    steps.fill(phone, "form#pairing [name=digits]", digits)
    steps.press(phone, "button[value=confirm]")
    expect(phone.locator("h1")).to_have_text("已确认登录")

    desk.wait_for_url(lambda url: "/qr" not in url)
    steps.agree(desk)
    expect(desk.locator("#portal-person")).to_have_text(person.name)


def test_not_me_is_told_to_both(sandbox: Sandbox, visit: Visit) -> None:
    """The phone says that nothing has changed, the screen that it may ask anew."""
    phone, desk = signed_in_phone(visit, sandbox, sandbox.people["woman"]), visit()
    claim(phone, sandbox, showing_a_picture(desk, sandbox))
    steps.press(phone, "button[value=refuse]")

    expect(phone.locator("h1")).to_have_text("已拒绝这次登录")
    expect(desk.locator("#errors")).to_contain_text("手机上没有同意")
    steps.submit(desk, "form#qr")
    expect(desk.locator("#number")).to_be_visible()


@pytest.mark.parametrize("language", ["zh-CN", "en-GB"])
def test_every_page_of_it_is_for_everybody(sandbox: Sandbox, visit: Visit, language: str) -> None:
    """axe, width, one heading, one language: on the screen and on the phone."""
    inspector, person = Inspector(), sandbox.people["woman"]
    phone, desk = signed_in_phone(visit, sandbox, person, language=language), visit(language=language)
    desk.goto(f"{sandbox.city}?lang={'en' if language == 'en-GB' else 'zh'}")
    phone.goto(f"{sandbox.issuer}/account/qr")
    inspector.look("number", phone)
    number = showing_a_picture(desk, sandbox)
    inspector.look("picture", desk)
    steps.send(phone, "form#pairing-number", number=number)
    inspector.look("asked", phone)
    steps.press(phone, "button[value=claim]")
    inspector.look("digits-asked", phone)
    desk.locator("#shown").wait_for()
    inspector.look("digits-shown", desk)
    steps.fill(phone, "form#pairing [name=digits]", "00")
    steps.press(phone, "button[value=confirm]")
    inspector.look("mismatched", phone)
    expect(desk.locator("#errors")).to_be_visible()
    inspector.look("over", desk)

    seen = inspector.seen
    assert {} == {name: one.axe + one.too_wide for name, one in seen.items() if one.axe + one.too_wide}
    assert all(len(one.facts["headings"]) == 1 for one in seen.values())
    if language == "en-GB":
        assert [] == [word for one in seen.values() for word in chinese(one.words, [person.name])]
