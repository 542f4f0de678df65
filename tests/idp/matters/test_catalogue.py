"""Withdrawing, splitting, merging and moving matters; finding them."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import event, select

from idp.audit.models import AuditEvent
from idp.matters import catalogue, stock
from idp.matters.entries import Entry, MatterFault
from idp.matters.models import Matter
from idp.matters.stock import DEEPEST
from idp.storage.database import Database
from tests.idp.matters.making import FUND, TAX, entry, prepare

DAY = timedelta(days=1)


def found(database: Database, code: str) -> Matter:
    with database.reading() as db:
        matter = catalogue.find(db, code)
        assert matter is not None
        return matter


def codes(database: Database, text: str) -> list[str]:
    with database.reading() as db:
        return [matter.code for matter in catalogue.search(db, text)]


def split(database: Database, code: str, now: datetime, *parts: Entry) -> list[str]:
    """Split, giving the faults."""
    try:
        with database.writing() as db:
            catalogue.split(db, code, parts, now)
    except MatterFault as fault:
        return fault.faults
    return []


def test_a_part_is_what_its_whole_was_since_then(either_database: Database, now: datetime) -> None:
    """So that whoever may do the whole may do the part, and nobody else."""
    prepare(either_database, now)

    assert [] == split(either_database, "f-1", now + DAY, entry("f-11"), entry("f-12"))
    whole, part = found(either_database, "f-1"), found(either_database, "f-11")
    assert (now + DAY, "split", 2) == (whole.withdrawn_at, whole.withdrawn_because, whole.version)
    assert (now, now, "f-1", None) == (
        part.listed_since,
        part.grouped_since,
        part.split_from,
        part.withdrawn_at,
    )


def test_a_part_in_another_group_is_new_there(either_database: Database, now: datetime) -> None:
    """Grants of that group from before do not reach it; grants of the whole do."""
    prepare(either_database, now)
    split(either_database, "f-1", now + DAY, entry("f-11", group="tax"))

    part = found(either_database, "f-11")
    assert (now, now + DAY, "f-1") == (part.listed_since, part.grouped_since, part.split_from)


def test_parts_are_new_codes_and_no_more_than_the_whole(either_database: Database, now: datetime) -> None:
    """Each fault is named with its code, and the whole stays."""
    prepare(either_database, now)

    assert ["a matter is split into one part or more"] == split(either_database, "f-1", now)
    assert [
        "f-12: named twice",
        "t-1: exists already",
        "f-11: actions: pay sign is more than f-1 had",
    ] == split(
        either_database,
        "f-1",
        now,
        entry("t-1"),
        entry("f-11", actions=frozenset({"sign", "apply", "pay"})),
        entry("f-12"),
        entry("f-12"),
    )
    assert ["f-11: name: 1 to 128 printable characters"] == split(
        either_database, "f-1", now, entry("f-11", name="")
    )
    assert found(either_database, "f-1").withdrawn_at is None


def test_merging_makes_a_new_matter(either_database: Database, now: datetime) -> None:
    """Who might do one of the merged could do too much with the result: no grant from before reaches it."""
    prepare(either_database, now)
    with either_database.writing() as db:
        catalogue.merge(db, ["f-1", "f-2"], entry("f-3", split_from="f-1"), now + DAY)

    made, gone = found(either_database, "f-3"), found(either_database, "f-2")
    assert (now + DAY, now + DAY, None) == (made.listed_since, made.grouped_since, made.split_from)
    assert (now + DAY, "merged") == (gone.withdrawn_at, gone.withdrawn_because)


def test_what_stands_for_several_is_as_strict_as_the_strictest() -> None:
    """It offers everything, and who only winds up may do it only if they might do each."""
    one = entry("a", minimum_acr="ial3.aal2", winds_up=True)
    other = entry("b", minimum_acr="ial4.aal1", high_risk=True, actions=frozenset({"pay"}))
    both = stock.together([one, other])

    assert {"apply", "pay"} == both.actions
    assert ("a", "ial4.aal2", True, False) == (both.code, both.minimum_acr, both.high_risk, both.winds_up)
    assert stock.together([one, one]).winds_up


@pytest.mark.parametrize(
    ("merged", "into"),
    [(["f-1"], "f-3"), (["f-1", "f-1"], "f-3"), (["f-1", "f-2"], "t-1"), (["f-1", "x"], "y")],
)
def test_merging_takes_two_and_a_new_code(
    either_database: Database, now: datetime, merged: list[str], into: str
) -> None:
    """Merging into one that exists would widen what was granted of it."""
    prepare(either_database, now)

    with pytest.raises(MatterFault), either_database.writing() as db:
        catalogue.merge(db, merged, entry(into), now)
    assert found(either_database, "f-1").withdrawn_at is None


def test_a_moved_matter_is_new_to_its_group(either_database: Database, now: datetime) -> None:
    """It stays what it is; to where it is already, it does not move."""
    prepare(either_database, now)
    with either_database.writing() as db:
        catalogue.regroup(db, "t-1", "fund", now + DAY)
        catalogue.regroup(db, "f-1", "fund", now + DAY)

    moved, stayed = found(either_database, "t-1"), found(either_database, "f-1")
    assert ("fund", now, now + DAY, 2) == (
        moved.group_code,
        moved.listed_since,
        moved.grouped_since,
        moved.version,
    )
    assert (now, 1) == (stayed.grouped_since, stayed.version)
    with pytest.raises(MatterFault), either_database.writing() as db:
        catalogue.regroup(db, "f-1", "nowhere", now)


def test_what_ended_is_not_changed_again(either_database: Database, now: datetime) -> None:
    """Nor is what never was."""
    prepare(either_database, now)
    with either_database.writing() as db:
        catalogue.withdraw(db, "f-1", now)

    for code, said in (("f-1", "f-1: was withdrawn before"), ("x", "'x': no such matter")):
        assert [said] == split(either_database, code, now, entry("f-11"))
        with pytest.raises(MatterFault), either_database.writing() as db:
            catalogue.withdraw(db, code, now)
        with pytest.raises(MatterFault), either_database.writing() as db:
            catalogue.regroup(db, code, "tax", now)


def test_every_end_is_recorded(either_database: Database, now: datetime) -> None:
    """Who asks why a grant no longer reaches finds it in the trail."""
    prepare(either_database, now)
    with either_database.writing() as db:
        catalogue.withdraw(db, "t-1", now)
        catalogue.merge(db, ["f-1", "f-2"], entry("f-3"), now)

    with either_database.reading() as db:
        rows = db.scalars(select(AuditEvent))
        assert {
            ("matter t-1", "matter withdrawn"),
            ("matter f-1", "matter withdrawn: merged"),
            ("matter f-2", "matter withdrawn: merged"),
            ("matter f-3", "matter added, merged from f-1 f-2"),
        } <= {(row.details["what"], row.details["change"]) for row in rows}


def test_lineage_names_the_wholes_nearest_first(either_database: Database, now: datetime) -> None:
    """To a depth that is bounded where matters are split, so that none is forgotten."""
    prepare(either_database, now)
    for depth in range(DEEPEST):
        assert [] == split(either_database, f"f-1{'1' * depth}", now, entry(f"f-11{'1' * depth}"))
    last = f"f-1{'1' * DEEPEST}"

    assert [f"{last}1: split_from {last}: has 8 wholes above it already"] == split(
        either_database, last, now, entry(f"{last}1")
    )
    with either_database.reading() as db:
        line = catalogue.lineage(db, last)
        assert (last, f"f-1{'1' * (DEEPEST - 1)}", "f-1") == (line[0], line[1], line[-1])
        assert DEEPEST + 1 == len(line)
        assert ("t-1",) == catalogue.lineage(db, "t-1")
        assert () == catalogue.lineage(db, "x")


def test_matters_are_listed_by_group(either_database: Database, now: datetime) -> None:
    """Groups in their order, codes within; what ended only when asked for."""
    prepare(either_database, now, TAX + FUND)
    with either_database.writing() as db:
        catalogue.withdraw(db, "f-1", now)

    with either_database.reading() as db:
        every = catalogue.listed(db, live_only=False)
        assert ["f-1", "f-2", "t-1"] == [matter.code for matter in every]
        assert ["f-2"] == [matter.code for matter in catalogue.listed(db, group="fund")]
        assert [] == list(catalogue.listed(db, group="nowhere"))


def test_matters_are_found_by_code_and_name(either_database: Database, now: datetime) -> None:
    """By how a code begins or by a part of a name, in either language; signs of patterns are only signs."""
    prepare(either_database, now)

    assert ["f-1", "f-2"] == codes(either_database, " F-")
    assert ["f-2"] == codes(either_database, "提取")
    assert ["f-2"] == codes(either_database, "withdrawal")
    assert [] == codes(either_database, "-1")
    for nothing in ("", " ", "%", "_", "\x00", "f-1\n-"):
        assert [] == codes(either_database, nothing)
    with either_database.writing() as db:
        catalogue.withdraw(db, "f-2", now)
    assert ["f-1"] == codes(either_database, "f-")


def test_a_search_is_bounded(database: Database, now: datetime) -> None:
    """A page shows the first; who wants others types more."""
    prepare(database, now, "".join(f"p-{number:03},事项,,tax,,apply,,,,\n" for number in range(60)))

    assert [f"p-{number:03}" for number in range(catalogue.MOST_FOUND)] == codes(database, "p-")


def test_changes_wait_for_each_other(database: Database, now: datetime) -> None:
    """Two operators who split at once: the configuration is held before anything is looked at."""
    prepare(database, now)
    seen: list[str] = []
    event.listen(
        database.engine, "before_cursor_execute", lambda _c, _k, statement, *_: seen.append(statement)
    )
    split(database, "f-1", now, entry("f-11"))

    assert next(one for one in seen if not one.startswith("BEGIN")).startswith(
        "insert into configuration_versions"
    )
