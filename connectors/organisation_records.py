"""
What is kept of a registry's record of an organisation, and the judgement on it.

Registries send whole records: the representative's name and number, address, capital, scope of business, and
the true value of what was asked wrongly (``out_val``). A reader takes out of them what stands in `Record`,
comparing what must be compared on the spot, and drops the rest before anything can be stored, logged or told.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from connectors.registered_states import state_of
from connectors.registry_calls import Untrusted, text
from idp.organisations import names
from idp.organisations.registry import (
    Confirmed,
    DenialReason,
    Denied,
    OrganisationClaim,
    RegisteredState,
    Representative,
    RepresentativeMatch,
)
from idp.persons import names as person_names
from idp.persons.divisions import registers_organisations

LONGEST_NAME = 200
OPEN_ENDED = frozenset({"", "-", "/", "无", "无期限", "无固定期限", "长期", "永久"})
"""What registries write for the end of what has none; others write a day in the year 9999."""
NEVER = 9999
DAY = re.compile(r"([0-9]{4})(?:([0-9]{2})([0-9]{2})|[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2}))(?![0-9])")


@dataclass(frozen=True)
class Record:
    """One organisation, as far as we may know it."""

    name: str
    state: RegisteredState
    representative: RepresentativeMatch = RepresentativeMatch.UNKNOWN
    spelt: str = field(default="", repr=False)
    """The registry's spelling of the representative's name, if it is the one that was asked about."""
    former_names: tuple[str, ...] = ()
    valid_to: date | None = None
    division: str | None = None


def judged(
    record: Record | None, claim: OrganisationClaim, authority: str, request_id: str, at: datetime
) -> Confirmed | Denied:
    """Confirm an organisation that has this name today; a former name is another name."""
    if record is None:
        return Denied(DenialReason.NOT_FOUND, authority, request_id, at)
    if not record.name or not names.same(record.name, claim.name):
        return Denied(DenialReason.NAME, authority, request_id, at)
    return Confirmed(
        authority=authority,
        request_id=request_id,
        at=at,
        name=record.name,
        state=record.state,
        representative=record.representative,
        former_names=record.former_names,
        valid_to=record.valid_to,
        division=record.division,
    )


def the_one(
    rows: Sequence[Mapping[str, object]], key: str, credit_code: str, state: str
) -> Mapping[str, object] | None:
    """
    The row of this code; of several the one that was not left behind by a move.

    `key` and `state` name the fields of code and state. Rows about another code answer another question, and
    make the whole answer one that cannot be trusted.
    """
    own = [row for row in rows if text(row, key).upper() == credit_code]
    if len(own) > 1:
        own = [row for row in own if state_of(text(row, state)) is not RegisteredState.MOVED_OUT]
    if rows and len(own) != 1:
        raise Untrusted("rows")
    return own[0] if own else None


def named(row: Mapping[str, object], key: str) -> str:
    """The name of the organisation; a record without one is none."""
    name = _written(text(row, key))
    if not name:
        raise Untrusted(key)
    return name


def represented(on_file: str, asked: Representative | None) -> tuple[RepresentativeMatch, str]:
    """
    Compare the name on file with the one asked about; gives the name's spelling when it is the same.

    The same name proves nobody to be that person, so the match is still unknown.
    """
    if asked is None or not on_file:
        return RepresentativeMatch.UNKNOWN, ""
    if person_names.same(on_file, asked.name):
        return RepresentativeMatch.UNKNOWN, on_file
    return RepresentativeMatch.MISMATCH, ""


def former(value: object, present: str) -> tuple[str, ...]:
    """Earlier names, from a list or a text with any separator, without the present one."""
    parts = re.split(r"[;；,，、|]", value) if isinstance(value, str) else value
    if not isinstance(parts, list):
        return ()
    found = [_written(one) for one in parts if isinstance(one, str)]
    return tuple(dict.fromkeys(name for name in found if name and not names.same(name, present)))


def _written(name: str) -> str:
    """The name without invisible characters and with single spaces; empty if it can be none."""
    seen = " ".join("".join(c for c in name if unicodedata.category(c) != "Cf").split())
    broken = any(unicodedata.category(c) in {"Cc", "Cs"} for c in seen)
    return "" if broken or len(seen) > LONGEST_NAME else seen


def last_day(row: Mapping[str, object], key: str) -> date | None:
    """
    The day in any of the ways registries write it, or None for what has no end.

    A day that cannot be read is no answer: taken for none it would make an expired certificate eternal.
    """
    written = text(row, key)
    if written in OPEN_ENDED:
        return None
    found = DAY.match(written)
    if found is None:
        raise Untrusted(key)
    year, month, day = (int(part) for part in found.groups() if part)
    try:
        return None if year == NEVER else date(year, month, day)
    except ValueError:
        raise Untrusted(key) from None


def division(row: Mapping[str, object], key: str) -> str | None:
    """The first six digits of an authority's code, or None where there are none."""
    found = re.match(r"[0-9]{6}", text(row, key))
    return found.group() if found and registers_organisations(found.group()) else None
