"""Which organisations an administrator sees: those kept by an authority of their part of the country.

An organisation belongs to a division (GB/T 2260, six digits, from its credit code), a department to a tree.
Its division is that of the nearest unit, itself or above it, whose code begins with six digits; below the
county, where authorities keep no organisations, it is the county's.
"""

import re
from collections.abc import Sequence

from admin_ui.access import Me, Permission
from admin_ui.subtree import Top

DIVISION = re.compile(r"[0-9]{6}")


def of_top(top: str) -> str | None:
    """The beginning of the division codes below a department, given by path; None where none is known."""
    for code in reversed(top.strip("/").split("/")):
        found = DIVISION.match(code)
        if found:
            return _without_zeros(found.group())
    return None


def seen_by(me: Me, permission: Permission) -> Sequence[str] | None:
    """The beginnings of the codes for which they have a permission; None is the whole instance."""
    tops: Sequence[Top] = me.tops(permission)
    if None in tops:
        return None
    return [found for top in tops if top is not None and (found := of_top(top))]


def sees(me: Me, permission: Permission, division: str) -> bool:
    """Whether they have it for an organisation of this division."""
    begins = seen_by(me, permission)
    return begins is None or division.startswith(tuple(begins))


def _without_zeros(code: str) -> str:
    """A province ends with four zeros, a city with two; neither is part of what lies below it."""
    while len(code) > 2 and code.endswith("00"):
        code = code[:-2]
    return code
