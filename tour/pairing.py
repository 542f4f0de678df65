"""A screen in a hall and a phone that is signed in, side by side."""

from tests.browser import PHONE
from tests.journeys import steps
from tour.stage import Stage


def a_phone_signs_a_screen_in(stage: Stage) -> None:
    """The picture, what the phone tells, the digits, and in."""
    phone, screen, person = stage.window(size=PHONE), stage.window(), stage.sandbox.people["woman"]
    phone.goto(f"{stage.sandbox.issuer}/sign-in")
    steps.sign_in(phone, person.login, person.password)
    screen.goto(f"{stage.sandbox.city}/sign-in")
    steps.press(screen, "main a[href$='/qr']")
    stage.album.take(screen, "pairing-picture")
    phone.goto(f"{stage.sandbox.issuer}/account/qr")
    steps.send(phone, "form#pairing-number", number=screen.inner_text("#number"))
    stage.album.take(phone, "pairing-asked")
    steps.press(phone, "button[value=claim]")
    steps.fill(phone, "form#pairing [name=digits]", screen.inner_text("#shown"))
    stage.album.take(screen, "pairing-digits")
    steps.press(phone, "button[value=confirm]")
    screen.wait_for_url(lambda url: "/qr" not in url)
    for window in (phone, screen):
        window.context.close()
