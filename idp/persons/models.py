"""Tables of natural persons: the person, their documents, and the blind indexes that find them."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from idp.storage.base import Base
from idp.storage.columns import Encrypted, Words


class PersonStatus(StrEnum):
    """Whether a person may sign in (domain: life cycle of natural persons)."""

    ACTIVE = "active"
    FROZEN = "frozen"
    CLOSING = "closing"
    CLOSED = "closed"
    DECEASED = "deceased"
    MERGED = "merged"
    """What they had belongs to another account of theirs (`merging`)."""


class Realm(StrEnum):
    """Citizens and civil servants: a civil servant as a citizen is somebody else, in another session."""

    CITIZEN = "citizen"
    STAFF = "staff"


class Person(Base):
    """A natural person; names, phone and address are sealed, `version` grows with what portals may see."""

    __tablename__ = "persons"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    realm: Mapped[str] = mapped_column(String(16), default=Realm.CITIZEN, server_default=Realm.CITIZEN)
    status: Mapped[str] = mapped_column(String(16), default=PersonStatus.ACTIVE)
    status_reason: Mapped[str | None] = mapped_column(String(64))
    version: Mapped[int] = mapped_column(default=1)
    least_aal: Mapped[int] = mapped_column(default=1, server_default="1")
    """How well they must prove themselves wherever they sign in; 2 once they chose two steps."""
    origin: Mapped[str] = mapped_column(String(32), default="portal")
    locale: Mapped[str] = mapped_column(String(16), default="zh-Hans")
    login_name: Mapped[str | None] = mapped_column(String(64), unique=True)
    name_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    phone_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    address_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    birth_date_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    sex: Mapped[str | None] = mapped_column(String(1))
    style: Mapped[str | None] = mapped_column(String(16))
    """`care` or `standard` once they chose how their pages look; with it, `locale` is a choice too."""
    held_until: Mapped[datetime | None]
    """What cannot be undone waits until then, because the phone was changed or the password recovered."""
    held_means: Mapped[frozenset[str]] = mapped_column(Words, default=frozenset(), server_default="")
    """By which means (`amr`) that was done; they are no second factor so long (`hold`)."""
    proofs_count_from: Mapped[datetime | None]
    """When everything of theirs last ended: what was proven, or begun to be, before it lets nobody in."""
    created_at: Mapped[datetime]
    status_changed_at: Mapped[datetime | None]
    close_after: Mapped[datetime | None]

    name = Encrypted()
    phone = Encrypted()
    address = Encrypted()
    birth_date = Encrypted()

    documents: Mapped[list["Document"]] = relationship(order_by="Document.created_at", cascade="all")


class Staff(Base):
    """What a directory of civil servants said of a person of the staff realm, last time it was asked."""

    __tablename__ = "staff"
    __table_args__ = (UniqueConstraint("directory", "entry_id"),)

    person_id: Mapped[UUID] = mapped_column(ForeignKey("persons.id", ondelete="CASCADE"), primary_key=True)
    directory: Mapped[str] = mapped_column(String(32))
    """Its name; empty for an account of our own (`local_staff`), whose `entry_id` is the login."""
    entry_id: Mapped[str] = mapped_column(String(64))
    """The entry's own id there (entryUUID, RFC 4530): logins are given to somebody else, ids are not."""
    login: Mapped[str] = mapped_column(String(128))
    unit_code: Mapped[str] = mapped_column(String(64), default="")
    department_id: Mapped[UUID | None] = mapped_column(ForeignKey("departments.id"))
    post: Mapped[str] = mapped_column(String(128), default="")
    window: Mapped[str] = mapped_column(String(32), default="")
    """The counter at which they serve the public."""
    confirmed_at: Mapped[datetime] = mapped_column(index=True)
    """When the directory last knew them."""
    citizen_id: Mapped[UUID | None] = mapped_column(ForeignKey("persons.id", ondelete="SET NULL"), index=True)
    """The same human being as a citizen, if they have said so by a proof of both."""
    linked_at: Mapped[datetime | None]


class Document(Base):
    """An identity document somebody claims (`verified_at` empty, holds no number) or has proven."""

    __tablename__ = "documents"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("persons.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(40))
    country: Mapped[str | None] = mapped_column(String(3))
    number_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]
    verified_at: Mapped[datetime | None]
    displaced_at: Mapped[datetime | None]

    number = Encrypted()


class DocumentIndex(Base):
    """Finds a verified document by the keyed digest of its number; one row per live key generation.

    Documents of children under fourteen are digested as a kind of their own and found by it alone (`wards`).
    """

    __tablename__ = "document_indexes"
    __table_args__ = (UniqueConstraint("generation", "digest"),)

    document_id: Mapped[UUID] = mapped_column(
        ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True
    )
    generation: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))


class CertKey(Base):
    """The national hash of somebody's name and number (身份散列值), sealed; never an index of ours."""

    __tablename__ = "cert_keys"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("persons.id", ondelete="CASCADE"), unique=True)
    value_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    basis: Mapped[bytes] = mapped_column(LargeBinary(32))
    """Keyed digest of the document and name it was made of; it means nothing once these change."""
    origin: Mapped[str] = mapped_column(String(32))
    """The upstream that gave it, or `computed`."""
    at: Mapped[datetime]

    value = Encrypted()


class PhoneIndex(Base):
    """Finds a person by the keyed digest of a proven phone; a phone belongs to one person at a time."""

    __tablename__ = "phone_indexes"
    __table_args__ = (UniqueConstraint("generation", "digest"),)

    person_id: Mapped[UUID] = mapped_column(ForeignKey("persons.id", ondelete="CASCADE"), primary_key=True)
    generation: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))


class Displacement(Base):
    """A verified document that somebody else has proven at a higher level; takes effect after the hold."""

    __tablename__ = "displacements"
    __table_args__ = (Index(None, "due_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    document_id: Mapped[UUID] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"))
    claimant_id: Mapped[UUID] = mapped_column(ForeignKey("persons.id", ondelete="CASCADE"))
    level: Mapped[int]
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]


class Guardianship(Base):
    """
    Somebody grown says that a minor is in their care; in force from `agreed_at` on, until it ends.

    `digest` is keyed and covers guardian and document, so that the database lets one pair be linked
    once, without knowing anybody. The minor's eighteenth birthday is their secret: only its year is readable.
    """

    __tablename__ = "guardianships"
    __table_args__ = (
        Index(
            "uq_guardianships_digest",
            "digest",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    guardian_id: Mapped[UUID] = mapped_column(ForeignKey("persons.id", ondelete="CASCADE"), index=True)
    ward_id: Mapped[UUID] = mapped_column(ForeignKey("persons.id", ondelete="CASCADE"), index=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    relation: Mapped[str] = mapped_column(String(2))
    """GB/T 4761: what the guardian is to the minor."""
    grade: Mapped[str] = mapped_column(String(16), default="declared")
    """How well the relation is known: `declared` by the guardian, or checked at a `window`."""
    authority: Mapped[str] = mapped_column(String(64), default="")
    request_id: Mapped[str] = mapped_column(String(64), default="")
    """Where and under which id name and number of the minor were confirmed."""
    last_year: Mapped[int] = mapped_column(index=True)
    """The year in which the minor comes of age."""
    created_at: Mapped[datetime]
    agreed_at: Mapped[datetime | None]
    """Children under fourteen agree through their guardian, older ones themselves."""
    ended_at: Mapped[datetime | None]
    ended_because: Mapped[str | None] = mapped_column(String(32))
    name_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)

    name = Encrypted()
    """What this guardian called the child, as a registry confirmed it to them; they are shown no other."""


class MergeStatus(StrEnum):
    """Where joining two accounts of one person stands (domain: life cycle)."""

    SUGGESTED = "suggested"
    """Something here noticed that two accounts may be one person's; no operator has looked yet."""
    PROPOSED = "proposed"
    """One operator says so, a second must."""
    APPROVED = "approved"
    """Both owners are told, and either may object."""
    MERGED = "merged"
    """It is one account; until the window ends it can be two again."""
    FINAL = "final"
    REFUSED = "refused"
    OBJECTED = "objected"
    LAPSED = "lapsed"
    """When its time came it was not possible any more."""
    UNDONE = "undone"


class Merge(Base):
    """Two accounts that operators join because one person has both: `merged` goes into `survivor`."""

    __tablename__ = "merges"
    __table_args__ = (Index(None, "status", "cools_until"), Index(None, "status", "undo_until"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    status: Mapped[str] = mapped_column(String(16), default=MergeStatus.PROPOSED)
    survivor_id: Mapped[UUID] = mapped_column(ForeignKey("persons.id", ondelete="CASCADE"), index=True)
    merged_id: Mapped[UUID] = mapped_column(ForeignKey("persons.id", ondelete="CASCADE"), index=True)
    origin: Mapped[str] = mapped_column(String(32), default="console")
    """What saw that they are one person's."""
    department_id: Mapped[UUID | None] = mapped_column(ForeignKey("departments.id"))
    """Whose operators see the case; empty: those of the whole instance."""
    reason: Mapped[str] = mapped_column(String(200), default="")
    opened_by: Mapped[UUID | None] = mapped_column(ForeignKey("persons.id", ondelete="SET NULL"))
    opened_at: Mapped[datetime]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("persons.id", ondelete="SET NULL"))
    decided_at: Mapped[datetime | None]
    second_reason: Mapped[str] = mapped_column(String(200), default="")
    cools_until: Mapped[datetime | None]
    merged_at: Mapped[datetime | None]
    undo_until: Mapped[datetime | None]
    undone_by: Mapped[UUID | None] = mapped_column(ForeignKey("persons.id", ondelete="SET NULL"))
    undo_reason: Mapped[str] = mapped_column(String(200), default="")
    settled_at: Mapped[datetime | None]
    """When it was over, whichever way."""
    settled_because: Mapped[str] = mapped_column(String(32), default="")
    manifest_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)

    manifest = Encrypted()
    """Everything that moved, for the way back."""


class SplitStatus(StrEnum):
    """Where taking one account apart stands."""

    PROPOSED = "proposed"
    SPLIT = "split"
    REFUSED = "refused"
    LAPSED = "lapsed"


class Split(Base):
    """One account behind which two people are: what belongs to the other goes to a new one."""

    __tablename__ = "splits"
    __table_args__ = (Index(None, "status", "opened_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    status: Mapped[str] = mapped_column(String(16), default=SplitStatus.PROPOSED)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("persons.id", ondelete="CASCADE"), index=True)
    new_person_id: Mapped[UUID | None] = mapped_column(ForeignKey("persons.id", ondelete="SET NULL"))
    takes: Mapped[dict[str, list[str]]] = mapped_column(JSON, default=dict)
    """Which rows go, by table."""
    department_id: Mapped[UUID | None] = mapped_column(ForeignKey("departments.id"))
    reason: Mapped[str] = mapped_column(String(200))
    opened_by: Mapped[UUID | None] = mapped_column(ForeignKey("persons.id", ondelete="SET NULL"))
    opened_at: Mapped[datetime]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("persons.id", ondelete="SET NULL"))
    decided_at: Mapped[datetime | None]
    second_reason: Mapped[str] = mapped_column(String(200), default="")
