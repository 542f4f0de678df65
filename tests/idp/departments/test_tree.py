"""The tree of departments: five levels, loaded all or nothing."""

from datetime import datetime

import pytest

from idp.departments import tree
from idp.departments.tree import DepartmentFault, Loaded, Unit
from idp.storage.configuration import version
from idp.storage.database import Database

HEADER = "code,name,name_en,level,parent\n"
FIVE_LEVELS = HEADER + (
    "330000,浙江省,Zhejiang,province,\n"
    "330100,杭州市,Hangzhou,city,330000\n"
    "330106,西湖区,Xihu,county,330100\n"
    "330106109,三墩镇,Sandun,town,330106\n"
    "330106109201,华联村,,village,330106109\n"
    "330100-gjj,杭州市住房公积金管理中心,Housing Fund,city,330100\n"
)


def loaded(either_database: Database, text: str, now: datetime) -> Loaded:
    with either_database.writing() as db:
        return tree.load(db, text.splitlines(keepends=True), now)


def faults(either_database: Database, text: str, now: datetime) -> list[str]:
    with pytest.raises(DepartmentFault) as fault:
        loaded(either_database, text, now)
    return fault.value.faults


def codes(either_database: Database) -> list[str]:
    with either_database.reading() as db:
        return [row.code for row in tree.listed(db)]


def test_five_levels_load(either_database: Database, now: datetime) -> None:
    """Province, city, county, town, village; a bureau stands below its own level's government."""
    assert Loaded(6, 0, 0) == loaded(either_database, FIVE_LEVELS, now)
    with either_database.reading() as db:
        village = tree.find(db, "330106109201")
        assert village is not None
        assert "330000/330100/330106/330106109/330106109201/" == village.path
        assert village.name_en is None


def test_the_order_of_rows_does_not_matter(either_database: Database, now: datetime) -> None:
    """Children may come before their parents."""
    header, *rows = FIVE_LEVELS.splitlines(keepends=True)

    assert Loaded(6, 0, 0) == loaded(either_database, header + "".join(reversed(rows)), now)


def test_loading_again_takes_new_names_only(either_database: Database, now: datetime) -> None:
    """A file can be loaded as often as one likes; configuration changes only when something did."""
    loaded(either_database, FIVE_LEVELS, now)
    with either_database.reading() as db:
        before = version(db)

    assert Loaded(0, 0, 6) == loaded(either_database, FIVE_LEVELS, now)
    with either_database.reading() as db:
        assert before == version(db)
    assert Loaded(0, 1, 5) == loaded(either_database, FIVE_LEVELS.replace("华联村", "华联社区"), now)


def test_every_wrong_row_is_named_and_nothing_is_loaded(either_database: Database, now: datetime) -> None:
    """Line numbers are those of the file."""
    found = faults(
        either_database,
        HEADER
        + "330000,浙江省,,province,\n"
        + "33 01,杭州市,,city,330000\n"
        + "330200,,,city,330000\n"
        + "330300,温州市,,region,330000\n"
        + "330000,浙江,,province,\n",
        now,
    )

    assert ["line 3", "line 4", "line 5", "line 6"] == [fault.partition(":")[0] for fault in found]
    assert [] == codes(either_database)


def test_units_stand_below_what_exists(either_database: Database, now: datetime) -> None:
    """Unknown parents, a rootless city and a province below a city are named; their children are not."""
    found = faults(
        either_database,
        HEADER
        + "330000,浙江省,,province,\n"
        + "330100,杭州市,,city,\n"
        + "330106,西湖区,,county,330100\n"
        + "340100,合肥市,,city,340000\n"
        + "350000,福建省,,province,330106109\n"
        + "330200,宁波市,,city,330000\n"
        + "360000,江西省,,province,330200\n",
        now,
    )

    assert {"line 3", "line 5", "line 6", "line 8"} == {fault.partition(":")[0] for fault in found}
    assert [] == codes(either_database)


def test_circles_are_refused(either_database: Database, now: datetime) -> None:
    """Two units cannot stand below each other."""
    found = faults(either_database, HEADER + "a,甲,,city,b\nb,乙,,city,a\nc,丙,,city,c\n", now)

    assert ["line 2", "line 4"] == [fault.partition(":")[0] for fault in found]


def test_units_do_not_move(either_database: Database, now: datetime) -> None:
    """Clients and administrators hang on where a unit stands."""
    loaded(either_database, FIVE_LEVELS, now)
    moved = HEADER + "330106,西湖区,Xihu,county,330000\n"

    assert ["line 2: 330106: exists elsewhere in the tree and cannot move"] == faults(
        either_database, moved, now
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "code,name\n1,a\n",
        HEADER + '1,"a,,province,\n',
        HEADER + "1\n",
        HEADER + "1,a,b,province,,x\n",
        HEADER + "1,a\x00,b,province,\n",
    ],
)
def test_what_is_no_such_file_is_refused(either_database: Database, now: datetime, text: str) -> None:
    """Missing columns, broken quotes, short rows."""
    assert faults(either_database, text, now)


def test_blank_lines_and_blanks_are_forgiven(either_database: Database, now: datetime) -> None:
    """Spreadsheets leave both."""
    assert Loaded(1, 0, 0) == loaded(either_database, HEADER + ",,,,\n\n 330000 , 浙江省 ,,province,\n", now)


def test_a_subtree_is_a_prefix(either_database: Database, now: datetime) -> None:
    """Codes that begin alike are not below one another."""
    loaded(either_database, FIVE_LEVELS + "33010,不是杭州,,city,330000\n", now)
    with either_database.reading() as db:
        city = tree.find(db, "330100")
        other = tree.find(db, "33010")
        assert city is not None
        assert other is not None

        assert [
            "330100",
            "330100-gjj",
            "330106",
            "330106109",
            "330106109201",
        ] == [row.code for row in tree.subtree(db, city)]
        assert ["33010"] == [row.code for row in tree.subtree(db, other)]
        assert not tree.is_within(city, other)
        assert tree.is_within(city, city)


def test_one_unit_can_be_added(either_database: Database, now: datetime) -> None:
    """The same rules as for a file."""
    province = Unit("330000", "浙江省", "Zhejiang", "province", "")
    with either_database.writing() as db:
        tree.add(db, province, now)
        tree.add(db, Unit("330100", "杭州市", "", "city", "330000"), now)

    assert ["330000", "330100"] == codes(either_database)
    for wrong in (
        province,
        Unit("330200", "宁波市", "", "city", "340000"),
        Unit("a/b", "甲", "", "city", "330000"),
    ):
        with pytest.raises(DepartmentFault), either_database.writing() as db:
            tree.add(db, wrong, now)


def test_a_whole_province_loads_quickly(either_database: Database, now: datetime) -> None:
    """Twenty thousand villages are one short transaction's work."""
    villages = "".join(f"v{number},村{number},,village,330106109\n" for number in range(2_000))

    assert 2_006 == loaded(either_database, FIVE_LEVELS + villages, now).added
