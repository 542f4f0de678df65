"""Tables of organisations: the organisation, what was verified about it, and who waits for what."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from idp import clock
from idp.storage.base import Base


class Standing(StrEnum):
    """What an organisation can do here; follows from its registered state and from what was verified."""

    WAITING = "waiting"
    """Registered here by somebody whose role nobody has confirmed; nobody acts for it yet."""
    ACTIVE = "active"
    RESTRICTED = "restricted"
    """Only what winds it up; no new agents."""
    SUSPENDED = "suspended"
    """Nobody acts for it until somebody has looked."""
    CLOSED = "closed"
    """It is no more; the record stays."""


class Organisation(Base):
    """A legal person or other organisation, known by its credit code (GB 32100); public data, not sealed."""

    __tablename__ = "organisations"
    __table_args__ = (Index(None, "standing", "check_after"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    credit_code: Mapped[str] = mapped_column(String(18), unique=True)
    organisation_code: Mapped[str] = mapped_column(String(9), index=True)
    """Positions 9 to 17 of the credit code, by which papers from before 五证合一 find it."""
    licence_number: Mapped[str | None] = mapped_column(String(15), unique=True)
    """The old fifteen-digit licence number, where somebody named it."""
    name: Mapped[str] = mapped_column(String(200))
    """The registry's spelling."""
    former_names: Mapped[list[str]] = mapped_column(JSON, default=list)
    division: Mapped[str] = mapped_column(String(6), index=True)
    """Six digits of the authority that keeps it; decides which administrators see it."""
    state: Mapped[str] = mapped_column(String(24), default="unknown")
    """`registry.RegisteredState`, as last heard."""
    standing: Mapped[str] = mapped_column(String(16), default=Standing.WAITING)
    standing_because: Mapped[str] = mapped_column(String(32), default="")
    level: Mapped[int] = mapped_column(default=2)
    """How well the organisation itself is known, on the same scale as persons (IAL)."""
    representative_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("persons.id", ondelete="SET NULL"), index=True
    )
    """The legal representative, once the registry has confirmed who it is."""
    represented_since: Mapped[datetime | None]
    representative_left_at: Mapped[datetime | None] = mapped_column(index=True)
    """The registry names another since then, and the new one has not come yet."""
    valid_to: Mapped[datetime | None] = mapped_column(index=True)
    """The moment its papers are no longer good; `last_day` is what people read."""
    version: Mapped[int] = mapped_column(default=1)
    origin: Mapped[str] = mapped_column(String(32), default="portal")
    registered_by: Mapped[UUID | None] = mapped_column(ForeignKey("persons.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]
    checked_at: Mapped[datetime | None]
    """When a registry last confirmed state and name."""
    check_after: Mapped[datetime | None]
    """When to ask again."""
    standing_changed_at: Mapped[datetime | None]

    @property
    def last_day(self) -> date | None:
        """The last day on which its papers are good."""
        return None if self.valid_to is None else clock.last_day(self.valid_to)


class OrganisationNamePart(Base):
    """Two neighbouring characters of an organisation's name, by which it is found (`finding`)."""

    __tablename__ = "organisation_name_parts"

    pair: Mapped[str] = mapped_column(String(4), primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(
        ForeignKey("organisations.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class OrganisationMethod(StrEnum):
    """How something about an organisation was verified."""

    FORMAT = "format"
    REGISTRY_MATCH = "registry_match"
    """Code and name."""
    REGISTRY_FOUR_ELEMENTS = "registry_four_elements"
    """Code, name, and the representative's name and number."""
    MANUAL = "manual"
    """A member of staff looked at the certificate."""
    WINDOW = "window"


class OrganisationEvidence(Base):
    """One verification of an organisation; `grade` is A to D for papers somebody looked at (108号)."""

    __tablename__ = "organisation_evidence"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(
        ForeignKey("organisations.id", ondelete="CASCADE"), index=True
    )
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("persons.id", ondelete="SET NULL"))
    """Who was confirmed as its representative by it."""
    document_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("documents.id", ondelete="SET NULL"), index=True
    )
    """By which document of theirs."""
    method: Mapped[str] = mapped_column(String(32))
    authority: Mapped[str] = mapped_column(String(64))
    request_id: Mapped[str | None] = mapped_column(String(64))
    grade: Mapped[str | None] = mapped_column(String(1))
    level: Mapped[int]
    state: Mapped[str] = mapped_column(String(24), default="unknown")
    at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_because: Mapped[str | None] = mapped_column(String(64))


class OrganisationRecord(Base):
    """The history of an organisation for its own people: who did what, under which mandate, when."""

    __tablename__ = "organisation_records"
    __table_args__ = (Index(None, "organisation_id", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id", ondelete="CASCADE"))
    what: Mapped[str] = mapped_column(String(48))
    """Noun.past_participle, as in the trail."""
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("persons.id", ondelete="SET NULL"))
    """Who did it; empty when a registry, the clock or an operator did."""
    mandate_id: Mapped[UUID | None] = mapped_column(index=True)
    client_id: Mapped[str | None] = mapped_column(String(64))
    details: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    at: Mapped[datetime]


class ApplicationStatus(StrEnum):
    """How far somebody has come who wants an organisation to be here, or to represent it."""

    QUEUED = "queued"
    """The registry gives no answer; it is asked again."""
    LAGGING = "lagging"
    """The registry does not know it yet, and the applicant says that it is new; asked again for a while."""
    LEVEL_NEEDED = "level_needed"
    """All four elements match; the applicant must be known better before they represent anybody."""
    WAITS = "waits"
    """Code and name match; the representative has not come yet."""
    REVIEW = "review"
    """No registry can be asked: a member of staff looks at the certificate."""
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class OrganisationApplication(Base):
    """What a person is waiting for; one open application of a person for a code."""

    __tablename__ = "organisation_applications"
    __table_args__ = (
        Index(
            "uq_organisation_applications_open",
            "person_id",
            "credit_code",
            unique=True,
            sqlite_where=text("settled_at IS NULL"),
            postgresql_where=text("settled_at IS NULL"),
        ),
        Index(None, "credit_code"),
        Index(None, "status", "created_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("persons.id", ondelete="CASCADE"))
    credit_code: Mapped[str] = mapped_column(String(18))
    name: Mapped[str] = mapped_column(String(200))
    """As it was typed."""
    licence_number: Mapped[str | None] = mapped_column(String(15))
    organisation_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("organisations.id", ondelete="CASCADE"), index=True
    )
    status: Mapped[str] = mapped_column(String(16))
    newly_registered: Mapped[bool] = mapped_column(default=False)
    """The applicant says that the registry may not know it yet."""
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]


class ReviewKind(StrEnum):
    """What a member of staff is asked to decide."""

    REGISTER = "register"
    """Whether there is such an organisation; nobody represents it by that."""
    REPRESENTATIVE = "representative"
    """Whether the applicant represents it; that makes it an organisation too."""
    STATE = "state"
    """What a state means that nobody has mapped, or where an organisation is that its registry lost."""


class ReviewStatus(StrEnum):
    """Where a review stands."""

    OPEN = "open"
    PROPOSED = "proposed"
    """One has approved; a second must."""
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class OrganisationReview(Base):
    """A question that no registry answers, with the paper to answer it by, and who decided."""

    __tablename__ = "organisation_reviews"
    __table_args__ = (
        Index(
            "uq_organisation_reviews_open",
            "kind",
            "applicant_id",
            "credit_code",
            unique=True,
            sqlite_where=text("settled_at IS NULL"),
            postgresql_where=text("settled_at IS NULL"),
        ),
        Index(None, "status", "created_at"),
        Index(None, "credit_code"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    credit_code: Mapped[str] = mapped_column(String(18))
    name: Mapped[str] = mapped_column(String(200))
    division: Mapped[str] = mapped_column(String(6), index=True)
    """Of the authority in the code; decides which operators see it."""
    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisations.id", ondelete="CASCADE"))
    applicant_id: Mapped[UUID | None] = mapped_column(ForeignKey("persons.id", ondelete="CASCADE"))
    """Empty where the registry's answer is the question."""
    application_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("organisation_applications.id", ondelete="SET NULL")
    )
    file_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    media_type: Mapped[str | None] = mapped_column(String(32))
    file_size: Mapped[int | None]
    file_sha256: Mapped[str | None] = mapped_column(String(64))
    grade: Mapped[str | None] = mapped_column(String(1))
    """A to D, as whoever decided graded the paper (108号)."""
    seen_original: Mapped[bool] = mapped_column(default=False)
    """The paper itself lay on a window's counter."""
    status: Mapped[str] = mapped_column(String(16), default=ReviewStatus.OPEN)
    created_at: Mapped[datetime]
    first_decider_id: Mapped[UUID | None] = mapped_column(ForeignKey("persons.id", ondelete="SET NULL"))
    first_decided_at: Mapped[datetime | None]
    first_reason: Mapped[str] = mapped_column(String(200), default="")
    second_decider_id: Mapped[UUID | None] = mapped_column(ForeignKey("persons.id", ondelete="SET NULL"))
    second_decided_at: Mapped[datetime | None]
    second_reason: Mapped[str] = mapped_column(String(200), default="")
    settled_at: Mapped[datetime | None] = mapped_column(index=True)


class OrganisationFeed(Base):
    """How far a registry's list of changes has been read."""

    __tablename__ = "organisation_feeds"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    cursor: Mapped[str] = mapped_column(String(255), default="")
    read_at: Mapped[datetime | None]
