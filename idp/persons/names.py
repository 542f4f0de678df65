"""Names of natural persons: how they are written down, and when two spellings are the same name.

Rare characters are kept as they come: every CJK extension, and the private-use characters with which older
systems stand in for those Unicode did not have yet.
"""

import re
import unicodedata
from enum import StrEnum

MAX_LENGTH = 100
"""Characters; names of ethnic minorities and foreigners reach fifty."""

MIDDLE_DOT = "\u00b7"
"""The dot between the parts of a minority or foreign name."""


class NameFault(StrEnum):
    """Why a text cannot be a name."""

    EMPTY = "EMPTY"
    TOO_LONG = "TOO_LONG"
    CHARSET = "CHARSET"


class MalformedName(ValueError):
    """The text cannot be a name; says why, and never what was written."""

    def __init__(self, fault: NameFault) -> None:
        super().__init__(fault.value)
        self.fault = fault


def normalise(raw: str) -> str:
    """
    The spelling to store and to send to registries, or MalformedName.

    NFC; every look-alike of the middle dot becomes U+00B7; runs of space become one, and none stays beside a
    dot. Case and full-width letters are kept as the document shows them.
    """
    name = " ".join(unicodedata.normalize("NFC", raw).translate(_DOTS).split())
    name = re.sub(f" ?{MIDDLE_DOT} ?", MIDDLE_DOT, name)
    _refuse_if(not any(_is_character(c) for c in name), NameFault.EMPTY)
    _refuse_if(len(name) > MAX_LENGTH, NameFault.TOO_LONG)
    _refuse_if(any(_is_never_in_names(c) for c in name), NameFault.CHARSET)
    return name


def spellings(name: str) -> tuple[str, ...]:
    """The ways a registry may have written this name, to be tried in order before it is called different."""
    return (name, name.replace(MIDDLE_DOT, "")) if MIDDLE_DOT in name else (name,)


def comparable(name: str) -> str:
    """
    What remains of a name when spelling no longer matters, for comparing and for blind indexes.

    Compatibility forms are folded and capitals levelled; dots, spaces and variation selectors fall away. The
    result is for equality alone: never show or store it as a name.
    """
    folded = unicodedata.normalize("NFKC", name.translate(_DOTS)).casefold()
    return "".join(c for c in folded if c != MIDDLE_DOT and not c.isspace() and not _is_variation_selector(c))


def same(one: str, other: str) -> bool:
    """Whether two spellings are one name; only a missing middle dot makes no difference."""
    return comparable(one) == comparable(other)


_DOTS = str.maketrans(dict.fromkeys("\u2022\u2027\u30fb\uff0e\u2219\u22c5\uff65\u0387", MIDDLE_DOT))
_NEVER_IN_NAMES = frozenset({"Cc", "Cf", "Cs", "Nd", "Sm", "Sc"})
"""Controls, invisible and direction-changing characters, digits, signs: a name looks like what it is."""
_PICTURES = "\U0001f000"
"""Symbols from here on are pictures; those before may describe a character that has no code point."""


def _refuse_if(faulty: bool, fault: NameFault) -> None:
    if faulty:
        raise MalformedName(fault)


def _is_character(c: str) -> bool:
    """A letter, a private-use stand-in, or a code point younger than this Python's tables (extension H)."""
    return unicodedata.category(c)[0] == "L" or unicodedata.category(c) in {"Co", "Cn"}


def _is_never_in_names(c: str) -> bool:
    category = unicodedata.category(c)
    return category in _NEVER_IN_NAMES or (category == "So" and c >= _PICTURES)


def _is_variation_selector(character: str) -> bool:
    return "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"
