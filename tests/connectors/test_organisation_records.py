"""What is read of a registry's record."""

from datetime import date

import pytest

from connectors.organisation_records import division, former, last_day, named
from connectors.registry_calls import Untrusted


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2026-12-31", date(2026, 12, 31)),
        ("2026-1-5", date(2026, 1, 5)),
        ("2026/12/31", date(2026, 12, 31)),
        ("2026.12.31", date(2026, 12, 31)),
        ("20261231", date(2026, 12, 31)),
        ("2026年12月31日", date(2026, 12, 31)),
        ("2026-12-31 00:00:00", date(2026, 12, 31)),
        ("2026-12-31T00:00:00.000+08:00", date(2026, 12, 31)),
        ("", None),
        (None, None),
        ("长期", None),
        ("9999-12-31", None),
        ("99991231", None),
        ("9999-12-31 00:00:00", None),
    ],
)
def test_a_last_day_is_read_however_it_is_written(written: str | None, day: date | None) -> None:
    """What has no end has none."""
    assert day == last_day({"opto": written}, "opto")


@pytest.mark.parametrize(
    "written", ["someday", "2026-02-30", "31-12-2026", "2026", "202612311", 20261, ["x"], True]
)
def test_a_day_that_cannot_be_read_is_not_taken_for_none(written: object) -> None:
    """An expired certificate would be good for ever."""
    with pytest.raises(Untrusted):
        last_day({"opto": written}, "opto")


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("旧名一有限公司;旧名二有限公司", ("旧名一有限公司", "旧名二有限公司")),
        ("旧名一有限公司； 旧名一有限公司", ("旧名一有限公司",)),
        (["旧名一有限公司", "今名(中国)有限公司"], ("旧名一有限公司",)),
        (["", 3, None, "某\x00司", "\ud800", "某" * 201], ()),
        ("旧名\u3000一\u200b有限公司", ("旧名 一有限公司",)),
        ("", ()),
        (None, ()),
        ({"a": 1}, ()),
    ],
)
def test_former_names_are_those_that_are_not_the_present_one(written: object, names: tuple[str, ...]) -> None:
    """A list or a text, each name once."""
    assert names == former(written, "今名（中国）有限公司")


@pytest.mark.parametrize(
    ("code", "six"),
    [("210100", "210100"), ("210100000000", "210100"), ("990100", None), ("沈阳", None), ("", None)],
)
def test_an_authority_is_known_by_the_division_its_code_begins_with(code: str, six: str | None) -> None:
    """Codes of authorities are longer than divisions; what is none is left out."""
    assert six == division({"regorg": code}, "regorg")


@pytest.mark.parametrize("odd", ["𠮷安有限公司", "\ue000记商行", "某\U000313b0有限公司"])
def test_rare_characters_are_kept(odd: str) -> None:
    """Names hold characters that are younger than any table, and stand-ins for those without a code point."""
    assert odd == named({"entname": odd}, "entname")


@pytest.mark.parametrize("odd", ["", " ", "某\x00", "\ud800", "某" * 201, ["某"], True, 1.5])
def test_what_cannot_be_a_name_is_not_kept(odd: object) -> None:
    """Such a record is not the answer we asked for."""
    with pytest.raises(Untrusted):
        named({"entname": odd}, "entname")
