"""A certificate signs one line of text, and the person is in."""

from tests.journeys import signing, steps
from tour.stage import Stage


def a_certificate_signs_in(stage: Stage) -> None:
    """The text, the boxes filled by a tool, and the certificate among the ways to sign in."""
    page, person = stage.window(), stage.sandbox.people["renamed"]
    card = person.certificate or {}
    page.goto(f"{stage.sandbox.city}/sign-in")
    steps.press(page, "main a[href$='/certificate']")
    signing.paste(page, card["certificate_pem"], card["private_key_pem"])
    stage.album.take(page, "certificate")
    steps.submit(page, "form#certificate")
    steps.agree(page)
    page.goto(f"{stage.sandbox.issuer}/account/methods")
    stage.album.take(page, "certificate-methods")
    page.context.close()
