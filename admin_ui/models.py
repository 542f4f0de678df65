"""The table of administrators: who may do what in the console, for which part of the tree."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from idp.storage.base import Base


class Role(StrEnum):
    """What somebody is appointed for; the first three are kept apart 三员分立 (GB/T 22239 8.1.4.2)."""

    SYSTEM = "system"
    """Looks after configuration, clients and keys 系统管理员."""
    SECURITY = "security"
    """Appoints and ends administrators, approves 安全管理员."""
    AUDIT = "audit"
    """Reads the trail and changes nothing 审计管理员."""
    OPERATOR = "operator"
    """Serves people at a counter 窗口操作员."""
    REVIEWER = "reviewer"
    """Is the second pair of eyes on what operators hand in 审核员."""


THREE = (Role.SYSTEM, Role.SECURITY, Role.AUDIT)
"""Nobody holds two of these, nor one of them beside another role."""
LIVING = "ended_at IS NULL"
ONE_OF_THREE = f"{LIVING} AND role IN ('system', 'security', 'audit')"


class Administrator(Base):
    """One role of one person; it counts once it is approved and until it is ended."""

    __tablename__ = "administrators"
    __table_args__ = (
        Index(
            "uq_administrators_person_id_role",
            "person_id",
            "role",
            unique=True,
            sqlite_where=text(LIVING),
            postgresql_where=text(LIVING),
        ),
        Index(
            "uq_administrators_one_of_three",
            "person_id",
            unique=True,
            sqlite_where=text(ONE_OF_THREE),
            postgresql_where=text(ONE_OF_THREE),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("persons.id"))
    """Somebody of the staff realm."""
    role: Mapped[str] = mapped_column(String(16))
    department_id: Mapped[UUID | None] = mapped_column(ForeignKey("departments.id"), index=True)
    """The top of the subtree they see; None: the whole instance."""
    created_at: Mapped[datetime]
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("persons.id"))
    """Who appointed them; None: the command on the machine."""
    approved_at: Mapped[datetime | None]
    approved_by: Mapped[UUID | None] = mapped_column(ForeignKey("persons.id"))
    """The second pair of eyes, where one is needed."""
    ended_at: Mapped[datetime | None]
    ended_because: Mapped[str | None] = mapped_column(String(64))
