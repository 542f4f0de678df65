"""Names of organisations: when two spellings are the same one. The registry's spelling is the one to keep."""

import unicodedata


def comparable(name: str) -> str:
    """What remains when spelling no longer matters: full width folded, one kind of brackets, no spaces."""
    folded = unicodedata.normalize("NFKC", name).translate(_BRACKETS).casefold()
    return "".join(folded.split())


def same(one: str, other: str) -> bool:
    """Whether two spellings are one organisation's name."""
    return comparable(one) == comparable(other)


_BRACKETS = str.maketrans("\u3014\u3015\u3010\u3011[]", "()()()")
