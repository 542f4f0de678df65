"""A person's inbox: what they have been told, newest first, and what they have not seen yet."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CursorResult, and_, func, or_, select, update
from sqlalchemy.orm import Session

from idp.notices.models import Notice

SHOWN = 50


def of_person(
    db: Session,
    person_id: UUID,
    limit: int = SHOWN,
    before: UUID | None = None,
    unread_only: bool = False,
) -> list[Notice]:
    """The latest notices, or those before one of theirs."""
    query = select(Notice).where(Notice.person_id == person_id)
    if unread_only:
        query = query.where(Notice.read_at.is_(None))
    last = db.get(Notice, before) if before else None
    if last is not None and last.person_id == person_id:
        query = query.where(or_(Notice.at < last.at, and_(Notice.at == last.at, Notice.id < last.id)))
    return list(db.scalars(query.order_by(Notice.at.desc(), Notice.id.desc()).limit(limit)))


def unread(db: Session, person_id: UUID) -> int:
    """How many notices were never shown."""
    query = select(func.count()).where(Notice.person_id == person_id, Notice.read_at.is_(None))
    return db.scalar(query) or 0


def mark_read(db: Session, person_id: UUID, now: datetime) -> None:
    """Note that the inbox was opened."""
    db.execute(
        update(Notice).where(Notice.person_id == person_id, Notice.read_at.is_(None)).values(read_at=now)
    )


def mark_unread(db: Session, person_id: UUID, notice_id: UUID) -> bool:
    """Let a notice of theirs look new again, for who wants to come back to it; true if it was one."""
    result = db.execute(
        update(Notice).where(Notice.id == notice_id, Notice.person_id == person_id).values(read_at=None)
    )
    return isinstance(result, CursorResult) and result.rowcount == 1
