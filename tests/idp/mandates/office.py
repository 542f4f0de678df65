"""An organisation with people, for the tests of mandates: made by the rules that hold for anybody."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from idp.assurance import Level
from idp.keys.vault import Vault
from idp.mandates import ending, granting, holdings, rules, states, succession
from idp.mandates.granting import Offer, Somebody
from idp.mandates.models import Mandate, Role
from idp.mandates.rules import Path, Verdict
from idp.mandates.scope import ALL_ACTIONS, Act, Scope
from idp.mandates.succession import Decided
from idp.matters.catalogue import Listed
from idp.matters.models import Action
from idp.organisations import synthetic
from idp.organisations.models import Organisation, Standing
from idp.persons.models import Person
from idp.storage.database import Database
from idp.storage.prepared import Prepared
from tests.idp.persons import people

NOW = people.NOW
DAY = timedelta(days=1)
GROUP_OF = {"A1": "A", "A2": "A", "B1": "B"}
"""The matters of a small catalogue, and their groups."""


def matter(code: str = "A1", **changes: object) -> Listed:
    """A matter of the small catalogue."""
    values: dict[str, object] = {
        "code": code,
        "lineage": (code,),
        "group": GROUP_OF.get(code, "A"),
        "grouped_since": datetime(2020, 1, 1, tzinfo=UTC),
        "actions": ALL_ACTIONS,
        "minimum": Level(3, 1),
        "high_risk": False,
        "winds_up": False,
        "withdrawn": False,
        "name": f"事项{code}",
        "name_en": None,
        "department_id": None,
    }
    return Listed(**{**values, **changes})  # type: ignore[arg-type]


def scope(*matters: str, actions: str = "apply query", **changes: object) -> Scope:
    """A scope that names these matters."""
    return Scope(matters=frozenset(matters), actions=frozenset(actions.split()), **changes)  # type: ignore[arg-type]


def act(code: str = "A1", action: Action = Action.APPLY, **changes: Any) -> Act:
    """Something to do."""
    return Act(matter(code), action, **changes)


@dataclass
class Office:
    """A database with people and organisations, at a moment that the test moves."""

    database: Database
    prepared: Prepared
    now: datetime = NOW
    people: dict[int, UUID] = field(default_factory=dict)
    companies: dict[int, UUID] = field(default_factory=dict)

    @property
    def vault(self) -> Vault:
        vault = self.database.vault
        assert isinstance(vault, Vault)
        return vault

    def person(self, index: int) -> UUID:
        """Somebody who has registered, the same for the same number."""
        if index not in self.people:
            with self.database.writing() as db:
                self.people[index] = people.person(db, self.vault, index).id
        return self.people[index]

    def company(self, index: int = 1, representative: int | None = 1) -> UUID:
        """A live company; `representative` is the number of who represents it."""
        if index not in self.companies:
            with self.database.writing() as db:
                made = organisation(index, self.now)
                db.add(made)
                self.companies[index] = made.id
            if representative is not None:
                self.appoint(index, representative)
        return self.companies[index]

    def appoint(self, company: int, person: int) -> UUID:
        """Make somebody the representative."""
        person_id = self.person(person)
        with self.database.writing() as db:
            held = states.hold(db, self.companies[company])
            return succession.appoint(db, held, person_id, None, self.now).id

    def path(self, person: int, company: int = 1) -> Path:
        """The first way somebody has to act for a company."""
        return self.holdings(person, company).towards(self.companies[company])[0]

    def holdings(self, person: int, company: int = 1) -> holdings.Holdings:
        return holdings.towards(self.prepared, self.person(person), self.companies[company], self.now)

    def offer(
        self,
        by: int,
        to: int,
        named: Scope | None = None,
        *,
        company: int = 1,
        role: Role = Role.AGENT,
        days: float = 30,
        may_delegate: bool = False,
    ) -> UUID:
        """Invite somebody; gives the mandate's id."""
        self.person(to)
        offered = Offer(
            role, named or scope("A1"), self.now, self.now + days * DAY, may_delegate, statement="某公司授权…"
        )
        with self.database.writing() as db:
            invitee = Somebody(people.phone(to), people.claim(to).name)
            made = granting.offer(
                db, self.vault, self.path(by, company), invitee, offered, GROUP_OF, self.now
            )
            return made.mandate.id

    def accept(self, mandate_id: UUID, person: int) -> Mandate:
        """Say yes."""
        with self.database.writing() as db:
            return granting.accept(db, self.vault, mandate_id, self.get(db, person), self.now)

    def grant(self, by: int, to: int, named: Scope | None = None, **more: object) -> UUID:
        """Invite and accept."""
        mandate_id = self.offer(by, to, named, **more)  # type: ignore[arg-type]
        self.accept(mandate_id, to)
        return mandate_id

    def revoke(self, by: int, mandate_id: UUID, company: int = 1) -> int:
        """End a mandate; gives how many ended."""
        path = self.path(by, company)
        with self.database.writing() as db:
            return len(ending.revoke(db, path, db.get_one(Mandate, mandate_id), "revoked", self.now))

    def leave(self, company: int = 1) -> None:
        """The registry names another representative."""
        with self.database.writing() as db:
            succession.leave(db, states.hold(db, self.companies[company]), self.now)

    def left_behind(self, company: int = 1) -> dict[int, UUID]:
        """What waits for the new representative, by the number of whom it names."""
        numbers = {person_id: index for index, person_id in self.people.items()}
        with self.database.reading() as db:
            found = succession.left_behind(db, self.companies[company])
            return {numbers[one.agent_person_id]: one.id for one in found if one.agent_person_id}

    def decide(
        self, by: int, confirm: Sequence[UUID] = (), end: Sequence[UUID] = (), company: int = 1
    ) -> Decided:
        """The new representative decides on what was left behind."""
        with self.database.writing() as db:
            organisation = db.get_one(Organisation, self.companies[company])
            return succession.decide(db, organisation, confirm, end, self.now, by=self.person(by))

    def get(self, db: Session, person: int) -> Person:
        return db.get_one(Person, self.person(person))

    def mandate(self, mandate_id: UUID) -> Mandate:
        with self.database.reading() as db:
            return db.get_one(Mandate, mandate_id)

    def may(self, person: int, wanted: Act | None = None, company: int = 1) -> Verdict:
        """Whether somebody may do something for a company now."""
        known = self.holdings(person, company)
        paths = known.towards(self.companies[company])
        return rules.may(paths, known.sides, wanted or act(), self.now)


def organisation(index: int, now: datetime, **changes: object) -> Organisation:
    """A live company with a number nobody has."""
    code = synthetic.credit_code(index)
    values: Mapping[str, object] = {
        "credit_code": code,
        "organisation_code": code[8:17],
        "name": f"示范第{index}科技有限公司",
        "division": code[2:8],
        "state": "live",
        "standing": Standing.ACTIVE,
        "level": 3,
        "created_at": now,
    }
    return Organisation(**{**values, **changes})
