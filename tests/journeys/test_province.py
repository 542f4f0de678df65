"""Citizens of the province enter the city with the account they have, in a real browser."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser import PHONE, WIDE
from tests.journeys import enterprises, steps
from tests.journeys.sandbox import Sandbox

pytestmark = pytest.mark.journey
Visit = Callable[..., Page]
BUTTON = "a[href$='/upstream/province']"


def go_to_province(page: Page, portal: str) -> None:
    """From a portal to the sign-in page, and by its button to the province."""
    page.goto(f"{portal}/sign-in")
    steps.press(page, BUTTON)


def be(page: Page, key: str) -> None:
    """Be somebody at the province."""
    steps.press(page, f"button[value={key}]")


@pytest.mark.parametrize(
    ("key", "language", "size", "scripts"),
    [("unregistered-31", "zh-CN", PHONE, False), ("unregistered-32", "en-GB", WIDE, True)],
)
def test_a_citizen_of_the_province_enters_a_city_portal(
    visit: Visit, sandbox: Sandbox, key: str, language: str, size: tuple[int, int], scripts: bool
) -> None:
    """Without registering: once the agreements, the next time nothing at all."""
    page = visit(language=language, size=size, scripts=scripts)
    go_to_province(page, sandbox.city)
    be(page, key)
    steps.send(page, "form#joining", agreement="yes", sensitive="yes")
    steps.agree(page)
    first = page.locator("#portal-person").inner_text()
    again = visit(language=language, size=size, scripts=scripts)
    go_to_province(again, sandbox.city)
    be(again, key)

    assert sandbox.provincials[key]["name"] in first
    expect(again.locator("#portal-person")).to_have_text(first)


def test_an_account_in_both_places_is_linked_once(visit: Visit, sandbox: Sandbox) -> None:
    """The city's account is proven by its own password; then the province's is enough."""
    page, woman = visit(size=PHONE), sandbox.people["woman"]
    go_to_province(page, sandbox.city)
    be(page, "woman")
    steps.press(page, "a[href$='/sign-in']")
    steps.sign_in(page, woman.login, woman.password)
    steps.agree(page)
    entered = page.locator("#portal-person").inner_text()
    again = visit()
    go_to_province(again, sandbox.city)
    be(again, "woman")

    assert woman.name in entered
    expect(again.locator("#portal-person")).to_have_text(entered)


@pytest.mark.parametrize(
    ("persona", "deep", "scripts"),
    [("rare_character", True, False), ("man", False, True), ("renamed", False, True)],
)
def test_an_account_there_is_linked_from_inside(
    visit: Visit, sandbox: Sandbox, persona: str, deep: bool, scripts: bool
) -> None:
    """Whatever must be proven first, by password, by app or by a text message: its form leads on there."""
    page, person = visit(size=PHONE, scripts=scripts), sandbox.people[persona]
    page.goto(f"{sandbox.issuer}/account/upstreams{'/add/province' if deep else ''}")
    steps.sign_in(page, person.login, person.password)
    if not deep:
        steps.press(page, "a[href='/account/upstreams/add/province']")
    enterprises.prove_twice(page, sandbox, person)
    arrived = page.url
    be(page, "woman")

    assert arrived.startswith(f"{sandbox.province}/")
    assert "不能关联" in page.locator("#main").inner_text()
    assert page.url.startswith(f"{sandbox.issuer}/account/upstreams/confirm")


def test_a_companys_account_there_is_followed_by_ones_own_here(visit: Visit, sandbox: Sandbox) -> None:
    """It signs nobody in; whoever then signs in as themselves finds the company chosen, and acts for it."""
    company, owner = sandbox.organisation("管理员和两位经办人"), sandbox.people["owner"]
    page = visit(size=PHONE, scripts=False)
    page.goto(f"{sandbox.city}/business/210100-sb-002/apply")
    steps.press(page, BUTTON)
    be(page, "owner")
    asked = page.locator("#main").inner_text()
    steps.press(page, "a[href$='/sign-in']")
    steps.sign_in(page, owner.login, owner.password)
    chosen = page.locator("form#capacity label:has(:checked)").inner_text()
    steps.submit(page, "form#capacity")
    steps.agree(page)

    assert company["name"] in asked and company["name"] in chosen
    expect(page.locator("#portal-acting")).to_contain_text(company["name"])


@pytest.mark.parametrize("language", ["zh-CN", "en-GB"])
def test_the_province_down_stops_nobody(visit: Visit, sandbox: Sandbox, language: str) -> None:
    """The page says so, and the city's own sign-in goes on to the portal."""
    page, man = visit(language=language, scripts=False), sandbox.people["man"]
    page.goto(f"{sandbox.city}?lang={language[:2]}")
    go_to_province(page, sandbox.city)
    sandbox.province_meets("drop", "oidc.token")
    try:
        be(page, "woman")
    finally:
        sandbox.province_meets("none")
    said = page.locator("#errors").inner_text()
    steps.sign_in(page, man.login, man.password)
    steps.agree(page)

    assert {"zh-CN": "那里暂时没有回应", "en-GB": "It does not respond"}[language] in said
    expect(page.locator("#portal-person")).to_contain_text(man.name)
