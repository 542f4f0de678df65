"""Signing in with a code instead of a password, and the call that reads it out."""

from tests.browser import PHONE
from tests.journeys import steps
from tour.stage import Stage


def a_code_signs_in(stage: Stage) -> None:
    """The phone, the call, the code, and in."""
    page, person = stage.window(size=PHONE), stage.sandbox.people["man"]
    page.goto(f"{stage.sandbox.city}/sign-in")
    steps.press(page, "main a[href$='/sms']")
    steps.fill_in(page, "form#sms", phone=person.phone.removeprefix("+86"))
    stage.album.take(page, "phone-code-asked")
    with stage.sandbox.next_message(person.phone) as message:
        steps.press(page, "form#sms button[value=voice]")
    steps.fill_in(page, "form#sms-code", code=message()["code"])
    stage.album.take(page, "phone-code-read-out")
    steps.submit(page, "form#sms-code")
    page.context.close()
