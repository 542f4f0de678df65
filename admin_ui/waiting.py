"""What waits for an administrator: each room says how much of it there is, and where."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from admin_ui import administrators
from admin_ui.access import HOME, Me, Permission


@dataclass(frozen=True)
class Waiting:
    """So many things of one kind; its words are the template's."""

    name: str
    count: int
    path: str


def for_me(db: Session, me: Me) -> Sequence[Waiting]:
    """Everything that waits for them, room by room."""
    found = (
        Waiting(name, len(look(db, me)), path) for name, permission, path, look in KINDS if me.may(permission)
    )
    return [one for one in found if one.count]


def _appointments(db: Session, me: Me) -> Sequence[object]:
    return administrators.waiting(db, me.tops(Permission.ADMINISTER), me.person_id)


Look = Callable[[Session, Me], Sequence[object]]
KINDS: tuple[tuple[str, Permission, str, Look], ...] = (
    ("appointments", Permission.ADMINISTER, f"{HOME}/administrators", _appointments),
)
