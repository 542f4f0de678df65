"""Whatever becomes of matters, what was granted of them never grows."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from idp.matters import catalogue
from idp.matters.catalogue import Listed
from idp.matters.entries import Entry
from idp.matters.stock import DEEPEST
from idp.storage.database import Database
from tests.idp.matters.making import load

GROUPS = ("a", "b")
STEPS = st.lists(
    st.tuples(st.sampled_from("add withdraw split merge regroup".split()), st.integers(0, 99)), max_size=8
)
TOWN = count()


@dataclass
class Town:
    """A catalogue whose matters consist of tasks; a grant reaches tasks."""

    database: Database
    now: datetime
    name: str
    tasks: dict[str, frozenset[int]] = field(default_factory=dict)
    numbers: "count[int]" = field(default_factory=count)

    def __post_init__(self) -> None:
        rows = [f"{self.name}-{group},{group},,1\n" for group in GROUPS]
        with self.database.writing() as db:
            catalogue.load_groups(db, ["code,name,name_en,position\n", *rows], self.now)
        for _ in range(4):
            self.add(next(self.numbers))

    def written(self, group: str) -> Entry:
        return Entry(
            f"{self.name}-{next(self.numbers)}", "事项", f"{self.name}-{group}", frozenset({"apply"})
        )

    def live(self) -> list[str]:
        """The codes of this town's matters."""
        with self.database.reading() as db:
            return [m.code for group in GROUPS for m in catalogue.listed(db, f"{self.name}-{group}")]

    def step(self, kind: str, chance: int) -> None:
        self.now += timedelta(seconds=1)
        live = self.live()
        if kind == "add" or len(live) < 2:
            self.add(chance)
        else:
            getattr(self, kind)(live[chance % len(live)], GROUPS[chance // 2 % 2])

    def add(self, chance: int) -> None:
        new = self.written(GROUPS[chance % 2])
        load(self.database, f"{new.code},事项,,{new.group},,apply,,,,\n", self.now)
        self.tasks[new.code] = frozenset({next(self.numbers), next(self.numbers), next(self.numbers)})

    def withdraw(self, code: str, _group: str) -> None:
        with self.database.writing() as db:
            catalogue.withdraw(db, code, self.now)

    def split(self, code: str, group: str) -> None:
        parts = [self.written(group), self.written("a")]
        with self.database.writing() as db:
            if len(catalogue.lineage(db, code)) > DEEPEST:
                return
            catalogue.split(db, code, parts, self.now)
        tasks = sorted(self.tasks[code])
        self.tasks[parts[0].code], self.tasks[parts[1].code] = frozenset(tasks[:1]), frozenset(tasks[1:])

    def merge(self, code: str, group: str) -> None:
        other = next(one for one in self.live() if one != code)
        new = self.written(group)
        with self.database.writing() as db:
            catalogue.merge(db, [code, other], new, self.now)
        self.tasks[new.code] = self.tasks[code] | self.tasks[other]

    def regroup(self, code: str, group: str) -> None:
        with self.database.writing() as db:
            catalogue.regroup(db, code, f"{self.name}-{group}", self.now)

    def shown(self) -> list[Listed]:
        """What is offered now."""
        with self.database.reading() as db:
            mine = [m for group in GROUPS for m in catalogue.listed(db, f"{self.name}-{group}")]
            return [catalogue.shown(matter, catalogue.lineage(db, matter.code)) for matter in mine]

    def reach(self, at: datetime, granted: Iterable[str]) -> dict[str, frozenset[int]]:
        """The tasks that grants of matters or groups, of this moment, reach now."""
        offered = self.shown()
        return {
            grant: frozenset(
                task
                for one in offered
                if grant in one.lineage or (grant == one.group and one.grouped_since <= at)
                for task in self.tasks[one.code]
            )
            for grant in granted
        }


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=STEPS, after=STEPS)
def test_no_change_of_the_catalogue_widens_a_grant(
    database: Database, now: datetime, before: list[tuple[str, int]], after: list[tuple[str, int]]
) -> None:
    """Grants of any matter and any group, made at any moment, reach at most what they reached when made."""
    town = Town(database, now, f"n{next(TOWN)}")
    for step in before:
        town.step(*step)
    made, granted = town.now, [*town.live(), *(f"{town.name}-{group}" for group in GROUPS)]
    reached = town.reach(made, granted)

    for step in after:
        town.step(*step)
        assert all(now_reached <= reached[grant] for grant, now_reached in town.reach(made, granted).items())
