"""What stands beside a picture."""

from collections.abc import Mapping
from dataclasses import astuple, dataclass


@dataclass(frozen=True)
class Words:
    """A title and a sentence, in both languages."""

    chinese: str
    english: str
    says: str
    says_english: str

    def filled(self, measured: Mapping[str, str]) -> "Words":
        """The same with what was measured in its places."""
        return Words(*(text.format_map(measured) for text in astuple(self)))
