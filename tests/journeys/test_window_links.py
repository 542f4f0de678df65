"""At the window: two operators link an agent of another enterprise, who acts for it in the end."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser import PHONE
from tests.journeys import enterprises, links, steps
from tests.journeys.conftest import Visit
from tests.journeys.inspection import Inspector
from tests.journeys.links import MATTER, enter
from tests.journeys.sandbox import Sandbox
from tests.journeys.test_acting import arrive
from tests.waiting import eventually

pytestmark = pytest.mark.journey

CASE, AGENT = "委托记账机构办税", "woman"


class Looking(Inspector):
    """Looks at each page, and keeps a picture of it where one is wanted."""

    def __init__(self, pictures: Path | None) -> None:
        super().__init__()
        self.pictures = pictures

    def look(self, name: str, page: Page) -> None:
        super().look(name, page)
        if self.pictures is not None:
            for width in (390, 1280):
                page.set_viewport_size({"width": width, "height": 900})
                page.screenshot(path=self.pictures / f"{name}-{width}.png", full_page=True)


def test_two_operators_link_another_enterprises_agent(sandbox: Sandbox, visit: Visit) -> None:
    """One opens, another approves, the representative knows, and after the cooling-off the agent acts."""
    looking, company = Looking(pictures()), sandbox.organisation(CASE)
    first, second, page = visit(), visit(size=PHONE), visit()
    owner = sandbox.people["owner"]
    number = sandbox.people[AGENT].id_number
    links.open_case(first, sandbox, company["uscc"], number, looking.of(first))
    expect(first.locator("#own")).to_contain_text("另一位")

    links.approve(second, sandbox, company["name"], looking.of(second))
    told = eventually(lambda: [m for m in sandbox.messages(owner.phone) if "关联" in m["text"]])
    assert told

    links.cooled_off(sandbox)
    steps.press(second, f"a:has-text('{company['name']}')")
    assert eventually(lambda: _is_in_force(second))
    looking.look("organisation", second)
    steps.press(second, "a[href$=why]")
    steps.send(second, "form#why", typed=sandbox.people[AGENT].id_number, matter=MATTER)
    expect(second.locator("#answer")).to_contain_text("可以代表该单位办理")
    looking.look("why", second)

    arrive(page, sandbox, AGENT, company["name"], f"{MATTER}/apply")
    steps.submit(page, "form#business")
    expect(page.locator("#business-done")).to_contain_text(company["name"])
    assert {} == {
        name: one.axe + one.too_wide for name, one in looking.seen.items() if one.axe + one.too_wide
    }
    assert all(len(one.facts["headings"]) == 1 for one in looking.seen.values())


def test_a_citizen_is_helped_at_the_counter(sandbox: Sandbox, visit: Visit) -> None:
    """They read the code to the operator, and what was done is in their own activity."""
    looking, citizen = Looking(pictures()), sandbox.people[AGENT]
    operator, own = visit(size=PHONE), visit()
    enter(operator, sandbox, "admin_operator_2", "/admin/counter")
    looking.look("counter", operator)
    steps.send(operator, "form#begin", typed=citizen.id_number)
    looking.look("counter-code", operator)
    steps.send(operator, "form#code-form", code=sandbox.messages(citizen.phone)[0]["code"])
    enterprises.tick_matter(operator, MATTER, "form#done")
    steps.press(operator, "form#done .actions button")
    looking.look("counter-visit", operator)
    own.goto(f"{sandbox.issuer}/account/activity")
    steps.sign_in(own, citizen.login, citizen.password)
    expect(own.locator("main")).to_contain_text("窗口工作人员帮您办了一件事")
    operator.goto(f"{sandbox.issuer}/admin/reviews")
    looking.look("reviews", operator)
    steps.press(operator, "a[href$=paper]")
    looking.look("register", operator)

    assert {} == {
        name: one.axe + one.too_wide for name, one in looking.seen.items() if one.axe + one.too_wide
    }


def pictures() -> Path | None:
    """Where pictures are kept, for who wants to look at the pages themselves."""
    folder = os.environ.get("PICTURES")
    return Path(folder) if folder else None


def _is_in_force(page: Page) -> bool:
    """Whether the list of members has nobody who cools off any more."""
    page.reload()
    return page.locator("main .table .tag:has-text('公示期')").count() == 0
