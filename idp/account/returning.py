"""A case is approved or undone: what moves, and what ends with it, in one transaction.

Composed here, because windows know no sessions. Credentials are ended and not erased until nothing can be
undone any more; the worker erases them then.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from idp.account.ending import end_everything
from idp.authenticators.models import Credential
from idp.keys.vault import Vault
from idp.outbox import queue
from idp.outbox.worker import Leased
from idp.storage.database import Database
from idp.windows import cases, slips
from idp.windows.cases import BY_COMMAND
from idp.windows.events import Vouched
from idp.windows.models import CaseStatus, WindowOperator

FINAL = "case.final"
"""Topic of cases that can no longer be undone."""
REASON = "case_approved"


@dataclass(frozen=True)
class Done:
    """Who lost and who has the document, and the slip of an owner who has no other way in."""

    holder_id: UUID
    owner_id: UUID
    slip: str = field(default="", repr=False)


def approve(
    db: Session,
    vault: Vault,
    case_id: UUID,
    operator: WindowOperator,
    now: datetime,
    vouched: Vouched = BY_COMMAND,
) -> Done:
    """The document moves, the wrong holder is out everywhere; a new owner gets a slip that works at once."""
    returned = cases.approve(db, vault, case_id, operator, now, vouched)
    end_everything(db, returned.holder_id, REASON, now)
    slips.stop(db, returned.holder_id, REASON, now)
    db.execute(
        update(Credential)
        .where(Credential.person_id == returned.holder_id, Credential.ended_at.is_(None))
        .values(ended_at=now)
    )
    undo_until = cases.find(db, case_id).undo_until
    queue.put(db, FINAL, {"case": str(case_id)}, subject=str(returned.holder_id), due_at=undo_until)
    if not returned.is_new:
        return Done(returned.holder_id, returned.owner_id)
    _, printed = slips.issue(db, returned.owner_id, operator.id, operator.number, timedelta(0), now)
    return Done(returned.holder_id, returned.owner_id, printed)


def undo(db: Session, vault: Vault, case_id: UUID, operator: WindowOperator, now: datetime) -> Done:
    """Give the document and the ways of signing in back; sessions begin anew."""
    approved_at = cases.find(db, case_id).approved_at
    returned = cases.undo(db, vault, case_id, operator, now)
    end_everything(db, returned.holder_id, "case_undone", now)
    slips.stop(db, returned.holder_id, "case_undone", now)
    db.execute(
        update(Credential)
        .where(Credential.person_id == returned.owner_id, Credential.ended_at == approved_at)
        .values(ended_at=None)
    )
    return Done(returned.holder_id, returned.owner_id)


def make_final(database: Database, message: Leased) -> None:
    """Worker topic `case.final`: erase the secrets that were kept in case it was undone."""
    with database.writing() as db:
        case = cases.find(db, UUID(message.payload["case"]))
        if case.status != CaseStatus.APPROVED:
            return
        db.execute(
            update(Credential)
            .where(Credential.person_id == case.holder_id, Credential.ended_at == case.approved_at)
            .values(secret="", seed_sealed=None, handle=None)  # noqa: S106 - erased
        )
