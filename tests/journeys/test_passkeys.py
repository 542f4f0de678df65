"""Passkeys in a real browser, with a device beside it that recognises its person."""

import json

import pytest
from playwright.sync_api import Page, expect

from tests import device as software
from tests.agent import browsing
from tests.browser import PHONE, WIDE, complaints
from tests.journeys import passkeys, steps
from tests.journeys.conftest import Visit
from tests.journeys.inspection import Inspector
from tests.journeys.passkeys import Device
from tests.journeys.relying_party import RelyingParty
from tests.journeys.sandbox import Citizen, Sandbox

pytestmark = pytest.mark.journey

SIZES = pytest.mark.parametrize("size", [PHONE, WIDE], ids=["phone", "wide"])


def add(page: Page, sandbox: Sandbox, name: str) -> None:
    """Add the device's passkey and leave the recovery codes for another day."""
    page.goto(f"{sandbox.issuer}/account/methods/passkey")
    steps.send(page, "form#passkey", name=name)
    page.goto(f"{sandbox.issuer}/account/methods")


def forget(page: Page) -> None:
    """Be a stranger in this browser, the device still beside it."""
    page.context.clear_cookies()


def registered(page: Page, sandbox: Sandbox) -> Citizen:
    """A new citizen, signed in at the provider."""
    citizen = sandbox.newcomer()
    page.goto(f"{sandbox.issuer}/register")
    steps.register(page, sandbox, citizen)
    page.goto(f"{sandbox.issuer}/account")
    return citizen


@SIZES
def test_a_passkey_from_adding_to_taking_away(sandbox: Sandbox, visit: Visit, size: tuple[int, int]) -> None:
    """Added under a name, used at the button, renamed, removed; and then worth nothing."""
    page = visit(size=size)
    inspector = Inspector()
    registered(page, sandbox)
    with passkeys.beside(page) as device, complaints(page) as heard:
        page.goto(f"{sandbox.issuer}/account/methods/passkey")
        inspector.look("add", page)
        page.set_viewport_size({"width": size[0], "height": size[1]})
        add(page, sandbox, "我的手机")
        expect(page.locator("form#methods")).to_contain_text("我的手机")
        assert 1 == device.passkeys

        forget(page)
        sign_in_at_button(page, sandbox, device, inspector)
        expect(page.locator("h1")).to_be_visible()
        assert page.url.endswith("/account")

        page.goto(f"{sandbox.issuer}/account/methods")
        steps.press(page, "form#methods a[href*='/passkey/']")
        inspector.look("rename", page)
        steps.send(page, "form#passkey-name", name="旧手机")
        expect(page.locator("form#methods")).to_contain_text("旧手机")
        inspector.look("overview", page)
        steps.press(page, "form#methods button[name=end]")
        expect(page.locator("form#methods")).not_to_contain_text("旧手机")

        forget(page)
        sign_in_at_button(page, sandbox, device, inspector)
        expect(page.locator("#errors")).to_contain_text("没有登记，或已经移除")
        assert [] == [text for text in heard if "Failed to load" not in text]
    assert {} == {name: seen for name, seen in inspector.seen.items() if seen.axe or seen.too_wide}


def at_button(page: Page, sandbox: Sandbox) -> None:
    """From the sign-in page to the passkey's own, without the autofill answering first."""
    page.goto(f"{sandbox.issuer}/sign-in")
    steps.press(page, "main a[href$='/passkey']")


def sign_in_at_button(page: Page, sandbox: Sandbox, device: Device, inspector: Inspector) -> None:
    """Press it, but first look at the page."""
    device.attend(False)
    at_button(page, sandbox)
    size = page.viewport_size
    inspector.look("button", page)
    assert size is not None
    page.set_viewport_size(size)
    device.attend(True)
    steps.submit(page, "form#passkey")


@SIZES
def test_a_passkey_is_chosen_in_the_login_field(
    sandbox: Sandbox, visit: Visit, size: tuple[int, int]
) -> None:
    """The browser offers it as autofill; whoever chooses it is in, and typed nothing."""
    page = visit(size=size)
    registered(page, sandbox)
    with passkeys.beside(page, synced=True):
        add(page, sandbox, "云端")
        forget(page)
        page.goto(f"{sandbox.issuer}/sign-in")
        page.wait_for_url("**/account")

        expect(page.locator("form#sign-out")).to_have_count(1)


def test_a_service_that_asks_for_two_factors_gets_the_passkey(
    sandbox: Sandbox, page: Page, application: RelyingParty
) -> None:
    """After the password the same sign-in asks for it, and the application hears of both."""
    citizen = registered(page, sandbox)
    with passkeys.beside(page) as device:
        add(page, sandbox, "办公电脑")
        forget(page)
        device.attend(False)
        page.goto(application.request(acr_values="ial1.aal2"))
        steps.sign_in(page, citizen.phone.removeprefix("+86"), steps.NEW_PASSWORD)
        expect(page.locator("h1")).to_have_text("用通行密钥确认")
        device.attend(True)
        steps.submit(page, "form#passkey")
        steps.agree(page)

    assert "code" in application.answer


def test_without_scripts_other_ways_stay(sandbox: Sandbox, visit: Visit) -> None:
    """The page says what is missing and leads back."""
    page = visit(scripts=False)
    at_button(page, sandbox)
    expect(page.locator("[data-missing]")).to_be_visible()
    expect(page.locator("form#passkey button")).to_be_hidden()
    steps.press(page, "main .links a")

    expect(page.locator("form#sign-in")).to_be_visible()


def test_somebody_who_does_not_answer_can_try_again(sandbox: Sandbox, page: Page) -> None:
    """A device without a passkey of ours ends nothing: the page says so and keeps its button."""
    with passkeys.beside(page):
        at_button(page, sandbox)
        page.locator("form#passkey button").click()
        expect(page.locator("[data-cancelled]")).to_be_visible()
        expect(page.locator("form#passkey button")).to_be_enabled()


def test_a_tool_signs_in_by_the_passkey_of_the_sandbox(sandbox: Sandbox) -> None:
    """Its private key is in `sandbox.json`, so that programs can sign without a browser."""
    with browsing(sandbox.issuer) as agent:
        arrived = agent.open(f"{sandbox.issuer}/sign-in")
        page = agent.open(next(link for link in arrived.links if link.endswith("/passkey")))
        asked = json.loads(page.forms["passkey"].get("data-get"))
        device = software.Device.of(sandbox.people["hong_kong"].passkey, sandbox.issuer)
        entered = agent.send(page, "passkey", credential=device.get(asked))

    assert f"{sandbox.issuer}/account" == entered.url
