"""Who is meant when somebody acts for a company: what was said of the company, and what of the person."""

from collections.abc import Mapping
from typing import Any

from examples.relying_party.on_behalf import on_behalf

STATES = frozenset({"live", "licence_revoked", "liquidation", "moved_out"})
"""States this portal has words for."""
OF_THE_SIGN_IN = ("ial", "aal", "acr", "amr", "auth_time")


def of_the_person(claims: Mapping[str, Any]) -> Mapping[str, Any]:
    """The claims about the human being: all of them, or, when they act for a company, those inside `act`."""
    if on_behalf(claims) is None:
        return claims
    return {**{name: claims[name] for name in OF_THE_SIGN_IN if name in claims}, **claims["act"]}


def of_the_company(claims: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The rows of the table about the company; none for somebody who came as themselves."""
    company = on_behalf(claims)
    if company is None:
        return []
    status = company.status if company.status in STATES else "other"
    return [
        ("name", company.name),
        ("code", company.code),
        ("status", status),
        ("role", company.role),
        ("until", _until(claims)),
    ]


def _until(claims: Mapping[str, Any]) -> str:
    """The last day of the mandate, as `authority` states it; empty for as long as the registry says so."""
    authority = claims.get("verified_claims", {}).get("claims", {}).get("authority", {})
    ends = [one.get("validity", {}).get("until", "") for one in authority.get("permission", [])]
    return next((end for end in ends if end and end < "2900"), "")
