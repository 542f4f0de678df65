"""What waits for an operator at their page: readings to stand by, and cases for a second pair of eyes.

A visit's row holds the device's own words, sealed, while somebody stands at the window; it is taken once.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import CursorResult, delete, select
from sqlalchemy.orm import Session

from idp.clients.directory import Clients
from idp.storage import purging
from idp.storage.database import Database
from idp.windows import operators
from idp.windows.assertions import Presented
from idp.windows.cases import APPROVABLE
from idp.windows.models import CaseStatus, WindowCase, WindowOperator, WindowVisit

WAIT = timedelta(minutes=10)


def keep(
    db: Session, presented: Presented, assertion: str, account: UUID | None, now: datetime
) -> WindowVisit:
    """Let it wait for the operator it names."""
    visit = WindowVisit(
        request_id=presented.request_id,
        operator_id=presented.operator_id,
        account_id=account,
        arrived_at=now,
        expires_at=now + WAIT,
    )
    db.add(visit)
    visit.assertion = assertion
    return visit


def of_operator(db: Session, operator: WindowOperator, now: datetime) -> Sequence[WindowVisit]:
    """Those that wait for an operator, oldest first."""
    waiting = (WindowVisit.operator_id == operator.id, WindowVisit.expires_at > now)
    return db.scalars(select(WindowVisit).where(*waiting).order_by(WindowVisit.arrived_at)).all()


def find(db: Session, visit_id: UUID, operator: WindowOperator, now: datetime) -> WindowVisit | None:
    """One of them."""
    return next((one for one in of_operator(db, operator, now) if one.id == visit_id), None)


def take(db: Session, visit: WindowVisit) -> bool:
    """True for the one who takes it first."""
    gone = db.execute(delete(WindowVisit).where(WindowVisit.id == visit.id))
    return isinstance(gone, CursorResult) and gone.rowcount == 1


def for_second_eyes(
    db: Session, clients: Clients, operator: WindowOperator, now: datetime
) -> Sequence[WindowCase]:
    """The cases at an operator's windows that wait for somebody else than who opened them, oldest first."""
    waiting = (WindowCase.status == CaseStatus.OPEN, WindowCase.opened_at > now - APPROVABLE)
    found = db.scalars(select(WindowCase).where(*waiting).order_by(WindowCase.opened_at)).all()
    return [
        case
        for case in found
        if not operators.same_hands(db, case.opened_by, operator)
        and (device := clients.find(case.device)) is not None
        and operators.is_at(db, operator, device)
    ]


def purge(database: Database, now: datetime) -> int:
    """Forget those for which nobody came."""
    return purging.purge(database, WindowVisit, WindowVisit.expires_at <= now)
