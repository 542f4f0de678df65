"""A person's own pages: what they hold, and that what is ended there has ended everywhere."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser import PHONE, WIDE
from tests.journeys import steps
from tests.journeys.conftest import Visit
from tests.journeys.relying_party import RelyingParty
from tests.journeys.sandbox import Sandbox
from tests.waiting import eventually

pytestmark = pytest.mark.journey


def test_ending_another_session_ends_what_it_led_to(sandbox: Sandbox, visit: Visit) -> None:
    """From one browser the other is signed out, of the portal too, without anybody touching it."""
    here, there, person = visit(), visit(), sandbox.people["elder"]
    steps.enter(there, sandbox.city, person)
    steps.enter(here, sandbox.city, person)
    here.goto(f"{sandbox.issuer}/account/security")

    steps.press(here, "form#sessions button[name=end][value=others]")

    assert eventually(lambda: steps.is_out(there, sandbox.city))
    there.goto(f"{sandbox.issuer}/account")
    expect(there.locator("form#sign-in")).to_be_visible()
    here.goto(sandbox.city)
    expect(here.locator("#portal-person")).to_have_text(person.name)


@pytest.mark.parametrize("size", [PHONE, WIDE], ids=["phone", "wide"])
def test_a_phone_folds_the_menu(sandbox: Sandbox, visit: Visit, size: tuple[int, int]) -> None:
    """Without scripts: on a phone the pages are one tap away, elsewhere in view; signing out always is."""
    page, person = visit(size=size, scripts=False), sandbox.people["elder"]
    page.goto(f"{sandbox.issuer}/account/security/ended")
    steps.sign_in(page, person.login, person.password)
    where, folds = page.locator("nav a[aria-current]"), size == PHONE
    expect(page.locator("form#sign-out button")).to_be_visible()
    expect(where).to_be_visible(visible=not folds)
    if folds:
        page.locator("nav summary").click()

    expect(where).to_be_visible()
    expect(where).to_have_text("登录与安全")


def test_consent_taken_back_is_asked_for_again(
    sandbox: Sandbox, page: Page, application: RelyingParty
) -> None:
    """Taking back is as easy as giving, and ends what it allowed (PIPL Art. 15)."""
    person = sandbox.people["foreigner"]
    page.goto(application.request())
    steps.sign_in(page, person.login, person.password)
    steps.agree(page)
    page.goto(f"{sandbox.issuer}/account/consents")

    steps.press(page, "button[name=withdraw]")
    page.goto(application.request())

    expect(page.locator("form#consent")).to_be_visible()


def test_a_password_changed_here_ends_what_is_open_elsewhere(sandbox: Sandbox, visit: Visit) -> None:
    """Without scripts, in one form: the other browser is out of the portal too, this one goes on."""
    here, there, person = visit(scripts=False), visit(), sandbox.newcomer()
    here.goto(f"{sandbox.city}/register")
    steps.register(here, sandbox, person)
    steps.agree(here)
    there.goto(f"{sandbox.city}/sign-in")
    steps.sign_in(there, person.phone, steps.NEW_PASSWORD)
    here.goto(f"{sandbox.issuer}/account/security")
    steps.press(here, "a[href='/account/security/password']")

    steps.send(here, "form#password", current=steps.NEW_PASSWORD, password=steps.OTHER_PASSWORD)

    expect(here.locator(".panel.good")).to_be_visible()
    assert eventually(lambda: steps.is_out(there, sandbox.city))
    assert not steps.is_out(here, sandbox.city)


def test_a_name_is_verified_again_from_the_profile(sandbox: Sandbox, visit: Visit) -> None:
    """Without scripts: a wrong name changes nothing, the registry's own is confirmed."""
    page, person = visit(scripts=False), sandbox.newcomer()
    page.goto(f"{sandbox.city}/register")
    steps.register(page, sandbox, person)
    steps.agree(page)
    page.goto(f"{sandbox.issuer}/account/profile")
    steps.press(page, "a[href='/account/profile/renaming']")
    steps.tell_identity(page, "form#renaming", person, name="并非本人")
    expect(page.locator("#errors")).to_be_visible()

    steps.tell_identity(page, "form#renaming", person)

    expect(page.locator(".panel.good")).to_be_visible()
    expect(page.locator("main")).to_contain_text(person.name)


def test_signing_out_at_home_signs_out_of_the_portals(sandbox: Sandbox, page: Page) -> None:
    """The start page's own button does what a portal's does."""
    person = sandbox.people["woman"]
    steps.enter(page, sandbox.city, person)
    page.goto(f"{sandbox.issuer}/account")
    expect(page.locator("h1")).to_contain_text(person.name)

    steps.press(page, "form#sign-out button")
    if page.locator("#sign-out-confirm").count():
        steps.press(page, "#sign-out-confirm")

    assert eventually(lambda: steps.is_out(page, sandbox.city))
    page.goto(f"{sandbox.issuer}/account")
    expect(page.locator("form#sign-in")).to_be_visible()
