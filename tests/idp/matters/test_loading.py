"""Reading the catalogue from a file: all or nothing, as often as one likes, and no code comes back."""

from collections import Counter
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from idp.assurance import Level
from idp.audit.models import AuditEvent
from idp.matters import catalogue
from idp.matters.catalogue import Loaded
from idp.matters.entries import MatterFault
from idp.storage.configuration import version
from idp.storage.database import Database
from tests.idp.matters.making import FUND, GROUPS, HEADER, TAX, load, prepare

PARTS = "f-21,购房提取,,fund,,apply query,ial4.aal2,yes,,f-2\nf-22,租房提取,,fund,,apply,,,,f-2\n"


def faults(database: Database, text: str, now: datetime, complete: bool = False) -> list[str]:
    with pytest.raises(MatterFault) as fault:
        load(database, text, now, complete)
    return fault.value.faults


def codes(database: Database, live_only: bool = True) -> list[str]:
    with database.reading() as db:
        return [matter.code for matter in catalogue.listed(db, live_only=live_only)]


def recorded(database: Database) -> Counter[tuple[str, str]]:
    """What the trail says of the catalogue."""
    with database.reading() as db:
        return Counter((row.details["what"], row.details["change"]) for row in db.scalars(select(AuditEvent)))


def test_a_catalogue_loads(either_database: Database, now: datetime) -> None:
    """Matters have the demands their rows name; a row that says nothing asks for level 3."""
    prepare(either_database, now)

    assert ["f-1", "f-2", "t-1"] == codes(either_database)
    with either_database.reading() as db:
        withdrawal, invoices = catalogue.find(db, "f-2"), catalogue.find(db, "t-1")
        assert withdrawal is not None
        assert invoices is not None
        assert (4, 2, True, now) == (
            withdrawal.minimum_ial,
            withdrawal.minimum_aal,
            withdrawal.high_risk,
            withdrawal.listed_since,
        )
        assert {"apply", "query", "pay"} == withdrawal.actions
        assert (3, 1, False, None) == (
            invoices.minimum_ial,
            invoices.minimum_aal,
            invoices.high_risk,
            invoices.department_id,
        )


def test_loading_again_changes_only_what_is_new(either_database: Database, now: datetime) -> None:
    """Configuration and trail are left alone when nothing changed."""
    prepare(either_database, now)
    with either_database.reading() as db:
        before = version(db)
    told = recorded(either_database)

    assert Loaded(0, 0, 3) == load(either_database, FUND + TAX, now + timedelta(days=1))
    with either_database.reading() as db:
        assert before == version(db)
    assert told == recorded(either_database)
    assert Loaded(0, 1, 2) == load(either_database, FUND + TAX.replace("发票", "票据"), now)


def test_what_decides_over_grants_is_recorded_by_itself(either_database: Database, now: datetime) -> None:
    """Names are counted; levels, actions and groups are told one by one."""
    prepare(either_database, now)
    before = recorded(either_database)
    load(either_database, "t-1,发票申领,,fund,,apply,ial4.aal1,yes,yes,\n", now)

    assert {
        ("matter t-1", "matter moved to group fund"),
        ("matter t-1", "matter asks ial4.aal1 for apply, high risk, open to who winds up"),
        ("matters", "0 added, 1 changed, 0 withdrawn"),
    } == set(recorded(either_database) - before)


def test_every_wrong_row_is_named_and_nothing_is_loaded(either_database: Database, now: datetime) -> None:
    """Line numbers are those of the file; a row may be wrong in several ways."""
    prepare(either_database, now, "")
    found = faults(
        either_database,
        "a 1,甲,,fund,,apply,,,,\n"
        "a-2,,,fund,,apply,,,,\n"
        "a-3,丙,,fund,,fly,,maybe,perhaps,\n"
        "a-4,丁,,fund,,,ial9.aal9,,,\n"
        "a-5,戊,,fund,,apply,,,,\n"
        "a-5,己,,fund,,apply,,,,\n",
        now,
    )

    assert [2, 3, 4, 4, 4, 5, 5, 7] == [int(fault.split(":")[0].removeprefix("line ")) for fault in found]
    assert [] == codes(either_database)


def test_rows_name_what_exists(either_database: Database, now: datetime) -> None:
    """Groups and departments are loaded first."""
    prepare(either_database, now, "")

    assert [
        "line 2: group 'taxes': no such group",
        "line 3: department '999': no such department",
        "line 4: split_from 'f-9': no such matter",
    ] == faults(
        either_database,
        "a-1,甲,,taxes,,apply,,,,\na-2,乙,,tax,999,apply,,,,\na-3,丙,,tax,,apply,,,,f-9\n",
        now,
    )


@pytest.mark.parametrize(
    "text", ["", "code,name\n1,a\n", HEADER + '1,"a\n', HEADER + "1,2,3,4,5,6,7,8,9,10,11\n"]
)
def test_what_is_no_such_file_is_refused(database: Database, now: datetime, text: str) -> None:
    """Missing columns, broken quotes, rows that are too long."""
    with pytest.raises(MatterFault), database.writing() as db:
        catalogue.load(db, text.splitlines(keepends=True), now)


def test_a_row_that_is_left_out_stays(either_database: Database, now: datetime) -> None:
    """A department sends its own matters; those of others are not gone for that."""
    prepare(either_database, now)

    assert Loaded(0, 0, 1) == load(either_database, TAX, now)
    assert ["f-1", "f-2", "t-1"] == codes(either_database)


def test_a_complete_file_withdraws_what_it_leaves_out(either_database: Database, now: datetime) -> None:
    """Only when asked for; and an empty file withdraws nothing."""
    prepare(either_database, now)

    assert ["an empty file is no complete catalogue"] == faults(either_database, "", now, complete=True)
    assert Loaded(0, 0, 1, withdrawn=2) == load(either_database, TAX, now, complete=True)
    assert ["t-1"] == codes(either_database)
    assert ("matter f-1", "matter withdrawn") in recorded(either_database)
    assert Loaded(0, 0, 1) == load(either_database, TAX, now, complete=True)


def test_no_code_comes_back(either_database: Database, now: datetime) -> None:
    """A grant of the old matter would reach the new one."""
    prepare(either_database, now)
    with either_database.writing() as db:
        catalogue.withdraw(db, "f-2", now)

    assert ["line 3: f-2: was withdrawn before, and no code comes back; give a new one"] == faults(
        either_database, FUND, now
    )


def test_rows_that_name_their_whole_split_it(either_database: Database, now: datetime) -> None:
    """Parts keep the moments of the whole, and the file can be loaded again."""
    prepare(either_database, now)
    later = now + timedelta(days=30)

    assert Loaded(2, 0, 0, withdrawn=1) == load(either_database, PARTS, later)
    assert Loaded(0, 0, 2) == load(either_database, PARTS, later)
    with either_database.reading() as db:
        part = catalogue.find(db, "f-22")
        assert part is not None
        assert (now, now, "f-2") == (part.listed_since, part.grouped_since, part.split_from)
    assert ("matter f-2", "matter withdrawn: split") in recorded(either_database)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (FUND + "f-21,甲,,fund,,apply,,,,f-2\n", "line 4: split_from f-2: is written down as a matter still"),
        ("f-21,甲,,fund,,apply sign,,,,f-2\n", "line 2: actions: sign is more than f-2 had"),
        ("f-21,甲,,fund,,apply,,,yes,f-2\n", "line 2: winds_up: f-2 did not"),
        ("t-1,甲,,fund,,apply,,,,f-2\n", "line 2: t-1: exists already, and not as a part of f-2"),
    ],
)
def test_a_split_cannot_widen(either_database: Database, now: datetime, text: str, fault: str) -> None:
    """A whole that stays, an action it never had, what only ends organisations, a matter that was there."""
    prepare(either_database, now)

    assert [fault] == faults(either_database, text, now)


def test_a_split_is_done_once(either_database: Database, now: datetime) -> None:
    """Whoever could add parts years later would add to every grant of the whole."""
    prepare(either_database, now)
    load(either_database, PARTS, now)

    assert ["line 2: split_from f-2: was split before"] == faults(
        either_database, "f-23,甲,,fund,,apply,,,,f-2\n", now
    )


def test_groups_load_and_change(either_database: Database, now: datetime) -> None:
    """Groups have an order; the file may be loaded as often as one likes."""
    prepare(either_database, now)
    with either_database.writing() as db:
        again = catalogue.load_groups(db, GROUPS.splitlines(keepends=True), now)
        moved = catalogue.load_groups(db, GROUPS.replace("fund,1", "fund,3").splitlines(keepends=True), now)

        assert (Loaded(0, 0, 2), Loaded(0, 1, 1)) == (again, moved)
        assert ["tax", "fund"] == [group.code for group in catalogue.groups(db)]
    with pytest.raises(MatterFault) as fault, either_database.writing() as db:
        catalogue.load_groups(db, ["code,name,name_en,position\n", "a,甲,,first\n", "b,,,2\n"], now)
    assert ["line 2", "line 3"] == [one.partition(":")[0] for one in fault.value.faults]


def test_a_whole_province_loads_quickly(either_database: Database, now: datetime) -> None:
    """Fifty thousand matters are few (R0-15); a part of them shows that nothing asks the store row by row."""
    rows = "".join(f"p-{number},事项{number},,tax,,apply,,,,\n" for number in range(5_000))
    prepare(either_database, now)

    assert Loaded(5_000, 0, 0) == load(either_database, rows, now)
    assert Loaded(0, 0, 5_000) == load(either_database, rows, now)


def test_levels_are_those_of_the_only_table(database: Database, now: datetime) -> None:
    """`minimum_acr` is an acr name."""
    prepare(database, now)
    with database.reading() as db:
        matter = catalogue.find(db, "f-2")
        assert matter is not None

        assert Level(4, 2) == catalogue.shown(matter, ("f-2",)).minimum
