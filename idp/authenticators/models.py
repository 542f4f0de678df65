"""The table of credentials: a person's own means of proof."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, ForeignKey, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from idp.storage.base import Base
from idp.storage.columns import Encrypted


class Credential(Base):
    """One means of proof of one person: a password's hash, a passkey's public key, an app's seed."""

    __tablename__ = "credentials"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("persons.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    secret: Mapped[str] = mapped_column(Text, default="")
    """A hash, of which nothing can be learned."""
    seed_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    name: Mapped[str] = mapped_column(String(64), default="")
    """What its person calls it."""
    handle: Mapped[str | None] = mapped_column(String(64), unique=True)
    """A digest by which it is found before anybody has said who they are: of a passkey's id, say."""
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """Public things its own module alone understands."""
    used: Mapped[int] = mapped_column(BigInteger, default=0)
    """Where it has counted to: the last time step of a code, the sign count of a passkey."""
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    seed = Encrypted()
