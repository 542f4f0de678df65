"""Identity levels as the provider states them: the claim `ial`, and `acr` as `ial3.aal1`."""

from collections.abc import Mapping
from typing import Any


def identity_level(claims: Mapping[str, Any]) -> int:
    """Return how well the person is known, 1 to 5; nothing stated means the lowest."""
    level = claims.get("ial")
    return level if isinstance(level, int) else 1


def acr_for(minimum_ial: int) -> str:
    """Name the least that satisfies a service which asks for this level and any way of signing in."""
    return f"ial{minimum_ial}.aal1"
