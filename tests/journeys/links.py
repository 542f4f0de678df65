"""What operators do at a window: two of them link an agent to an enterprise on its letter."""

import contextlib
import sqlite3
from datetime import timedelta

from playwright.sync_api import Page

from idp.mandates.linking import COOLING
from tests.journeys import clerks, enterprises, steps
from tests.journeys.sandbox import Sandbox
from tests.journeys.steps import Seen, unseen

MATTER = "210100-sb-002"
PNG = b"\x89PNG\r\n\x1a\n a letter with a seal"
FIRST, SECOND = "admin_operator", "admin_operator_2"


def enter(page: Page, sandbox: Sandbox, login: str, place: str = "/admin") -> None:
    """Sign in as one of the sandbox's administrators."""
    admin = {**sandbox.admins[login], "home": str(sandbox.home)}
    page.goto(f"{sandbox.issuer}{place}")
    clerks.enter(page, admin)


def open_case(page: Page, sandbox: Sandbox, uscc: str, agent_number: str, seen: Seen = unseen) -> None:
    """The first operator: organisation and agent, what the letter names, the letter."""
    enter(page, sandbox, FIRST, "/admin/links/new")
    seen("whom")
    steps.send(page, "form#whom", code=uscc, typed=agent_number)
    seen("what")
    enterprises.tick_matter(page, MATTER, "form#what")
    page.locator("input[name=action][value=apply]").check(force=True)
    steps.submit(page, "form#what")
    page.set_input_files("#letter", {"name": "letter.png", "mimeType": "image/png", "buffer": PNG})
    page.locator("input[name=grade][value=A]").check(force=True)
    steps.fill_in(page, "form#letter-form", reason="函〔2026〕7号")
    seen("letter")
    steps.submit(page, "form#letter-form")
    seen("own-case")


def approve(page: Page, sandbox: Sandbox, company: str, seen: Seen = unseen) -> None:
    """The second operator, from the desk to the yes."""
    enter(page, sandbox, SECOND)
    seen("desk")
    steps.press(page, "#waiting a[href$=links]")
    seen("cases")
    steps.press(page, f"#waiting a:has-text('{company}')")
    steps.press(page, "a[href$=letter]")
    page.go_back()
    steps.press(page, "a[href$=agent]")
    seen("document")
    steps.submit(page, "form#compare")
    seen("compared")
    steps.press(page, "a[href$=approve]")
    seen("approve")
    steps.send(page, "form#approve", reason="印章与备案一致")
    seen("approved")


def cooled_off(sandbox: Sandbox) -> None:
    """What cools off has done so: nobody waits three days, and the worker looks once a minute by itself."""
    by = COOLING + timedelta(hours=1)
    with contextlib.closing(sqlite3.connect(sandbox.home / "yitong.db", timeout=60)) as database, database:
        database.execute(
            "update mandates set settles_at = settles_at - ? where state = 'cooling'",
            (by // timedelta(microseconds=1),),
        )
    sandbox.command("worker", "--once")
