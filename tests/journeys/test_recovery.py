"""A forgotten password: the phone and the document together open the account again."""

import pytest
from playwright.sync_api import Page, expect

from tests.journeys import steps
from tests.journeys.conftest import Visit
from tests.journeys.sandbox import Sandbox

pytestmark = pytest.mark.journey


@pytest.mark.parametrize(
    ("scripts", "persona"), [(True, "renamed"), (False, "hong_kong")], ids=["scripts", "no-scripts"]
)
def test_phone_and_document_set_a_new_password(
    sandbox: Sandbox, visit: Visit, scripts: bool, persona: str
) -> None:
    """The new password opens the service that waits, the old one nothing, and the phone is told."""
    page, person = visit(scripts=scripts), sandbox.people[persona]
    page.goto(f"{sandbox.city}/sign-in")
    steps.press(page, "a[href*='/recover']")

    steps.recover(page, sandbox, person)
    steps.sign_in(page, person.login, person.password)
    expect(page.locator("#errors")).to_be_visible()
    steps.sign_in(page, person.login, steps.NEW_PASSWORD)
    steps.agree(page)

    expect(page.locator("#portal-person")).to_have_text(person.name)


def test_a_stranger_learns_nothing(sandbox: Sandbox, page: Page) -> None:
    """A phone without an account, and a document that is not its holder's, end on the same page."""
    citizen, known = sandbox.newcomer(), sandbox.people["man"]
    ended = []
    for phone in (citizen.phone, known.phone):
        page.goto(f"{sandbox.issuer}/recover")
        code = steps.give_phone(page, "form#recover-phone", sandbox, phone)
        steps.send(page, "form#sms-code", code=code)
        steps.tell_identity(page, "form#recover-identity", citizen)
        ended.append(page.inner_text("main").replace(phone[-4:], "****"))

    assert ended[0] == ended[1]
    assert "请查看您的短信" in ended[0]
