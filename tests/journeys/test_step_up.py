"""More is asked in the middle of a form, and the form is there when one comes back."""

from datetime import UTC, datetime

import pyotp
import pytest
from playwright.sync_api import Page, expect

from tests.journeys import steps
from tests.journeys.conftest import Visit
from tests.journeys.sandbox import Citizen, Sandbox

pytestmark = pytest.mark.journey
APPLICATION = {"amount": "12000.50", "purpose": "购买自住住房", "note": "第一套 & <b>"}


def add_app(page: Page, sandbox: Sandbox, person: Citizen) -> pyotp.TOTP:
    """Register, and add an authenticator app, two steps not chosen; gives what the app does."""
    page.goto(f"{sandbox.issuer}/register")
    steps.register(page, sandbox, person)
    page.goto(f"{sandbox.issuer}/sign-in?again=1&next=/account/methods/totp")
    steps.sign_in(page, person.phone, steps.NEW_PASSWORD)
    app = pyotp.TOTP(page.locator("#seed").inner_text().replace(" ", ""))
    page.uncheck("#two_steps")
    steps.send(page, "form#totp", code=app.now())
    expect(page.locator("form#recovery-codes")).to_be_visible()
    return app


def next_code(app: pyotp.TOTP) -> str:
    """The code of the half minute to come: the one before was used, and clocks may differ by that much."""
    return app.at(datetime.now(UTC), counter_offset=1)


@pytest.mark.parametrize("scripts", [True, False])
def test_a_half_filled_form_survives_the_second_step(sandbox: Sandbox, visit: Visit, scripts: bool) -> None:
    """The fund's API asks for two ways (RFC 9470); the app proves the second, nothing is typed twice."""
    phone, page, person = visit(), visit(scripts=scripts), sandbox.newcomer()
    app = add_app(phone, sandbox, person)
    page.goto(f"{sandbox.fund}/sign-in")
    steps.sign_in(page, person.phone, steps.NEW_PASSWORD)
    steps.agree(page)
    page.goto(f"{sandbox.fund}/withdraw")

    steps.send(page, "form#withdraw", **APPLICATION)
    page.goto(page.url.rsplit("/", 1)[0] + "/totp")
    steps.send(page, "form#totp", code=next_code(app))

    expect(page.locator("#form-kept")).to_be_visible()
    assert APPLICATION == {name: page.input_value(f"#{name}") for name in APPLICATION}
    steps.submit(page, "form#withdraw")
    expect(page.locator("#reference")).to_be_visible()
