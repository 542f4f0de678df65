"""A person's inbox: what they have been told, newest first, and what they have not seen yet."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from idp.notices.models import Notice

SHOWN = 50


def of_person(db: Session, person_id: UUID, limit: int = SHOWN) -> list[Notice]:
    """The latest notices."""
    query = select(Notice).where(Notice.person_id == person_id).order_by(Notice.at.desc(), Notice.id.desc())
    return list(db.scalars(query.limit(limit)))


def unread(db: Session, person_id: UUID) -> int:
    """How many notices were never shown."""
    query = select(func.count()).where(Notice.person_id == person_id, Notice.read_at.is_(None))
    return db.scalar(query) or 0


def mark_read(db: Session, person_id: UUID, now: datetime) -> None:
    """Note that the inbox was opened."""
    db.execute(
        update(Notice).where(Notice.person_id == person_id, Notice.read_at.is_(None)).values(read_at=now)
    )
