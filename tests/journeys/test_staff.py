"""Civil servants in a browser: one sign-in for two offices, beside their own as a citizen."""

from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Page, expect

from tests.browser import PHONE, WIDE, complaints
from tests.journeys import clerks, passkeys, steps
from tests.journeys.conftest import Visit
from tests.journeys.inspection import Inspector, chinese
from tests.journeys.sandbox import Sandbox
from tests.waiting import eventually

pytestmark = pytest.mark.journey

WRONG = "not this one"
DESK = "/desk"
TO_BE_APPROVED = "/files/2026-0413"


@pytest.mark.parametrize(
    ("which", "scripts", "size"), [(0, True, WIDE), (1, False, PHONE)], ids=["wide", "phone-no-scripts"]
)
def test_one_sign_in_opens_two_offices_and_stays_apart(
    sandbox: Sandbox, visit: Visit, which: int, scripts: bool, size: tuple[int, int]
) -> None:
    """The portal goes on seeing the citizen, the offices see the civil servant; out of one is out of both."""
    page, clerk, citizen = visit(scripts=scripts, size=size), sandbox.staff[which], sandbox.people["woman"]
    steps.enter(page, sandbox.city, citizen)
    page.goto(sandbox.approvals + DESK)
    clerks.enter(page, clerk)
    steps.agree(page)
    expect(page.locator("#portal-person")).to_have_text(clerk["name"])
    shown = steps.pages_on_the_way(page, sandbox.issuer, lambda: steps.press(page, "#to-other"))
    expect(page.locator("#portal-person")).to_have_text(clerk["name"])
    expect(page.locator("#clerk")).to_contain_text(clerk["unit"])
    page.goto(f"{sandbox.issuer}/staff")
    expect(page.locator("main")).to_contain_text(clerk["name"])
    page.goto(sandbox.archive)
    steps.press(page, "form#portal-sign-out button")

    assert [] == shown
    assert eventually(lambda: steps.is_out(page, sandbox.approvals))
    page.goto(sandbox.city)
    expect(page.locator("#portal-person")).to_have_text(citizen.name)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_offices_are_sound(sandbox: Sandbox, visit: Visit, language: str) -> None:
    """axe finds nothing serious, nothing scrolls sideways, and English is English but for names and posts."""
    page, inspector, clerk = visit(size=PHONE), Inspector(), sandbox.staff[1]
    page.goto(f"{sandbox.approvals}/?lang={language}")
    inspector.look("home", page)
    page.goto(f"{sandbox.archive}/?lang={language}")
    page.goto(sandbox.approvals + DESK)
    clerks.enter(page, clerk)
    steps.agree(page)
    inspector.look("desk", page)
    page.goto(sandbox.approvals + TO_BE_APPROVED)
    inspector.look("file", page)
    page.goto(sandbox.archive + DESK)
    inspector.look("archive", page)
    page.goto(f"{sandbox.archive}/nothing")
    inspector.look("trouble", page)

    seen = inspector.seen
    assert {} == {name: one.axe + one.too_wide for name, one in seen.items() if one.axe + one.too_wide}
    if language == "en":
        names = [clerk["name"], "主任科员"]
        assert [] == [word for one in seen.values() for word in chinese(one.words, names)]


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
    sandbox: Sandbox, visit: Visit, size: tuple[int, int]
) -> None:
    """Asked for AAL 3, a clerk adds a passkey and goes on; next time it confirms; then it is removed."""
    page, clerk, inspector = visit(size=size), sandbox.staff[0], Inspector()
    file = TO_BE_APPROVED if size == WIDE else "/files/2026-0417"
    with passkeys.beside(page) as device, complaints(page) as heard:
        begin_to_approve(page, sandbox, clerk, file)
        expect(page.locator("main .panel.warn")).to_contain_text("只留在一台设备上")
        steps.press(page, "main .actions a.button")
        expect(page.locator("main .panel.good")).to_contain_text("有一次登录在等您")
        steps.press(page, "#passkeys .actions a.button")
        steps.send(page, "form#passkey", name="安全密钥")
        inspector.look("own", page)
        page.set_viewport_size({"width": size[0], "height": size[1]})
        steps.press(page, "main .panel.good a.button")
        approve(page)
        assert 1 == device.passkeys

        page.context.clear_cookies()
        page.goto(sandbox.approvals + DESK)
        device.attend(False)
        clerks.by_directory(page, clerk)
        expect(page.locator("h1")).to_have_text("用通行密钥确认")
        device.attend(True)
        steps.submit(page, "form#passkey")
        expect(page.locator("#clerk")).to_contain_text("密钥")

        without_scripts(visit, sandbox, clerk)
        page.goto(f"{sandbox.issuer}/staff")
        steps.press(page, "#passkeys li a.button")
        inspector.look("one", page)
        steps.press(page, "form#end button")
        expect(page.locator("#passkeys li")).to_have_count(0)
        assert [] == [text for text in heard if "Failed to load" not in text]
    assert {} == {name: seen for name, seen in inspector.seen.items() if seen.axe or seen.too_wide}


def begin_to_approve(page: Page, sandbox: Sandbox, clerk: clerks.Clerk, file: str) -> None:
    """As far as the office lets a sign-in with password and app."""
    page.goto(sandbox.approvals + file)
    clerks.enter(page, clerk)
    steps.agree(page)
    steps.send(page, "form#file", note="材料齐全")


def approve(page: Page) -> None:
    """Back at the form, which is as it was."""
    expect(page.locator("#form-kept")).to_be_visible()
    expect(page.locator("[name=note]")).to_have_value("材料齐全")
    steps.submit(page, "form#file")
    expect(page.locator("#files .done")).not_to_have_count(0)


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
