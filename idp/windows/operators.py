"""Operators of windows: who may witness, and by which key."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from joserfc.jwk import Key
from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.audit import trail
from idp.audit.events import ConfigurationChanged
from idp.crypto import jose
from idp.storage.database import Refusal
from idp.windows.models import WindowOperator


class OperatorFault(Refusal):
    """The operator cannot be added, or there is none of that number."""


@dataclass(frozen=True)
class OperatorKey:
    """One operator's public key (`jose.KeySource`)."""

    key: Key

    def verifying(self, kid: str | None, alg: str) -> Sequence[Key]:
        """The key, if it can have made such a signature."""
        return [self.key] if jose.suits(self.key, alg) else []


def add(
    db: Session,
    number: str,
    name: str,
    key: dict[str, Any],
    now: datetime,
    person_id: UUID | None = None,
) -> WindowOperator:
    """Let somebody witness; raises OperatorFault. No number is used again: the trail names people by them."""
    try:
        public = jose.public_key(key)
    except ValueError as fault:
        raise OperatorFault(f"key: {fault}") from fault
    if not number or len(number) > 32 or not number.isascii() or not number.isprintable():
        raise OperatorFault("number: 1 to 32 ASCII characters")
    if db.scalar(select(WindowOperator.id).where(WindowOperator.number == number)):
        raise OperatorFault(f"number {number} is somebody's already")
    row = WindowOperator(
        number=number, key=dict(public.as_dict(private=False)), person_id=person_id, created_at=now
    )
    db.add(row)
    row.name = name
    db.flush()
    trail.record(db, ConfigurationChanged(what=f"window operator {number}", change="operator added"))
    return row


def end(db: Session, number: str, now: datetime) -> WindowOperator:
    """Let somebody witness no longer."""
    row = find(db, number)
    row.ended_at = now
    trail.record(db, ConfigurationChanged(what=f"window operator {number}", change="operator ended"))
    return row


def find(db: Session, number: str) -> WindowOperator:
    """A living operator by number; raises OperatorFault."""
    row = db.scalar(
        select(WindowOperator).where(WindowOperator.number == number, WindowOperator.ended_at.is_(None))
    )
    if row is None:
        raise OperatorFault(f"no operator {number}: `idp window operators list` shows them")
    return row


def listed(db: Session) -> Sequence[WindowOperator]:
    """Every operator, the ended ones too."""
    return db.scalars(select(WindowOperator).order_by(WindowOperator.number)).all()


def key_of(row: WindowOperator) -> OperatorKey:
    """What an operator's signatures are checked with."""
    return OperatorKey(jose.public_key(row.key))
