"""What the worker believes of a directory, and what it does not."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import pytest
from sqlalchemy import select, update

from idp import clock
from idp.account import staff_rounds
from idp.authenticators.directory import Entry, Unavailable, Wrong
from idp.authenticators.staff import Patience, Staffing
from idp.persons import lifecycle, staff
from idp.persons.models import Person, PersonStatus, Staff
from idp.persons.staff import Source
from idp.settings_tables import StaffDirectory
from tests.idp.account.stage import Stage, staged

SOURCE = Source("memory")
MANY = 30


@dataclass
class InMemory:
    """A directory that is a dictionary."""

    entries: dict[str, Entry] = field(default_factory=dict)
    away: bool = False
    name: str = "memory"

    def authenticate(self, login: str, password: str) -> Wrong:
        return Wrong()

    def lookup(self, ids: Sequence[str]) -> Mapping[str, Entry] | Unavailable:
        return Unavailable() if self.away else {one: self.entries[one] for one in ids if one in self.entries}


@pytest.fixture
def directory() -> InMemory:
    entries = [Entry(f"e-{number}", f"u{number}", "王芳", "U-1") for number in range(MANY)]
    return InMemory({entry.id: entry for entry in entries})


@pytest.fixture
def stage(tmp_path, directory: InMemory) -> Iterator[Stage]:
    asked = StaffDirectory(servers=["ldaps://localhost:1"], base="dc=x", bind_dn="cn=x", bind_password="x")
    with staged(tmp_path, directory=asked) as started:
        extras = {**started.services.extras, "directory": Staffing(directory, SOURCE, Patience())}
        started.services = replace(started.services, extras=extras)
        with started.services.database.writing() as db:
            for entry in directory.entries.values():
                staff.arrived(db, SOURCE, entry, clock.now())
        yield started


def go_round(stage: Stage) -> list[str]:
    """Ask about everybody once more; gives the logins that are shut out then."""
    with stage.services.database.writing() as db:
        db.execute(update(Staff).values(confirmed_at=clock.now().replace(year=2020)))
    staff_rounds.go_round(stage.services)
    with stage.services.database.reading() as db:
        shut = select(Staff.login).join(Person, Person.id == Staff.person_id)
        return sorted(db.scalars(shut.where(Person.status == PersonStatus.FROZEN)))


def test_a_few_who_are_gone_are_believed(stage: Stage, directory: InMemory) -> None:
    """People retire one by one."""
    for number in range(3):
        del directory.entries[f"e-{number}"]

    assert ["u0", "u1", "u2"] == go_round(stage)


def test_most_of_them_gone_is_a_mistake(stage: Stage, directory: InMemory) -> None:
    """A search base that was changed must not shut every office."""
    directory.entries = {"e-0": directory.entries["e-0"]}

    assert [] == go_round(stage)


def test_an_outage_says_nothing_about_anybody(stage: Stage, directory: InMemory) -> None:
    """Neither that they are there nor that they are gone."""
    directory.away = True

    assert [] == go_round(stage)


def test_an_operators_freeze_is_not_lifted_by_the_directory(stage: Stage, directory: InMemory) -> None:
    """Only what the directory did, the directory undoes."""
    with stage.services.database.writing() as db:
        known = staff.by_login(db, "u5")
        assert known is not None
        lifecycle.freeze(db, db.get_one(Person, known.person_id), "under investigation", clock.now())
    with stage.services.database.writing() as db:
        person = staff.arrived(db, SOURCE, directory.entries["e-5"], clock.now())

        assert PersonStatus.FROZEN == person.status


def test_a_login_given_to_somebody_else_is_another_person(stage: Stage, directory: InMemory) -> None:
    """The entry's id decides; whoever inherits a login inherits nothing else."""
    successor = Entry("e-new", "u7", "李娜", "U-1")
    with stage.services.database.writing() as db:
        before = staff.by_login(db, "u7")
        person = staff.arrived(db, SOURCE, successor, clock.now())

        assert before is not None
        assert before.person_id != person.id
