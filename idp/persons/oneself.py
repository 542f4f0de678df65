"""One human being with several accounts: a civil servant who has said which citizen they are.

They prove both accounts in one browser; nothing else links them, and no portal is told. It is there so that
nobody decides their own case or is their own second pair of eyes.
"""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.audit import trail
from idp.audit.events import StaffLinked
from idp.evidence import levels
from idp.persons import names
from idp.persons.models import Person, PersonStatus, Realm, Staff
from idp.storage.database import Refusal

LEAST_LEVEL = 3
"""The citizen is known to a registry: a name somebody gave themselves says nothing."""


class Why(StrEnum):
    """Why the two are not taken for one; pages say it in words."""

    LEVEL = "oneself_level"
    NAME = "oneself_name"
    ALREADY = "oneself_already"
    NOBODY = "oneself_nobody"


class NotOneself(Refusal):
    """Nothing was linked, for this reason."""

    def __init__(self, reason: Why) -> None:
        super().__init__(reason.value)
        self.reason = reason


def link(db: Session, servant_id: UUID, citizen_id: UUID, now: datetime) -> None:
    """
    A civil servant is this citizen; raises NotOneself. Both have just been proven in the same browser.

    It is said once: whoever could take it back would do so before deciding about themselves.
    """
    account = db.get(Staff, servant_id, with_for_update=True)
    servant, citizen = db.get(Person, servant_id), db.get(Person, citizen_id)
    if account is None or servant is None or citizen is None:
        raise NotOneself(Why.NOBODY)
    if citizen.realm != Realm.CITIZEN or citizen.status != PersonStatus.ACTIVE:
        raise NotOneself(Why.NOBODY)
    if account.citizen_id is not None:
        raise NotOneself(Why.ALREADY)
    if levels.identity_level(db, citizen.id, now) < LEAST_LEVEL:
        raise NotOneself(Why.LEVEL)
    if not names.same(servant.name or "", citizen.name or ""):
        raise NotOneself(Why.NAME)
    account.citizen_id, account.linked_at = citizen.id, now
    trail.record(db, StaffLinked(person_id=citizen.id, staff=str(servant.id)))


def unlink(db: Session, servant_id: UUID) -> bool:
    """Take the link back, by an administrator of the machine; False if there is none."""
    account = db.get(Staff, servant_id)
    if account is None or account.citizen_id is None:
        return False
    trail.record(db, StaffLinked(person_id=account.citizen_id, staff=str(servant_id), ended=True))
    account.citizen_id, account.linked_at = None, None
    return True


def others(db: Session, servant_id: UUID) -> frozenset[UUID]:
    """Every other account that is known to be the same human being's, as a citizen or as staff."""
    citizen_id = db.scalar(select(Staff.citizen_id).where(Staff.person_id == servant_id))
    if citizen_id is None:
        return frozenset()
    also = db.scalars(select(Staff.person_id).where(Staff.citizen_id == citizen_id))
    return frozenset({citizen_id, *also} - {servant_id})
