"""People who act for organisations: chosen at the provider, shown at the portal, judged at every act."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser import PHONE
from tests.journeys import enterprises, steps
from tests.journeys.conftest import Visit
from tests.journeys.enterprises import Invited
from tests.journeys.inspection import Inspector, chinese
from tests.journeys.sandbox import Citizen, Sandbox
from tests.waiting import eventually

pytestmark = pytest.mark.journey

SIGNED_OUT_WITHIN = 180.0
"""Seconds from the end of a mandate until the portal knows."""
ENROLLING, TAX_RATING = "210100-sb-002/apply", "210100-sf-013/query"


def people(sandbox: Sandbox, *personas: str) -> tuple[Citizen, ...]:
    return tuple(sandbox.people[persona] for persona in personas)


def business(sandbox: Sandbox, what: str) -> str:
    return f"{sandbox.city}/business/{what}"


def arrive(page: Page, sandbox: Sandbox, persona: str, company: str, what: str) -> None:
    """Follow a link to a matter, sign in on the way and come as the company."""
    person = sandbox.people[persona]
    page.goto(business(sandbox, what))
    steps.sign_in(page, person.login, person.password)
    steps.come_as(page, company)


def is_acting(page: Page, sandbox: Sandbox) -> bool:
    page.goto(sandbox.city)
    return page.locator("#portal-acting").count() == 1


def out_after(page: Page, sandbox: Sandbox, end: Callable[[], object]) -> bool:
    """Whether after this end the portal takes nobody for a company's, before anything runs out by itself."""
    assert is_acting(page, sandbox)
    end()
    return eventually(lambda: not is_acting(page, sandbox), SIGNED_OUT_WITHIN)


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_an_agent_does_what_was_granted_and_is_told_what_was_not(
    sandbox: Sandbox, visit: Visit, scripts: bool
) -> None:
    """Chosen once, shown on every page, allowed and refused in words, and left by choosing anew."""
    company = sandbox.organisation("管理员和两位经办人")
    page, agent = visit(scripts=scripts), sandbox.people["agent"]
    arrive(page, sandbox, "agent", company["name"], ENROLLING)
    expect(page.locator("#portal-acting")).to_contain_text(company["name"])
    expect(page.locator("#portal-person")).to_have_text(agent.name)

    steps.submit(page, "form#business")
    expect(page.locator("#business-done")).to_contain_text(company["name"])

    page.goto(business(sandbox, TAX_RATING))
    expect(page.locator("#business-refused")).to_contain_text("企业给您的授权不包括这个事项")

    page.goto(f"{sandbox.city}/me")
    expect(page.locator("#portal-company")).to_contain_text(company["uscc"])
    expect(page.locator("#portal-facts")).to_contain_text(agent.name)

    steps.press(page, "#portal-switch")
    steps.come_as(page, "self")
    expect(page.locator("#portal-acting")).to_have_count(0)
    expect(page.locator("#portal-person")).to_have_text(agent.name)
    page.goto(business(sandbox, ENROLLING))
    expect(page.locator("#business-enter")).to_be_visible()

    steps.press(page, "form#portal-sign-out button")
    expect(page.locator("#portal-signed-out")).to_be_visible()


def test_a_link_that_names_the_company_is_judged_at_the_provider(sandbox: Sandbox, page: Page) -> None:
    """What was not granted never reaches the portal: the provider says why, and leads back."""
    company, agent = sandbox.organisation("管理员和两位经办人"), sandbox.people["agent"]
    page.goto(f"{business(sandbox, TAX_RATING)}?organisation={company['uscc']}")
    steps.sign_in(page, agent.login, agent.password)
    expect(page.locator("main")).to_contain_text("授权范围里没有这个事项")

    steps.press(page, "button[value=decline]")
    expect(page.locator(".notice-declined")).to_be_visible()
    page.goto(f"{business(sandbox, ENROLLING)}?organisation={company['uscc']}")
    steps.agree(page)
    expect(page.locator("form#business")).to_be_visible()


def test_a_bookkeeper_acts_through_their_agency(sandbox: Sandbox, page: Page) -> None:
    """The choice shows through whom; the company's history is the company's."""
    company, agency = sandbox.organisation("委托记账机构办税"), sandbox.organisation("代理记账机构")
    person = sandbox.people["bookkeeper"]
    page.goto(business(sandbox, TAX_RATING))
    steps.sign_in(page, person.login, person.password)
    expect(page.locator(f"label:has-text('{company['name']}')")).to_contain_text(agency["name"])

    steps.come_as(page, company["name"])
    steps.submit(page, "form#business")
    expect(page.locator("#business-done")).to_contain_text(company["name"])


def test_a_company_is_registered_and_somebody_acts_until_it_is_over(sandbox: Sandbox, visit: Visit) -> None:
    """Registered, invited for two matters, accepted, done; revoked, and out at the portal within a minute."""
    company, (founder, agent) = sandbox.unregistered_organisations[0], people(sandbox, "founder", "man")
    office, desk = visit(), visit()
    enterprises.at_home(office, sandbox, founder)
    enterprises.register(office, sandbox, founder, company)
    expect(office.locator("main")).to_contain_text("登记成功")
    whom = Invited(agent, ("210100-sb-002", "210100-sb-006"), ("apply", "receive"))
    enterprises.invite(office, sandbox, founder, whom)
    enterprises.at_home(desk, sandbox, agent)
    enterprises.accept(desk, sandbox, agent, company["name"])

    desk.goto(business(sandbox, ENROLLING))
    steps.come_as(desk, company["name"])
    steps.submit(desk, "form#business")
    expect(desk.locator("#business-done")).to_contain_text(company["name"])
    desk.goto(business(sandbox, TAX_RATING))
    expect(desk.locator("#business-refused")).to_contain_text("企业给您的授权不包括这个事项")

    enterprises.at_company(office, sandbox, founder, company["name"])

    assert out_after(desk, sandbox, lambda: enterprises.end(office, agent.name))
    desk.goto(f"{business(sandbox, ENROLLING)}?organisation={company['uscc']}")
    expect(desk.locator("main")).to_contain_text("授权已终止")


def test_a_new_representative_comes_and_decides_what_was_left(sandbox: Sandbox, visit: Visit) -> None:
    """The registry names another: nothing new is begun until they have come and confirmed, in one list."""
    institution, (successor, agent) = (
        sandbox.organisation("事业单位"),
        people(sandbox, "accountant", "manager"),
    )
    office, desk = visit(scripts=False), visit()
    arrive(desk, sandbox, "manager", institution["name"], ENROLLING)

    def change() -> None:
        sandbox.registry_says(institution["uscc"], representative={"persona": successor.persona})
        sandbox.command("organisations", "refresh", "--code", institution["uscc"])

    assert out_after(desk, sandbox, change)
    named = f"{business(sandbox, ENROLLING)}?organisation={institution['uscc']}"
    desk.goto(named)
    expect(desk.locator("main")).to_contain_text("新的申请须等新的法定代表人确认授权")

    enterprises.at_home(office, sandbox, successor)
    enterprises.register(office, sandbox, successor, institution)
    enterprises.hand_over(office, sandbox, successor)
    expect(office.locator("main")).to_contain_text("确认的授权已经换成由您授权")
    desk.goto(named)
    steps.agree(desk)
    expect(desk.locator("form#business")).to_be_visible()
    expect(desk.locator("#portal-person")).to_have_text(agent.name)


def test_what_rested_too_long_goes_on_once_it_is_confirmed(sandbox: Sandbox, visit: Visit) -> None:
    """A grace is over and nothing can be done, until the representative has decided."""
    society, (secretary, agent) = sandbox.organisation("社会团体"), people(sandbox, "secretary", "agent")
    office, desk = visit(), visit(scripts=False)
    matter = f"{business(sandbox, '210100-rlzy-009/apply')}?organisation={society['uscc']}"
    desk.goto(matter)
    steps.sign_in(desk, agent.login, agent.password)
    expect(desk.locator("main")).to_contain_text("授权已暂停")

    enterprises.at_company(office, sandbox, secretary, society["name"])
    enterprises.hand_over(office, sandbox, secretary)
    desk.goto(matter)
    steps.agree(desk)
    expect(desk.locator("form#business")).to_be_visible()


def test_the_registry_closes_a_company_and_everything_ends(sandbox: Sandbox, visit: Visit) -> None:
    """Deregistered there, asked again here: the portal lets its people go, and nobody comes in any more."""
    company = sandbox.organisation("个体工商户")
    page = visit()
    arrive(page, sandbox, "agent", company["name"], "210100-sb-005/query")

    def end() -> None:
        sandbox.registry_says(company["uscc"], state="deregistered")
        sandbox.command("organisations", "refresh", "--code", company["uscc"])

    assert out_after(page, sandbox, end)
    page.goto(f"{business(sandbox, '210100-sb-005/query')}?organisation={company['uscc']}")
    expect(page.locator("main")).to_contain_text("该单位已注销")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_its_pages_fit_and_can_be_read_by_everybody(sandbox: Sandbox, visit: Visit, language: str) -> None:
    """On a phone nothing scrolls sideways, axe finds nothing, English is English but for names."""
    company, person = sandbox.organisation("管理员和两位经办人"), sandbox.people["founder"]
    page, inspector = visit(size=PHONE), Inspector()
    page.goto(f"{sandbox.city}/business?lang={language}")
    inspector.look("business", page)
    page.goto(business(sandbox, TAX_RATING))
    steps.sign_in(page, person.login, person.password)
    inspector.look("capacity", page)
    steps.come_as(page, company["name"])
    inspector.look("matter", page)
    page.goto(business(sandbox, ENROLLING))
    inspector.look("refused", page)
    page.goto(f"{sandbox.city}/me")
    inspector.look("me", page)
    steps.press(page, "#portal-switch")
    steps.come_as(page, "self")
    page.goto(business(sandbox, TAX_RATING))
    inspector.look("enter", page)

    names = [*sandbox.registered_names(), person.name]
    wrong = {
        name: [*seen.axe, *seen.too_wide, *(chinese(seen.words, names) if language == "en" else [])]
        for name, seen in inspector.seen.items()
    }
    assert {} == {name: found for name, found in wrong.items() if found}
