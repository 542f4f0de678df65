"""Systems that will never speak OIDC: entered without a second sign-in, left with one sign-out for all."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys import clerks, steps
from tests.journeys.conftest import Visit
from tests.journeys.inspection import Inspector, chinese
from tests.journeys.sandbox import Sandbox

pytestmark = pytest.mark.journey
PERSON = "middle_dot"


def enter_quietly(page: Page, url: str) -> None:
    """Go there: a notice may come, a sign-in must not."""
    page.goto(url)
    assert not page.locator("form#sign-in").count()
    steps.agree(page)
    assert page.url.startswith(url)


def sign_out_of_all(page: Page, sandbox: Sandbox) -> None:
    """From a system behind a proxy, past the page that asks."""
    page.goto(f"{sandbox.property}/")
    steps.press(page, "#portal-sign-out")
    steps.press(page, "#sign-out-confirm")


def test_one_sign_in_and_one_sign_out_for_all(sandbox: Sandbox, page: Page) -> None:
    """From an OIDC portal to a CAS system and one behind a proxy; the last page names who confirmed."""
    person = sandbox.people[PERSON]
    steps.enter(page, sandbox.city, person)
    enter_quietly(page, f"{sandbox.pension}/mine")
    expect(page.locator("#portal-person")).to_have_text(person.name)
    enter_quietly(page, f"{sandbox.property}/")
    expect(page.locator("#portal-person")).to_have_text(person.name)
    sign_out_of_all(page, sandbox)

    expect(page.locator("#told")).to_have_text(re.compile("3 个服务都已退出"), timeout=60_000)
    for name in ("市民门户", "养老保险", "不动产查询"):
        expect(page.locator("main li", has_text=name)).to_contain_text("已退出")
    for url in (f"{sandbox.pension}/mine", f"{sandbox.property}/"):
        page.goto(url)
        expect(page.locator("form#sign-in")).to_be_visible()


def test_the_page_looks_again_without_scripts(sandbox: Sandbox, visit: Visit) -> None:
    """The browser asks again by itself until everybody has confirmed."""
    page = visit(scripts=False)
    steps.enter(page, sandbox.city, sandbox.people[PERSON])
    enter_quietly(page, f"{sandbox.property}/")
    sign_out_of_all(page, sandbox)

    expect(page.locator("#told")).to_have_text(re.compile("2 个服务都已退出"), timeout=60_000)


def test_a_path_leads_to_the_second_factor_and_back(sandbox: Sandbox, page: Page) -> None:
    """The deep link is kept through the step that its path asks for."""
    person = sandbox.people["man"]
    steps.enter(page, sandbox.city, person)
    enter_quietly(page, f"{sandbox.property}/")
    steps.press(page, "#portal-certificate")
    app = {"totp_secret": person.totp_secret, "home": str(sandbox.home)}
    steps.send(page, "form#totp", code=clerks.code(app))

    assert f"{sandbox.property}/certificates/2019-0417" == page.url
    expect(page.locator("h1")).to_contain_text("2019-0417")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_pages_are_for_everybody(sandbox: Sandbox, visit: Visit, language: str) -> None:
    """Narrow, in one language, and axe finds nothing serious."""
    page, inspector = visit(size=(390, 844)), Inspector()
    person = sandbox.people[PERSON]
    page.goto(f"{sandbox.issuer}/?lang={language}")
    page.goto(f"{sandbox.pension}/?lang={language}")
    inspector.look("pension", page)
    steps.press(page, "#portal-enter")
    steps.sign_in(page, person.login, person.password)
    steps.agree(page)
    inspector.look("pension-mine", page)
    page.goto(f"{sandbox.property}/?lang={language}")
    steps.agree(page)
    inspector.look("property", page)
    sign_out_of_all(page, sandbox)
    inspector.look("signed-out", page)
    page.goto(f"{sandbox.issuer}/declined?client_id=pension&reason=unfinished")
    inspector.look("declined", page)

    wrong = {
        name: [*seen.axe, *seen.too_wide, *(chinese(seen.words, [person.name]) if language == "en" else [])]
        for name, seen in inspector.seen.items()
    }
    assert {} == {name: found for name, found in wrong.items() if found}
