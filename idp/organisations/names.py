"""Names of organisations: when two spellings are the same one. The registry's spelling is the one to keep."""

import unicodedata

from idp.persons.names import MalformedName, NameFault

SHORTEST, LONGEST = 2, 200
"""Characters."""
INVISIBLE = frozenset({"Cc", "Cf", "Cs"})
"""Controls and direction-changing characters: a name looks like what it is."""


def normalise(raw: str) -> str:
    """The spelling to store and to send to registries, or MalformedName: NFC, runs of space become one."""
    name = " ".join(unicodedata.normalize("NFC", raw).split())
    if sum(unicodedata.category(c)[0] in "LN" for c in name) < SHORTEST:
        raise MalformedName(NameFault.EMPTY)
    if len(name) > LONGEST:
        raise MalformedName(NameFault.TOO_LONG)
    if any(unicodedata.category(c) in INVISIBLE for c in name):
        raise MalformedName(NameFault.CHARSET)
    return name


def comparable(name: str) -> str:
    """What remains when spelling no longer matters: full width folded, one kind of brackets, no spaces."""
    folded = unicodedata.normalize("NFKC", name).translate(_BRACKETS).casefold()
    return "".join(folded.split())


def same(one: str, other: str) -> bool:
    """Whether two spellings are one organisation's name."""
    return comparable(one) == comparable(other)


_BRACKETS = str.maketrans("\u3014\u3015\u3010\u3011[]", "()()()")
