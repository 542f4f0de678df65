"""How well the person must be known and proven: the client's minimum, and what this request adds."""

import json
from collections.abc import Mapping
from typing import Any

from idp.assurance import Level, least, requirement
from idp.oauth.asked import Asked
from idp.oauth.errors import Redirected


def is_one_we_know(asked: Asked) -> None:
    """`acr_values` and the acr of `claims` add to the client's minimum (OIDC Core §3.1.2.1, §5.5.1.1)."""
    essential, names = _acr(asked.get("claims"))
    preferred = (asked.get("acr_values") or "").split()
    level = _essential(names) if essential else least([*preferred, *names])
    if not preferred and not names:
        level = least(asked.client.default_acr)
    elif essential:
        level = level.union(least(preferred))
    asked.level = asked.client.minimum.union(level)
    asked.level_is_essential = essential


def _essential(names: list[str]) -> Level:
    """An essential acr of which we know no value can never be met; without values any will do."""
    if names and not any(map(requirement, names)):
        raise Redirected("unmet_authentication_requirements", "none of the acr values is known")
    return least(names)


def _acr(claims: str | None) -> tuple[bool, list[str]]:
    """Whether an acr is essential, and its values in order of preference."""
    if claims is None:
        return False, []
    try:
        asked = json.loads(claims)
    except (ValueError, RecursionError) as failure:
        raise Redirected("invalid_request", "claims is not JSON") from failure
    acr = _member(_member(asked, "id_token"), "acr")
    values = acr["values"] if isinstance(acr.get("values"), list) else [acr.get("value")]
    return acr.get("essential") is True, [value for value in values if isinstance(value, str)]


def _member(value: object, name: str) -> Mapping[str, Any]:
    member = value.get(name) or {} if isinstance(value, dict) else None
    if not isinstance(member, dict):
        raise Redirected("invalid_request", "claims is not made of JSON objects")
    return member
