"""The table of tickets that services know their sessions by."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from idp.storage.base import Base
from idp.storage.columns import Encrypted


class CasSession(Base):
    """A ticket that was validated: spent, but its service still knows the session by it (CAS 3.0 §2.3.3)."""

    __tablename__ = "cas_sessions"
    __table_args__ = (Index(None, "session_id", "client_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    session_id: Mapped[UUID] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"))
    client_id: Mapped[str] = mapped_column(String(64))
    sub: Mapped[str] = mapped_column(String(64))
    ticket_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    service_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    """Where the ticket was sent; its query may say more about a person than a log should."""
    validated_at: Mapped[datetime]
    told_at: Mapped[datetime | None]

    ticket = Encrypted()
    service = Encrypted()
