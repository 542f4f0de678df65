"""Registering an organisation, inviting by table, a letter anybody verifies; with scripts and without."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from idp import clock
from idp.web import workbooks
from idp.web.workbooks import Sheet
from tests.browser import PHONE
from tests.journeys import enterprises, steps
from tests.journeys.conftest import Visit
from tests.journeys.inspection import Inspector, chinese
from tests.journeys.sandbox import Citizen, Sandbox
from tests.journeys.test_real_person import raise_the_level

pytestmark = pytest.mark.journey
HEADINGS = ["姓名", "手机号码", "可以办的事", "可以做什么", "结束日期"]


def founders(sandbox: Sandbox) -> Iterator[tuple[Citizen, dict[str, str]]]:
    """People who may register, and a company of theirs that may too."""
    while True:
        person = sandbox.newcomer()
        for company in sandbox.unregistered_organisations:
            if company["legal_representative"]["name"] == person.name:
                yield person, company
                break


def register(page: Page, company: dict[str, str]) -> None:
    """From the list of organisations to what came of it."""
    steps.press(page, "main a[href$='/register']")
    steps.send(page, "form#organisation", number=company["uscc"], name=company["name"], sensitive="yes")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_a_newcomer_founds_a_company_and_invites_by_table(
    sandbox: Sandbox, visit: Visit, scripts: bool, tmp_path: Path
) -> None:
    """Registered, led up to level 4 and back, it is there; one table invites, its faults come back."""
    person, company = next(founders(sandbox))
    page = visit(scripts=scripts)
    page.goto(f"{sandbox.city}/register")
    steps.register(page, sandbox, person)
    page.goto(f"{sandbox.issuer}/account/organisations")
    register(page, company)
    steps.press(page, "main a[href*='known=4']")
    raise_the_level(page)
    expect(page.locator(".panel.good")).to_contain_text("登记成功")

    phone, until = "+8619900008888", (clock.today() + timedelta(days=30)).isoformat()
    rows = [["林小禾", phone, "210100-sb-002", "申请", until], ["", "12", "x", "", ""]]
    table = tmp_path / "people.xlsx"
    table.write_bytes(workbooks.write([Sheet("1", HEADINGS, rows)]))
    steps.press(page, "a[href$='/import']")
    page.set_input_files("form#import [name=file]", table)
    steps.submit(page, "form#import")
    expect(page.locator("main")).to_contain_text("第 3 行")
    page.check("form#sign [name=which]", force=True)
    with sandbox.next_message(phone) as message:
        steps.submit(page, "form#sign")

    expect(page.locator(".panel.good")).to_contain_text("已发出 1 份邀请")
    assert "有单位邀请您" in message()["text"]


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_a_letter_is_verified_by_whoever_is_shown_it(sandbox: Sandbox, visit: Visit, scripts: bool) -> None:
    """The agent prints it; the code, typed or scanned, says that it holds and hides the person's name."""
    company, agent = sandbox.organisation("管理员和两位经办人"), sandbox.people["agent"]
    page, stranger = visit(scripts=scripts), visit(scripts=scripts)
    enterprises.at_home(page, sandbox, agent)
    steps.press(page, f"main a:has-text('{company['name']}')")
    steps.press(page, "#members ~ table a")
    steps.press(page, "a[href$='/letter']")
    if page.locator("form#letter").count():
        steps.submit(page, "form#letter")
    text = page.locator("article.letter").inner_text()
    (code,) = re.findall(r"[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}", text)
    stranger.goto(f"{sandbox.issuer}/verify/mandate#{code}")
    if scripts:
        steps.submit(stranger, "form#verify")
    else:
        steps.send(stranger, "form#verify", code=code)

    assert company["name"] in text and agent.name in text
    expect(stranger.locator(".panel.good")).to_contain_text("这份授权现在有效")
    expect(stranger.locator("main")).to_contain_text(company["name"])
    expect(stranger.locator("main")).not_to_contain_text(agent.name)


def test_matters_are_found_by_words_and_nothing_is_lost(sandbox: Sandbox, visit: Visit) -> None:
    """What was ticked stands first, what was typed stays out of the address, and everybody can use it."""
    company, person = sandbox.organisation("管理员和两位经办人"), sandbox.people["owner"]
    page, inspector = visit(size=PHONE), Inspector()
    enterprises.at_company(page, sandbox, person, company["name"])
    steps.press(page, "a[href$='/invite']")
    inspector.look("empty", page)
    steps.fill_in(page, "form#invite", phone="19900008877", name="林小禾")
    enterprises.tick_matter(page, "210100-sb-005")
    steps.press(page, "button.shelf")
    inspector.look("opened", page)
    expect(page.locator("details#open")).to_be_in_viewport()
    enterprises.look_for(page, "公积金 提取")
    inspector.look("found", page)

    expect(page.locator(".picked input:checked")).to_have_value("210100-sb-005")
    expect(page.locator(".groups details:not(.picked) input[name=matter]")).to_have_value("210100-gjj-004")
    expect(page.locator("[name=name]")).to_have_value("林小禾")
    expect(page.locator("[name=code]")).to_be_hidden()
    assert page.url.partition("#")[0].endswith("/invite")
    assert [] == [fault for seen in inspector.seen.values() for fault in (*seen.axe, *seen.too_wide)]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_its_rooms_fit_and_can_be_read_by_everybody(sandbox: Sandbox, visit: Visit, language: str) -> None:
    """On a phone nothing scrolls sideways, axe finds nothing, English is English but for names."""
    company, person = sandbox.organisation("管理员和两位经办人"), sandbox.people["founder"]
    page, inspector = visit(size=PHONE), Inspector()
    enterprises.at_home(page, sandbox, person)
    page.goto(f"{sandbox.issuer}/account/organisations?lang={language}")
    inspector.look("list", page)
    steps.press(page, f"main a:has-text('{company['name']}')")
    home = page.url
    for room in ("", "/history", "/picture", "/invite", "/import"):
        page.goto(f"{home}{room}")
        inspector.look(f"organisation{room}", page)
    page.goto(home)
    mandate = page.locator("main table a").last.get_attribute("href")
    for room in ("", "/letter", "/renew", "/narrow", "/end"):
        page.goto(f"{sandbox.issuer}{mandate}{room}")
        enterprises.prove_twice(page, sandbox, person)
        inspector.look(f"mandate{room}", page)
    page.goto(f"{sandbox.issuer}/account/organisations/register")
    inspector.look("register", page)
    page.goto(f"{sandbox.issuer}/verify/mandate")
    inspector.look("verify", page)

    names = [*sandbox.registered_names(), *(one.name for one in sandbox.people.values())]
    wrong = {
        name: [*seen.axe, *seen.too_wide, *(chinese(seen.words, names) if language == "en" else [])]
        for name, seen in inspector.seen.items()
    }
    assert {} == {name: found for name, found in wrong.items() if found}
