"""What the people of an organisation do on its pages: prove themselves twice, invite, answer, end."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page

from tests.journeys import clerks, steps
from tests.journeys.sandbox import Citizen, Sandbox
from tests.journeys.steps import Seen, unseen


def prove_twice(page: Page, sandbox: Sandbox, person: Citizen) -> None:
    """The password unless it was typed just now, and the app's code or one sent to the phone, if asked."""
    if "/interaction/" not in page.url:
        return
    if page.locator("form#sign-in").count():
        steps.sign_in(page, person.login, person.password)
    if person.totp_secret:
        page.goto(f"{page.url.rsplit('/', 1)[0]}/totp")
        steps.send(
            page,
            "form#totp",
            code=clerks.code({"totp_secret": person.totp_secret, "home": str(sandbox.home)}),
        )
        return
    with sandbox.next_message(person.phone) as message:
        steps.press(page, "form#sms button[value=text]")
    steps.send(page, "form#sms-code", code=message()["code"])


def at_company(page: Page, sandbox: Sandbox, person: Citizen, company: str) -> None:
    """At the page of an organisation."""
    at_home(page, sandbox, person)
    steps.press(page, f"main a:has-text('{company}')")


def at_home(page: Page, sandbox: Sandbox, person: Citizen) -> None:
    """Signed in, at the list of one's organisations."""
    page.goto(f"{sandbox.issuer}/account/organisations")
    if page.locator("form#sign-in").count():
        steps.sign_in(page, person.login, person.password)


def register(
    page: Page, sandbox: Sandbox, by: Citizen, company: Mapping[str, Any], seen: Seen = unseen
) -> None:
    """From the list of organisations to the page of one that is new here."""
    steps.press(page, "main a[href$='/organisations/register']")
    prove_twice(page, sandbox, by)
    fields = {"number": company["uscc"], "name": company["name"], "sensitive": "yes"}
    steps.fill_in(page, "form#organisation", **fields)
    seen("organisation-register")
    steps.submit(page, "form#organisation")
    seen("organisation-registered")


@dataclass(frozen=True)
class Invited:
    """Whom to invite for what."""

    person: Citizen
    matters: tuple[str, ...]
    actions: tuple[str, ...]


def invite(page: Page, sandbox: Sandbox, by: Citizen, whom: Invited, seen: Seen = unseen) -> None:
    """From the page of an organisation to the invitation that is out."""
    steps.press(page, "a[href$='/invite']")
    prove_twice(page, sandbox, by)
    page.locator("[name=whom][value=person]").check(force=True)
    phone = whom.person.phone.removeprefix("+86")
    steps.fill_in(page, "form#invite", phone=phone, name=whom.person.name)
    for code in whom.matters:
        tick_matter(page, code)
    for action in whom.actions:
        page.locator(f"form#invite [name=action][value={action}]").check(force=True)
    seen("invite")
    steps.submit(page, "form#invite")
    prove_twice(page, sandbox, by)
    seen("invite-confirm")
    steps.submit(page, "form#sign")
    seen("invite-sent")


def look_for(page: Page, words: str, form: str = "form#invite") -> None:
    """Look for matters in the form of an invitation, or in another."""
    page.fill(f"{form} [name=q]", words)
    steps.press(page, f"{form} button[name=find]")


def tick_matter(page: Page, code: str, form: str = "form#invite") -> None:
    """Tick the box of a matter, looked for by its code, and go back to all groups."""
    look_for(page, code, form)
    page.locator(f"{form} [name=matter][value='{code}']").check(force=True)
    steps.press(page, f"{form} button[name=find][value=all]")


def accept(page: Page, sandbox: Sandbox, person: Citizen, company: str, seen: Seen = unseen) -> None:
    """Look at the invitation of a company, and say yes."""
    row = page.locator("li", has_text=company)
    steps.press(page, row.locator("a[href*='/account/invitations/']"))
    seen("invitation")
    steps.press(page, "#accept")
    prove_twice(page, sandbox, person)
    if page.locator("#accept").count():
        steps.press(page, "#accept")


def hand_over(page: Page, sandbox: Sandbox, by: Citizen, seen: Seen = unseen) -> None:
    """From the page of an organisation to having confirmed everything a former representative left."""
    steps.press(page, "main a[href$='/handover']")
    prove_twice(page, sandbox, by)
    for choice in page.locator("form#handover input[value=confirm]").all():
        choice.check(force=True)
    seen("handover")
    steps.submit(page, "form#handover")


def end(page: Page, agent: str, seen: Seen = unseen) -> None:
    """From the page of an organisation to the end of somebody's mandate."""
    steps.press(page, page.locator("#members ~ table a, main table a", has_text=agent))
    steps.press(page, "a[href$='/end']")
    seen("end")
    steps.submit(page, "form#end")
