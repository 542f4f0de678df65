"""The table of answers that may be given again."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from idp.storage.base import Base


class Verification(Base):
    """A registry's yes to one question; a no is never kept, for it may be a slip of whoever typed it."""

    __tablename__ = "verifications"
    __table_args__ = (Index(None, "digest", "at"), Index(None, "at"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    """Of the document and the name, or the credit code and the name."""
    authority: Mapped[str] = mapped_column(String(64))
    request_id: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(24), default="")
    """An organisation's, as registered then."""
    at: Mapped[datetime]
