"""What the data of a profile cannot say, one small function for each; a profile names them."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from federation.answers import at

GUANGDONG = ("L0", "L1", "L2", "L3")
"""From the lowest to the highest."""


def guangdong_level(user: Mapping[str, object]) -> str:
    """
    The level of an account that a way of proving supports, and none if it says it is nobody's real name.

    `creditable_level_of_account_way_list` lists ``level@way`` pairs, ``||`` between them; an account above
    its best way, or above L0 without `isreal`, claims more than its own record shows.
    """
    claimed = at(user, "creditable_level_of_account")
    listed = at(user, "creditable_level_of_account_way_list").split("||")
    shown = {way.partition("@")[0].strip() for way in listed} & set(GUANGDONG)
    if claimed not in GUANGDONG or not shown:
        return ""
    best = max(shown, key=GUANGDONG.index) if at(user, "isreal") == "true" else GUANGDONG[0]
    return min(claimed, best, key=GUANGDONG.index)


LEVELS: Mapping[str, Callable[[Mapping[str, object]], str]] = MappingProxyType({"guangdong": guangdong_level})
"""Name in a profile → the upstream's word for the level, read from all it says of somebody."""
