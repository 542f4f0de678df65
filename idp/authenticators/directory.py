"""The port to a directory of civil servants 政务人员目录: whose password is right, who is still there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


@dataclass(frozen=True)
class Entry:
    """What the directory says of one civil servant."""

    id: str
    """The entry's own id, which nobody else ever gets (entryUUID, RFC 4530)."""
    login: str
    name: str = field(repr=False)
    unit: str = ""
    """The code of their unit, as the directory writes it."""
    post: str = ""
    window: str = ""
    """The counter at which they serve the public."""
    disabled: bool = False


@dataclass(frozen=True)
class Wrong:
    """Nobody of this login has this password; which of both is wrong is not said."""


class Reason(StrEnum):
    """Why a right password does not let its holder in; the pages know these reason codes."""

    DISABLED = "staff_disabled"
    LOCKED = "staff_locked"
    EXPIRED = "staff_password_expired"


@dataclass(frozen=True)
class Shut:
    """The directory lets nobody in there."""

    reason: Reason


@dataclass(frozen=True)
class Unavailable:
    """No server of it answered in time."""


class Directory(Protocol):
    """A directory of civil servants. Every call ends within about a second."""

    @property
    def name(self) -> str:
        """What it is called, here and in evidence."""
        ...

    def authenticate(self, login: str, password: str) -> Entry | Wrong | Shut | Unavailable:
        """Judge a password; an empty one is wrong before anybody is asked (RFC 4513 §5.1.2)."""
        ...

    def lookup(self, ids: Sequence[str]) -> Mapping[str, Entry] | Unavailable:
        """Those of these entries that are still there, by id."""
        ...
