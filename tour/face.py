"""A matter asks for level 4: the consent of its own, and the page of who compares."""

from tests.journeys import relying_party, steps
from tour.stage import Stage


def a_face_raises_the_level(stage: Stage) -> None:
    """The step-up, the separate consent, the camera's page, and what one brings to a window instead."""
    page, person = stage.window(), stage.sandbox.people["man"]
    with relying_party.listening(stage.sandbox.issuer, stage.sandbox.public_client()) as application:
        page.goto(application.request(acr_values="ial4.aal1"))
        steps.sign_in(page, person.login, person.password)
        steps.press(page, "a[href*='/account/real-person']")
        page.check("form#real-person [name=consent]", force=True)
        stage.album.take(page, "real-person")
        steps.submit(page, "form#real-person")
        stage.album.take(page, "real-person-camera")
        steps.press(page, "button[value=holder]")
    page.goto(f"{stage.sandbox.issuer}/account/window")
    steps.press(page, "form#window button")
    stage.album.take(page, "window-code")
    page.context.close()
