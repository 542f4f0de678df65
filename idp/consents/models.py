"""The table of consents."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from idp.storage.base import Base
from idp.storage.columns import Words


class ConsentKind(StrEnum):
    """NOTICE was shown (legal duty, PIPL §17), the others were agreed to (PIPL §13, §23, §29)."""

    NOTICE = "notice"
    AGREEMENT = "agreement"
    SENSITIVE = "sensitive"
    PROVISION = "provision"


class Consent(Base):
    """One act of agreeing (or being told) by one person; nothing is overwritten.

    A newer act towards the same client supersedes the older one and holds the union of their scopes, so that
    at most one row per person and client is current.
    """

    __tablename__ = "consents"
    __table_args__ = (Index(None, "person_id", "client_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("persons.id", ondelete="CASCADE"))
    client_id: Mapped[str | None] = mapped_column(ForeignKey("clients.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(16))
    purpose: Mapped[str] = mapped_column(String(64))
    scopes: Mapped[frozenset[str]] = mapped_column(Words)
    text_key: Mapped[str] = mapped_column(String(64))
    text_version: Mapped[str] = mapped_column(String(16))
    text_digest: Mapped[str] = mapped_column(String(64))
    channel: Mapped[str] = mapped_column(String(16), default="web")
    at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    superseded_at: Mapped[datetime | None]
