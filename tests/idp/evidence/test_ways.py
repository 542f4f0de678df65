"""The shortest way to a higher level."""

import pytest

from idp.evidence import ways

ALL = frozenset({"likeness", "certificates"})


@pytest.mark.parametrize(
    ("level", "wanted", "have", "expected"),
    [
        (1, 3, ALL, ["registry", "real_person", "certificate", "window"]),
        (3, 4, ALL, ["real_person", "certificate", "window"]),
        (2, 4, ALL, ["registry", "real_person", "certificate", "window"]),
        (2, 4, frozenset(), ["window"]),
        (2, 5, ALL, ["certificate", "window"]),
        (5, 5, ALL, []),
    ],
)
def test_every_way_that_helps_is_named(
    level: int, wanted: int, have: frozenset[str], expected: list[str]
) -> None:
    """The least trouble first; what this instance has not is not promised."""
    assert expected == [way.name for way in ways.up(level, wanted, have)]


@pytest.mark.parametrize(
    ("level", "wanted", "expected"),
    [(1, 3, "registry"), (2, 4, "registry"), (3, 4, "real_person"), (4, 5, "certificate"), (3, 3, None)],
)
def test_what_comes_first(level: int, wanted: int, expected: str | None) -> None:
    """A way that needs another level is not offered before that is reached."""
    way = ways.first(level, wanted, ALL)

    assert expected == (way.name if way else None)


def test_a_window_is_always_another_way() -> None:
    """No machine is the only way up (domain §1.8)."""
    for level in range(5):
        for wanted in range(level + 1, 6):
            assert "window" in [way.name for way in ways.up(level, wanted, ALL)]
