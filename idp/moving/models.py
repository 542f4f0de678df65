"""Tables of moving in: the sources accounts come from, the runs that read files, the accounts."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from idp.storage.base import Base


class Kind(StrEnum):
    """Whose account it was: one human being's, or the login a whole enterprise shared."""

    PERSON = "person"
    ORGANISATION = "organisation"


class State(StrEnum):
    """How far an imported account has come."""

    WAITING = "waiting"
    """Nobody has proven that it is theirs."""
    JOINED = "joined"
    CONFLICT = "conflict"
    """The holder of its document has another name: an operator decides."""
    REFUSED = "refused"
    """The registry says that its name and number do not belong together."""


class ImportSource(Base):
    """A system accounts come from; its name is part of what an account is found by."""

    __tablename__ = "import_sources"

    code: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(128))
    """What people know the system by."""
    client_id: Mapped[str | None] = mapped_column(String(64), ForeignKey("clients.id", ondelete="SET NULL"))
    """The portal whose old users these are; it may ask for their subjects."""
    generation: Mapped[int]
    """The index key under which its accounts are named, so that importing again finds them."""
    created_at: Mapped[datetime]


class ImportRun(Base):
    """One file read into a source: how far it has come and what became of its rows."""

    __tablename__ = "import_runs"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(
        String(32), ForeignKey("import_sources.code", ondelete="CASCADE"), index=True
    )
    file_digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    position: Mapped[int] = mapped_column(default=0)
    """Rows read so far; the next start goes on behind them."""
    added: Mapped[int] = mapped_column(default=0)
    changed: Mapped[int] = mapped_column(default=0)
    unchanged: Mapped[int] = mapped_column(default=0)
    faulty: Mapped[int] = mapped_column(default=0)
    fault_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    """How long the returned file was at that position."""
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


def _partly(name: str, column: str, condition: str) -> Index:
    only = text(condition)
    return Index(f"ix_imported_accounts_{name}", column, sqlite_where=only, postgresql_where=only)


class ImportedClaim(Base):
    """Somebody who is known had the password of a login that an enterprise shared: they say they act for it.

    It lets them do nothing; an administrator of the organisation, or two operators, make the mandate or not.
    """

    __tablename__ = "imported_claims"

    account_id: Mapped[UUID] = mapped_column(
        ForeignKey("imported_accounts.id", ondelete="CASCADE"), primary_key=True
    )
    person_id: Mapped[UUID] = mapped_column(
        ForeignKey("persons.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    at: Mapped[datetime]
    settled_at: Mapped[datetime | None] = mapped_column(index=True)
    """When they were found to hold a mandate."""
    closed_at: Mapped[datetime | None]
    """When an operator found that there is nothing to do; a mandate settles it all the same."""
    closed_by: Mapped[UUID | None] = mapped_column(ForeignKey("persons.id"))
    closed_note: Mapped[str] = mapped_column(String(200), default="", server_default="")
    """Why, in the operator's words."""


class ImportFault(Base):
    """A faulty row of a run, kept for a while so that whoever brought the file can be told."""

    __tablename__ = "import_faults"
    __table_args__ = (UniqueConstraint("run_id", "line"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    run_id: Mapped[UUID] = mapped_column(ForeignKey("import_runs.id", ondelete="CASCADE"))
    line: Mapped[int]
    """Its number in the file."""
    fault: Mapped[str] = mapped_column(String(32))
    told_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    """The cells as they came, as JSON, without the old password's hash."""
    at: Mapped[datetime] = mapped_column(index=True)


class ImportedAccount(Base):
    """An account of another system; what it says is sealed, and found by keyed digests alone.

    `id` is made of the keyed digest of source and the account's id there: importing twice writes one row.
    """

    __tablename__ = "imported_accounts"
    __table_args__ = (
        _partly("document", "document_digest", "document_digest IS NOT NULL"),
        _partly("phone", "phone_digest", "phone_digest IS NOT NULL"),
        _partly("login", "login_digest", "login_digest IS NOT NULL"),
        _partly("secret", "id", "secret IS NOT NULL"),
        _partly("untaken", "id", "untaken"),
        _partly("unchecked", "id", "checked_at IS NULL"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(
        String(32), ForeignKey("import_sources.code", ondelete="CASCADE"), index=True
    )
    run_id: Mapped[UUID]
    line: Mapped[int]
    kind: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16), default=State.WAITING)
    content: Mapped[bytes] = mapped_column(LargeBinary(32))
    """Keyed digest of everything the row says: whether a second import changes it."""
    told_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    """The row itself (`rows.Account`), as JSON."""
    document_digest: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    phone_digest: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    login_digest: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    credit_code: Mapped[str | None] = mapped_column(String(18), index=True)
    secret: Mapped[str | None] = mapped_column(Text)
    """The old password's hash in a form `crypto.passwords` verifies; gone once joined."""
    untaken: Mapped[bool] = mapped_column(default=False)
    """A weak hash is sealed in the row and still to be wrapped by the worker; it lets nobody in before."""
    checked_at: Mapped[datetime | None]
    """When the registry was asked; set at once where there is nothing to ask."""
    answer: Mapped[str] = mapped_column(String(32), default="")
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("persons.id", ondelete="CASCADE"), index=True)
    joined_at: Mapped[datetime | None]
    joined_by: Mapped[str] = mapped_column(String(16), default="")
    """`document`, `password` or `mandate`."""
    created_at: Mapped[datetime]
