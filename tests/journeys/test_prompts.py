"""What an application may wish for (OpenID Connect Core §3.1.2.1), as a person meets it."""

import pytest
from playwright.sync_api import Page, expect

from tests.journeys import steps
from tests.journeys.relying_party import RelyingParty
from tests.journeys.sandbox import Sandbox

pytestmark = pytest.mark.journey


def test_none_never_shows_a_page(sandbox: Sandbox, page: Page, application: RelyingParty) -> None:
    """`prompt=none` is answered `login_required` to a stranger's browser."""
    page.goto(application.request(prompt="none", state="quiet"))

    assert "login_required" == application.answer["error"]
    assert "quiet" == application.answer["state"]


@pytest.mark.parametrize("wish", [{"prompt": "login"}, {"max_age": "0"}], ids=["prompt-login", "max-age"])
def test_a_proof_older_than_wished_is_asked_for_again_and_once(
    sandbox: Sandbox, page: Page, application: RelyingParty, wish: dict[str, str]
) -> None:
    """Signed in or not, the person proves themselves anew, and that one proof is enough."""
    person = sandbox.people["parent"]
    page.goto(application.request())
    steps.sign_in(page, person.login, person.password)
    steps.agree(page)
    answers = len(application.answers)

    page.goto(application.request(**wish))
    expect(page.locator("form#sign-in")).to_be_visible()
    assert answers == len(application.answers)
    steps.sign_in(page, person.login, person.password)

    assert "code" in application.answer
    assert answers + 1 == len(application.answers)


def test_create_begins_with_registration(sandbox: Sandbox, page: Page) -> None:
    """`prompt=create` leads straight to the registration, which knows the service that waits."""
    page.goto(sandbox.city)
    steps.press(page, "#portal-register")

    expect(page.locator("form#register-phone")).to_be_visible()
    assert "门户" in page.title()


def test_a_login_hint_is_typed_already(sandbox: Sandbox, page: Page, application: RelyingParty) -> None:
    """What the application knows of the login needs no typing; it does not choose the person."""
    page.goto(application.request(login_hint="zhou_yalin"))

    expect(page.locator("[name=login]")).to_have_value("zhou_yalin")


def test_ui_locales_choose_the_language(sandbox: Sandbox, page: Page, application: RelyingParty) -> None:
    """`ui_locales=en` speaks English in a Chinese browser; the person's own switch wins over it."""
    page.goto(application.request(ui_locales="en"))
    assert "en" == page.get_attribute("html", "lang")

    steps.press(page, ".switches a[lang=zh-Hans]")
    assert "zh-Hans" == page.get_attribute("html", "lang")
