"""Tables of sessions and of the clients that took part in them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String, false
from sqlalchemy.orm import Mapped, mapped_column

from idp.storage.base import Base
from idp.storage.columns import Words


class SignInSession(Base):
    """A browser in which a person has proven themselves; only the digest of its handle is kept."""

    __tablename__ = "sessions"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("persons.id", ondelete="CASCADE"), index=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    aal: Mapped[int]
    amr: Mapped[frozenset[str]] = mapped_column(Words)
    let_in_by: Mapped[frozenset[str]] = mapped_column(Words, default=frozenset(), server_default="")
    """Spent means (`persons.hold`) that let its person through a second step, and count for no more."""
    device: Mapped[str] = mapped_column(String(128), default="")
    name: Mapped[str] = mapped_column(String(64), default="", server_default="")
    """What its person calls the device, such as 客厅平板; empty until they do."""
    started_at: Mapped[datetime]
    authenticated_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    patient: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether it waits longer for its person, who reads 关怀版."""
    expires_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]
    ended_because: Mapped[str | None] = mapped_column(String(32))
    upstream: Mapped[str | None] = mapped_column(String(32))
    """At which upstream a session ends with this one by a call of ours."""


class KnownDevice(Base):
    """A browser somebody has signed in with, by the digest of its own cookie and the person."""

    __tablename__ = "known_devices"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("persons.id", ondelete="CASCADE"), index=True)
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]


class Participant(Base):
    """A client that was given this session's person; told when the session ends.

    Without a foreign key to clients, for the reason given in `oauth.models`.
    """

    __tablename__ = "participants"

    session_id: Mapped[UUID] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True)
    client_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    sub: Mapped[str] = mapped_column(String(64), primary_key=True)
    """The person's, and that of every organisation they came for: each is told that it is over."""
    first_at: Mapped[datetime]
    notified_at: Mapped[datetime | None]


class Capacity(Base):
    """As what somebody last came to a client in a session 办事身份: for an organisation, or as themselves."""

    __tablename__ = "capacities"

    session_id: Mapped[UUID] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True)
    client_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisations.id", ondelete="CASCADE"))
    chosen_at: Mapped[datetime]
