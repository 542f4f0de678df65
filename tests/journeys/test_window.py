"""At a service window: an operator without a key of their own, at their page, and a second pair of eyes."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser import PHONE, WIDE, complaints
from tests.journeys import clerks, counter, passkeys, steps
from tests.journeys.conftest import Visit
from tests.journeys.inspection import Inspector, chinese
from tests.journeys.sandbox import Citizen, Sandbox

pytestmark = pytest.mark.journey
WHY = "从未注册，账号由他人冒用"


def registered(page: Page, sandbox: Sandbox) -> Citizen:
    """Somebody with an account, in their own browser."""
    citizen = sandbox.newcomer()
    page.goto(f"{sandbox.issuer}/register")
    steps.register(page, sandbox, citizen)
    return citizen


def at_window(page: Page, sandbox: Sandbox, number: str) -> clerks.Clerk:
    """An operator at their page."""
    clerk = counter.clerk_of(sandbox, number)
    page.goto(f"{sandbox.issuer}/staff/window")
    clerks.enter(page, clerk)
    expect(page.locator("main .lead")).to_contain_text(number)
    return clerk


def compare(page: Page, kind: str, citizen: Citizen) -> None:
    """Open the last of what waits: the name is there, and of the number as much as is needed."""
    page.goto(page.url.partition("/staff")[0] + "/staff/window")
    steps.press(page, page.locator(f"#{kind} li a.button").last)
    expect(page.locator("main")).to_contain_text(citizen.name)
    expect(page.locator("main")).not_to_contain_text(citizen.id_number)


def by_app(page: Page, clerk: clerks.Clerk) -> None:
    """Answer with a code."""
    steps.send(page, "form#app-code", code=clerks.code(clerk))


@pytest.mark.parametrize(
    ("scripts", "size"), [(True, WIDE), (False, PHONE)], ids=["passkey-wide", "app-phone-no-scripts"]
)
def test_an_operator_stands_by_a_reading(
    sandbox: Sandbox, visit: Visit, scripts: bool, size: tuple[int, int]
) -> None:
    """The person shows their account, the reader signs, the operator confirms: level 5 at once."""
    own, page = visit(), visit(scripts=scripts, size=size)
    citizen = registered(own, sandbox)
    told = counter.read(sandbox, citizen, account=counter.account_code(own, sandbox))
    clerk = at_window(page, sandbox, counter.FIRST)
    if scripts:
        by_passkey(page, sandbox, citizen)
    else:
        compare(page, "visits", citizen)
        steps.press(page, "main .actions a.button")
        by_app(page, clerk)
    expect(page.locator("#answered")).to_contain_text("升为五级")
    own.goto(f"{sandbox.issuer}/account/levels")

    assert "waiting" == told["outcome"]
    expect(own.locator("main .big")).to_contain_text("五级")


def by_passkey(page: Page, sandbox: Sandbox, citizen: Citizen) -> None:
    """With one that was added today; it is taken away again, for the other tests' sake."""
    with passkeys.beside(page), complaints(page) as heard:
        page.goto(f"{sandbox.issuer}/staff/passkeys")
        steps.send(page, "form#passkey", name="窗口的密钥")
        compare(page, "visits", citizen)
        steps.press(page, "main .actions a.button")
        steps.submit(page, "form#passkey")
        done = page.url
        expect(page.locator("#answered")).to_be_visible()
        with page.context.new_page() as other:
            other.goto(f"{sandbox.issuer}/staff")
            steps.press(other, "#passkeys li a.button")
            steps.press(other, "form#end button")
        assert done == page.url
        assert [] == [text for text in heard if "Failed to load" not in text]


@pytest.mark.parametrize("language", ["zh-CN", "en-GB"])
def test_a_document_goes_back_by_two_operators(sandbox: Sandbox, visit: Visit, language: str) -> None:
    """One opens the case, another approves it; the owner's slip works at once. Every page is sound."""
    inspector = Inspector()
    holder = registered(visit(), sandbox)
    counter.read(sandbox, holder, purpose="case", reason=WHY)
    first, second = visit(language=language), visit(language=language, scripts=False)
    opens = at_window(first, sandbox, counter.FIRST)
    look = inspector.of(first)
    look("waiting")
    compare(first, "visits", holder)
    look("reading")
    steps.press(first, "main .actions a.button")
    look("confirm")
    by_app(first, opens)
    look("opened")
    approves = at_window(second, sandbox, counter.SECOND)
    compare(second, "cases", holder)
    steps.press(second, "main .actions a.button")
    by_app(second, approves)
    slip = second.inner_text("#slip b")
    first.goto(f"{sandbox.issuer}/staff/window/visits/01980000-0000-7000-8000-000000000000")
    look("gone")
    use(visit, sandbox, slip)

    seen = inspector.seen
    assert {} == {name: one.axe + one.too_wide for name, one in seen.items() if one.axe + one.too_wide}
    if language == "en-GB":
        names = [holder.name, WHY]
        assert [] == [word for one in seen.values() for word in chinese(one.words, names)]


def use(visit: Callable[..., Page], sandbox: Sandbox, slip: str) -> None:
    """The owner sets a password with what was printed."""
    page = visit()
    page.goto(f"{sandbox.issuer}/recover/slip")
    steps.send(page, "main form", slip=slip, password=steps.OTHER_PASSWORD)
    expect(page.locator("h1")).to_contain_text("新密码已生效")
