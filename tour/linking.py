"""Two operators link an enterprise account to its agent, on a letter, and the representative is told."""

from typing import TYPE_CHECKING

from tests.journeys import steps
from tests.journeys.test_console import enter
from tests.journeys.test_window_links import PNG

if TYPE_CHECKING:
    from tour.story import Stage

MATTER = "210100-sb-002"


def two_operators_link_an_agent(stage: "Stage") -> None:
    """One opens the case, the other approves it, and who represents the company may object."""
    sandbox, first, second, own = stage.sandbox, stage.window(), stage.window(), stage.window()
    company, owner = sandbox.organisation("委托记账机构办税"), sandbox.people["owner"]
    enter(first, sandbox, "admin_operator", "/admin/links/new")
    steps.send(first, "form#whom", code=company["uscc"], typed=sandbox.people["elder"].id_number)
    first.locator(f"details:has(input[value='{MATTER}']) summary").click()
    first.locator(f"input[value='{MATTER}']").check(force=True)
    first.locator("input[name=action][value=apply]").check(force=True)
    steps.submit(first, "form#what")
    first.set_input_files("#letter", {"name": "letter.png", "mimeType": "image/png", "buffer": PNG})
    first.locator("input[name=grade][value=A]").check(force=True)
    steps.fill_in(first, "form#letter-form", reason="函〔2026〕7号")
    stage.album.take(first, "link-letter")
    steps.submit(first, "form#letter-form")
    enter(second, sandbox, "admin_operator_2")
    steps.press(second, "#waiting a[href$=links]")
    steps.press(second, f"#waiting a:has-text('{company['name']}')")
    steps.press(second, "a[href$=approve]")
    stage.album.take(second, "link-approve")
    steps.send(second, "form#approve", reason="印章与备案一致")
    own.goto(f"{sandbox.issuer}/account/notices")
    steps.sign_in(own, owner.login, owner.password)
    stage.album.take(own, "link-told")
    for window in (first, second, own):
        window.context.close()
