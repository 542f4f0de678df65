"""Tables of service windows: operators, cases of documents that go back to their owner, slips."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from idp.storage.base import Base
from idp.storage.columns import Encrypted


class WindowOperator(Base):
    """Somebody who witnesses at a window, with a signing key of their own."""

    __tablename__ = "window_operators"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(32), unique=True)
    """What stands on their desk; never given to another."""
    name_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    key: Mapped[dict[str, Any]] = mapped_column(JSON)
    """The public half, a JWK."""
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("persons.id", ondelete="SET NULL"))
    """The civil servant they are, where the directory knows them."""
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    name = Encrypted()


class CaseStatus(StrEnum):
    """Where a case stands."""

    OPEN = "open"
    APPROVED = "approved"
    UNDONE = "undone"
    OVERTAKEN = "overtaken"
    """The document is no longer where it was when the case was opened."""


class WindowCase(Base):
    """A document in the wrong hands: opened by one operator, approved by another, undone if both erred."""

    __tablename__ = "window_cases"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    status: Mapped[str] = mapped_column(String(16), default=CaseStatus.OPEN)
    document_id: Mapped[UUID] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"))
    """As the wrong holder has it."""
    holder_id: Mapped[UUID] = mapped_column(ForeignKey("persons.id", ondelete="CASCADE"))
    owner_id: Mapped[UUID | None] = mapped_column(ForeignKey("persons.id", ondelete="CASCADE"))
    """Whose it becomes: somebody who showed their account, or a person made when it is approved."""
    name_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """As the document shows it."""
    reason: Mapped[str] = mapped_column(String(200))
    device: Mapped[str] = mapped_column(String(64))
    request_id: Mapped[str] = mapped_column(String(64))
    opened_by: Mapped[UUID] = mapped_column(ForeignKey("window_operators.id"))
    opened_at: Mapped[datetime]
    approved_by: Mapped[UUID | None] = mapped_column(ForeignKey("window_operators.id"))
    approved_at: Mapped[datetime | None]
    undo_until: Mapped[datetime | None]
    undone_by: Mapped[UUID | None] = mapped_column(ForeignKey("window_operators.id"))
    undone_at: Mapped[datetime | None]

    name = Encrypted()


class WindowSlip(Base):
    """A printed way back in for somebody who has no other; only its digest is kept."""

    __tablename__ = "window_slips"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("persons.id", ondelete="CASCADE"), index=True)
    operator_id: Mapped[UUID] = mapped_column(ForeignKey("window_operators.id"))
    created_at: Mapped[datetime]
    ready_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    stopped_at: Mapped[datetime | None]
