"""Signing in once, being let in elsewhere, and leaving everywhere."""

import pytest
from playwright.sync_api import Page, expect

from tests.journeys import steps
from tests.journeys.conftest import Visit
from tests.journeys.relying_party import RelyingParty
from tests.journeys.sandbox import Sandbox
from tests.waiting import eventually

pytestmark = pytest.mark.journey

ERRORS = "#errors[role=alert]"


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_one_sign_in_opens_two_portals_and_one_sign_out_closes_both(
    sandbox: Sandbox, visit: Visit, scripts: bool
) -> None:
    """Whoever is signed in at one portal enters the other without a page; leaving one leaves both."""
    page = visit(scripts=scripts)
    steps.enter(page, sandbox.city, sandbox.people["woman"])
    expect(page.locator("#portal-person")).to_have_text("林晓云")

    shown = steps.pages_on_the_way(page, sandbox.issuer, lambda: steps.press(page, "#to-housing-fund"))
    expect(page.locator("#fund-balance")).to_be_visible()
    assert [] == shown

    steps.press(page, "form#portal-sign-out button")
    expect(page.locator("#portal-signed-out")).to_be_visible()
    assert eventually(lambda: steps.is_out(page, sandbox.city))
    page.goto(f"{sandbox.fund}/account")
    expect(page.locator("form#sign-in")).to_be_visible()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_a_wrong_password_is_told_neutrally_and_costs_no_typing(
    sandbox: Sandbox, visit: Visit, scripts: bool
) -> None:
    """A wrong password and an unknown login get the same words; the login stays, the password does not."""
    page, person = visit(scripts=scripts), sandbox.people["man"]
    page.goto(f"{sandbox.city}/sign-in")

    told = []
    for login in (person.login, "nobody_at_all"):
        steps.sign_in(page, login, "not the password")
        told.append(page.inner_text(ERRORS))
        expect(page.locator("[name=login]")).to_have_value(login)
        expect(page.locator("[name=password]")).to_have_value("")

    assert told[0] == told[1]
    assert page.title().startswith("错误：")
    steps.sign_in(page, person.login, person.password)
    steps.agree(page)
    expect(page.locator("#portal-person")).to_have_text(person.name)


def test_guessing_is_slowed_and_nobody_is_locked_out(sandbox: Sandbox, visit: Visit) -> None:
    """The page says how long to wait and keeps the form; other people get in from there all the same."""
    guesser, person = visit(), sandbox.people["rare_character"]

    steps.guess_until_slowed(guesser, f"{sandbox.city}/sign-in", "a_stranger")
    expect(guesser.locator("#errors")).to_contain_text("账号没有锁定")
    expect(guesser.locator("[name=login]")).to_have_value("a_stranger")

    other = visit()
    steps.enter(other, sandbox.city, person)
    expect(other.locator("#portal-person")).to_have_text(person.name)


@pytest.mark.parametrize("login", ["phone", "id_number"])
def test_a_phone_or_a_document_number_is_a_login(sandbox: Sandbox, page: Page, login: str) -> None:
    """One box takes login name, phone and document number (national guide on unified authentication)."""
    person = sandbox.people["middle_dot"]
    page.goto(f"{sandbox.city}/sign-in")

    steps.sign_in(page, getattr(person, login), person.password)
    steps.agree(page)

    expect(page.locator("#portal-person")).to_have_text(person.name)


def test_the_keyboard_is_enough(sandbox: Sandbox, page: Page) -> None:
    """Skip link first, then every control in reading order, each with a visible focus (WCAG 2.1.1, 2.4.7)."""
    person = sandbox.people["rare_character"]
    page.goto(f"{sandbox.city}/sign-in")

    page.keyboard.press("Tab")
    assert "#main" == page.evaluate("document.activeElement.getAttribute('href')")
    page.keyboard.press("Enter")
    order = []
    while "login" not in order:
        page.keyboard.press("Tab")
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
        order.append(page.evaluate("document.activeElement.name || document.activeElement.tagName"))
        assert len(order) < 10
    page.keyboard.type(person.login)
    page.keyboard.press("Tab")
    page.keyboard.type(person.password)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    if page.locator("#consent-accept").count():
        page.locator("#consent-accept").focus()
        with page.expect_navigation():
            page.keyboard.press("Enter")

    expect(page.locator("#portal-person")).to_have_text(person.name)


def test_the_organisation_tab_leads_back_to_the_person(sandbox: Sandbox, page: Page) -> None:
    """Organisations are entered as oneself; the tab explains it and leads back to the same sign-in."""
    page.goto(f"{sandbox.city}/sign-in")
    sign_in = page.url

    steps.press(page, ".tabs a[href*=organisation]")
    expect(page.locator("h1")).to_contain_text("先以本人登录")
    steps.press(page, ".tabs a:not([aria-current])")

    assert sign_in == page.url


def test_a_third_party_gets_nothing_before_consent(
    sandbox: Sandbox, page: Page, application: RelyingParty
) -> None:
    """Declining gives the application `access_denied` and its state; agreeing a code (PIPL Art. 23)."""
    person = sandbox.people["dot_dropped"]
    page.goto(application.request(state="first"))
    steps.sign_in(page, person.login, person.password)
    expect(page.locator("form#consent")).to_contain_text("单独同意")
    steps.press(page, "#consent-decline")
    assert {"error": "access_denied", "state": "first", "iss": sandbox.issuer} == without_text(application)

    page.goto(application.request(state="second"))
    steps.press(page, "#consent-accept")
    assert {"code", "state", "iss"} == set(application.answer)

    page.goto(application.request(state="third"))
    assert "third" == application.answer["state"]
    assert "code" in application.answer


def without_text(application: RelyingParty) -> dict[str, str]:
    """The latest answer without its words for developers."""
    return {name: value for name, value in application.answer.items() if name != "error_description"}
