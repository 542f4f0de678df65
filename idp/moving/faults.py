"""Faulty rows of a run, kept sealed for a while: whoever brought the file can be told from the console.

The returned file beside an import is complete and can be imported itself. What is kept here is for correcting
the file that was brought: without the hashes of old passwords, without the text of a row that could not be
taken apart, and no more of a run than somebody would go through by hand.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import CursorResult, delete, func, insert, select
from sqlalchemy.orm import Session

from idp.keys.vault import Vault
from idp.moving.models import ImportedAccount, ImportFault, State
from idp.moving.rows import RETURNED, Account, Fault, in_words
from idp.moving.sealing import RAW, Batch
from idp.storage.base import new_id
from idp.storage.database import Database

TABLE, COLUMN = "import_faults", "told"
MOST = 10_000
"""Rows of one run."""
KEPT = timedelta(days=30)
CONTRADICTED: Mapping[str, str] = {
    State.CONFLICT: "证件的持有人姓名不同。请核对原系统的登记；确属本人的，由本人登录后归入。",
    State.REFUSED: "人口库的姓名与证件号码不一致。请与原件核对后改正，再导入。",
}
"""What to do about an account that another holder or a registry contradicts."""
WITHHELD = frozenset({"scheme", "hash", RAW})
AT_ONCE = 500


@dataclass(frozen=True)
class Row:
    """One faulty row as it is given back."""

    line: int
    fault: str
    advice: str
    cells: Mapping[str, str] = field(repr=False)


def keep(
    db: Session,
    vault: Vault,
    run_id: UUID,
    batch: Batch,
    faults: Mapping[int, tuple[Fault, ...]],
    before: int,
    now: datetime,
) -> None:
    """Keep the faulty rows of a handful; `before` is how many the run had until now."""
    cells = dict(batch.numbered)
    rows = []
    for line in sorted(faults)[: max(0, MOST - before)]:
        row_id, told = new_id(), withheld(cells[line]) | in_words(faults[line])
        sealed = vault.seal(json.dumps(told, ensure_ascii=False).encode(), TABLE, COLUMN, row_id)
        rows.append(
            {
                "id": row_id,
                "run_id": run_id,
                "line": line,
                "fault": faults[line][0].value,
                "told_sealed": sealed,
                "at": now,
            }
        )
    if rows:
        db.execute(insert(ImportFault), rows)


def counted(db: Session, run_ids: list[UUID]) -> dict[UUID, int]:
    """How many rows of these runs are still kept."""
    query = select(ImportFault.run_id, func.count()).where(ImportFault.run_id.in_(run_ids))
    return {row[0]: row[1] for row in db.execute(query.group_by(ImportFault.run_id))}


def of_run(db: Session, vault: Vault, run_id: UUID) -> Iterator[Row]:
    """The rows of a run that are kept, in the order of the file."""
    query = select(ImportFault).where(ImportFault.run_id == run_id).order_by(ImportFault.line)
    for one in db.scalars(query.execution_options(yield_per=AT_ONCE)):
        cells = json.loads(vault.open(one.told_sealed, TABLE, COLUMN, one.id))
        told = in_words([Fault(one.fault)]) | {name: cells[name] for name in RETURNED if name in cells}
        yield Row(one.line, told["fault"], told["advice"], cells)


def contradicted(stored: ImportedAccount, account: Account) -> Row:
    """An account that a registry or another holder contradicts, as it is given back."""
    fault, advice = stored.answer or stored.state, CONTRADICTED[stored.state]
    return Row(stored.line, fault, advice, withheld(account.cells))


def withheld(cells: Mapping[str, str]) -> dict[str, str]:
    """The cells that leave the database again."""
    return {name: cell for name, cell in cells.items() if name not in WITHHELD}


def forget(database: Database, now: datetime) -> int:
    """Delete what was kept long enough (PIPL Art. 19); gives how many."""
    with database.writing() as db:
        old = select(ImportFault.id).where(ImportFault.at < now - KEPT)
        result = db.execute(delete(ImportFault).where(ImportFault.id.in_(old.limit(10 * AT_ONCE))))
        return result.rowcount if isinstance(result, CursorResult) else 0
