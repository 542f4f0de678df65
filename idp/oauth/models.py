"""Tables of authorizations, refresh families, subjects and revoked client tokens.

`client_id` has no foreign key here: clients are suspended, never deleted, and PostgreSQL would lock
the one row of a busy portal for every token it gets.
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from idp.storage.base import Base
from idp.storage.columns import Words


def _of_acting(column: str) -> Index:
    """An index of the few rows that have a mandate; the others pay nothing for it."""
    only = text(f"{column} IS NOT NULL")
    return Index(f"ix_authorizations_{column}", column, sqlite_where=only, postgresql_where=only)


class Subject(Base):
    """The `sub` a sector knows a person or an organisation by: random, never changed, never reused."""

    __tablename__ = "subjects"
    __table_args__ = (
        UniqueConstraint("sector", "person_id"),
        UniqueConstraint("sector", "organisation_id"),
    )

    sub: Mapped[str] = mapped_column(String(64), primary_key=True)
    sector: Mapped[str] = mapped_column(String(255))
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("persons.id", ondelete="CASCADE"))
    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisations.id", ondelete="CASCADE"))
    created_at: Mapped[datetime]


class SubjectAlias(Base):
    """A `sub` whose person is known by another one in its sector since two accounts became one."""

    __tablename__ = "subject_aliases"

    sub: Mapped[str] = mapped_column(ForeignKey("subjects.sub", ondelete="CASCADE"), primary_key=True)
    successor: Mapped[str] = mapped_column(ForeignKey("subjects.sub", ondelete="CASCADE"), index=True)
    merge_id: Mapped[UUID] = mapped_column(ForeignKey("merges.id", ondelete="CASCADE"), index=True)
    since: Mapped[datetime]


class SubjectChange(Base):
    """What one client has to know of a `sub` of its own since a merge or split; kept for it to ask for."""

    __tablename__ = "subject_changes"
    __table_args__ = (Index(None, "client_id", "at", "id"), Index(None, "at"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    client_id: Mapped[str] = mapped_column(String(64))
    sub: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(String(16))
    other: Mapped[str | None] = mapped_column(String(64))
    """The `sub` it is joined with, or was."""
    at: Mapped[datetime]


class Authorization(Base):
    """The recorded yes: this person, in this session, let this client have these scopes."""

    __tablename__ = "authorizations"
    __table_args__ = (
        Index(None, "person_id", "client_id"),
        _of_acting("mandate_id"),
        _of_acting("through_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("persons.id", ondelete="CASCADE"))
    client_id: Mapped[str] = mapped_column(String(64))
    session_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("sessions.id", ondelete="SET NULL"), index=True
    )
    sub: Mapped[str] = mapped_column(String(64))
    scopes: Mapped[frozenset[str]] = mapped_column(Words)
    aal: Mapped[int]
    amr: Mapped[frozenset[str]] = mapped_column(Words)
    authenticated_at: Mapped[datetime]
    created_at: Mapped[datetime]
    offline: Mapped[bool] = mapped_column(default=False)
    organisation_id: Mapped[UUID | None]
    """For whom the person acts; `sub` is then the organisation's."""
    mandate_id: Mapped[UUID | None]
    mandate_version: Mapped[int | None]
    """What it allowed when it was relied on; another version is another yes."""
    through_id: Mapped[UUID | None]
    """The person's own mandate, where another organisation stands between."""
    through_version: Mapped[int | None]
    act_sub: Mapped[str | None] = mapped_column(String(64))
    details: Mapped[str | None] = mapped_column(Text)
    """Granted authorization details, JSON (RFC 9396)."""
    derived_from: Mapped[UUID | None]
    """The authorization whose token was exchanged for this one's (RFC 8693); it dies with it."""
    ended_at: Mapped[datetime | None]
    ended_because: Mapped[str | None] = mapped_column(String(32))


class DataRead(Base):
    """How often a client read the same kinds of a person's data on one day, and the hour of the last time."""

    __tablename__ = "data_reads"
    __table_args__ = (UniqueConstraint("person_id", "client_id", "day", "scopes"), Index(None, "day"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("persons.id", ondelete="CASCADE"))
    client_id: Mapped[str] = mapped_column(String(64))
    day: Mapped[date]
    """In Beijing."""
    scopes: Mapped[frozenset[str]] = mapped_column(Words)
    times: Mapped[int]
    last_at: Mapped[datetime]


class RefreshFamily(Base):
    """All refresh tokens that descend from one redemption; `generation` is the only one that still works."""

    __tablename__ = "refresh_families"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    authorization_id: Mapped[UUID] = mapped_column(
        ForeignKey("authorizations.id", ondelete="CASCADE"), index=True
    )
    generation: Mapped[int] = mapped_column(default=1)
    rotated_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]
    ended_because: Mapped[str | None] = mapped_column(String(32))


class RevokedToken(Base):
    """An access token revoked by itself (RFC 7009); kept until it would have expired."""

    __tablename__ = "revoked_tokens"

    jti: Mapped[str] = mapped_column(String(64), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)


class OpaqueToken(Base):
    """An opaque access token, by digest, for clients that chose them."""

    __tablename__ = "opaque_tokens"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    authorization_id: Mapped[UUID | None] = mapped_column(ForeignKey("authorizations.id", ondelete="CASCADE"))
    client_id: Mapped[str] = mapped_column(String(64))
    client_generation: Mapped[int]
    scopes: Mapped[frozenset[str]] = mapped_column(Words)
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
