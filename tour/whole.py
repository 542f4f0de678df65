"""The whole story as one chain: from the province into every system as a company, and out of all of them."""

from functools import partial

from playwright.sync_api import Page

from tests.journeys import links, steps, story
from tests.journeys.sandbox import Citizen
from tests.waiting import eventually
from tour.stage import Stage


def the_whole_story(stage: Stage) -> None:
    """A citizen of the province, linked to a company, acts for it until that ends, and signs out once."""
    sandbox, page, office = stage.sandbox, stage.window(), stage.window()
    citizen, owner = sandbox.newcomer(), sandbox.people["owner"]
    company = sandbox.organisation(story.COMPANY)
    story.come_from_province(page, sandbox, citizen, stage.album.taking(page))
    _is_linked(stage, citizen, company)
    _enters_as_company(stage, page, company["name"])
    story.about_to_end(office, sandbox, owner, company["name"], citizen.name)
    stage.album.take(office, "story-end")
    _is_out(stage, page, office)
    _signs_out_once(stage, page)
    for window in (page, office):
        window.context.close()


def _is_linked(stage: Stage, citizen: Citizen, company: dict[str, str]) -> None:
    """Two operators, and the notice to who represents the company."""
    sandbox, first, second, own = stage.sandbox, stage.window(), stage.window(), stage.window()
    links.open_case(
        first, sandbox, company["uscc"], citizen.id_number, _only("letter", stage, first, "link-letter")
    )
    links.approve(second, sandbox, company["name"], _only("approve", stage, second, "link-approve"))
    owner = sandbox.people["owner"]
    own.goto(f"{sandbox.issuer}/account/notices")
    steps.sign_in(own, owner.login, owner.password)
    stage.album.take(own, "link-told")
    links.cooled_off(sandbox)
    for window in (first, second, own):
        window.context.close()


def _enters_as_company(stage: Stage, page: Page, company: str) -> None:
    sandbox, album = stage.sandbox, stage.album
    page.goto(f"{sandbox.city}/business")
    album.take(page, "business")
    page.goto(f"{sandbox.city}/switch")
    album.take(page, "capacity")
    steps.come_as(page, company)
    page.goto(f"{sandbox.city}/business/{story.PERMITTED}")
    album.take(page, "acting")
    for system in story.systems(sandbox)[1:]:
        story.enter(page, system, company)
        page.locator("#portal-told summary").click()
        album.take(page, f"story-{system.name}")
    page.goto(f"{sandbox.city}/business/{story.PERMITTED}")
    steps.submit(page, "form#business")
    album.take(page, "acting-done")
    page.goto(f"{sandbox.city}/business/{story.REFUSED}")
    album.take(page, "acting-refused")


def _is_out(stage: Stage, page: Page, office: Page) -> None:
    """The seconds are measured here and now, from the press of the button, by the systems' own pages."""
    everywhere = story.systems(stage.sandbox)
    portal, pension = everywhere[:2]
    end = partial(steps.submit, office, "form#end")
    seconds = story.seconds_until_out(page, everywhere, stage.sandbox, end)
    for system in (portal, pension):
        page.goto(system.home)
        stage.album.take(page, f"story-{system.name}-out", seconds=f"{seconds[system.name]:.1f}")
    page.goto(pension.entrance)
    stage.album.take(page, "story-told-why", seconds=f"{max(seconds.values()):.1f}")


def _signs_out_once(stage: Stage, page: Page) -> None:
    """As themselves everywhere again, and out of everything by one press."""
    for system in story.systems(stage.sandbox):
        assert eventually(partial(story.enter_as_oneself, page, system)), system.name
    steps.press(page, "#portal-sign-out")
    steps.press(page, "#sign-out-confirm")
    page.wait_for_url(f"{stage.sandbox.issuer}/signed-out")
    eventually(lambda: story.all_confirmed(page))
    stage.album.take(page, "story-signed-out")


def _only(name: str, stage: Stage, page: Page, picture: str) -> steps.Seen:
    """Takes a picture of one of the pages on the way."""
    return lambda seen: stage.album.take(page, picture) if seen == name else None
