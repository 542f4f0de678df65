"""What somebody comes to do, and for whom (RFC 9396; type ``urn:yitong:matter``)."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from idp.assurance import NOTHING, Level
from idp.clients.matters import own
from idp.clients.metadata import MATTER_DETAILS, Client
from idp.interaction.record import OnBehalf, Wish
from idp.mandates.scope import ALL_ACTIONS
from idp.matters.catalogue import Catalogue
from idp.oauth import standing
from idp.oauth.asked import Asked
from idp.oauth.errors import Redirected

MOST = 10
FIELDS = frozenset({"type", "organisation", "matter", "action", "project", "region", "amount"})
CREDIT_CODE = re.compile(r"[0-9A-HJ-NPQRTUWXY]{18}")
CODE = re.compile(r"[0-9A-Za-z-]{1,32}")
PROJECT = re.compile(r"[!-~]{1,64}")
REGION = re.compile(r"[0-9]{2,12}")
LIMITS = {"project": PROJECT, "region": REGION, "organisation": CREDIT_CODE}
MOST_FEN = 10**15
REMEMBERED = 1_000
"""Requests that are read once; none of them names a person."""
LONGEST_REMEMBERED = 4_096
"""Characters of one: whoever pads theirs must not fill our memory."""


@dataclass(frozen=True)
class Meant:
    """What details say, checked."""

    wishes: tuple[Wish, ...]
    organisation: str | None
    level: Level
    """What their matters ask at least (domain: per-matter minimums)."""


@dataclass(frozen=True)
class Named:
    """What details name by themselves, each well formed."""

    wishes: tuple[Wish, ...] = ()
    organisations: frozenset[str | None] = frozenset()
    """Their credit codes; None for a detail that leaves it out."""


def are_understood(asked: Asked) -> None:
    """Every detail is of a type the client registered, well formed, and all are for one organisation.

    The level that its matters ask is added to what the client asks.
    """
    named, client = _read(asked.get("authorization_details")), asked.client
    found = _meant(client, asked.oauth.matters, named, asked.get("organisation"))
    asked.on_behalf = standing.on_behalf(client, found.wishes, found.organisation)
    asked.level = asked.level.union(found.level)


def meant(
    client: Client, matters: Catalogue, details: Sequence[Mapping[str, Any]], hint: str | None
) -> Meant:
    """What details mean at this client, `hint` the organisation named beside them; raises Redirected."""
    return _meant(client, matters, _named(details), hint)


def _meant(client: Client, matters: Catalogue, said: Named, hint: str | None) -> Meant:
    if said.wishes and MATTER_DETAILS not in client.details_types:
        raise Redirected("invalid_authorization_details", "the client is not registered for this type")
    if hint is not None and not _is(hint, CREDIT_CODE):
        raise Redirected("invalid_request", "organisation is not a credit code")
    named = {hint if one is None else one for one in said.organisations} or {hint}
    if len(named | ({hint} if hint else set())) > 1:
        raise Redirected("invalid_authorization_details", "all details must be for one organisation")
    if named != {None} and not client.lets_act:
        raise Redirected("invalid_request", "people do not come to this client for organisations")
    level = NOTHING
    for wish in said.wishes:
        level = level.union(_minimum(client, matters, wish))
    return Meant(said.wishes, next(iter(named), None), level)


def granted(on_behalf: OnBehalf | None, organisation: str | None) -> list[dict[str, Any]]:
    """The details as they are granted: for exactly this organisation, or none (RFC 9396 §7)."""
    found = []
    for wish in on_behalf.wishes if on_behalf else ():
        detail: dict[str, Any] = {"type": MATTER_DETAILS, "matter": wish.matter, "action": wish.action}
        more = {
            "organisation": organisation,
            "project": wish.project,
            "region": wish.region,
            "amount": wish.amount,
        }
        found.append(detail | {name: value for name, value in more.items() if value is not None})
    return found


written = json.JSONEncoder(separators=(",", ":")).encode
"""Granted details as they are kept."""


def limits_are_well_formed(detail: Mapping[str, Any]) -> bool:
    """Whether whatever limits a detail is of its form; what is left out limits nothing."""
    amount = detail.get("amount")
    whole = amount is None or (type(amount) is int and 0 <= amount <= MOST_FEN)
    return whole and all(_is(detail[name], pattern) for name, pattern in LIMITS.items() if name in detail)


def _minimum(client: Client, matters: Catalogue, wish: Wish) -> Level:
    matter = own(client, matters, wish.matter)
    if matter is None:
        raise Redirected("invalid_authorization_details", "no such matter among this client's own")
    return matter.minimum


def _read(text: str | None) -> Named:
    if text is None:
        return NOTHING_NAMED
    return remembered(text) if len(text) <= LONGEST_REMEMBERED else _parsed(text)


def _parsed(text: str) -> Named:
    """What a text names; what that means is judged afterwards."""
    try:
        details = json.loads(text)
    except (ValueError, RecursionError) as failure:
        raise Redirected("invalid_authorization_details", "authorization_details is not JSON") from failure
    if not isinstance(details, list) or not 0 < len(details) <= MOST:
        raise Redirected("invalid_authorization_details", f"must be a list of 1 to {MOST}")
    for detail in details:
        if not isinstance(detail, dict) or detail.get("type") != MATTER_DETAILS:
            raise Redirected("invalid_authorization_details", "the type is not known")
        if not set(detail) <= FIELDS:
            raise Redirected("invalid_authorization_details", "a detail has an unknown field")
        if not all(isinstance(value, str | int | None) for value in detail.values()):
            raise Redirected("invalid_authorization_details", "a field holds no plain value")
    return _named(details)


remembered = lru_cache(REMEMBERED)(_parsed)
"""The same, once: a portal asks the same again and again."""


def _named(details: Sequence[Mapping[str, Any]]) -> Named:
    wishes = tuple(_wish(detail) for detail in details)
    return Named(wishes, frozenset(detail.get("organisation") for detail in details))


NOTHING_NAMED = Named()


def _wish(detail: Mapping[str, Any]) -> Wish:
    matter, action = detail.get("matter"), detail.get("action")
    if not _is(matter, CODE) or action not in ALL_ACTIONS:
        raise Redirected("invalid_authorization_details", "matter or action is missing or malformed")
    if not limits_are_well_formed(detail):
        raise Redirected("invalid_authorization_details", "project, region or amount (in fen) is malformed")
    return Wish(str(matter), str(action), detail.get("project"), detail.get("region"), detail.get("amount"))


def _is(value: object, pattern: re.Pattern[str]) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None
