"""What the clock does to mandates, and who is told of it: endings, offers nobody answered, reminders."""

from datetime import datetime, timedelta

from sqlalchemy import CursorResult, or_, select, update
from sqlalchemy.orm import Session

from idp.mandates import ending, granting, linking, telling
from idp.mandates.models import Mandate, State
from idp.storage.database import Database

AHEAD = (1, 7, 30)
"""How many days before the end its people are told, each once; what was missed is not told any more."""
MOST = 200
"""Mandates looked at in one turn."""


def go_round(database: Database, now: datetime) -> int:
    """Periodic: end, let rest and let lapse what is due, and remind of what soon will be; gives how many."""
    return _end(database, now) + _lapse(database, now) + _begin(database, now) + remind(database, now)


def remind(database: Database, now: datetime) -> int:
    """Tell agent and grantor that a mandate ends in 30, 7 or 1 days, once each; gives how many end so."""
    told = 0
    for days in AHEAD:
        with database.writing() as db:
            told += sum(_remind(db, mandate, days, now) for mandate in _ending(db, days, now))
    return told


def _end(database: Database, now: datetime) -> int:
    with database.writing() as db:
        changed = ending.expire(db, now, MOST)
        over = [one for one in changed if one.state == State.EXPIRED]
        telling.agents(db, over, "mandate.expired", now)
        telling.agents(db, [one for one in changed if one.state == State.SUSPENDED], "mandate.suspended", now)
    return len(changed)


def _lapse(database: Database, now: datetime) -> int:
    with database.writing() as db:
        lapsed = granting.lapse(db, now, MOST)
        telling.grantors(db, lapsed, "mandate.lapsed", now)
    return len(lapsed)


def _begin(database: Database, now: datetime) -> int:
    """What operators linked, and nobody objected to."""
    with database.writing() as db:
        return len(linking.settle(db, now, MOST))


def _ending(db: Session, days: int, now: datetime) -> list[Mandate]:
    """Those that end within so many days, and of which this was not told."""
    query = select(Mandate).where(
        Mandate.state == State.ACTIVE,
        Mandate.valid_until > now,
        Mandate.valid_until <= now + timedelta(days=days),
        or_(Mandate.reminded.is_(None), Mandate.reminded > days),
    )
    return list(db.scalars(query.order_by(Mandate.valid_until).limit(MOST)))


def _remind(db: Session, mandate: Mandate, days: int, now: datetime) -> bool:
    """Of two workers at once only one tells; what was given for no longer is no news."""
    marked = db.execute(
        update(Mandate)
        .where(Mandate.id == mandate.id, or_(Mandate.reminded.is_(None), Mandate.reminded > days))
        .values(reminded=days)
    )
    if not isinstance(marked, CursorResult) or marked.rowcount != 1:
        return False
    if mandate.valid_until - max(mandate.accepted_at or now, mandate.valid_from) <= timedelta(days=days):
        return False
    telling.agents(db, [mandate], "mandate.ending", now, days=str(days))
    telling.grantors(db, [mandate], "mandate.ending", now)
    return True
