"""Somebody acts for a company: registered, invited, accepted, refused, over; and taken over by another."""

from playwright.sync_api import Page

from tests.journeys import enterprises, steps
from tests.journeys.enterprises import Invited
from tests.waiting import eventually
from tour.stage import Stage

ENROLLING = "210100-sb-002/apply"
FOR = ("210100-sb-002", "210100-sb-006")


def an_agent_acts_for_a_company(stage: Stage) -> None:
    """From the registration to the end of the mandate."""
    sandbox, office, desk = stage.sandbox, stage.window(), stage.window()
    company, founder, agent = (
        sandbox.unregistered_organisations[0],
        sandbox.people["founder"],
        sandbox.people["man"],
    )
    enterprises.at_home(office, sandbox, founder)
    taken = stage.album.taking(office)
    enterprises.register(office, sandbox, founder, company, taken)
    enterprises.invite(office, sandbox, founder, Invited(agent, FOR, ("apply", "receive")), taken)
    enterprises.at_home(desk, sandbox, agent)
    enterprises.accept(desk, sandbox, agent, company["name"], stage.album.taking(desk))
    _acts(stage, desk, company["name"])
    enterprises.at_company(office, sandbox, founder, company["name"])
    enterprises.end(office, agent.name, taken)
    eventually(lambda: steps.is_out(desk, sandbox.city))
    desk.goto(f"{sandbox.city}/business/{ENROLLING}?organisation={company['uscc']}")
    stage.album.take(desk, "acting-over")
    for window in (office, desk):
        window.context.close()


def another_representative_takes_over(stage: Stage) -> None:
    """What the one before left, decided on in one list."""
    sandbox, page = stage.sandbox, stage.window()
    company, successor = sandbox.organisation("待交接"), sandbox.people["successor"]
    enterprises.at_home(page, sandbox, successor)
    enterprises.register(page, sandbox, successor, company)
    enterprises.hand_over(page, sandbox, successor, stage.album.taking(page))
    page.context.close()


def the_registry_closes_a_company(stage: Stage) -> None:
    """Nobody has to do anything: its people are out, and are told why when they come again."""
    page, sandbox = stage.window(), stage.sandbox
    company, person = sandbox.organisation("个体工商户"), sandbox.people["agent"]
    matter = f"{sandbox.city}/business/210100-sb-005/query?organisation={company['uscc']}"
    page.goto(matter)
    steps.sign_in(page, person.login, person.password)
    steps.agree(page)
    sandbox.registry_says(company["uscc"], state="deregistered")
    sandbox.command("organisations", "refresh", "--code", company["uscc"])
    eventually(lambda: steps.is_out(page, sandbox.city))
    page.goto(matter)
    stage.album.take(page, "company-closed")
    page.context.close()


def _acts(stage: Stage, page: Page, company: str) -> None:
    sandbox, album = stage.sandbox, stage.album
    page.goto(f"{sandbox.city}/business/{ENROLLING}")
    steps.come_as(page, company)
    page.goto(f"{sandbox.city}/me")
    album.take(page, "acting-facts")
