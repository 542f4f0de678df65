"""Interactions that are over, or were never this browser's: nobody is left at a dead end."""

import pytest
from playwright.sync_api import Page, expect

from tests.journeys import steps
from tests.journeys.conftest import Visit
from tests.journeys.relying_party import RelyingParty
from tests.journeys.sandbox import Sandbox
from tests.waiting import eventually

pytestmark = pytest.mark.journey

WAYS_ON = "main a[href]"


def test_back_after_arriving_leads_somewhere(sandbox: Sandbox, page: Page) -> None:
    """At once it is one press too many and ends where it did; later a page says so, and leads on."""
    person = sandbox.people["woman"]
    page.goto(f"{sandbox.city}/sign-in")
    interaction = page.url.removesuffix("/sign-in")
    steps.sign_in(page, person.login, person.password)
    steps.agree(page)

    page.go_back()
    expect(page.locator("#portal-person")).to_have_text(person.name)

    assert eventually(lambda: says_it_is_done(page, interaction))
    steps.press(page, WAYS_ON)
    expect(page.locator("#portal-person")).to_have_text(person.name)


def test_sending_a_form_twice_leads_somewhere(sandbox: Sandbox, page: Page) -> None:
    """What was sent from an interaction that has ended meanwhile is no dead end either."""
    person = sandbox.people["parent"]
    page.goto(f"{sandbox.city}/sign-in")
    other = page.context.new_page()
    other.goto(page.url)
    steps.sign_in(page, person.login, person.password)
    steps.agree(page)

    steps.sign_in(other, person.login, person.password)

    expect(other.locator(WAYS_ON).first).to_be_visible()


def test_a_link_opened_in_another_browser_explains_itself(sandbox: Sandbox, visit: Visit) -> None:
    """An interaction belongs to the browser it began in; elsewhere the page says so and leads home."""
    mine, theirs = visit(), visit()
    mine.goto(f"{sandbox.city}/sign-in")

    theirs.goto(mine.url)

    expect(theirs.locator("main")).to_contain_text("另一个浏览器")
    steps.press(theirs, WAYS_ON)
    assert 200 == status_of(theirs)


def test_two_sign_ins_side_by_side_both_arrive(
    sandbox: Sandbox, page: Page, application: RelyingParty
) -> None:
    """Two tabs begin; the second finds the person signed in and both services get their answer."""
    person = sandbox.people["parent"]
    other = page.context.new_page()
    page.goto(f"{sandbox.city}/sign-in")
    other.goto(application.request())
    steps.sign_in(page, person.login, person.password)
    steps.agree(page)
    expect(page.locator("#portal-person")).to_have_text(person.name)

    steps.sign_in(other, person.login, person.password)
    steps.agree(other)

    assert "code" in application.answer


@pytest.mark.parametrize("path", ["/nothing/here", "/interaction/x", "/oauth/authorize?client_id=nobody"])
def test_an_error_page_has_a_number_and_says_what_to_do(sandbox: Sandbox, page: Page, path: str) -> None:
    """What happened, what to do, and an id that finds the cause; nothing sent is repeated."""
    page.goto(f"{sandbox.issuer}{path}")

    expect(page.locator("h1")).to_be_visible()
    expect(page.locator("#error-id, .actions a").first).to_be_visible()
    assert "nobody" not in page.inner_text("main")


def says_it_is_done(page: Page, interaction: str) -> bool:
    """Whether the address of an answered interaction says so by now."""
    page.goto(interaction)
    return "这一步已经完成" in page.inner_text("h1")


def status_of(page: Page) -> int:
    """The status of the page as it is fetched once more."""
    answer = page.reload()
    assert answer is not None
    return answer.status
