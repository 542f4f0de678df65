"""The whole story: from the province into every system as a company, until mandate and sign-in end."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from playwright.sync_api import Page

from tests.journeys import enterprises, steps
from tests.journeys.sandbox import Citizen, Sandbox
from tests.journeys.steps import Seen, unseen
from tests.waiting import eventually

COMPANY = "委托记账机构办税"
PERMITTED, REFUSED = "210100-sb-002/apply", "210100-sf-013/query"
SIGNED_OUT_WITHIN = 180.0
"""Seconds from the end of a mandate until every system knows."""
KEY = "storyteller"


@dataclass(frozen=True)
class System:
    """One that is entered without a second sign-in."""

    name: str
    entrance: str
    """Where its pages for who is signed in begin."""
    told: str
    """Where it says what it was told."""
    home: str
    """Where it shows whom it knows, without asking anybody else."""


def systems(sandbox: Sandbox) -> tuple[System, ...]:
    """The portal by OpenID Connect, then those that never speak it: CAS, SAML, and behind a proxy."""
    return (
        System("portal", f"{sandbox.city}/sign-in", f"{sandbox.city}/me", f"{sandbox.city}/"),
        System("pension", f"{sandbox.pension}/mine", f"{sandbox.pension}/mine", f"{sandbox.pension}/"),
        System("estate", f"{sandbox.estate}/sign-in", f"{sandbox.estate}/", f"{sandbox.estate}/"),
        System("property", f"{sandbox.property}/", f"{sandbox.property}/", f"{sandbox.property}/"),
    )


def come_from_province(page: Page, sandbox: Sandbox, citizen: Citizen, seen: Seen = unseen) -> None:
    """Into the city portal with the account one has at the province; the first time there are agreements."""
    sandbox.province_knows(citizen, KEY, "只有省级账号，三级")
    page.goto(f"{sandbox.city}/sign-in")
    seen("story-sign-in")
    steps.press(page, "a[href$='/upstream/province']")
    seen("story-province")
    steps.press(page, f"button[value={KEY}]")
    steps.fill_in(page, "form#joining", agreement="yes", sensitive="yes")
    seen("story-joining")
    steps.submit(page, "form#joining")
    steps.agree(page)
    seen("story-portal")


def enter(page: Page, system: System, whom: str) -> None:
    """Come to a system as the company, or as `self`: the choice may be asked for, a sign-in must not be."""
    page.goto(system.entrance)
    assert not page.locator("form#sign-in").count(), f"{system.name} asks to sign in"
    if page.locator("form#capacity").count():
        steps.come_as(page, whom)
    steps.agree(page)


def enter_as_oneself(page: Page, system: System) -> bool:
    """Come as nobody but oneself; a process may keep its last answer to a proxy for three seconds."""
    enter(page, system, "self")
    return page.locator("#portal-acting").count() == 0


def told(page: Page, system: System) -> dict[str, str]:
    """What a system says it was told of who came, by the names that claims have."""
    page.goto(system.told)
    rows = page.locator("#portal-told dl > div").evaluate_all(
        "rows => rows.map(row => [row.querySelector('dt').innerText || row.querySelector('dt').textContent,"
        " row.querySelector('dd').textContent])"
    )
    return {name.strip(): value.strip() for name, value in rows}


def about_to_end(office: Page, sandbox: Sandbox, owner: Citizen, company: str, agent: str) -> None:
    """The representative, proven twice, at the page that shows what ends with a mandate."""
    enterprises.at_company(office, sandbox, owner, company)
    steps.press(office, office.locator("#members ~ table a, main table a", has_text=agent))
    steps.press(office, "a[href$='/end']")
    enterprises.prove_twice(office, sandbox, owner)


def is_acting(page: Page, system: System) -> bool:
    """Whether the system still takes this browser for somebody's who acts for a company."""
    page.goto(system.home)
    return page.locator("#portal-acting").count() == 1


def asks_to_sign_in(page: Page, system: System) -> bool:
    """Whether the system knows nobody; a proxy's verdict may be three seconds old."""
    page.goto(system.told if system.name != "estate" else system.entrance)
    return page.locator("form#sign-in").count() == 1


def seconds_until_out(
    page: Page, everywhere: tuple[System, ...], sandbox: Sandbox, end: Callable[[], object]
) -> Mapping[str, float]:
    """How long after an end each system still took somebody for the company's; before tokens run out."""
    for one in everywhere:
        assert is_acting(page, one), one.name
    out: dict[str, float] = {}
    began = time.monotonic()
    end()

    def look() -> bool:
        for one in everywhere:
            if one.name not in out and not is_acting(page, one):
                out[one.name] = time.monotonic() - began
        return len(out) == len(everywhere)

    left = eventually(look, SIGNED_OUT_WITHIN)
    assert left, f"out: {out}\n{sandbox.logged('session.logout')}\n{sandbox.logged('refused')}"
    return out


def all_confirmed(page: Page) -> bool:
    """Whether the page after signing out says that everybody knows."""
    return "都已退出" in page.locator("#told").inner_text()
