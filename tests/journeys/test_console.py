"""The console in a browser: from the command that appoints somebody to their first day, and every page."""

import json
from collections.abc import Callable

import pyotp
import pytest
from playwright.sync_api import Page, expect

from tests.browser import PHONE, WIDE
from tests.journeys import steps
from tests.journeys.conftest import Visit
from tests.journeys.inspection import Inspector, chinese
from tests.journeys.links import enter
from tests.journeys.sandbox import Sandbox

pytestmark = pytest.mark.journey

OPERATORS_ROOMS = [
    "/admin",
    *(f"/admin/{room}" for room in ("persons", "organisations", "links", "reviews", "merges", "splits")),
    *(f"/admin/{room}" for room in ("counter", "upstreams", "imports")),
]
OWN_PASSWORD = "seven quiet herons"
NAMES = ["宋建国", "冯丽华", "邓永强", "曹雪梅", "彭小兵", "曾春燕", "萧志远", "钱国庆", "吕晓燕", "贾文静"]
NEWCOMER = "并非本人"
HEAVIEST = 150_000


def idp(sandbox: Sandbox, *arguments: str) -> dict[str, str]:
    """What a command of the machine prints."""
    answer: dict[str, str] = json.loads(sandbox.command(*arguments, "--json"))
    return answer


@pytest.mark.parametrize(
    ("scripts", "size", "login"),
    [(True, WIDE, "qian_guoqing"), (False, PHONE, "lv_xiaoyan")],
    ids=["wide", "phone"],
)
def test_an_administrators_first_day(
    sandbox: Sandbox, visit: Visit, scripts: bool, size: tuple[int, int], login: str
) -> None:
    """The command, the first password, an app, another password, and then the desk and nothing else."""
    page = visit(scripts=scripts, size=size)
    made = idp(
        sandbox,
        "admins",
        "create",
        login,
        "--name",
        "钱国庆",
        "--role",
        "operator",
        "--department",
        "210102-zw",
    )
    page.goto(made["url"])
    steps.send(page, "form#staff", login=login, password=made["password"])
    seed = page.inner_text("#seed").replace(" ", "")
    steps.send(page, "form#app", code=pyotp.TOTP(seed).now())
    page.goto(made["url"])
    expect(page.locator("form#new-password")).to_be_visible()
    steps.send(page, "form#new-password", password=made["password"])
    refused = page.inner_text("#errors")
    steps.send(page, "form#new-password", password=OWN_PASSWORD)
    rooms = [link.get_attribute("href") for link in page.locator("nav.nav a").all()]
    answer = page.goto(f"{sandbox.issuer}/admin/trail")

    assert "近期用过" in refused
    assert OPERATORS_ROOMS == rooms
    assert answer is not None
    assert 403 == answer.status


def test_two_pairs_of_eyes(sandbox: Sandbox, visit: Visit) -> None:
    """One asks, the other finds it on their desk and approves, and the list says so."""
    asking, approving = visit(), visit(scripts=False)
    enter(asking, sandbox, "admin_security", "/admin/administrators/new")
    steps.fill_in(asking, "form#appoint", login="shen_mingzhu", name="沈明珠")
    asking.check("#role-audit", force=True)
    steps.submit(asking, "form#appoint")
    password = asking.inner_text("#password")
    enter(approving, sandbox, "admin_security_2")
    steps.press(approving, "#waiting a")
    steps.press(approving, "#administrators tr:has-text('shen_mingzhu') a[href$=approve]")
    steps.submit(approving, "form#approve")
    row = approving.locator("#administrators tr:has-text('shen_mingzhu')").inner_text()
    steps.press(approving, "#administrators tr:has-text('shen_mingzhu') a[href$=end]")
    steps.send(approving, "form#end", why="mistake")

    assert 14 == len(password)
    assert "已生效" in row
    assert 0 == approving.locator("text=shen_mingzhu").count()


@pytest.mark.parametrize("language", ["zh-CN", "en-GB"])
def test_every_page_is_for_everybody(sandbox: Sandbox, visit: Visit, language: str) -> None:
    """axe, width, weight, one heading, one language: what an administrator of each role sees."""
    inspector, weights = Inspector(), {}
    citizen = sandbox.people["woman"]

    def look(name: str, page: Page) -> None:
        inspector.look(name, page)
        weights[name] = len(page.content().encode())

    security = visit(language=language)
    enter(security, sandbox, "admin_security" if language == "zh-CN" else "admin_security_2")
    look("home", security)
    security.goto(f"{sandbox.issuer}/admin/administrators")
    look("administrators", security)
    steps.press(security, "#administrators a[href$=end]")
    look("end", security)
    security.goto(f"{sandbox.issuer}/admin/administrators/new")
    look("appoint", security)
    steps.send(security, "form#appoint", login="1")
    look("appoint-wrong", security)
    operator = visit(language=language)
    enter(
        operator, sandbox, "admin_operator" if language == "zh-CN" else "admin_operator_2", "/admin/persons"
    )
    look("persons", operator)
    steps.send(operator, "form#find", typed=citizen.id_number, purpose="counter")
    look("person-found", operator)
    steps.send(operator, "form#find", typed="nobody_here", purpose="counter")
    look("nobody-found", operator)
    operator.goto(f"{sandbox.issuer}/admin/nothing")
    look("not-found", operator)
    if language == "en-GB":  # in Chinese tests/journeys/test_window_links.py looks at them
        rooms_of_organisations(operator, sandbox, look)
        rooms_of_the_counter(operator, sandbox, look)
    auditor = visit(language=language)
    enter(auditor, sandbox, "admin_audit", "/admin/trail")
    look("trail", auditor)
    steps.press(auditor, "a[href$=verify]")
    look("verified", auditor)

    seen = inspector.seen
    assert {} == {name: one.axe + one.too_wide for name, one in seen.items() if one.axe + one.too_wide}
    assert {} == {name: one.facts["inline"] for name, one in seen.items() if one.facts["inline"]}
    assert all(len(one.facts["headings"]) == 1 for one in seen.values())
    assert {} == {name: weight for name, weight in weights.items() if weight > HEAVIEST}
    if language == "en-GB":
        known = [*NAMES, "和平县", *(one.name for one in sandbox.people.values())]
        known += [*sandbox.registered_names(), NEWCOMER]
        assert [] == [(name, word) for name, one in seen.items() for word in chinese(one.words, known)]


def rooms_of_organisations(page: Page, sandbox: Sandbox, look: Callable[[str, Page], None]) -> None:
    """Finding one, who acts for it, why somebody may; cases on letters and papers."""
    company, agent = sandbox.organisation("管理员和两位经办人"), sandbox.people["agent"]
    page.goto(f"{sandbox.issuer}/admin/organisations")
    look("organisations", page)
    steps.send(page, "form#find", typed=company["uscc"])
    if page.locator("#found").count():
        steps.press(page, "#found a")
    look("organisation", page)
    steps.press(page, "a[href$=why]")
    steps.send(page, "form#why", typed=agent.id_number, matter="210100-sb-002")
    look("why", page)
    for room in ("links", "reviews", "reviews/new/paper"):
        page.goto(f"{sandbox.issuer}/admin/{room}")
        look(room, page)
    page.goto(f"{sandbox.issuer}/admin/links/new")
    look("link-whom", page)
    steps.send(page, "form#whom", code=company["uscc"], typed=sandbox.people["woman"].id_number)
    look("link-what", page)


def rooms_of_the_counter(page: Page, sandbox: Sandbox, look: Callable[[str, Page], None]) -> None:
    """Helping and registering a citizen, and saying which citizen one is."""
    person, newcomer = sandbox.people["elder"], sandbox.newcomer()
    page.goto(f"{sandbox.issuer}/admin/counter")
    look("counter", page)
    steps.send(page, "form#begin", typed=person.id_number)
    look("counter-code", page)
    steps.press(page, "form[action$=end] button")
    page.goto(f"{sandbox.issuer}/admin/counter/register")
    look("counter-register", page)
    fields = {"kind": newcomer.id_type, "name": NEWCOMER, "number": newcomer.id_number}
    fields |= {"phone": newcomer.phone.removeprefix("+86"), "agreement": "yes", "sensitive": "yes"}
    steps.send(page, "form#register", **fields)
    look("counter-register-code", page)
    steps.send(page, "form#code-form", code=sandbox.messages(newcomer.phone)[0]["code"])
    look("counter-register-refused", page)
    page.goto(f"{sandbox.issuer}/staff/citizen")
    look("staff-citizen", page)


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_it_reads_well_in_the_dark_and_with_more_contrast(
    sandbox: Sandbox, visit: Visit, scheme: str
) -> None:
    """As the public pages do."""
    page, inspector = visit(), Inspector()
    page.emulate_media(color_scheme=scheme, contrast="more" if scheme == "light" else None)  # type: ignore[arg-type]
    enter(page, sandbox, "admin_reviewer" if scheme == "dark" else "admin_system")
    inspector.look(scheme, page)

    assert [] == inspector.seen[scheme].axe
