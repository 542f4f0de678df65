"""The table of events and the checkpoints of its chain."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from idp.storage.base import Base


class AuditEvent(Base):
    """One event. `sequence`, `previous` and `digest` are empty until the sealer has chained it."""

    __tablename__ = "audit_events"
    __table_args__ = (
        Index(None, "person_id", "at"),
        Index(
            None,
            "client_id",
            "at",
            sqlite_where=text("client_id IS NOT NULL"),
            postgresql_where=text("client_id IS NOT NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    topic: Mapped[str] = mapped_column(String(64), index=True)
    at: Mapped[datetime] = mapped_column(index=True)
    person_id: Mapped[UUID | None]
    client_id: Mapped[str | None] = mapped_column(String(64))
    session_id: Mapped[UUID | None]
    actor: Mapped[str] = mapped_column(String(64))
    request_id: Mapped[str | None] = mapped_column(String(64), index=True)
    source: Mapped[str | None] = mapped_column(String(64))
    details: Mapped[dict[str, Any]] = mapped_column(JSON)
    sequence: Mapped[int | None] = mapped_column(BigInteger, unique=True)
    previous: Mapped[str | None] = mapped_column(String(64))
    digest: Mapped[str | None] = mapped_column(String(64))
