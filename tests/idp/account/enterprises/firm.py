"""A company with people who have accounts, made by the pages and rules that hold for anybody."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from connectors.simulator.personas import Persona
from idp import clock
from idp.mandates import states, succession
from idp.mandates.models import Mandate
from idp.organisations import finding
from idp.organisations.models import Organisation
from idp.persons.models import Person
from idp.sessions.models import SignInSession
from tests.idp.account.stage import PASSWORD, Browser, Stage, newcomer
from tests.idp.mandates import office
from tests.idp.matters import making

LIST = "/account/organisations"
Fields = Mapping[str, str | list[str]]


@dataclass
class Town:
    """A stage with a catalogue of matters; people by number, each with an account once they are needed."""

    stage: Stage
    people: dict[int, Person] = field(default_factory=dict)
    companies: int = 0

    def person(self, index: int) -> Person:
        """Somebody who has registered and was verified."""
        if index not in self.people:
            self.stage.browser().register(newcomer(index))
            found = self.stage.person(newcomer(index).phone)
            assert found is not None
            self.people[index] = found
        return self.people[index]

    def company(self, representative: int | None = 1, **changes: object) -> UUID:
        """A new company, and who represents it."""
        self.companies += 1
        with self.stage.services.database.writing() as db:
            made = office.organisation(self.companies, clock.now(), **changes)
            db.add(made)
            db.flush()
            finding.index(db, made)
        if representative is not None:
            self.appoint(made.id, representative)
        return made.id

    def appoint(self, company: UUID, representative: int) -> UUID:
        """Let the registry name somebody."""
        person_id = self.person(representative).id
        with self.stage.services.database.writing() as db:
            held = states.hold(db, company)
            return succession.appoint(db, held, person_id, None, clock.now()).id

    def enter(self, index: int, *, twice: bool = True) -> Browser:
        """A browser in which somebody is signed in, by two factors unless told otherwise."""
        self.person(index)
        browser = self.stage.browser(f"198.51.100.{next(self.stage.numbers) % 250}")
        browser.sign_in(newcomer(index).phone)
        if twice:
            self.strengthen(index)
        return browser

    def strengthen(self, index: int) -> None:
        """As if a code had been typed too: a phone gets only so many."""
        with self.stage.services.database.writing() as db:
            session = db.scalars(
                select(SignInSession)
                .where(SignInSession.person_id == self.person(index).id)
                .order_by(SignInSession.started_at.desc())
            ).first()
            assert session is not None
            session.aal, session.amr = 2, frozenset({"pwd", "sms"})

    def invite(
        self, browser: Browser, company: UUID, whom: Persona, /, **changes: str | list[str]
    ) -> Browser:
        """The form and the signature, as far as they go."""
        browser.get(f"{LIST}/{company}/invite").fill(f"{LIST}/{company}/invite", **wanted(whom, **changes))
        return browser.fill() if 'id="sign"' in browser.text else browser

    def grant(self, by: int, to: int, company: UUID, **changes: str | list[str]) -> UUID:
        """Invited and accepted; gives the mandate."""
        browser = self.invite(self.enter(by), company, newcomer(to), **changes)
        accepting = self.enter(to)
        accepting.get(link(browser)).fill(decision="accept")
        return self.latest(company).id

    def latest(self, company: UUID) -> Mandate:
        """The newest mandate of a company."""
        return self.mandates(company)[-1]

    def mandates(self, company: UUID) -> list[Mandate]:
        with self.stage.services.database.reading() as db:
            found = db.query(Mandate).where(Mandate.organisation_id == company)
            return found.order_by(Mandate.created_at, Mandate.id).all()

    def organisation(self, company: UUID) -> Organisation:
        with self.stage.services.database.reading() as db:
            return db.get_one(Organisation, company)

    def name(self, company: UUID) -> str:
        return self.organisation(company).name


def town_of(stage: Stage) -> Town:
    """The town of a stage, its catalogue loaded."""
    making.prepare(stage.services.database, clock.now() - timedelta(days=30))
    return Town(stage)


def prove(browser: Browser, persona: Persona, password: str = PASSWORD) -> Browser:
    """Password and code, wherever the sign-in was asked for."""
    browser.fill(login=persona.phone, password=password)
    browser.fill()
    return browser.fill(code=browser.stage.messages(persona.phone)[0]["code"])


def confirm(browser: Browser, persona: Persona) -> Browser:
    """The code that was missing beside a password just typed."""
    browser.fill()
    return browser.fill(code=browser.stage.messages(persona.phone)[0]["code"])


def wanted(whom: Persona, /, **changes: str | list[str]) -> dict[str, str | list[str]]:
    """The form for an agent in one matter, for a month."""
    return {
        "whom": "person",
        "phone": whom.phone,
        "name": whom.name,
        "matter": ["f-1"],
        "action": ["apply", "query"],
        "until": in_days(30),
        **changes,
    }


def in_days(days: int) -> str:
    """A day as a date field sends it."""
    return (clock.today() + timedelta(days=days)).isoformat()


def link(browser: Browser) -> str:
    """The link of the invitation on the page that says it went out."""
    (found,) = re.findall(r'value="http[^"]*(/account/invitations/[\w-]{43})"', browser.text)
    return str(found)
