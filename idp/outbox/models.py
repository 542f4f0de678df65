"""The table of messages."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from idp.storage.base import Base


class Message(Base):
    """One message; due when `due_at` has come and nobody holds its lease."""

    __tablename__ = "outbox_messages"
    __table_args__ = (Index(None, "settled_at", "due_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    topic: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str | None] = mapped_column(String(64), index=True)
    payload: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    leased_until: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(32))
    last_fault: Mapped[str | None] = mapped_column(String(255))
