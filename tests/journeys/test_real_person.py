"""Level 4 in the middle of a portal's sign-in, and back: the camera's page is the service's, not ours."""

import pytest
from playwright.sync_api import Page, expect

from tests.journeys import steps
from tests.journeys.conftest import Visit
from tests.journeys.inspection import Inspector
from tests.journeys.relying_party import RelyingParty
from tests.journeys.sandbox import Sandbox

pytestmark = pytest.mark.journey


def raise_the_level(page: Page, seen: str = "holder") -> None:
    """From the page that says a higher level is needed, before the camera, and back."""
    steps.press(page, "a[href*='/account/real-person']")
    page.check("form#real-person [name=consent]", force=True)
    steps.submit(page, "form#real-person")
    steps.press(page, f"button[value={seen}]")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_a_face_raises_the_level_in_the_middle_of_a_sign_in(
    sandbox: Sandbox, visit: Visit, application: RelyingParty, scripts: bool
) -> None:
    """The application that asked for level 4 is answered, without anybody typing anything again."""
    person = sandbox.newcomer()
    page = visit(scripts=scripts)
    page.goto(f"{sandbox.city}/register")
    steps.register(page, sandbox, person)
    page.goto(application.request(acr_values="ial4.aal1"))
    raise_the_level(page)
    steps.agree(page)

    assert "code" in application.answer


def test_another_face_leads_to_the_other_ways(
    sandbox: Sandbox, page: Page, application: RelyingParty
) -> None:
    """Nothing is gained, and the page says what else one can do."""
    person = sandbox.newcomer()
    page.goto(f"{sandbox.city}/register")
    steps.register(page, sandbox, person)
    page.goto(application.request(acr_values="ial4.aal1"))
    raise_the_level(page, "somebody_else")

    expect(page.locator("#refusal")).to_contain_text("不是证件持有人本人")
    expect(page.locator("main")).to_contain_text("到政务服务窗口核验")


@pytest.mark.parametrize("language", ["zh-CN", "en-GB"])
def test_its_pages_fit_and_can_be_read_by_everybody(sandbox: Sandbox, visit: Visit, language: str) -> None:
    """No page scrolls sideways on a phone, none has a barrier (WCAG 2.2 AA)."""
    page, person, inspector = visit(language=language), sandbox.people["elder"], Inspector()
    page.goto(f"{sandbox.issuer}/sign-in")
    steps.sign_in(page, person.login, person.password)
    for path in ("/account/real-person", "/account/window", "/recover/slip", "/legal/real-person"):
        page.goto(f"{sandbox.issuer}{path}")
        inspector.look(path, page)

    seen = inspector.seen
    assert {} == {name: one.axe + one.too_wide for name, one in seen.items() if one.axe + one.too_wide}
