"""Collections keep typed records under digests of their handles, sealed."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from uuid import UUID

import pytest

from idp.crypto.envelope import Sealer
from idp.crypto.handles import digest
from idp.storage.sqlite_state import sqlite_state
from idp.storage.state import Collection, StateStore

SEALER = Sealer(b"k" * 32)


class Colour(StrEnum):
    JADE = "jade"


@dataclass(frozen=True)
class Inner:
    scopes: frozenset[str]
    level: int | None = None


@dataclass(frozen=True)
class Record:
    name: str
    at: datetime
    row: UUID
    colour: Colour
    pairs: tuple[tuple[str, int], ...]
    inner: Inner
    raw: bytes = b"\x00\xff"
    maybe: str | None = None


@dataclass(frozen=True)
class Earlier:
    """The record as an older program wrote it: a field more, and one with a default not yet there."""

    name: str
    forgotten: str


@dataclass(frozen=True)
class Later:
    name: str
    new: int = 7


RECORD = Record(
    name="欧阳·娜娜",
    at=datetime(2026, 11, 21, 8, 30, 0, 123456, tzinfo=UTC),
    row=UUID("01934d2a-6f00-7abc-8def-0123456789ab"),
    colour=Colour.JADE,
    pairs=(("a", 1), ("b", 2)),
    inner=Inner(frozenset({"openid", "phone"})),
)


@pytest.fixture
def records(state_store: StateStore) -> Collection[Record]:
    return Collection(state_store, Record, "record", 60, SEALER)


def test_records_come_back_equal_and_of_their_types(records: Collection[Record]) -> None:
    """Moments, ids, enums, tuples, sets, bytes and nested records survive."""
    found = records.find(records.add(RECORD))

    assert RECORD == found
    assert found and isinstance(found.colour, Colour) and isinstance(found.pairs[0], tuple)


@pytest.mark.parametrize("handle", [None, "", "unknown", "\udcff", "码"])
def test_unknown_handles_find_nothing(records: Collection[Record], handle: str | None) -> None:
    """Whatever a stranger sends is absent, for reading and for taking."""
    assert records.find(handle) is None
    assert records.take(handle) is None
    assert not records.spend(handle or "")


def test_spending_is_true_once_and_leaves_the_record(records: Collection[Record]) -> None:
    """Prove, spend, give: a second proven use can still see what the first was about."""
    handle = records.add(RECORD)

    assert [True, False] == [records.spend(handle), records.spend(handle)]
    assert RECORD == records.find(handle)


def test_taken_records_are_gone(records: Collection[Record]) -> None:
    """A ticket is given once, and a late revision does not bring it back."""
    handle = records.add(RECORD)

    assert RECORD == records.take(handle)
    assert records.take(handle) is None
    assert not records.revise(handle, RECORD)


def test_lent_records_come_back_if_what_they_were_for_fails(records: Collection[Record]) -> None:
    """While it is lent nobody else has it; afterwards it is gone only if all went well."""
    handle = records.add(RECORD)
    with pytest.raises(ZeroDivisionError), records.lent(handle) as failing:
        assert records.find(handle) is None
        raise ZeroDivisionError
    with records.lent(handle) as lent:
        pass

    assert RECORD == failing == lent
    assert records.find(handle) is None


def test_revised_records_keep_their_expiry(
    records: Collection[Record], pass_time: Callable[[float], None]
) -> None:
    """Steps of an interaction never prolong it."""
    handle = records.add(RECORD)
    pass_time(40)
    revised = records.revise(handle, Record("b", RECORD.at, RECORD.row, Colour.JADE, (), RECORD.inner))
    found = records.find(handle)
    pass_time(25)

    assert (True, "b") == (revised, found and found.name)
    assert records.find(handle) is None


def test_the_store_sees_neither_handle_nor_content(tmp_path: Path) -> None:
    """Who reads the store's file can neither redeem nor read anything."""
    store = sqlite_state(tmp_path / "state.db")
    handle = Collection(store, Record, "record", 60, SEALER).add(RECORD)
    rows = sqlite3.connect(tmp_path / "state.db").execute("SELECT key, value FROM state_records").fetchall()
    store.close()

    assert [f"record:{{{digest(handle)}}}"] == [key for key, _ in rows]
    assert not any(b"openid" in value or handle.encode() in value for _, value in rows)


def test_sealed_records_cannot_be_moved(state_store: StateStore) -> None:
    """A value copied under another handle opens for nobody."""
    records = Collection(state_store, Record, "record", 60, SEALER)
    mine, other = records.add(RECORD), records.add(RECORD)
    sealed = state_store.get(f"record:{{{digest(other)}}}")
    state_store.put(f"record:{{{digest(mine)}}}", sealed or b"", 60)

    assert records.find(mine) is None


def test_a_retired_key_is_as_good_as_expiry(state_store: StateStore) -> None:
    """Records of minutes need no re-encryption when the key changes."""
    handle = Collection(state_store, Record, "record", 60, SEALER).add(RECORD)

    assert Collection(state_store, Record, "record", 60, Sealer(b"l" * 32)).find(handle) is None


def test_other_versions_read_what_their_fields_agree_on(state_store: StateStore) -> None:
    """During a rolling upgrade two versions of the program share the store."""
    handle = Collection(state_store, Earlier, "record", 60, SEALER).add(Earlier("a", "b"))

    assert Later("a", 7) == Collection(state_store, Later, "record", 60, SEALER).find(handle)
    assert Collection(state_store, Record, "record", 60, SEALER).find(handle) is None
