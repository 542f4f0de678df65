"""How far moving in has come: counts by source, and the accounts that need somebody to look at them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from idp.keys.vault import Vault
from idp.moving import sealing
from idp.moving.models import ImportedAccount, ImportRun, ImportSource, State
from idp.moving.rows import Account

NEEDS_SOMEBODY = (State.CONFLICT, State.REFUSED)
AT_ONCE = 500


@dataclass(frozen=True)
class Count:
    """How many accounts of one source stand how."""

    source: str
    name: str
    client_id: str | None
    waiting: int
    joined: int
    conflict: int
    refused: int
    unchecked: int
    doubles: int
    """Accounts whose document another account of the same source has, too: one person will hold both."""


def counts(db: Session) -> Sequence[Count]:
    """Every source."""
    return [count(db, one) for one in db.scalars(select(ImportSource).order_by(ImportSource.code))]


def count(db: Session, source: ImportSource) -> Count:
    """One source."""
    table = ImportedAccount
    query = select(table.state, func.count()).where(table.source == source.code).group_by(table.state)
    states = {row[0]: row[1] for row in db.execute(query)}
    return Count(
        source=source.code,
        name=source.name,
        client_id=source.client_id,
        waiting=states.get(State.WAITING, 0),
        joined=states.get(State.JOINED, 0),
        conflict=states.get(State.CONFLICT, 0),
        refused=states.get(State.REFUSED, 0),
        unchecked=_number(db, source.code, table.checked_at.is_(None)),
        doubles=_doubles(db, source.code),
    )


def runs_of(db: Session, source: str) -> Sequence[ImportRun]:
    """The files read into a source, the newest first."""
    query = select(ImportRun).where(ImportRun.source == source)
    return db.scalars(query.order_by(ImportRun.started_at.desc()).limit(50)).all()


def open_accounts(db: Session, vault: Vault, source: str) -> Iterator[tuple[ImportedAccount, Account]]:
    """Conflicts and refusals of a source, row by row, for the file that goes back to who brought it."""
    query = select(ImportedAccount).where(
        ImportedAccount.source == source, ImportedAccount.state.in_(NEEDS_SOMEBODY)
    )
    for stored in db.scalars(query.order_by(ImportedAccount.line).execution_options(yield_per=AT_ONCE)):
        yield stored, sealing.opened(vault, stored.id, stored.told_sealed)


def _number(db: Session, source: str, condition: ColumnElement[bool]) -> int:
    query = select(func.count()).select_from(ImportedAccount).where(ImportedAccount.source == source)
    return db.scalar(query.where(condition)) or 0


def _doubles(db: Session, source: str) -> int:
    digest = ImportedAccount.document_digest
    query = select(func.count(digest) - func.count(digest.distinct())).where(ImportedAccount.source == source)
    return db.scalar(query) or 0
