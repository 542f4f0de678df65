"""The table of mandates. A row never gives more than the row it was granted under: see `rules`."""

from datetime import UTC, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from idp.mandates.scope import Scope
from idp.storage.base import Base
from idp.storage.columns import Encrypted, Words

WITHOUT_END = datetime(2999, 1, 1, tzinfo=UTC)
"""Until when a legal representative represents: as long as the registry says so."""


class Role(StrEnum):
    """What somebody is to the organisation (domain: agent model)."""

    REPRESENTATIVE = "representative"
    """法定代表人: by the registry's word, never by a grant."""
    ADMINISTRATOR = "administrator"
    """管理员: appointed by the representative, invites agents; at most five."""
    AGENT = "agent"
    """经办人."""
    HELPER = "helper"
    """帮代办: a window operator who helps, for one visit."""


class State(StrEnum):
    """Where a mandate stands; only ACTIVE lets anybody do anything."""

    DRAFT = "draft"
    INVITED = "invited"
    COOLING = "cooling"
    """Made by operators: in force after the cooling-off, unless somebody objects."""
    ACTIVE = "active"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    OBJECTED = "objected"
    LAPSED = "lapsed"


OPEN = frozenset({State.DRAFT, State.INVITED, State.COOLING, State.ACTIVE, State.SUSPENDED})
"""The states a mandate can still leave."""
NEXT: dict[State, frozenset[State]] = {
    State.DRAFT: frozenset({State.INVITED, State.COOLING, State.ACTIVE, State.CANCELLED, State.LAPSED}),
    State.INVITED: frozenset(
        {State.ACTIVE, State.COOLING, State.DECLINED, State.CANCELLED, State.LAPSED, State.SUPERSEDED}
    ),
    State.COOLING: frozenset({State.ACTIVE, State.OBJECTED, State.CANCELLED, State.SUPERSEDED}),
    State.ACTIVE: frozenset({State.SUSPENDED, State.REVOKED, State.EXPIRED, State.SUPERSEDED}),
    State.SUSPENDED: frozenset({State.ACTIVE, State.REVOKED, State.EXPIRED, State.SUPERSEDED}),
}
"""What may follow; from a state that is not here nothing does."""


class Basis(StrEnum):
    """What a mandate rests on."""

    REGISTRY = "registry"
    """The registry names the person as representative."""
    GRANT = "grant"
    """Somebody who may grants it, under a mandate of their own."""
    WINDOW = "window"
    """Two operators linked it on paper evidence."""


class Mandate(Base):
    """One yes of an organisation: this person, or this organisation, may do this for it, until then."""

    __tablename__ = "mandates"
    __table_args__ = (
        Index(None, "agent_person_id", "organisation_id"),
        Index(None, "organisation_id", "state"),
        Index(None, "agent_organisation_id", "organisation_id"),
        Index(
            "ix_mandates_organisations_that_act",
            "organisation_id",
            "agent_organisation_id",
            sqlite_where=text("agent_organisation_id IS NOT NULL"),
            postgresql_where=text("agent_organisation_id IS NOT NULL"),
        ),
        Index(None, "state", "valid_until"),
        Index(
            "uq_mandates_representative",
            "organisation_id",
            unique=True,
            sqlite_where=text("role = 'representative' AND state IN ('active', 'suspended')"),
            postgresql_where=text("role = 'representative' AND state IN ('active', 'suspended')"),
        ),
        CheckConstraint("agent_person_id IS NULL OR agent_organisation_id IS NULL", name="one_agent"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id", ondelete="CASCADE"))
    agent_person_id: Mapped[UUID | None] = mapped_column(ForeignKey("persons.id", ondelete="CASCADE"))
    agent_organisation_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("organisations.id", ondelete="CASCADE")
    )
    role: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16), default=State.DRAFT)
    version: Mapped[int] = mapped_column(default=1)
    """Grows whenever it allows something else than before; tokens of an earlier version are dead."""

    granted_under: Mapped[UUID | None] = mapped_column(
        ForeignKey("mandates.id", ondelete="CASCADE"), index=True
    )
    """The mandate of whoever granted it; empty where it rests on a registry or on paper."""
    granted_by: Mapped[UUID | None] = mapped_column(ForeignKey("persons.id", ondelete="SET NULL"))
    basis: Mapped[str] = mapped_column(String(16), default=Basis.GRANT)
    evidence_id: Mapped[UUID | None]
    """The registry's answer or the paper it rests on."""
    supersedes: Mapped[UUID | None]

    everything: Mapped[bool] = mapped_column(default=False)
    matters: Mapped[frozenset[str]] = mapped_column(Words, default=frozenset())
    groups: Mapped[frozenset[str]] = mapped_column(Words, default=frozenset())
    actions: Mapped[frozenset[str]] = mapped_column(Words, default=frozenset())
    regions: Mapped[frozenset[str]] = mapped_column(Words, default=frozenset())
    projects: Mapped[frozenset[str]] = mapped_column(Words, default=frozenset())
    amount: Mapped[int | None] = mapped_column(BigInteger)
    once: Mapped[bool] = mapped_column(default=False)
    used_at: Mapped[datetime | None]
    may_delegate: Mapped[bool] = mapped_column(default=False)

    statement: Mapped[str] = mapped_column(Text, default="")
    """The sentence that was signed, without names and numbers of people."""
    created_at: Mapped[datetime]
    signed_at: Mapped[datetime | None]
    """When the grantor signed; decides which matters a group had."""
    accepted_at: Mapped[datetime | None]
    valid_from: Mapped[datetime]
    valid_until: Mapped[datetime]
    settles_at: Mapped[datetime | None] = mapped_column(index=True)
    """When an invitation lapses, or when a cooling-off ends."""
    grace_until: Mapped[datetime | None] = mapped_column(index=True)
    """Its grantor is gone: until then nothing new may be begun under it, and after it nothing done."""
    ended_at: Mapped[datetime | None]
    ended_because: Mapped[str | None] = mapped_column(String(32))
    """Why it is suspended or ended."""

    invitee_digest: Mapped[bytes | None] = mapped_column(LargeBinary(32), index=True)
    """Blind index of the phone it was offered to, before anybody accepted."""
    invitee_name_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    handle_digest: Mapped[str | None] = mapped_column(String(64), unique=True)
    """Digest of the link in the invitation."""
    reminded: Mapped[int | None]
    """How many days before its end its people were last told of it."""

    invitee_name = Encrypted()

    @property
    def scope(self) -> Scope:
        """What it names, as a value."""
        return Scope(
            everything=self.everything,
            matters=self.matters,
            groups=self.groups,
            actions=self.actions,
            regions=self.regions,
            projects=self.projects,
            amount=self.amount,
            once=self.once,
        )

    def allow(self, scope: Scope) -> None:
        """Name exactly this."""
        self.everything, self.matters, self.groups = scope.everything, scope.matters, scope.groups
        self.actions, self.regions, self.projects = scope.actions, scope.regions, scope.projects
        self.amount, self.once = scope.amount, scope.once

    def become(self, state: State) -> None:
        """Move on; raises ValueError where the states know no such way."""
        if state not in NEXT.get(State(self.state), frozenset()):
            raise ValueError(f"a mandate that is {self.state} does not become {state}")
        self.state = state
        self.version += 1


class LinkCase(Base):
    """A mandate that two operators make at a window, on a paper of the organisation's."""

    __tablename__ = "mandate_links"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    mandate_id: Mapped[UUID] = mapped_column(ForeignKey("mandates.id", ondelete="CASCADE"), unique=True)
    division: Mapped[str] = mapped_column(String(6), index=True)
    """Of the organisation; decides which operators see it."""
    opened_by: Mapped[UUID | None] = mapped_column(ForeignKey("persons.id", ondelete="SET NULL"))
    opened_at: Mapped[datetime]
    file_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    media_type: Mapped[str] = mapped_column(String(32))
    file_sha256: Mapped[str] = mapped_column(String(64))
    grade: Mapped[str] = mapped_column(String(1))
    """A or B (108号): C and D prove nothing here."""
    reason: Mapped[str] = mapped_column(String(200))
    approved_by: Mapped[UUID | None] = mapped_column(ForeignKey("persons.id", ondelete="SET NULL"))
    settled_at: Mapped[datetime | None]
    """When the second operator said yes or no."""
    second_reason: Mapped[str] = mapped_column(String(200), default="")


class Letter(Base):
    """A letter of authorisation that was made of a mandate as it was then, and its verification code."""

    __tablename__ = "mandate_letters"
    __table_args__ = (UniqueConstraint("mandate_id", "version"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    mandate_id: Mapped[UUID] = mapped_column(ForeignKey("mandates.id", ondelete="CASCADE"))
    version: Mapped[int]
    terms: Mapped[str] = mapped_column(String(64), default="")
    """Digest of what the mandate said (`letters.terms`); empty in older letters, which know the version."""
    code_digest: Mapped[str] = mapped_column(String(64), unique=True)
    code_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    issued_by: Mapped[UUID | None] = mapped_column(ForeignKey("persons.id", ondelete="SET NULL"))
    issued_at: Mapped[datetime]

    code = Encrypted()
