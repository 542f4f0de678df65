"""Tables of what upstreams' people are here: links, what finds them, and cases that an operator decides."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from idp.storage.base import Base
from idp.storage.columns import Encrypted


class UpstreamLink(Base):
    """Somebody's account at an upstream is this person's; in force until it ends."""

    __tablename__ = "upstream_links"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("persons.id", ondelete="CASCADE"), index=True)
    upstream: Mapped[str] = mapped_column(String(32))
    subject_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    proven_by: Mapped[str] = mapped_column(String(32))
    """How it was shown that both are one person (`linking.How`)."""
    linked_at: Mapped[datetime]
    last_at: Mapped[datetime]
    """When its person last came through it."""
    ended_at: Mapped[datetime | None]
    ended_because: Mapped[str | None] = mapped_column(String(32))
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey("persons.id"))
    """The member of staff who ended it; None: its person, or what followed from something else."""
    ended_note: Mapped[str] = mapped_column(String(200), default="", server_default="")
    """Why, in their words."""

    subject = Encrypted()


class UpstreamIndex(Base):
    """Finds a link by the keyed digest of upstream and subject; one row per live key generation."""

    __tablename__ = "upstream_indexes"
    __table_args__ = (UniqueConstraint("generation", "digest"),)

    link_id: Mapped[UUID] = mapped_column(
        ForeignKey("upstream_links.id", ondelete="CASCADE"), primary_key=True
    )
    generation: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))


class UpstreamCase(Base):
    """
    An upstream and we disagree about who somebody is: nothing was changed, and an operator decides.

    `digest` is keyed and covers upstream, subject, reason and person, so that coming again opens no second.
    """

    __tablename__ = "upstream_cases"
    __table_args__ = (
        Index(
            "uq_upstream_cases_digest",
            "digest",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    upstream: Mapped[str] = mapped_column(String(32))
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    reason: Mapped[str] = mapped_column(String(32))
    """`matching.Disagreement`."""
    subject_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    name_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    number_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("persons.id", ondelete="CASCADE"), index=True)
    """Whom it concerns here: the linked person, or the holder of the document."""
    other_person_id: Mapped[UUID | None] = mapped_column(ForeignKey("persons.id", ondelete="CASCADE"))
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_because: Mapped[str | None] = mapped_column(String(32))
    closed_by: Mapped[UUID | None] = mapped_column(ForeignKey("persons.id"))
    """The member of staff who decided; None: the command on the machine."""
    closed_note: Mapped[str] = mapped_column(String(200), default="", server_default="")
    """Why, in their words."""

    subject = Encrypted()
    name = Encrypted()
    number = Encrypted()
