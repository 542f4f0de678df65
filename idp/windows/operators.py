"""Operators of windows: who may witness, at which windows, and by which key."""

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
from idp.clients.metadata import Client
from idp.crypto import jose
from idp.departments import tree
from idp.departments.models import Department
from idp.persons.models import Person, PersonStatus, Realm, Staff
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
    key: dict[str, Any] | None,
    now: datetime,
    person_id: UUID | None = None,
    department_id: UUID | None = None,
) -> WindowOperator:
    """Let somebody witness, by a key or as a civil servant; raises OperatorFault.

    No number is used again: the trail names people by them. Nobody has two, or they could be their own second
    pair of eyes.
    """
    public = _public(key)
    if key is None and person_id is None:
        raise OperatorFault("key or person: one of them must answer for what is witnessed")
    if person_id is not None:
        _require_free(db, person_id)
    if not number or len(number) > 32 or not number.isascii() or not number.isprintable():
        raise OperatorFault("number: 1 to 32 ASCII characters")
    if db.scalar(select(WindowOperator.id).where(WindowOperator.number == number)):
        raise OperatorFault(f"number {number} is somebody's already")
    row = WindowOperator(
        number=number, key=public, person_id=person_id, department_id=department_id, created_at=now
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
    """A living operator by number; raises OperatorFault. Who may not sign in witnesses nothing either."""
    row = db.scalar(
        select(WindowOperator).where(WindowOperator.number == number, WindowOperator.ended_at.is_(None))
    )
    if row is None:
        raise OperatorFault(f"no operator {number}: `idp window operators list` shows them")
    if row.person_id is not None and db.get_one(Person, row.person_id).status != PersonStatus.ACTIVE:
        raise OperatorFault(f"operator {number} may not sign in at present")
    return row


def of_person(db: Session, person_id: UUID) -> WindowOperator | None:
    """The operator that a civil servant is; None for most."""
    return db.scalar(
        select(WindowOperator).where(WindowOperator.person_id == person_id, WindowOperator.ended_at.is_(None))
    )


def listed(db: Session) -> Sequence[WindowOperator]:
    """Every operator, the ended ones too."""
    return db.scalars(select(WindowOperator).order_by(WindowOperator.number)).all()


def same_hands(db: Session, operator_id: UUID | None, other: WindowOperator) -> bool:
    """Whether two operators are one human being, under whatever numbers."""
    if operator_id is None or operator_id == other.id:
        return operator_id is not None
    one = db.get_one(WindowOperator, operator_id)
    return one.person_id is not None and one.person_id == other.person_id


def is_at(db: Session, operator: WindowOperator, device: Client) -> bool:
    """Whether a device stands at one of the operator's windows: those of their department and below it."""
    department_id = operator.department_id or _works_in(db, operator)
    if department_id is None or device.department_id is None:
        return False
    own, its = db.get(Department, department_id), db.get(Department, device.department_id)
    return own is not None and its is not None and tree.is_within(its, own)


def key_of(row: WindowOperator) -> OperatorKey | None:
    """What an operator's signatures are checked with, if they have any."""
    return None if row.key is None else OperatorKey(jose.public_key(row.key))


def _public(key: dict[str, Any] | None) -> dict[str, Any] | None:
    try:
        return None if key is None else dict(jose.public_key(key).as_dict(private=False))
    except ValueError as fault:
        raise OperatorFault(f"key: {fault}") from fault


def _require_free(db: Session, person_id: UUID) -> None:
    person = db.get(Person, person_id)
    if person is None or person.realm != Realm.STAFF:
        raise OperatorFault("person: must be a civil servant who has signed in here")
    if of_person(db, person_id) is not None:
        raise OperatorFault("person: is an operator already")


def _works_in(db: Session, operator: WindowOperator) -> UUID | None:
    known = db.get(Staff, operator.person_id) if operator.person_id else None
    return known.department_id if known else None
