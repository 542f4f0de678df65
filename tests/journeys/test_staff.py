"""Civil servants in a browser: one sign-in for two offices, beside their own as a citizen."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import expect

from tests.browser import PHONE, WIDE, complaints
from tests.journeys import clerks, passkeys, relying_party, steps
from tests.journeys.conftest import Visit
from tests.journeys.inspection import Inspector, chinese
from tests.journeys.relying_party import RelyingParty
from tests.journeys.sandbox import Sandbox

pytestmark = pytest.mark.journey

SCOPE = "openid profile staff"
WRONG = "not this one"


@pytest.fixture
def offices(sandbox: Sandbox) -> Iterator[list[RelyingParty]]:
    """Two systems of two departments."""
    with ExitStack() as open_offices:
        names = ("office-approvals", "office-archive")
        yield [open_offices.enter_context(relying_party.listening(sandbox.issuer, name)) for name in names]


@pytest.mark.parametrize(
    ("which", "scripts", "size"), [(0, True, WIDE), (1, False, PHONE)], ids=["wide", "phone-no-scripts"]
)
def test_one_sign_in_opens_two_offices_and_stays_apart(
    sandbox: Sandbox,
    visit: Visit,
    offices: list[RelyingParty],
    which: int,
    scripts: bool,
    size: tuple[int, int],
) -> None:
    """The portal goes on seeing the citizen, the offices see the civil servant, each with a subject."""
    page, clerk, citizen = visit(scripts=scripts, size=size), sandbox.staff[which], sandbox.people["woman"]
    steps.enter(page, sandbox.city, citizen)
    approvals, archive = offices
    page.goto(approvals.request(scope=SCOPE))
    clerks.enter(page, clerk)
    steps.agree(page)
    expect(page.locator("h1")).to_have_text("arrived")
    shown = steps.pages_on_the_way(page, sandbox.issuer, lambda: page.goto(archive.request(scope=SCOPE)))
    page.goto(f"{sandbox.issuer}/staff")
    as_clerk = page.inner_text("main")
    page.goto(sandbox.city)

    assert all("code" in office.answer for office in offices)
    assert [] == shown
    assert clerk["name"] in as_clerk
    expect(page.locator("#portal-person")).to_have_text(citizen.name)


@pytest.mark.parametrize("language", ["zh-CN", "en-GB"])
def test_the_first_sign_in_is_for_everybody(sandbox: Sandbox, visit: Visit, language: str) -> None:
    """Refused, taking an app, the codes, the own page: axe, width, one heading, one language."""
    page, inspector = visit(language=language), Inspector()
    clerk = sandbox.staff[2] if language == "en-GB" else sandbox.staff[3]
    page.goto(f"{sandbox.issuer}/staff?lang={'en' if language == 'en-GB' else 'zh'}")
    inspector.look("staff", page)
    clerks.by_directory(page, clerk, WRONG)
    inspector.look("refused", page)
    clerks.by_directory(page, clerk)
    if clerk["totp_secret"]:
        inspector.look("totp", page)
        clerks.by_app(page, clerk)
    else:
        inspector.look("first-app", page)
        steps.send(page, "form#app", code=pyotp.TOTP(page.inner_text("#seed").replace(" ", "")).now())
        inspector.look("first-codes", page)
        assert 10 == page.locator("#codes li").count()
        steps.press(page, ".actions a.button")
    inspector.look("own", page)
    page.goto(f"{sandbox.issuer}/staff/app")
    inspector.look("another-app", page)
    page.goto(f"{sandbox.issuer}/staff/passkeys")
    inspector.look("add-passkey", page)

    seen = inspector.seen
    assert {} == {name: one.axe + one.too_wide for name, one in seen.items() if one.axe + one.too_wide}
    assert all(len(one.facts["headings"]) == 1 for one in seen.values())
    if language == "en-GB":
        assert [] == [
            word for one in seen.values() for word in chinese(one.words, [clerk["name"], "窗口工作人员"])
        ]


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_a_passkey_opens_what_asks_for_the_most(
    sandbox: Sandbox, visit: Visit, offices: list[RelyingParty], size: tuple[int, int]
) -> None:
    """Asked for AAL 3, a clerk adds a passkey and goes on; next time it confirms; then it is removed."""
    page, clerk, inspector = visit(size=size), sandbox.staff[0], Inspector()
    asking = offices[0].request(scope=SCOPE, acr_values="ial1.aal3")
    with passkeys.beside(page) as device, complaints(page) as heard:
        page.goto(asking)
        clerks.by_directory(page, clerk)
        expect(page.locator("main .panel")).to_contain_text("只留在一台设备上")
        steps.press(page, "main .actions a.button")
        clerks.by_app(page, clerk)
        expect(page.locator("main .panel.good")).to_contain_text("有一次登录在等您")
        steps.press(page, "#passkeys .actions a.button")
        steps.send(page, "form#passkey", name="安全密钥")
        inspector.look("own", page)
        page.set_viewport_size({"width": size[0], "height": size[1]})
        steps.press(page, "main .panel.good a.button")
        steps.agree(page)
        assert ("code" in offices[0].answer, 1) == (True, device.passkeys)

        page.context.clear_cookies()
        page.goto(asking)
        device.attend(False)
        clerks.by_directory(page, clerk)
        expect(page.locator("h1")).to_have_text("用通行密钥确认")
        device.attend(True)
        steps.submit(page, "form#passkey")
        expect(page.locator("h1")).to_have_text("arrived")

        without_scripts(visit, sandbox, clerk)
        page.goto(f"{sandbox.issuer}/staff")
        steps.press(page, "#passkeys li a.button")
        inspector.look("one", page)
        steps.press(page, "form#end button")
        expect(page.locator("#passkeys li")).to_have_count(0)
        assert [] == [text for text in heard if "Failed to load" not in text]
    assert {} == {name: seen for name, seen in inspector.seen.items() if seen.axe or seen.too_wide}


def without_scripts(visit: Visit, sandbox: Sandbox, clerk: clerks.Clerk) -> None:
    """The passkey's pages say what is missing, and the app is still there."""
    page = visit(scripts=False)
    page.goto(f"{sandbox.issuer}/staff")
    clerks.by_directory(page, clerk)
    expect(page.locator("[data-missing]")).to_be_visible()
    expect(page.locator("form#passkey button")).to_be_hidden()
    steps.press(page, "main .links a")
    steps.press(page, "main a[href$='/totp']")
    clerks.by_app(page, clerk)
    page.goto(f"{sandbox.issuer}/staff/passkeys")
    expect(page.locator("[data-missing] a[href='/staff/app']")).to_be_visible()


def test_pictures(sandbox: Sandbox, visit: Visit, tmp_path: Path) -> None:
    """A phone's width holds the page of civil servants."""
    page = visit(size=PHONE)
    page.goto(f"{sandbox.issuer}/staff")
    page.screenshot(path=tmp_path / "staff.png", full_page=True)

    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
