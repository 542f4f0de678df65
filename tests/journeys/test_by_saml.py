"""A department's system that speaks SAML, entered from an OIDC portal and left for both."""

import pytest
from playwright.sync_api import expect

from tests.browser import PHONE
from tests.journeys import steps
from tests.journeys.conftest import Visit
from tests.journeys.inspection import Inspector, chinese
from tests.journeys.sandbox import Sandbox

pytestmark = pytest.mark.journey


def test_a_system_by_saml_is_entered_without_a_second_sign_in(sandbox: Sandbox, visit: Visit) -> None:
    """From the portal into the register with no page in between but a notice; one sign-out ends both."""
    page, person, inspector = visit(size=PHONE), sandbox.people["middle_dot"], Inspector()
    page.goto(f"{sandbox.estate}/?lang=en")
    inspector.look("register", page)
    steps.enter(page, sandbox.city, person)

    page.goto(f"{sandbox.estate}/sign-in")
    steps.agree(page)

    expect(page.locator("#portal-person")).to_have_text(person.name)
    expect(page).to_have_url(f"{sandbox.estate}/")
    inspector.look("register-signed-in", page)
    steps.press(page, "form#portal-sign-out button")
    expect(page.locator("#portal-sign-in")).to_be_visible()
    page.goto(f"{sandbox.issuer}/account")
    expect(page.locator("form#sign-in")).to_be_visible()
    assert {} == {
        name: found
        for name, seen in inspector.seen.items()
        if (found := [*seen.axe, *seen.too_wide, *chinese(seen.words, [person.name, *TITLES])])
    }


def test_it_works_without_scripts(sandbox: Sandbox, visit: Visit) -> None:
    """One press more, on the page that carries the answer."""
    page, person = visit(scripts=False), sandbox.people["middle_dot"]
    page.goto(f"{sandbox.estate}/sign-in")
    steps.sign_in(page, person.login, person.password)
    steps.agree(page)

    steps.press(page, "main form button")

    expect(page.locator("#portal-person")).to_have_text(person.name)


TITLES = ("沈河区青年大街 12 号 3-1-402", "浑南区创新路 8 号 17-2-1101")
