"""Somebody acts for a company: chosen, shown, allowed, refused, and over when the company is."""

from typing import TYPE_CHECKING

from tests.journeys import steps
from tests.journeys.sandbox import eventually

if TYPE_CHECKING:
    from tour.story import Stage

ENROLLING, TAX_RATING = "210100-sb-002/apply", "210100-sf-013/query"


def an_agent_acts_for_a_company(stage: "Stage") -> None:
    """From the portal's list to the receipt, and to a no that says why."""
    page, album, sandbox = stage.window(), stage.album, stage.sandbox
    company, person = sandbox.organisation("管理员和两位经办人"), sandbox.people["agent"]
    page.goto(f"{sandbox.city}/business")
    album.take(page, "business")
    page.goto(f"{sandbox.city}/business/{ENROLLING}")
    steps.sign_in(page, person.login, person.password)
    album.take(page, "capacity")
    steps.come_as(page, company["name"])
    album.take(page, "acting")
    steps.submit(page, "form#business")
    album.take(page, "acting-done")
    page.goto(f"{sandbox.city}/business/{TAX_RATING}")
    album.take(page, "acting-refused")
    page.goto(f"{sandbox.city}/me")
    album.take(page, "acting-facts")
    page.context.close()


def the_registry_closes_a_company(stage: "Stage") -> None:
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
