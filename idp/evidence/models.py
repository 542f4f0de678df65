"""The table of evidence records."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from idp.storage.base import Base


class Method(StrEnum):
    """How something about a person was verified."""

    PHONE_CODE = "phone_code"
    DOCUMENT_FORMAT = "document_format"
    REGISTRY_MATCH = "registry_match"
    """Name and number; no phone to compare with."""
    REGISTRY_PHONE_MATCH = "registry_phone_match"
    """Name, number and phone."""
    REGISTRY_PHONE_MISMATCH = "registry_phone_mismatch"
    """Name and number, and another phone is on file: it may be somebody else who knows them."""
    REAL_PERSON = "real_person"
    WINDOW = "window"
    CERTIFICATE = "certificate"
    UPSTREAM = "upstream"
    """Another identity provider says so, as far as it is trusted to; `authority` is its name here."""
    DIRECTORY = "directory"
    """A civil servant's unit keeps their entry."""


class Evidence(Base):
    """One verification. The identity level it supports lasts until it expires or is withdrawn."""

    __tablename__ = "evidence"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("persons.id", ondelete="CASCADE"), index=True)
    document_id: Mapped[UUID | None] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"))
    method: Mapped[str] = mapped_column(String(32))
    authority: Mapped[str] = mapped_column(String(64))
    request_id: Mapped[str | None] = mapped_column(String(64))
    level: Mapped[int]
    at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_because: Mapped[str | None] = mapped_column(String(64))
