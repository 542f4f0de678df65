"""Whatever people do in whatever order: nobody may what no valid chain allows, and everybody what one does.

The sequences are random, the judge is `clauses`, and every rule of the product is called as its pages do.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from idp.mandates import ending, granting, people, rounds, rules, states, succession
from idp.mandates.granting import Offer, Somebody
from idp.mandates.models import Mandate, Role, State
from idp.mandates.rules import Path as Way
from idp.mandates.rules import Reason
from idp.mandates.scope import WHOLE, Act, Scope
from idp.matters import catalogue
from idp.matters.models import Action
from idp.organisations.models import Organisation, Standing
from idp.persons import lifecycle
from idp.persons.models import PersonStatus
from idp.storage.database import Database, Refusal
from idp.storage.prepared import Prepared
from tests.idp.mandates.clauses import Clauses, Grant, Pair
from tests.idp.mandates.office import DAY, GROUP_OF, Office, matter, scope
from tests.idp.matters import making
from tests.idp.persons import people as persons

PEOPLE = range(1, 6)
COMPANIES = (0, 1)
MATTERS = ("A1", "B1")
ACTIONS = (Action.APPLY, Action.QUERY)
EVERYTHING = frozenset((code, action.value) for code in MATTERS for action in ACTIONS)
SCOPES = (
    WHOLE,
    scope("A1", "B1"),
    scope("A1"),
    scope("B1", actions="query"),
    Scope(groups=frozenset({"A"}), actions=frozenset({"apply", "query"})),
)
numbers = count(1)


def pairs_of(named: Scope) -> frozenset[Pair]:
    """What a scope names, spelt out."""
    codes = [
        code
        for code in MATTERS
        if named.everything or code in named.matters or GROUP_OF[code] in named.groups
    ]
    return frozenset(
        (code, action) for code in codes for action in ("apply", "query") if action in named.actions
    )


@dataclass
class World:
    """The product and the oracle, side by side."""

    office: Office
    clauses: Clauses = field(default_factory=Clauses)
    first: int = 0
    known: dict[UUID, Grant] = field(default_factory=dict)
    """What the oracle has for each mandate of the product."""
    offered: dict[UUID, tuple[Grant, UUID | None, int | str]] = field(default_factory=dict)
    """What waits for an answer, what it renews, and who is asked."""
    earlier: dict[tuple[int, int], Way] = field(default_factory=dict)
    """Ways that somebody had on an open page."""

    def begin(self) -> None:
        """New companies, each with a representative, and nobody frozen."""
        self.first = next(numbers) * 10
        self.office.now = persons.NOW + timedelta(days=self.first)
        with self.office.database.writing() as db:
            for person in PEOPLE:
                self.office.get(db, person).status = PersonStatus.ACTIVE
        for company in COMPANIES:
            self.office.company(self.first + company, representative=None)
            self.appoint(company, company + 1)
        for grants in OPENING:
            grants(self)

    @property
    def now(self) -> datetime:
        return self.office.now

    def id_of(self, company: int) -> UUID:
        return self.office.companies[self.first + company]

    def way(self, person: int, company: int, stale: bool = False) -> Way | None:
        """A way that stands, as it is read or as it was read before."""
        known = self.office.holdings(person, self.first + company)
        standing = [
            path
            for path in known.towards(self.id_of(company))
            if rules.stands(path, known.sides, self.now) is Reason.ALLOWED
        ]
        before = self.earlier.get((person, company))
        if standing:
            self.earlier[person, company] = standing[0]
        return before if stale and before is not None else (standing[0] if standing else None)

    def pick(self, of: Sequence[UUID], which: int) -> UUID | None:
        return of[which % len(of)] if of else None

    def granted(self) -> list[UUID]:
        """Mandates that somebody granted and nobody ended."""
        return [one for one, grant in self.known.items() if grant.under is not None and not grant.over]

    def acting(self, company: int, which: int) -> int:
        """One of those who have a way to act for a company, or else anybody."""
        able = [person for person in PEOPLE if self.way(person, company)]
        return able[which % len(able)] if able else 1

    def appoint(self, company: int, person: int) -> None:
        """The registry names somebody."""
        mandate_id = self.office.appoint(self.first + company, person)
        self.clauses.represent(company, person, EVERYTHING, self.now)
        self.known[mandate_id] = self.clauses.representatives[company]

    def check(self) -> None:
        """For everybody, everywhere, everything: the product says what the clauses say."""
        for person in PEOPLE:
            for company in COMPANIES:
                known = self.office.holdings(person, self.first + company)
                paths = known.towards(self.id_of(company))
                for code, action in sorted(EVERYTHING):
                    act = Act(matter(code), Action(action))
                    said = rules.may(paths, known.sides, act, self.now)
                    wanted = self.clauses.may(person, company, (code, action), self.now)
                    assert wanted == said.allowed, (person, company, code, action, said.reason)


Step = Callable[[World], None]


@dataclass(frozen=True)
class Offers:
    """Somebody offers a mandate, perhaps in place of one, perhaps from a page that was open for long."""

    by: int
    to: int
    company: int
    role: Role
    named: int
    days: int
    may_delegate: bool
    renews: int | None
    stale: bool

    def __call__(self, world: World) -> None:
        """By the rule that pages call."""
        way = world.way(self.by, self.company, self.stale)
        if way is None:
            return
        begins, ends = world.now, world.now + self.days * DAY
        renewed = None if self.renews is None else world.pick(list(world.known), self.renews)
        made = Offer(self.role, SCOPES[self.named], begins, ends, self.may_delegate, supersedes=renewed)
        office = world.office
        with office.database.writing() as db:
            invitee = Somebody(persons.phone(self.to), persons.claim(self.to).name)
            offered = granting.offer(db, office.vault, way, invitee, made, GROUP_OF, world.now)
        grant = Grant(
            self.company, self.to, self.role, pairs_of(SCOPES[self.named]), begins, ends,
            world.known[way.own.id], self.may_delegate,
        )  # fmt: skip
        world.offered[offered.mandate.id] = (grant, renewed, self.to)


@dataclass(frozen=True)
class Grants:
    """An offer by somebody who can make one, and the yes to it at once."""

    by: int
    to: int
    company: int
    role: Role
    named: int
    days: int
    may_delegate: bool
    renews: int | None = None

    def __call__(self, world: World) -> None:
        """By the rules that pages call."""
        by, waiting = world.acting(self.company, self.by), set(world.offered)
        renews = None
        if self.renews is not None and world.granted():
            renews = list(world.known).index(world.granted()[self.renews % len(world.granted())])
        given = (self.company, self.role, self.named, self.days, self.may_delegate, renews, False)
        Offers(by, self.to, *given)(world)
        for place, mandate_id in enumerate(list(world.offered)):
            if mandate_id not in waiting:
                Answers(place, None, False)(world)


@dataclass(frozen=True)
class Lends:
    """One company makes the other its agent."""

    by: int
    company: int
    named: int
    days: int

    def __call__(self, world: World) -> None:
        """By the rule that pages call."""
        way = world.way(world.acting(self.company, self.by), self.company)
        if way is None:
            return
        ends = world.now + self.days * DAY
        made = Offer(Role.AGENT, SCOPES[self.named], world.now, ends)
        office = world.office
        with office.database.writing() as db:
            other = db.get_one(Organisation, world.id_of(1 - self.company))
            offered = granting.offer(db, office.vault, way, other, made, GROUP_OF, world.now)
        agent = f"company:{1 - self.company}"
        grant = Grant(
            self.company, agent, Role.AGENT, pairs_of(SCOPES[self.named]), world.now, ends,
            world.known[way.own.id],
        )  # fmt: skip
        world.offered[offered.mandate.id] = (grant, None, agent)


@dataclass(frozen=True)
class Answers:
    """Whoever was asked, or somebody else, says yes."""

    which: int
    by: int | None
    stale: bool

    def __call__(self, world: World) -> None:
        """By the rules that pages call."""
        mandate_id = world.pick(list(world.offered), self.which)
        if mandate_id is None:
            return
        grant, renewed, asked = world.offered[mandate_id]
        office = world.office
        if isinstance(asked, str):
            way = world.way(self.by or 1, int(asked[-1]), self.stale)
            if way is None:
                return
            with office.database.writing() as db:
                granting.accept_for(db, mandate_id, way, world.now)
        else:
            office.accept(mandate_id, self.by or asked)
        del world.offered[mandate_id]
        world.known[mandate_id] = grant
        world.clauses.grants.append(grant)
        earlier = world.known.get(renewed) if renewed else None
        if earlier is not None and not earlier.over and earlier.agent == grant.agent:
            world.clauses.renew(earlier, grant)


@dataclass(frozen=True)
class Ends:
    """Somebody revokes a mandate, or gives their own back."""

    which: int
    by: int | None
    stale: bool

    def __call__(self, world: World) -> None:
        """By the rules that pages call."""
        mandate_id = world.pick(world.granted(), self.which)
        if mandate_id is None:
            return
        grant, office = world.known[mandate_id], world.office
        by = world.acting(grant.company, self.by) if self.by else None
        way = world.way(by, grant.company, self.stale) if by else None
        with office.database.writing() as db:
            mandate = db.get_one(Mandate, mandate_id)
            if way is not None:
                ending.revoke(db, way, mandate, "revoked", world.now)
            elif isinstance(grant.agent, int):
                ending.resign(db, mandate, office.person(grant.agent), world.now)
            else:
                return
        world.clauses.end(grant)


@dataclass(frozen=True)
class Narrows:
    """Somebody lets a mandate allow less."""

    which: int
    by: int
    named: int
    days: int

    def __call__(self, world: World) -> None:
        """By the rule that pages call."""
        mandate_id = world.pick(world.granted(), self.which)
        if mandate_id is None:
            return
        company = world.known[mandate_id].company
        way = world.way(world.acting(company, self.by), company)
        if way is None:
            return
        with world.office.database.writing() as db:
            mandate = db.get_one(Mandate, mandate_id)
            until = min(mandate.valid_until, world.now + self.days * DAY)
            ending.narrow(db, way, mandate, SCOPES[self.named], until, GROUP_OF, world.now)
        world.clauses.narrow(world.known[mandate_id], pairs_of(SCOPES[self.named]), until)


@dataclass(frozen=True)
class Freezes:
    """Somebody is frozen, or let in again; the worker hears of it."""

    person: int
    thaws: bool

    def __call__(self, world: World) -> None:
        """By the rules that operators call."""
        office = world.office
        with office.database.writing() as db:
            person = office.get(db, self.person)
            (lifecycle.unfreeze if self.thaws else lifecycle.freeze)(db, person, "test", world.now)
            people.follow(db, person.id, person.status, world.now)
        (world.clauses.frozen.discard if self.thaws else world.clauses.frozen.add)(self.person)


@dataclass(frozen=True)
class Waits:
    """Time passes; perhaps the worker comes by."""

    days: float
    round: bool

    def __call__(self, world: World) -> None:
        """By the job of the worker."""
        world.office.now += self.days * DAY
        if self.round:
            rounds.go_round(world.office.database, world.now)


@dataclass(frozen=True)
class Changes:
    """The registry names another representative, or nobody whom we know yet."""

    company: int
    person: int | None

    def __call__(self, world: World) -> None:
        """By the rules that a refresh calls."""
        if self.person is not None:
            world.appoint(self.company, self.person)
            return
        world.office.leave(world.first + self.company)
        world.clauses.leave(self.company, world.now)


@dataclass(frozen=True)
class Decides:
    """The representative decides on some of what was left behind."""

    company: int
    confirm: int
    end: int

    def __call__(self, world: World) -> None:
        """By the rule that pages call; bits say which."""
        office, representative = world.office, world.clauses.representatives.get(self.company)
        if representative is None or representative.agent in world.clauses.frozen:
            return
        assert isinstance(representative.agent, int)
        with office.database.writing() as db:
            organisation = db.get_one(Organisation, world.id_of(self.company))
            waiting = [one.id for one in succession.left_behind(db, organisation.id)]
            confirm = [one for place, one in enumerate(waiting) if self.confirm >> place & 1]
            end = [one for place, one in enumerate(waiting) if self.end >> place & 1]
            by = office.person(representative.agent)
            done = succession.decide(db, organisation, confirm, end, world.now, by=by)
        for new in done.confirmed:
            assert new.supersedes is not None
            made = world.clauses.confirm(world.known[new.supersedes], world.now)
            world.clauses.grants.append(made)
            world.known[new.id] = made
        for gone in done.ended:
            world.known[gone.id].over = True


@dataclass(frozen=True)
class Stops:
    """An organisation is suspended, or goes on."""

    company: int
    goes_on: bool

    def __call__(self, world: World) -> None:
        """By its row, which every judgement reads."""
        with world.office.database.writing() as db:
            organisation = states.hold(db, world.id_of(self.company))
            organisation.standing = Standing.ACTIVE if self.goes_on else Standing.SUSPENDED
        (world.clauses.stopped.discard if self.goes_on else world.clauses.stopped.add)(self.company)


person, company, which = st.sampled_from(PEOPLE), st.sampled_from(COMPANIES), st.integers(0, 30)
named, days = st.integers(0, len(SCOPES) - 1), st.sampled_from((1, 10, 40, 90))
appointed = st.sampled_from((Role.ADMINISTRATOR, Role.AGENT, Role.AGENT))
often_open = st.sampled_from((False, False, True))
OPENING = (
    Grants(0, 3, 0, Role.ADMINISTRATOR, 0, 90, may_delegate=False),
    Grants(1, 4, 0, Role.AGENT, 1, 90, may_delegate=True),
    Grants(0, 5, 1, Role.AGENT, 1, 40, may_delegate=False),
)
"""Everybody has something to lose."""
GRANTS = st.builds(Grants, which, person, company, appointed, named, days, st.booleans(), st.none() | which)
OFFERS = st.builds(
    Offers, person, person, company, appointed, named, days, st.booleans(), st.none() | which, often_open
)
ANSWERS = st.builds(Answers, which, st.none() | person, often_open)
STEPS: st.SearchStrategy[Step] = st.one_of(
    GRANTS,
    GRANTS,
    GRANTS,
    OFFERS,
    ANSWERS,
    ANSWERS,
    st.builds(Lends, person, company, named, days),
    st.builds(Ends, which, st.none() | person, often_open),
    st.builds(Narrows, which, person, named, days),
    st.builds(Freezes, person, st.booleans()),
    st.builds(Waits, st.sampled_from((0.5, 5, 8, 16, 40)), st.booleans()),
    st.builds(Changes, company, st.none() | person),
    st.builds(Decides, company, st.integers(0, 63), st.just(0)),
    st.builds(Decides, company, st.integers(0, 63), st.integers(0, 63)),
    st.builds(Stops, company, st.sampled_from((True, True, False))),
)


@pytest.fixture
def office(database: Database, tmp_path: Path) -> Iterator[Office]:
    """People who stay the same over all sequences; their companies are new in each."""
    prepared = Prepared(database.url.render_as_string(hide_password=False))
    made = Office(database, prepared)
    load_catalogue(database)
    for one in PEOPLE:
        made.person(one)
    yield made
    prepared.close()


def load_catalogue(database: Database) -> None:
    """The matters of the sequences, with the groups they have been in for long."""
    since = datetime(2020, 1, 1, tzinfo=UTC)
    groups = "code,name,name_en,position\nA,甲,,1\nB,乙,,2\n"
    rows = "".join(f"{code},事项{code},,{GROUP_OF[code]},,apply query,,,,\n" for code in MATTERS)
    with database.writing() as db:
        catalogue.load_groups(db, groups.splitlines(keepends=True), since)
    making.load(database, rows, since)


@settings(
    max_examples=50,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(STEPS, min_size=8, max_size=30))
def test_nobody_may_what_no_chain_allows(office: Office, steps: list[Step]) -> None:
    """After every step everybody may exactly what the clauses give them."""
    world = World(office)
    world.begin()
    world.check()
    for step in steps:
        try:
            step(world)
        except (Refusal, LookupError):
            continue
        world.check()


def test_the_sequences_reach_far(office: Office) -> None:
    """The judge is not asleep: a long sequence that all of it is needed for comes out as it must."""
    world = World(office)
    world.begin()
    world.check()
    Offers(4, 5, 0, Role.AGENT, 2, 10, False, None, False)(world)
    Answers(0, None, False)(world)
    world.check()
    allowed = world.clauses.may(5, 0, ("A1", "apply"), world.now)
    Changes(0, None)(world)
    world.check()
    Changes(0, 2)(world)
    Decides(0, 63, 0)(world)
    world.check()

    assert allowed
    assert world.clauses.may(5, 0, ("A1", "apply"), world.now)
    assert {State.SUPERSEDED, State.ACTIVE} == {office.mandate(one).state for one in world.known}
