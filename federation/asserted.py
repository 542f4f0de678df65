"""From an upstream's words to ours: kinds of documents, numbers, levels by its own table; the same for all.

A word that is in no table means nothing, and a document that is none is as good as not given: what an
upstream sends in another form is its mistake, and never a reason to let somebody in as somebody else.
"""

from collections.abc import Mapping
from datetime import datetime

from idp import clock
from idp.assurance import Level
from idp.interaction.upstream import AssertedIdentity, AssertedOrganisation
from idp.persons import identifiers, lookup, names
from idp.persons.identifiers import DocumentType, MalformedNumber
from idp.persons.names import MalformedName
from idp.settings_upstreams import CLAIMS, UpstreamTable

LONGEST = 128
"""Characters of anything an upstream says of somebody."""
YES = frozenset({"true", "1", "yes", "Y"})


def identity(
    name: str,
    table: UpstreamTable,
    words: Mapping[str, str],
    *,
    subject: str,
    at: datetime,
    amr: frozenset[str] = frozenset(),
    aal: int = 0,
    kept: Mapping[str, str] | None = None,
) -> AssertedIdentity:
    """
    Whom the upstream of this name asserts.

    `words` are the upstream's own under our names (`heard`), missing ones empty or left out; `aal` is what
    the methods it names are worth, 0 where it names none.
    """
    kind, number = _document(table, words, at)
    code, called = words.get("organisation_code", ""), words.get("organisation_name", "")
    organisation = AssertedOrganisation(code, called) if code or called else None
    return AssertedIdentity(
        upstream=name,
        subject=subject,
        level=Level(table.trust.levels.get(words.get("level", ""), 0), aal),
        at=at,
        name=_name(words.get("name", "")),
        kind=kind,
        number=number,
        phone=lookup.normalise_phone(words.get("phone", "")) or "",
        amr=amr,
        organisation=organisation,
        national=words.get("national", "") in YES,
        cert_key=words.get("cert_key", ""),
        kept=kept or {},
    )


def heard(table: UpstreamTable, said: Mapping[str, object]) -> dict[str, str]:
    """What was said, under our names; by the table's own names for it, or the usual ones."""
    return {ours: text(said.get(theirs)) for ours, theirs in {**CLAIMS, **table.claims}.items()}


def text(value: object) -> str:
    """A claim as text; anything else than a short text, a number or a yes is none."""
    if isinstance(value, bool):
        return "true" if value else ""
    if isinstance(value, int):
        value = str(value)
    return value.strip() if isinstance(value, str) and len(value) <= LONGEST and is_whole(value) else ""


def is_whole(value: str) -> bool:
    """Whether a text can be kept and sent on: JSON may escape half a character (RFC 8259 §8.2)."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def short(word: object) -> str:
    """An upstream's word for what went wrong, fit for the trail: ASCII, short, nothing that could be data."""
    kept = "".join(c for c in str(word) if c.isascii() and (c.isalpha() or c in "_- "))
    return kept[:40]


def _document(
    table: UpstreamTable, heard: Mapping[str, str], now: datetime
) -> tuple[DocumentType | None, str]:
    sign, number = heard.get("kind", ""), heard.get("number", "")
    kind = table.kinds.get(sign, sign)
    if not number or kind not in set(DocumentType):
        return None, ""
    try:
        parsed = identifiers.parse(DocumentType(kind), number, clock.day(now))
    except MalformedNumber:
        return None, ""
    return lookup.filed_as(parsed)


def _name(given: str) -> str:
    try:
        return names.normalise(given)
    except MalformedName:
        return ""
