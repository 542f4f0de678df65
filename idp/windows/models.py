"""Tables of service windows: operators, visits that wait, cases of documents that go back, slips."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from idp.storage.base import Base
from idp.storage.columns import Encrypted


class WindowOperator(Base):
    """Somebody who witnesses at a window, by a signing key of their own, or signed in as a civil servant."""

    __tablename__ = "window_operators"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(32), unique=True)
    """What stands on their desk; never given to another."""
    name_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    key: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """The public half, a JWK; None for who witnesses at the page alone."""
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("persons.id", ondelete="SET NULL"))
    """The civil servant they are, where the directory knows them."""
    department_id: Mapped[UUID | None] = mapped_column(ForeignKey("departments.id"))
    """At whose windows they are, where that is not the department they work in."""
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    name = Encrypted()


class WindowVisit(Base):
    """What a device has read and no operator stood by yet; the row is gone once one has, or time is over."""

    __tablename__ = "window_visits"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    request_id: Mapped[str] = mapped_column(String(64), unique=True)
    """Digest of the assertion."""
    operator_id: Mapped[UUID] = mapped_column(ForeignKey("window_operators.id"), index=True)
    """Whom the device names."""
    assertion_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("persons.id", ondelete="CASCADE"))
    """Whose account the person showed."""
    arrived_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)

    assertion = Encrypted()


class CaseStatus(StrEnum):
    """Where a case stands."""

    OPEN = "open"
    APPROVED = "approved"
    REFUSED = "refused"
    """The second operator did not agree; nothing has moved."""
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
    refused_by: Mapped[UUID | None] = mapped_column(ForeignKey("window_operators.id"))
    refused_at: Mapped[datetime | None]
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
