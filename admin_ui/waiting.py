"""What waits for an administrator: each room says how much of it there is, and where."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from admin_ui import administrators, claims, divisions, merges, splits, upstreams
from admin_ui.access import HOME, Me, Permission
from idp.mandates import linking
from idp.organisations import reviews


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


def _links(db: Session, me: Me) -> Sequence[object]:
    found = linking.undecided(db, divisions.seen_by(me, Permission.DECIDE_CASES))
    return [case for case in found if case.opened_by != me.person_id]


def _reviews(db: Session, me: Me) -> Sequence[object]:
    found = reviews.undecided(db, divisions.seen_by(me, Permission.DECIDE_CASES))
    return [review for review in found if review.first_decider_id != me.person_id]


def _merges(db: Session, me: Me) -> Sequence[object]:
    found = merges.seen(db, me, merges.WAITING)
    return [one for one in found if one.opened_by != me.person_id]


def _splits(db: Session, me: Me) -> Sequence[object]:
    found = splits.seen(db, me)
    return [one for one in found if one.opened_by != me.person_id and one.decided_at is None]


def _upstream_cases(db: Session, me: Me) -> Sequence[object]:
    return upstreams.seen(db, me)


def _claims(db: Session, me: Me) -> Sequence[object]:
    return claims.seen(db, me, Permission.OPEN_CASES)


Look = Callable[[Session, Me], Sequence[object]]
KINDS: tuple[tuple[str, Permission, str, Look], ...] = (
    ("appointments", Permission.ADMINISTER, f"{HOME}/administrators", _appointments),
    ("links", Permission.DECIDE_CASES, f"{HOME}/links", _links),
    ("reviews", Permission.DECIDE_CASES, f"{HOME}/reviews", _reviews),
    ("merges", Permission.DECIDE_CASES, f"{HOME}/merges", _merges),
    ("splits", Permission.DECIDE_CASES, f"{HOME}/splits", _splits),
    ("upstreams", Permission.DECIDE_CASES, f"{HOME}/upstreams", _upstream_cases),
    ("claims", Permission.OPEN_CASES, f"{HOME}/imports/claims", _claims),
)
