"""A passkey is added, and from then on it signs in."""

from tests.journeys import passkeys, steps
from tour.stage import Stage


def a_passkey_signs_in(stage: Stage) -> None:
    """The page that adds one, and the button that asks the device for it."""
    page, citizen = stage.window(), stage.sandbox.newcomer()
    page.goto(f"{stage.sandbox.issuer}/register")
    steps.register(page, stage.sandbox, citizen)
    with passkeys.beside(page) as device:
        page.goto(f"{stage.sandbox.issuer}/account/methods/passkey")
        steps.fill_in(page, "form#passkey", name="我的手机")
        stage.album.take(page, "passkey-add")
        steps.submit(page, "form#passkey")
        page.context.clear_cookies()
        device.attend(False)
        page.goto(f"{stage.sandbox.city}/sign-in")
        steps.press(page, "main a[href$='/passkey']")
        stage.album.take(page, "passkey")
        device.attend(True)
        steps.submit(page, "form#passkey")
        steps.agree(page)
    page.context.close()
