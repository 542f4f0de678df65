"""Organisations by the hundred thousand, one of them large, for the rules to be asked about.

`python -m bench.enterprises fill MANDATES` puts so many into the PostgreSQL of the instance that the
environment names, by COPY, because granting each would take days, and lets everybody of `bench.population`
act for the large one. `… ask COUNT` asks that often, in that process, and prints how long each answer took.
"""

import json
import random
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from statistics import mean
from uuid import UUID

import psycopg
from sqlalchemy import make_url, select

import wsgi
from idp import clock
from idp.mandates import holdings, rules
from idp.mandates.models import WITHOUT_END, Basis, Role, State
from idp.mandates.scope import ALL_ACTIONS, Act
from idp.matters.models import Action, Matter, MatterGroup
from idp.organisations import synthetic
from idp.organisations.models import Organisation, Standing
from idp.persons.models import Person
from idp.services import Services
from idp.settings import load
from idp.storage.base import new_id
from idp.storage.configuration import touch

LARGE = 1_000
"""Mandates of the large organisation."""
USUAL = 10
"""Those of every other."""
ADMINISTRATORS = 5
PERSONS_PER_MANDATE = 5
"""How many mandates somebody holds, about."""
GRANTED, OTHER = "B-1", "B-2"
"""A matter that every agent has, and one that none has."""
CODE = synthetic.credit_code(0)
SEED = 2026

Line = tuple[object, ...]
PERSON = "id, realm, status, version, least_aal, origin, locale, created_at"
ORGANISATION = (
    "id, credit_code, organisation_code, name, former_names, division, state, standing, standing_because,"
    " level, representative_id, version, origin, created_at"
)
MANDATE = (
    "id, organisation_id, agent_person_id, role, state, version, granted_under, basis, everything, matters,"
    " groups, actions, regions, projects, once, may_delegate, statement, created_at, signed_at, valid_from,"
    " valid_until"
)


class Crowd:
    """What is written: the first organisation is the large one, and `first` act for it before others."""

    def __init__(self, mandates: int, first: Sequence[UUID], now: datetime) -> None:
        self.now = now
        self.count = max(1, (mandates - LARGE) // USUAL) + 1
        self.persons = [new_id() for _ in range(max(LARGE, mandates // PERSONS_PER_MANDATE))]
        self.organisations = [new_id() for _ in range(self.count)]
        self._large = [self.persons[0], *self.persons[1 : ADMINISTRATORS + 1], *first]
        self._large += self.persons[ADMINISTRATORS + 1 :][: LARGE - len(self._large)]
        self._random = random.Random(SEED)  # noqa: S311 – repeatable on purpose

    def person_rows(self) -> Iterator[Line]:
        for one in self.persons:
            yield one, "citizen", "active", 1, 1, "bench", "zh-Hans", self.now

    def organisation_rows(self) -> Iterator[Line]:
        for place, one in enumerate(self.organisations):
            code, who = synthetic.credit_code(place), self._people(place)[0]
            fixed = ("[]", "210000", "live", Standing.ACTIVE.value, "", 4)
            yield one, code, code[8:17], f"测速单位{place}", *fixed, who, 1, "bench", self.now

    def mandate_rows(self) -> Iterator[Line]:
        for place, organisation in enumerate(self.organisations):
            yield from self._mandates(organisation, self._people(place))

    def _people(self, place: int) -> Sequence[UUID]:
        """Who acts for an organisation, its representative first."""
        if place == 0:
            return self._large
        start = place * USUAL % (len(self.persons) - USUAL)
        return self.persons[start : start + USUAL]

    def _mandates(self, organisation: UUID, people: Sequence[UUID]) -> Iterator[Line]:
        """A representative, administrators, and agents whom either appointed."""
        above: list[UUID] = []
        for number, person in enumerate(people):
            own = new_id()
            role = self._role(number, len(people))
            whole = role is not Role.AGENT
            under = None if number == 0 else above[0] if whole else self._random.choice(above)
            if whole:
                above.append(own)
            actions = " ".join(sorted(ALL_ACTIONS if whole else {Action.APPLY, Action.QUERY}))
            basis = Basis.REGISTRY if number == 0 else Basis.GRANT
            until = WITHOUT_END if number == 0 else self.now + timedelta(days=300 if whole else 90)
            began = self.now - timedelta(minutes=1)
            yield (
                own, organisation, person, role.value, State.ACTIVE.value, 1, under, basis.value, whole,
                "" if whole else GRANTED, "", actions, "", "", False, whole, "", began, began, began, until,
            )  # fmt: skip

    def _role(self, number: int, of: int) -> Role:
        if number == 0:
            return Role.REPRESENTATIVE
        few = ADMINISTRATORS if of > USUAL else 1
        return Role.ADMINISTRATOR if number <= few else Role.AGENT


def fill(count: int) -> None:
    """Write everything, and let the planner know."""
    services, now = wsgi.compose(load()), clock.now()
    _matters(services, now)
    with services.database.reading() as db:
        first = list(db.scalars(select(Person.id).where(Person.login_name.startswith("bench"))))
    crowd = Crowd(count, first, now)
    address = make_url(services.settings.database_url).set(drivername="postgresql")
    with psycopg.connect(address.render_as_string(hide_password=False)) as connection:
        for table, columns, rows in (
            ("persons", PERSON, crowd.person_rows()),
            ("organisations", ORGANISATION, crowd.organisation_rows()),
            ("mandates", MANDATE, crowd.mandate_rows()),
        ):
            with connection.cursor().copy(f"copy {table} ({columns}) from stdin") as copy:
                for row in rows:
                    copy.write_row(row)
        connection.commit()
        connection.autocommit = True
        connection.execute("vacuum analyze persons, organisations, mandates")


def ask(count: int) -> None:
    """Ask as a request does: everything read anew, every second answer a no; prints milliseconds as JSON."""
    services = wsgi.compose(load())
    catalogue = services.extras["matters"]
    with services.database.reading() as db:
        large = db.scalars(select(Organisation.id).where(Organisation.credit_code == CODE)).one()
    people = _agents(services, large)
    choice = random.Random(SEED)  # noqa: S311 – repeatable on purpose
    taken, wrong = [], 0
    for number in range(-count // 10, count):
        person, matter = choice.choice(people), (GRANTED, OTHER)[number % 2]
        began = time.perf_counter()
        now = clock.now()
        known = holdings.towards_code(services.prepared, person, CODE, now)
        act = Act(catalogue.find(matter), Action.APPLY)
        verdict = rules.may(known.towards_code(CODE), known.sides, act, now)
        if number >= 0:
            taken.append((time.perf_counter() - began) * 1000)
            wrong += verdict.allowed is not (matter == GRANTED)
    with services.database.reading() as db:
        rows = db.connection().exec_driver_sql("select count(*) from mandates").scalar_one()
    taken.sort()
    latency = {name: taken[min(count - 1, int(count * part))] for name, part in PARTS.items()}
    said = {"latency_ms": {"mean": mean(taken), **latency}, "wrong": wrong, "mandates": rows, "count": count}
    print(json.dumps(said))


PARTS = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "p999": 0.999, "max": 1.0}


def _matters(services: Services, now: datetime) -> None:
    long_ago = now - timedelta(days=365)
    with services.database.writing() as db:
        db.add(MatterGroup(code="B", name="测速", position=1))
        db.flush()
        for code in (GRANTED, OTHER):
            db.add(
                Matter(
                    code=code,
                    name=f"测速{code}",
                    group_code="B",
                    actions=frozenset({Action.APPLY, Action.QUERY}),
                    minimum_ial=0,
                    listed_since=long_ago,
                    grouped_since=long_ago,
                    changed_at=now,
                )
            )
        touch(db)


def _agents(services: Services, organisation: UUID) -> list[UUID]:
    wanted = "select agent_person_id from mandates where organisation_id = %s and role = 'agent'"
    with services.database.reading() as db:
        found = db.connection().exec_driver_sql(wanted, (organisation,)).all()
    return [one for (one,) in found]


if __name__ == "__main__":
    {"fill": fill, "ask": ask}[sys.argv[1]](int(sys.argv[2]))
