"""Two sets of times are told apart where they differ, and only there."""

import random

import pytest

from bench.difference import between
from bench.residents import residents


@pytest.mark.parametrize(
    ("known", "unknown", "auc"),
    [([2, 3], [0, 1], 1.0), ([0, 1], [2, 3], 0.0), ([1, 2], [1, 2], 0.5), ([2, 2], [1, 2], 0.75)],
)
def test_each_of_the_known_is_compared_with_each_of_the_unknown(
    known: list[float], unknown: list[float], auc: float
) -> None:
    """Equal times count half (Mann and Whitney 1947)."""
    assert auc == between(known, unknown).auc


@pytest.mark.parametrize(("slower", "shows"), [(0.0, False), (0.5, True)])
def test_a_difference_shows_beyond_the_noise(slower: float, shows: bool) -> None:
    """Half a standard deviation shows in five hundred looks; nothing shows where there is nothing."""
    chance = random.Random(7)
    known = [chance.gauss(20 + slower, 1) for _ in range(500)]
    unknown = [chance.gauss(20, 1) for _ in range(500)]

    assert shows == between(known, unknown).shows


def test_known_and_unknown_are_otherwise_alike() -> None:
    """Everybody has a number and phones of their own, and the registry knows both sides."""
    pairs = residents(50)
    everybody = [one for pair in pairs for one in pair]

    assert (50, 100) == (len(pairs), len({one.number for one in everybody}))
    assert 200 == len({phone for one in everybody for phone in (one.phone, one.spare_phone)})
