"""Companies and people for the pages of operators: a town below a console, all of it in one county."""

import io
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from admin_ui.link_drafts import LinkDraft
from admin_ui.merge_drafts import MergeDraft
from admin_ui.models import Role
from admin_ui.splits import SplitDraft
from idp import clock
from idp.authenticators import password
from idp.mandates import linking
from idp.mandates.linking import Letter
from idp.mandates.models import LinkCase, Mandate
from idp.mandates.scope import Scope
from idp.organisations import reviews, synthetic
from idp.organisations.claim import Claim
from idp.organisations.models import ReviewKind
from idp.organisations.reviews import Decider
from idp.persons import claim as claims
from idp.persons import enrolment, merging, splitting
from idp.persons import synthetic as synthetic_persons
from idp.persons.enrolment import Applicant
from idp.persons.identifiers import DocumentType
from idp.persons.models import Person
from idp.persons.registry import Verified
from idp.storage.state import Collection
from tests.admin_ui.stage import HASHED, HERE, Console, Visitor
from tests.idp.account.enterprises.firm import Town, town_of

PDF = b"%PDF-1.7 a letter with a seal"
PNG = b"\x89PNG\r\n\x1a\n a picture of a certificate"


@dataclass
class Hall:
    """A console, and the companies of the county that its operators serve."""

    console: Console
    town: Town
    companies: int = 100

    def company(self, representative: int | None = 1, division: str = HERE, **changes: Any) -> UUID:
        """A live company of this division."""
        self.companies += 1
        code = synthetic.credit_code(self.companies, division=division)
        values = {"credit_code": code, "organisation_code": code[8:17], "division": division, **changes}
        return self.town.company(representative, **values)

    def code(self, company: UUID) -> str:
        return self.town.organisation(company).credit_code

    def draft(self, company: UUID, agent: int) -> str:
        """A case that an operator is about to open."""
        operator = self.console.civil_servant(department=HERE)
        about = LinkDraft(operator, company, self.town.person(agent).id)
        drafts: Collection[LinkDraft] = self.console.services.extras["link_drafts"]
        return drafts.add(about)

    def linked(self, company: UUID, agent: int, by: UUID | None = None) -> UUID:
        """A case that one operator has opened."""
        services, now = self.console.services, clock.now()
        scope = Scope(matters=frozenset({"f-1"}), actions=frozenset({"apply", "query"}))
        letter = Letter(reviews.paper(PDF), "A", scope, now + timedelta(days=30), "case 1")
        operator = Decider(by or self.console.civil_servant(department=HERE))
        person_id = self.town.person(agent).id
        with services.database.writing() as db:
            agent_row = db.get_one(Person, person_id)
            groups = {"f-1": "fund"}
            return linking.open_case(db, services.vault, operator, company, agent_row, letter, groups, now).id

    def review(self, applicant: int, kind: ReviewKind = ReviewKind.REGISTER, division: str = HERE) -> UUID:
        """A paper that somebody has handed in for an organisation that is not here yet."""
        self.companies += 1
        code = synthetic.credit_code(self.companies, division=division)
        services, person_id = self.console.services, self.town.person(applicant).id
        with services.database.writing() as db:
            handed, claim = reviews.paper(PDF), Claim(code, f"和平{self.companies}号律师事务所")
            now = clock.now()
            return reviews.hand_in(db, services.vault, kind, claim, person_id, handed, now).id

    def second_account(self) -> UUID:
        """Somebody who registered by passport; perhaps they have a number here as well."""
        self.companies += 1
        services, now = self.console.services, clock.now()
        number = synthetic_persons.prc_passport(self.companies)
        claim = claims.read(DocumentType.PRC_PASSPORT, number, "林晓禾", None, clock.day(now))
        phone = self.console.stage.spare_phone()
        applicant = Applicant(claim, Verified("public_security", "request-1", now), phone)
        with services.database.writing() as db:
            return enrolment.enrol(db, services.vault, applicant, now, timedelta(hours=24)).id

    def phone(self, person_id: UUID) -> str:
        with self.console.services.database.reading() as db:
            return db.get_one(Person, person_id).phone or ""

    def proposed(self, one: UUID, other: UUID) -> UUID:
        """A merge that one operator of the county has proposed."""
        operator = Decider(self.console.civil_servant(department=HERE))
        place = self.console.department(HERE)
        with self.console.services.database.writing() as db:
            return merging.propose(
                db,
                one,
                other,
                "two accounts",
                clock.now(),
                proposer=operator,
                department_id=place.id if place else None,
            ).id

    def parted(self, person_id: UUID) -> UUID:
        """A split that one operator of the county has proposed: the phone is another person's."""
        operator, place = Decider(self.console.civil_servant(department=HERE)), self.console.department(HERE)
        services = self.console.services
        with services.database.writing() as db:
            password.set_hash(db, person_id, HASHED, "registration", clock.now())
        with services.database.writing() as db:
            takes, at = {"persons": ["phone"]}, clock.now()
            department_id = place.id if place else None
            return splitting.propose(db, person_id, takes, "two people", operator, at, department_id).id

    def looked_at(self, one: UUID, other: UUID) -> tuple[str, str]:
        """What an operator of the county is about to propose: joining these two, and parting the first."""
        operator, place = self.console.civil_servant(department=HERE), self.console.department(HERE)
        top, extras = place.path if place else None, self.console.services.extras
        merge = extras["merge_drafts"].add(MergeDraft(operator, top, one, other))
        return merge, extras["split_drafts"].add(SplitDraft(operator, top, one))

    def case(self, case_id: UUID) -> LinkCase:
        with self.console.services.database.reading() as db:
            return db.get_one(LinkCase, case_id)

    def state(self, case_id: UUID) -> str:
        """Where the mandate of a case stands."""
        with self.console.services.database.reading() as db:
            return db.get_one(Mandate, db.get_one(LinkCase, case_id).mandate_id).state

    def operator(self, division: str = HERE, role: Role = Role.OPERATOR) -> Visitor:
        """The browser of a new operator who has just proven themselves."""
        return self.console.as_role(role, division)


def hall_of(console: Console) -> Hall:
    """The town of a console."""
    return Hall(console, town_of(console.stage))


def file(content: bytes, name: str = "letter.pdf") -> Any:
    """A file as a form sends it."""
    return (io.BytesIO(content), name)
