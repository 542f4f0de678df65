"""Civil servants in a browser: one sign-in for two offices, beside their own as a citizen."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Page, expect

from tests.browser import PHONE, WIDE
from tests.journeys import relying_party, steps
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


def by_directory(page: Page, clerk: dict[str, str], password: str = "") -> None:
    steps.send(page, "form#staff", login=clerk["login"], password=password or clerk["password"])


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
    by_directory(page, clerk)
    steps.send(page, "form#totp", code=pyotp.TOTP(clerk["totp_secret"]).now())
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
    by_directory(page, clerk, WRONG)
    inspector.look("refused", page)
    by_directory(page, clerk)
    if clerk["totp_secret"]:
        inspector.look("totp", page)
        steps.send(page, "form#totp", code=pyotp.TOTP(clerk["totp_secret"]).now())
    else:
        inspector.look("first-app", page)
        steps.send(page, "form#app", code=pyotp.TOTP(page.inner_text("#seed").replace(" ", "")).now())
        inspector.look("first-codes", page)
        assert 10 == page.locator("#codes li").count()
        steps.press(page, ".actions a.button")
    inspector.look("own", page)
    page.goto(f"{sandbox.issuer}/staff/app")
    inspector.look("another-app", page)

    seen = inspector.seen
    assert {} == {name: one.axe + one.too_wide for name, one in seen.items() if one.axe + one.too_wide}
    assert all(len(one.facts["headings"]) == 1 for one in seen.values())
    if language == "en-GB":
        assert [] == [
            word for one in seen.values() for word in chinese(one.words, [clerk["name"], "窗口工作人员"])
        ]


def test_pictures(sandbox: Sandbox, visit: Visit, tmp_path: Path) -> None:
    """A phone's width holds the page of civil servants."""
    page = visit(size=PHONE)
    page.goto(f"{sandbox.issuer}/staff")
    page.screenshot(path=tmp_path / "staff.png", full_page=True)

    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
