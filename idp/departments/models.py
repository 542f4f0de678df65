"""The table of departments: a tree with a materialised path, so that a subtree is a prefix."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from idp.storage.base import Base


class Level(StrEnum):
    """The five levels of the tree, from the province down to the village 五级."""

    PROVINCE = "province"
    CITY = "city"
    COUNTY = "county"
    TOWN = "town"
    VILLAGE = "village"


class Department(Base):
    """A unit; `path` is the codes from the root, each followed by a slash."""

    __tablename__ = "departments"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[str] = mapped_column(String(128))
    name_en: Mapped[str | None] = mapped_column(String(128))
    level: Mapped[str] = mapped_column(String(16))
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("departments.id"))
    path: Mapped[str] = mapped_column(String(255), index=True)
    created_at: Mapped[datetime]
