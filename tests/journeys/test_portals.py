"""The two sample portals, held to the same marks as our own pages: outsiders copy them."""

import pytest

from tests.browser import PHONE
from tests.journeys import steps
from tests.journeys.conftest import Visit
from tests.journeys.inspection import Inspector, chinese
from tests.journeys.sandbox import Sandbox

pytestmark = pytest.mark.journey


@pytest.mark.parametrize("language", ["zh", "en"])
def test_portals_are_reachable_narrow_enough_and_in_one_language(
    sandbox: Sandbox, visit: Visit, language: str
) -> None:
    """axe finds nothing serious, nothing scrolls sideways, and English is English but for names."""
    page, inspector, person = visit(size=PHONE), Inspector(), sandbox.people["middle_dot"]
    page.goto(f"{sandbox.city}/?lang={language}")
    inspector.look("portal", page)
    page.goto(f"{sandbox.fund}/?lang={language}")
    inspector.look("fund", page)
    steps.enter(page, sandbox.city, person)
    inspector.look("portal-signed-in", page)
    page.goto(f"{sandbox.city}/me")
    inspector.look("portal-facts", page)
    page.goto(f"{sandbox.fund}/account")
    inspector.look("fund-account", page)
    page.goto(f"{sandbox.fund}/callback")
    inspector.look("fund-trouble", page)
    page.goto(sandbox.city)
    steps.press(page, "form#portal-sign-out button")
    inspector.look("portal-signed-out", page)

    wrong = {
        name: [*seen.axe, *seen.too_wide, *(chinese(seen.words, [person.name]) if language == "en" else [])]
        for name, seen in inspector.seen.items()
    }
    assert {} == {name: found for name, found in wrong.items() if found}
