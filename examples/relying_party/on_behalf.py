"""On whose behalf somebody is here, and how to ask for it.

Whoever comes as themselves is the subject. Whoever acts for an organisation comes with the claims
`organisation` (which one) and `act` (the person who acts, RFC 8693 §4.1): then `sub` is the organisation's,
the same whoever acts for it, and `act.sub` is the person's own.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MATTER = "urn:yitong:matter"
SWITCH = "select_capacity"
"""The prompt that lets somebody choose anew as what they come."""

TOLD = (
    "organisation.code",
    "organisation.name",
    "act.name",
    "act.role",
    "act.mandate",
    "name",
    "acr",
)


@dataclass(frozen=True)
class OnBehalf:
    """The organisation, and in which role the person acts for it."""

    code: str
    name: str
    status: str
    role: str
    mandate: str
    person: str
    """The person's own subject here."""
    person_name: str


def on_behalf(person: Mapping[str, Any] | None) -> OnBehalf | None:
    """Read it from the claims of a sign-in; None for somebody who came as themselves."""
    if not person or "organisation" not in person:
        return None
    organisation, actor = person["organisation"], person["act"]
    return OnBehalf(
        code=organisation["code"],
        name=organisation["name"],
        status=organisation.get("status", ""),
        role=actor["role"],
        mandate=actor["mandate"],
        person=actor["sub"],
        person_name=actor.get("name", ""),
    )


def nested(said: Mapping[str, Any]) -> dict[str, Any]:
    """The claims as they were before CAS or SAML made them flat: `act_mandate` is `mandate` of `act`."""
    inner: dict[str, dict[str, Any]] = {"organisation": {}, "act": {}}
    for name, value in said.items():
        above, _, below = name.partition("_")
        if above in inner and below:
            inner[above][below] = value
    return {**said, **{name: values for name, values in inner.items() if values}}


def as_told(person: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    """Who came, for whom, by what right and how well proven, under the names that every protocol has."""
    found = ((name, _at(person or {}, name)) for name in TOLD)
    return [(name, str(value)) for name, value in found if value not in (None, "")]


def _at(person: Mapping[str, Any], name: str) -> Any:
    above, _, below = name.rpartition(".")
    return (person.get(above) or {}).get(below) if above else person.get(below)


def joined(said: Mapping[str, Any], wins: Mapping[str, Any]) -> dict[str, Any]:
    """Two things the provider said of one sign-in, the second where they differ, inside `act` too."""
    both = {**said, **wins}
    if "act" in said and "act" in wins:
        both["act"] = {**said["act"], **wins["act"]}
    return both


def asking_for(matter: str, action: str, organisation: str = "") -> dict[str, str]:
    """What to add to an authorization request so that the provider judges it at once (RFC 9396)."""
    detail = {"type": MATTER, "matter": matter, "action": action}
    if organisation:
        detail["organisation"] = organisation
    return {"authorization_details": json.dumps([detail])}
