"""A civil servant signs in once and enters the systems of two departments."""

from tests.journeys import clerks, passkeys, steps
from tour.stage import Stage


def a_civil_servant_enters_two_offices(stage: Stage) -> None:
    """The directory's sign-in, both desks, and a decision that takes a passkey; none without a directory."""
    if not stage.sandbox.staff:
        return
    page, clerk = stage.window(), stage.sandbox.staff[0]
    page.goto(f"{stage.sandbox.approvals}/desk")
    stage.album.take(page, "staff-sign-in")
    clerks.enter(page, clerk)
    steps.agree(page)
    stage.album.take(page, "office-desk")
    steps.press(page, "#to-other")
    stage.album.take(page, "office-archive")
    with passkeys.beside(page):
        page.goto(f"{stage.sandbox.issuer}/staff/passkeys")
        steps.send(page, "form#passkey", name="安全密钥")
        stage.album.take(page, "staff-passkeys")
        page.goto(f"{stage.sandbox.approvals}/files/2026-0413")
        steps.send(page, "form#file", note="材料齐全")
        stage.album.take(page, "office-decision")
    page.context.close()
