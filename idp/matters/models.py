"""Tables of the catalogue: groups of matters, and matters."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from idp.storage.base import Base
from idp.storage.columns import Words


class Action(StrEnum):
    """What a person does in a matter 申请、查询、缴费、签署、领取."""

    APPLY = "apply"
    QUERY = "query"
    PAY = "pay"
    SIGN = "sign"
    RECEIVE = "receive"


class Withdrawal(StrEnum):
    """Why a matter is no longer offered."""

    WITHDRAWN = "withdrawn"
    SPLIT = "split"
    """It lives on in its parts, which name it in `split_from`."""
    MERGED = "merged"
    """What took its place is a new matter."""


class MatterGroup(Base):
    """A group by which people find matters and grant them, 社保 say."""

    __tablename__ = "matter_groups"

    code: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(128))
    name_en: Mapped[str | None] = mapped_column(String(128))
    position: Mapped[int]
    """Where it stands among the groups."""


class Matter(Base):
    """A matter: the same name and code on all levels of government (R3-04, R4-17); no code is used twice."""

    __tablename__ = "matters"
    __table_args__ = (
        CheckConstraint(
            "(withdrawn_at IS NULL) = (withdrawn_because IS NULL)", name="withdrawn_for_a_reason"
        ),
    )

    code: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(128))
    name_en: Mapped[str | None] = mapped_column(String(128))
    group_code: Mapped[str] = mapped_column(ForeignKey("matter_groups.code"), index=True)
    department_id: Mapped[UUID | None] = mapped_column(ForeignKey("departments.id"))
    """Who handles it."""
    actions: Mapped[frozenset[str]] = mapped_column(Words())
    minimum_ial: Mapped[int] = mapped_column(default=3)
    minimum_aal: Mapped[int] = mapped_column(default=1)
    high_risk: Mapped[bool] = mapped_column(default=False)
    """Money, seals or status hang on it: what is known of an organisation is looked up again first."""
    winds_up: Mapped[bool] = mapped_column(default=False, server_default="0")
    """Part of ending an organisation: open to one that has lost its licence."""
    listed_since: Mapped[datetime]
    """Since when the matter is what it is; a part of a split has this from its whole."""
    grouped_since: Mapped[datetime]
    """Since when it belongs to its group: grants of the group from before do not reach it."""
    split_from: Mapped[str | None] = mapped_column(ForeignKey("matters.code"))
    """The matter it is a part of: grants of the whole reach the part."""
    withdrawn_at: Mapped[datetime | None]
    withdrawn_because: Mapped[str | None] = mapped_column(String(32))
    """`Withdrawal`."""
    version: Mapped[int] = mapped_column(default=1)
    changed_at: Mapped[datetime]
