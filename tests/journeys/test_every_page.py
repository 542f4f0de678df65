"""Every page, in Chinese, English and 关怀版: readable, reachable, narrow enough, in one language."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser

from tests.browser import complaints, visitor
from tests.journeys import relying_party, walk
from tests.journeys.inspection import Inspector, Seen, chinese
from tests.journeys.sandbox import Sandbox

pytestmark = pytest.mark.journey


@dataclass(frozen=True)
class Walked:
    """What was seen on every page in one style of the product."""

    style: str
    pages: dict[str, Seen]
    complaints: list[str]
    names: list[str]

    def all(self, finding: str) -> dict[str, object]:
        """What was found of this kind, by page."""
        return {name: found for name, seen in self.pages.items() if (found := getattr(seen, finding))}


@pytest.fixture(scope="module", params=["zh", "en", "care"])
def walked(request: pytest.FixtureRequest, sandbox: Sandbox, browser: Browser) -> Iterator[Walked]:
    """One walk past every page, looked at once for all questions below."""
    style, inspector = str(request.param), Inspector()
    context = visitor(browser, language="en-GB" if style == "en" else "zh-CN")
    with relying_party.listening(sandbox.issuer, sandbox.public_client()) as application:
        page, newcomer = context.new_page(), sandbox.newcomer()
        if style == "care":
            page.goto(f"{sandbox.issuer}/sign-in?care=on")
        with complaints(page) as heard:
            look, in_english = inspector.of(page), style == "en"
            walk.every_page(page, sandbox, application, newcomer, look, in_english=in_english)
    names = [str(one["name"]) for one in sandbox.provincials.values()] + sandbox.registered_names()
    yield Walked(style, inspector.seen, heard, [newcomer.name, "薛云", *names])
    context.close()


def test_nothing_on_a_page_keeps_anybody_out(walked: Walked) -> None:
    """axe finds nothing serious or critical (WCAG 2.2 AA)."""
    assert {} == walked.all("axe")


def test_a_phone_never_scrolls_sideways(walked: Walked) -> None:
    """At 390 px everything fits (WCAG 1.4.10)."""
    assert {} == walked.all("too_wide")


def test_a_page_has_one_heading_that_its_title_begins_with(walked: Walked) -> None:
    """One `h1`, the same words first in the title, the language named (WCAG 2.4.2, 2.4.6, 3.1.1)."""
    wrong = {}
    for name, seen in walked.pages.items():
        headings, title = seen.facts["headings"], seen.facts["title"]
        if len(headings) != 1 or headings[0] not in title:
            wrong[name] = (headings, title)

    assert {} == wrong
    assert {"en" if walked.style == "en" else "zh-Hans"} == {s.facts["lang"] for s in walked.pages.values()}


def test_nothing_is_inline_and_the_browser_refuses_nothing(walked: Walked) -> None:
    """The content security policy allows no inline code, and no page of ours needs any."""
    refused = [text for text in walked.complaints if "Content Security Policy" in text]
    inline = {name: seen.facts["inline"] for name, seen in walked.pages.items() if seen.facts["inline"]}

    assert ([], {}) == (refused, inline)


def test_no_script_of_ours_fails(walked: Walked) -> None:
    """The console is quiet but for the statuses of error pages."""
    assert [] == [text for text in walked.complaints if "Failed to load resource" not in text]


@pytest.mark.parametrize("walked", ["en"], indirect=True)
def test_english_is_complete(walked: Walked) -> None:
    """In English nothing is left in Chinese but names of people and organisations."""
    left = {
        name: found for name, seen in walked.pages.items() if (found := chinese(seen.words, walked.names))
    }

    assert {} == left


@pytest.mark.parametrize("walked", ["care"], indirect=True)
def test_care_is_large(walked: Walked) -> None:
    """关怀版 keeps on every page; text is 20 px at least, what one presses 48 px high."""
    assert ({}, {}) == (walked.all("small_text"), walked.all("small_targets"))
