"""Column types: moments in UTC, sets of words, and texts sealed at rest."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, overload
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, Dialect, Text
from sqlalchemy.orm import object_session
from sqlalchemy.types import TypeDecorator, TypeEngine

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


class UtcTime(TypeDecorator[datetime]):
    """An aware moment: `timestamptz` on PostgreSQL, microseconds since 1970 on SQLite."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the column type of this database."""
        return dialect.type_descriptor(BigInteger() if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Refuse naive moments: nobody knows what they mean."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be stored")
        return microseconds(value) if dialect.name == "sqlite" else value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Give back an aware moment in UTC."""
        return None if value is None else moment(value)


def microseconds(value: datetime) -> int:
    """A moment as SQLite keeps it."""
    return (value - EPOCH) // MICROSECOND


def moment(value: datetime | int) -> datetime:
    """A moment as either database keeps it, made aware in UTC."""
    return EPOCH + value * MICROSECOND if isinstance(value, int) else value.astimezone(UTC)


def identifier(value: UUID | str) -> UUID:
    """An identifier as either database keeps it."""
    return value if isinstance(value, UUID) else UUID(value)


class Words(TypeDecorator[frozenset[str]]):
    """A set of words without spaces (scopes, amr), kept sorted in one text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Collection[str] | None, dialect: Dialect) -> str | None:
        """Sort, so that equal sets are equal texts."""
        return None if value is None else " ".join(sorted(value))

    def process_result_value(self, value: str | None, dialect: Dialect) -> frozenset[str] | None:
        """Split at spaces."""
        return None if value is None else frozenset(value.split())


class Vault(Protocol):
    """Seals texts at rest and digests them for finding (`idp.keys.vault`)."""

    def seal(self, plain: bytes, table: str, column: str, row: UUID) -> bytes:
        """Encrypt for one cell; nowhere else can it be opened."""
        ...

    def open(self, sealed: bytes, table: str, column: str, row: UUID) -> bytes:
        """Decrypt what was sealed for this cell."""
        ...


class Encrypted:
    """A text attribute whose column holds ciphertext bound to table|column|row.

    The row must be in a session first (`db.add(person)`), because the session carries the vault.
    """

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name
        self.column = f"{name}_sealed"

    @overload
    def __get__(self, row: None, owner: type) -> "Encrypted": ...
    @overload
    def __get__(self, row: object, owner: type) -> str | None: ...
    def __get__(self, row: Any, owner: type) -> "Encrypted | str | None":
        if row is None:
            return self
        sealed = getattr(row, self.column)
        if sealed is None:
            return None
        return _vault(row).open(sealed, row.__tablename__, self.name, row.id).decode()

    def __set__(self, row: Any, text: str | None) -> None:
        if text is not None:
            sealed = _vault(row).seal(text.encode(), row.__tablename__, self.name, row.id)
        setattr(row, self.column, None if text is None else sealed)


def _vault(row: object) -> Vault:
    session = object_session(row)
    if session is None:
        raise LookupError("add the row to a session before touching its sealed texts")
    vault: Vault = session.info["vault"]
    return vault
