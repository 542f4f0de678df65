"""One citizen, one chain: province, window, portal, CAS, SAML, proxy, a matter, an end, and one sign-out."""

from functools import partial

import pytest
from playwright.sync_api import Page, expect

from tests.journeys import links, steps, story
from tests.journeys.conftest import Visit
from tests.journeys.sandbox import Citizen, Sandbox
from tests.waiting import eventually

pytestmark = pytest.mark.journey


def linked(visit: Visit, sandbox: Sandbox, citizen: Citizen, company: dict[str, str]) -> None:
    """By two operators, past the time to object."""
    first, second = visit(), visit()
    links.open_case(first, sandbox, company["uscc"], citizen.id_number)
    links.approve(second, sandbox, company["name"])
    links.cooled_off(sandbox)


def does_what_is_granted(page: Page, sandbox: Sandbox, company: str) -> None:
    """One matter of the letter, and one that it does not name."""
    page.goto(f"{sandbox.city}/business/{story.PERMITTED}")
    steps.submit(page, "form#business")
    expect(page.locator("#business-done")).to_contain_text(company)
    page.goto(f"{sandbox.city}/business/{story.REFUSED}")
    expect(page.locator("#business-refused")).to_contain_text("企业给您的授权不包括这个事项")


def test_the_whole_story(sandbox: Sandbox, visit: Visit) -> None:
    """Each system hears the same of one sign-in, lets the person go with the mandate, and ends with it."""
    citizen, company = sandbox.newcomer(), sandbox.organisation(story.COMPANY)
    page, office, owner = visit(), visit(), sandbox.people["owner"]
    everywhere = story.systems(sandbox)
    story.come_from_province(page, sandbox, citizen)
    expect(page.locator("#portal-person")).to_contain_text(citizen.name)
    linked(visit, sandbox, citizen, company)

    page.goto(f"{sandbox.city}/switch")
    steps.come_as(page, company["name"])
    does_what_is_granted(page, sandbox, company["name"])
    for system in everywhere[1:]:
        story.enter(page, system, company["name"])
        expect(page.locator("#portal-acting")).to_contain_text(company["name"])
    heard = {system.name: story.told(page, system) for system in everywhere}
    assert heard["portal"]["organisation.code"] == company["uscc"]
    assert heard["portal"]["act.name"] == citizen.name
    assert {"organisation.name", "act.role", "act.mandate", "acr"} <= heard["portal"].keys()
    assert dict.fromkeys(heard, heard["portal"]) == heard

    story.about_to_end(office, sandbox, owner, company["name"], citizen.name)
    assert story.seconds_until_out(page, everywhere, sandbox, lambda: steps.submit(office, "form#end"))

    for system in everywhere:
        assert eventually(partial(story.enter_as_oneself, page, system))
        expect(page.locator("#portal-person")).to_contain_text(citizen.name)
    steps.press(page, "#portal-sign-out")
    steps.press(page, "#sign-out-confirm")
    page.wait_for_url(f"{sandbox.issuer}/signed-out")
    assert eventually(lambda: story.all_confirmed(page))
    for name in ("市民门户", "养老保险", "不动产登记", "不动产查询"):
        expect(page.locator("main li", has_text=name)).to_contain_text("已退出")
    for system in everywhere:
        assert eventually(partial(story.asks_to_sign_in, page, system), story.SIGNED_OUT_WITHIN)
    steps.press(page, "a[href$='/upstream/province']")
    expect(page.locator(f"button[value={story.KEY}]")).to_be_visible()
