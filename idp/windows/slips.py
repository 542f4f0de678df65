"""One-time slips: for who has proven themselves at a window and has no other way into their account.

A slip works after the hold, because it opens an account whose other holders must have time to object; for an
account that was made at that window it works at once, since nobody else can have it.
"""

import secrets
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, CursorResult, select, update
from sqlalchemy.orm import Session

from idp.audit import trail
from idp.crypto.handles import digest
from idp.notices.telling import tell
from idp.windows.events import SlipIssued, SlipStopped, SlipUsed
from idp.windows.models import WindowSlip

ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""Without what is easily mistaken: 16 of them are 79 bits."""
LENGTH = 16
LIFETIME = timedelta(days=7)
"""How long it works once it does."""
ISSUED = "slip.issued"
"""Topic of what the person is told."""


def issue(
    db: Session, person_id: UUID, operator_id: UUID, operator: str, hold: timedelta, now: datetime
) -> tuple[WindowSlip, str]:
    """A new slip and what is printed on it; those before are worth nothing any more."""
    stop(db, person_id, "replaced", now)
    printed = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    slip = WindowSlip(
        digest=digest(printed),
        person_id=person_id,
        operator_id=operator_id,
        created_at=now,
        ready_at=now + hold,
        expires_at=now + hold + LIFETIME,
    )
    db.add(slip)
    trail.record(db, SlipIssued(person_id=person_id, operator=operator, hold=int(hold.total_seconds())))
    if hold:
        tell(db, person_id, ISSUED, now)
    return slip, "-".join(printed[start : start + 4] for start in range(0, LENGTH, 4))


def find(db: Session, typed: str, now: datetime) -> WindowSlip | None:
    """The slip that was typed, however it is spaced, if it still can be used."""
    printed = "".join(c for c in typed.upper() if c.isalnum())
    return db.scalar(select(WindowSlip).where(WindowSlip.digest == digest(printed), *_open(now)))


def use(db: Session, slip_id: UUID, now: datetime) -> bool:
    """Use it up; true for the one who does, after the hold."""
    result = db.execute(
        update(WindowSlip)
        .where(WindowSlip.id == slip_id, WindowSlip.ready_at <= now, *_open(now))
        .values(used_at=now)
    )
    if not isinstance(result, CursorResult) or result.rowcount != 1:
        return False
    trail.record(db, SlipUsed(person_id=db.get_one(WindowSlip, slip_id).person_id))
    return True


def waiting(db: Session, person_id: UUID, now: datetime) -> WindowSlip | None:
    """The slip that can still be used, or stopped."""
    query = select(WindowSlip).where(WindowSlip.person_id == person_id, *_open(now))
    return db.scalar(query.order_by(WindowSlip.created_at.desc()).limit(1))


def stop(db: Session, person_id: UUID, because: str, now: datetime) -> int:
    """Let no slip of this person work: they object, or have a newer one."""
    result = db.execute(
        update(WindowSlip).where(WindowSlip.person_id == person_id, *_open(now)).values(stopped_at=now)
    )
    stopped = result.rowcount if isinstance(result, CursorResult) else 0
    if stopped:
        trail.record(db, SlipStopped(person_id=person_id, reason=because))
    return stopped


def _open(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (WindowSlip.used_at.is_(None), WindowSlip.stopped_at.is_(None), WindowSlip.expires_at > now)
