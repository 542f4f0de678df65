"""Signing in by a certificate whose signature is pasted: with scripts and without, on desk and phone."""

import pytest
from playwright.sync_api import Page, expect

from connectors.simulator import authority as authorities
from tests.browser import PHONE, WIDE
from tests.journeys import steps
from tests.journeys.conftest import Visit
from tests.journeys.inspection import Inspector, chinese
from tests.journeys.sandbox import Sandbox
from tests.journeys.signing import answer

pytestmark = pytest.mark.journey


def at_certificate(page: Page, sandbox: Sandbox) -> None:
    """The page of this way, in a sign-in to the city portal."""
    page.goto(f"{sandbox.city}/sign-in")
    steps.press(page, "main a[href$='/certificate']")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_a_signature_opens_the_portal(
    sandbox: Sandbox, visit: Visit, scripts: bool, size: tuple[int, int]
) -> None:
    """No password is asked; the person is known at the highest level."""
    page, person = visit(scripts=scripts, size=size), sandbox.people["renamed"]
    assert person.certificate is not None
    at_certificate(page, sandbox)
    answer(page, person.certificate["certificate_pem"], person.certificate["private_key_pem"])
    steps.agree(page)

    expect(page.locator("#portal-person")).to_have_text(person.name)


def test_a_new_certificate_is_added_on_the_way(sandbox: Sandbox, visit: Visit) -> None:
    """One that no account has leads to signing in another way, to adding it, and back to the portal."""
    page, person = visit(), sandbox.people["dot_dropped"]
    card = authorities.found(sandbox.home / "ca").issue(person.name, person.id_number)
    at_certificate(page, sandbox)
    answer(page, card.certificate_pem, card.key_pem)
    expect(page.locator("#errors")).to_contain_text("还没有添加到账号")

    steps.press(page, "a[href*='/account/methods/certificate']")
    steps.sign_in(page, person.login, person.password)
    answer(page, card.certificate_pem, card.key_pem)
    steps.press(page, "a.button[href^='/interaction/']")
    steps.agree(page)
    expect(page.locator("#portal-person")).to_have_text(person.name)


@pytest.mark.parametrize("language", ["zh-CN", "en-GB"])
def test_every_page_of_it_is_for_everybody(sandbox: Sandbox, visit: Visit, language: str) -> None:
    """axe, width, one heading, one language: at the sign-in, with a refusal, and where one is added."""
    inspector, person, page = Inspector(), sandbox.people["middle_dot"], visit(language=language)
    page.goto(f"{sandbox.city}?lang={'en' if language == 'en-GB' else 'zh'}")
    at_certificate(page, sandbox)
    inspector.look("asked", page)
    steps.send(page, "form#certificate", certificate="x", signature="eA==")
    inspector.look("refused", page)
    page.goto(f"{sandbox.issuer}/account/methods/certificate")
    steps.sign_in(page, person.login, person.password)
    inspector.look("adding", page)

    seen = inspector.seen
    assert {} == {name: one.axe + one.too_wide for name, one in seen.items() if one.axe + one.too_wide}
    assert all(len(one.facts["headings"]) == 1 for one in seen.values())
    if language == "en-GB":
        assert [] == [word for one in seen.values() for word in chinese(one.words, [person.name])]
