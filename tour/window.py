"""At a service window: a card reader reads, and an operator without a key of their own stands by it."""

from tests.journeys import clerks, counter, steps
from tour.stage import Stage


def an_operator_stands_by_a_reading(stage: Stage) -> None:
    """What waits, what is compared, and level 5; nothing where there is no directory."""
    if not stage.sandbox.staff:
        return
    own, page, citizen = stage.window(), stage.window(), stage.sandbox.newcomer()
    own.goto(f"{stage.sandbox.issuer}/register")
    steps.register(own, stage.sandbox, citizen)
    counter.read(stage.sandbox, citizen, account=counter.account_code(own, stage.sandbox))
    clerk = counter.clerk_of(stage.sandbox, counter.FIRST)
    page.goto(f"{stage.sandbox.issuer}/staff/window")
    clerks.enter(page, clerk)
    stage.album.take(page, "window-waiting")
    steps.press(page, "#visits li a.button")
    stage.album.take(page, "window-compared")
    steps.press(page, "main .actions a.button")
    steps.send(page, "form#app-code", code=clerks.code(clerk))
    stage.album.take(page, "window-answered")
    for window in (own, page):
        window.context.close()
