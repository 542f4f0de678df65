"""What stands beside a picture."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """A title and a sentence, in both languages."""

    chinese: str
    english: str
    says: str
    says_english: str
