"""Appointing, approving, ending: three kinds apart, four eyes, and no way round either, by racing say."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from threading import Barrier
from uuid import UUID

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from admin_ui import administrators
from admin_ui.administrators import NotPossible, Reason, go_together
from admin_ui.models import THREE, Administrator, Role
from idp.departments import tree
from idp.departments.models import Department
from idp.departments.tree import Unit
from idp.persons import local_staff
from idp.persons.models import Person
from idp.storage.database import Database

COUNTY = "210102"


def servant(database: Database, login: str, now: datetime) -> UUID:
    with database.writing() as db:
        return local_staff.open_account(db, login, "王芳", None, now).person_id


def appoint(
    database: Database, person_id: UUID, role: Role, now: datetime, by: UUID | None = None, top: str = ""
) -> Administrator:
    with database.writing() as db:
        return administrators.appoint(db, person_id, role, _department(db, top), now, by)


def _department(db, top: str) -> Department | None:
    if not top:
        return None
    found = tree.find(db, top)
    if found is None:
        tree.add(db, Unit("210000", "示范省", "", "province", ""), datetime.now().astimezone())
        found = tree.add(db, Unit(top, "和平县", "", "county", "210000"), datetime.now().astimezone())
    return found


def appointed(database: Database, login: str, role: Role, now: datetime, top: str = "") -> Administrator:
    """By the command on the machine: it counts at once."""
    return appoint(database, servant(database, login, now), role, now, top=top)


def refusal(act: Callable[[], object]) -> Reason | None:
    try:
        act()
    except NotPossible as refused:
        return refused.reason
    return None


@pytest.mark.parametrize("held", Role)
@pytest.mark.parametrize("further", Role)
def test_each_of_the_three_stands_alone(held: Role, further: Role) -> None:
    """三员分立: none beside another, none beside an operating role; operators may review for others."""
    both_operate = not {held, further} & set(THREE)

    assert both_operate == go_together([held], further)


def test_the_database_knows_the_three_too(database: Database, now: datetime) -> None:
    """Whoever goes round the rule meets the index."""
    row = appointed(database, "one.of.three", Role.AUDIT, now)
    with pytest.raises(IntegrityError), database.writing() as db:
        db.add(Administrator(person_id=row.person_id, role=Role.SYSTEM, created_at=now, approved_at=now))


def test_a_role_is_held_once_and_again_after_its_end(database: Database, now: datetime) -> None:
    """What has ended stays as it was."""
    row = appointed(database, "once.only", Role.OPERATOR, now)
    twice = refusal(lambda: appoint(database, row.person_id, Role.OPERATOR, now))
    with database.writing() as db:
        administrators.end(db, row.id, "left", now, by=None)
    appoint(database, row.person_id, Role.OPERATOR, now)
    with database.reading() as db:
        rows = db.scalars(select(Administrator).order_by(Administrator.created_at)).all()

    assert Reason.ALREADY == twice
    assert ["left", None] == [one.ended_because for one in rows]


def test_citizens_do_not_become_administrators(database: Database, now: datetime) -> None:
    """A civil servant as a citizen is somebody else."""
    with database.writing() as db:
        citizen = Person(created_at=now)
        db.add(citizen)
        person_id = citizen.id

    assert Reason.CITIZEN == refusal(lambda: appoint(database, person_id, Role.OPERATOR, now))


def test_one_security_administrator_appoints_the_second_alone(database: Database, now: datetime) -> None:
    """From then on, one of the three waits for the other; operators never do."""
    first = appointed(database, "first.one", Role.SECURITY, now).person_id
    waits = [
        appoint(database, servant(database, login, now), role, now, by=first).approved_at is None
        for login, role in (
            ("second.one", Role.SECURITY),
            ("third.one", Role.AUDIT),
            ("fourth.one", Role.SYSTEM),
            ("an.operator", Role.OPERATOR),
        )
    ]

    assert [False, True, True, False] == waits


def test_what_waits_gives_nothing(database: Database, now: datetime) -> None:
    """Until a second security administrator has looked, who is neither giver nor taker."""
    first, second = (appointed(database, f"{n}.one", Role.SECURITY, now).person_id for n in ("a", "b"))
    row = appoint(database, servant(database, "new.one", now), Role.SECURITY, now, by=first)

    def approve(by: UUID) -> Callable[[], object]:
        def act() -> None:
            with database.writing() as db:
                administrators.approve(db, row.id, by, now)

        return act

    with database.reading() as db:
        before = administrators.held(db, row.person_id)
    own = [refusal(approve(by)) for by in (first, row.person_id)]
    done = [refusal(approve(second)) for _ in range(2)]
    with database.reading() as db:
        after = administrators.held(db, row.person_id)

    assert [Reason.OWN, Reason.OWN] == own
    assert [None, Reason.SETTLED] == done
    assert ((), (administrators.Held(Role.SECURITY, None),)) == (before, after)


def test_those_above_count_for_a_county(database: Database, now: datetime) -> None:
    """One at the province and one at the county are two for the county, and one for the province."""
    appointed(database, "at.province", Role.SECURITY, now)
    below = appointed(database, "at.county", Role.SECURITY, now, top=COUNTY).person_id
    above = appoint(database, servant(database, "x.one", now), Role.AUDIT, now, by=below)
    county = appoint(database, servant(database, "y.one", now), Role.AUDIT, now, by=below, top=COUNTY)

    assert above.approved_at is not None
    assert county.approved_at is None


def test_of_the_last_two_neither_ends_the_other(database: Database, now: datetime) -> None:
    """Or one alone could appoint whom they like; the command on the machine can."""
    rows = [appointed(database, f"last.{n}", Role.SECURITY, now) for n in ("one", "two", "three")]

    def end(row: Administrator, by: UUID | None) -> Reason | None:
        def act() -> None:
            with database.writing() as db:
                administrators.end(db, row.id, "left", now, by)

        return refusal(act)

    assert None is end(rows[2], rows[0].person_id)
    assert Reason.TOO_FEW == end(rows[1], rows[0].person_id)
    assert None is end(rows[1], None)


def at_once(acts: list[Callable[[], object]]) -> list[Reason | None]:
    """What each is refused with when all begin together."""
    barrier = Barrier(len(acts))

    def run(act: Callable[[], object]) -> Reason | None:
        barrier.wait()
        return refusal(act)

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def test_two_of_the_three_at_the_same_moment_are_one(either_database: Database, now: datetime) -> None:
    """However often it is tried."""
    for number in range(10):
        person_id = servant(either_database, f"raced.{number}", now)
        at_once([partial(appoint, either_database, person_id, role, now) for role in THREE])
        with either_database.reading() as db:
            assert 1 == len(administrators.living(db, person_id))


def test_one_alone_cannot_appoint_two_at_the_same_moment(either_database: Database, now: datetime) -> None:
    """The second of them waits for the first."""
    only = appointed(either_database, "the.only", Role.SECURITY, now).person_id
    people = [servant(either_database, f"hurried.{number}", now) for number in range(4)]
    at_once([partial(appoint, either_database, one, Role.SECURITY, now, by=only) for one in people])
    with either_database.reading() as db:
        counting = db.scalar(
            select(func.count()).where(
                Administrator.approved_at.is_not(None), Administrator.person_id != only
            )
        )

    assert 1 == counting


def test_three_cannot_end_one_another_down_to_one(either_database: Database, now: datetime) -> None:
    """Each ends the next at the same moment: two remain."""
    rows = [appointed(either_database, f"ring.{number}", Role.SECURITY, now) for number in range(3)]

    def end(row: Administrator, by: UUID) -> None:
        with either_database.writing() as db:
            administrators.end(db, row.id, "left", now, by)

    refused = at_once([partial(end, rows[n], rows[n - 1].person_id) for n in range(3)])

    assert [None, Reason.TOO_FEW, Reason.TOO_FEW] == sorted(refused, key=str)
