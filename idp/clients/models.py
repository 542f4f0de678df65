"""The table of clients. Protocol metadata stays in one JSON value with the names of RFC 7591."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from idp.storage.base import Base


class ClientClass(StrEnum):
    """Decides subject, claims and consent: government shares one subject, the others get pairwise ones."""

    GOVERNMENT = "government"
    UTILITY = "utility"
    THIRD_PARTY = "third_party"


class ClientStatus(StrEnum):
    """Only online clients are served."""

    ONLINE = "online"
    SUSPENDED = "suspended"


class ClientRow(Base):
    """A client as stored; rules use the frozen `clients.metadata.Client` read from it."""

    __tablename__ = "clients"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    department_id: Mapped[UUID | None] = mapped_column(ForeignKey("departments.id"))
    client_class: Mapped[str] = mapped_column(String(16))
    status: Mapped[str] = mapped_column(String(16), default=ClientStatus.ONLINE)
    generation: Mapped[int] = mapped_column(default=1)
    secret_digest: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    details: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
