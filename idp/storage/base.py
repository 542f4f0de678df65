"""The declarative base of every table: names of constraints, identifiers, moments."""

import os
import time
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import MetaData, Uuid
from sqlalchemy.orm import DeclarativeBase

from idp.storage.columns import UtcTime

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


LOW_62_BITS = (1 << 62) - 1


def new_id() -> UUID:
    """A UUIDv7 (RFC 9562 §5.7): made before the insert, because encryption binds values to their row."""
    milliseconds, chance = time.time_ns() // 1_000_000, int.from_bytes(os.urandom(10))
    value = milliseconds << 80 | 0x7 << 76 | (chance >> 68) << 64 | 0b10 << 62 | chance & LOW_62_BITS
    return UUID(int=value)


class Base(DeclarativeBase):
    """A row. An `id` that is not given is made at once."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: UtcTime(), UUID: Uuid()}

    def __init__(self, **values: Any) -> None:
        if hasattr(type(self), "id") and "id" not in values:
            values["id"] = new_id()
        for name, value in values.items():
            if not hasattr(type(self), name):
                raise TypeError(f"{type(self).__name__} has no column {name!r}")
            setattr(self, name, value)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {getattr(self, 'id', '')}>"
