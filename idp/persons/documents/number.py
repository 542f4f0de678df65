"""A document number and the words to speak of it: its kind, what was read out of it, why it was refused."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from string import ascii_lowercase, ascii_uppercase
from types import MappingProxyType
from typing import Literal

Sex = Literal["M", "F"]


class DocumentType(StrEnum):
    """The documents by which a natural person can be known."""

    RESIDENT_ID = "resident_id_18"
    RESIDENT_ID_15 = "resident_id_15"
    HK_RESIDENCE_PERMIT = "hk_residence_permit"
    MACAO_RESIDENCE_PERMIT = "macao_residence_permit"
    TAIWAN_RESIDENCE_PERMIT = "taiwan_residence_permit"
    FOREIGN_PERMANENT_RESIDENT = "foreign_permanent_resident_18"
    FOREIGN_PERMANENT_RESIDENT_15 = "foreign_permanent_resident_15"
    HK_MACAO_TRAVEL_PERMIT = "hk_macao_travel_permit"
    TAIWAN_TRAVEL_PERMIT = "taiwan_travel_permit"
    PRC_PASSPORT = "prc_passport"
    FOREIGN_PASSPORT = "foreign_passport"


class Reason(StrEnum):
    """Which check a number failed; for operators and tests, the public sees one generic text."""

    LENGTH = "LENGTH"
    CHARSET = "CHARSET"
    FORMAT = "FORMAT"
    PREFIX = "PREFIX"
    CHECK_CHAR = "CHECK_CHAR"
    ORG_CHECK_CHAR = "ORG_CHECK_CHAR"
    DATE_INVALID = "DATE_INVALID"
    DATE_FUTURE = "DATE_FUTURE"
    DATE_TOO_OLD = "DATE_TOO_OLD"
    DIVISION_UNKNOWN = "DIVISION_UNKNOWN"
    COUNTRY_UNKNOWN = "COUNTRY_UNKNOWN"
    DEPT_UNKNOWN = "DEPT_UNKNOWN"
    CATEGORY_UNKNOWN = "CATEGORY_UNKNOWN"
    SEQ_RANGE = "SEQ_RANGE"
    TYPE_MISMATCH = "TYPE_MISMATCH"


class MalformedNumber(ValueError):
    """The number cannot be one of its kind; says why, and never what the number was."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True, repr=False)
class DocumentNumber:
    """A well-formed number in its normalised spelling, and what it says about its holder."""

    kind: DocumentType
    value: str
    division: str | None = None
    """Six digits of GB/T 2260 where the number was first issued, known to us or not."""
    birth_date: date | None = None
    """Absent when the number holds none, or holds two digits of a year that fit two centuries."""
    sex: Sex | None = None
    derived: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), hash=False)
    """Every part by its name in the standard, dates as ISO 8601."""
    warnings: frozenset[Reason] = frozenset()
    """Doubts that are no ground for refusal but for a second look by a person."""

    def __repr__(self) -> str:
        return f"<DocumentNumber {self.kind} {mask(self.value)}>"


def fold(raw: str) -> str:
    """Full-width to half-width, surrounding space off, ASCII letters to capitals; the inside stays."""
    return unicodedata.normalize("NFKC", raw).strip().translate(_CAPITALS)


def normalise(raw: str) -> str:
    """
    The one spelling in which a number is checked, stored and compared.

    On top of `fold`, spaces, hyphens and invisible marks fall away, for people copy numbers from
    messages and cards. A letter O stays a letter O: guessing it to be a zero would invent a number.
    """
    kept = "".join(c for c in fold(raw) if not _is_separator(c))
    return unicodedata.normalize("NFKC", kept)


def mask(value: str) -> str:
    """What may be shown of a number: three first and two last characters, of up to nine only the last two."""
    if len(value) <= 2:
        return "*" * len(value)
    head = 3 if len(value) > 9 else 0
    return value[:head] + "*" * (len(value) - head - 2) + value[-2:]


_CAPITALS = str.maketrans(ascii_lowercase, ascii_uppercase)
_MINUS = "\u2212"


def _is_separator(character: str) -> bool:
    return character.isspace() or character == _MINUS or unicodedata.category(character) in {"Pd", "Cf"}
