"""The table of keys; the secret part is wrapped by the master key."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from idp.storage.base import Base


class Purpose(StrEnum):
    """What a key is for; no key serves two purposes."""

    FIELDS = "fields"
    INDEX = "index"
    SERVICE = "service"
    SIGNING = "signing"


class KeyState(StrEnum):
    """Where a key is in its life; retired keys still open and verify what they once made."""

    NEXT = "next"
    ACTIVE = "active"
    RETIRED = "retired"


class Key(Base):
    """One key. `generation` counts within purpose and algorithm."""

    __tablename__ = "keys"
    __table_args__ = (UniqueConstraint("purpose", "algorithm", "generation"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    purpose: Mapped[str] = mapped_column(String(16))
    algorithm: Mapped[str] = mapped_column(String(16))
    generation: Mapped[int]
    kid: Mapped[str] = mapped_column(String(64), unique=True)
    state: Mapped[str] = mapped_column(String(16))
    wrapped: Mapped[bytes] = mapped_column(LargeBinary)
    public: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    created_at: Mapped[datetime]
    activated_at: Mapped[datetime | None]
    retired_at: Mapped[datetime | None]
