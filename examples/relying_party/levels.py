"""Identity levels as the provider states them: the claim `ial`, and `acr` as `ial3.aal1`."""

import re
from collections.abc import Mapping
from typing import Any

ACR = re.compile(r"ial([1-5])\.aal([1-3])")


def identity_level(claims: Mapping[str, Any]) -> int:
    """Return how well the person is known, 1 to 5; nothing stated means the lowest."""
    level = claims.get("ial")
    return level if isinstance(level, int) else 1


def authentication_level(claims: Mapping[str, Any]) -> int:
    """Return how well this sign-in was proven, 1 to 3; nothing stated means the lowest."""
    level = claims.get("aal")
    return level if isinstance(level, int) else 1


def identity_level_of(acr: str) -> int:
    """Read the identity level out of an `acr`, where nothing else came; the lowest for one without."""
    named = ACR.fullmatch(acr)
    return int(named[1]) if named else 1


def acr_for(minimum_ial: int, minimum_aal: int = 1) -> str:
    """Name the least that satisfies a service which asks for these levels."""
    return f"ial{minimum_ial}.aal{minimum_aal}"


def reaches(claims: Mapping[str, Any], acr: str) -> bool:
    """Tell whether a sign-in has both levels of an `acr`; nothing reaches one that cannot be read."""
    named = ACR.fullmatch(acr)
    if named is None:
        return False
    ial, aal = map(int, named.groups())
    return identity_level(claims) >= ial and authentication_level(claims) >= aal
