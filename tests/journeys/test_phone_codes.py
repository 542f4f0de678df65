"""Signing in with a code sent to a phone: alone, read out, and as the second of two steps."""

import pytest
from playwright.sync_api import Page, expect

from tests.journeys import steps
from tests.journeys.conftest import Visit
from tests.journeys.inspection import Inspector, chinese
from tests.journeys.relying_party import RelyingParty
from tests.journeys.sandbox import Sandbox

pytestmark = pytest.mark.journey
BOTH = pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])


def at_phone(page: Page, entrance: str) -> None:
    """On the page that asks for a phone."""
    page.goto(entrance)
    steps.press(page, "main a[href$='/sms']")


def ask(page: Page, sandbox: Sandbox, phone: str, channel: str = "text", form: str = "form#sms") -> str:
    """Press for a code; gives the one that came."""
    with sandbox.next_message(phone) as message:
        steps.press(page, f"{form} button[value={channel}]")
    return message()["code"]


@BOTH
def test_a_code_signs_in_at_a_portal(sandbox: Sandbox, visit: Visit, scripts: bool) -> None:
    """Phone, code, and in; no password is asked for."""
    page, person = visit(scripts=scripts), sandbox.people["man"]
    at_phone(page, f"{sandbox.city}/sign-in")
    steps.fill_in(page, "form#sms", phone=person.phone.removeprefix("+86"))
    code = ask(page, sandbox, person.phone)
    expect(page.locator("[name=code]")).to_have_attribute("autocomplete", "one-time-code")
    steps.send(page, "form#sms-code", code=code)
    steps.agree(page)

    expect(page.locator("#portal-person")).to_have_text(person.name)


def test_another_code_can_be_had_after_a_countdown(sandbox: Sandbox, visit: Visit) -> None:
    """The button counts down where scripts run; without them it answers that it is too soon."""
    held, plain, person = visit(), visit(scripts=False), sandbox.people["woman"]
    for page in (held, plain):
        at_phone(page, f"{sandbox.issuer}/sign-in")
        steps.fill_in(page, "form#sms", phone=person.phone)
        ask(page, sandbox, person.phone)
    again = held.locator("form#sms-code button[value=text]")
    steps.press(plain, "form#sms-code button[value=text]")

    expect(again).to_be_disabled()
    expect(again).to_contain_text("秒后可以重新获取")
    expect(plain.locator("#errors")).to_contain_text("60 秒")


@BOTH
def test_password_and_code_satisfy_a_service_that_asks_for_two(
    sandbox: Sandbox, visit: Visit, application: RelyingParty, scripts: bool
) -> None:
    """The code goes to the person's own phone, masked, and only when they press for it."""
    page, person = visit(scripts=scripts), sandbox.people["middle_dot" if scripts else "rare_character"]
    page.goto(application.request(acr_values="ial1.aal2"))
    steps.sign_in(page, person.login, person.password)
    expect(page.locator("h1")).to_have_text("用短信验证码确认")
    expect(page.locator("main")).not_to_contain_text(person.phone.removeprefix("+86"))
    code = ask(page, sandbox, person.phone)
    steps.send(page, "form#sms-code", code=code)
    steps.agree(page)

    assert "code" in application.answer


def test_a_code_that_is_heard_is_as_good(sandbox: Sandbox, page: Page) -> None:
    """For who cannot read a message; the inbox tells a call from a text."""
    person = sandbox.people["dot_dropped"]
    at_phone(page, f"{sandbox.issuer}/sign-in")
    steps.fill_in(page, "form#sms", phone=person.phone)
    code = ask(page, sandbox, person.phone, "voice")
    expect(page.locator("main .lead")).to_contain_text("请接听")
    steps.send(page, "form#sms-code", code=code)

    expect(page.locator("form#sign-out")).to_have_count(1)
    assert "voice" == sandbox.messages(person.phone)[0]["channel"]


@BOTH
def test_a_phone_without_an_account_registers_at_once(sandbox: Sandbox, visit: Visit, scripts: bool) -> None:
    """Its phone is proven already: registration begins with the document."""
    page, person = visit(scripts=scripts), sandbox.newcomer()
    at_phone(page, f"{sandbox.city}/sign-in")
    steps.fill_in(page, "form#sms", phone=person.phone)
    steps.send(page, "form#sms-code", code=ask(page, sandbox, person.phone))
    expect(page.locator("h1")).to_have_text("这个手机号码还没有账号")
    steps.press(page, steps.ONWARD)
    steps.tell_identity(page, "form#register-identity", person)
    steps.press(page, steps.ONWARD)
    steps.send(page, "form#register-password", password=steps.NEW_PASSWORD)
    steps.agree(page)

    expect(page.locator("#portal-person")).to_have_text(person.name)


@pytest.mark.parametrize("language", ["zh-CN", "en-GB"])
def test_the_pages_are_sound(sandbox: Sandbox, visit: Visit, language: str) -> None:
    """axe finds nothing, nothing is wider than the screen, and English pages speak English."""
    inspector, person, page = Inspector(), sandbox.newcomer(), visit(language=language)
    at_phone(page, f"{sandbox.issuer}/sign-in")
    inspector.look("phone", page)
    steps.fill_in(page, "form#sms", phone=person.phone)
    code = ask(page, sandbox, person.phone, "voice")
    inspector.look("code", page)
    steps.send(page, "form#sms-code", code=f"{(int(code) + 1) % 1_000_000:06d}")
    inspector.look("wrong", page)
    steps.send(page, "form#sms-code", code=code)
    inspector.look("new", page)

    seen = inspector.seen
    assert [] == [found for one in seen.values() for found in one.axe + one.too_wide]
    if language == "en-GB":
        assert [] == [word for one in seen.values() for word in chinese(one.words, [])]
