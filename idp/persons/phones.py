"""Another phone in place of the one before (domain: life cycle, change of phone and reclaimed number)."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from idp.audit import trail
from idp.audit.events import PhoneChanged
from idp.evidence import levels
from idp.evidence.models import Evidence, Method
from idp.keys.vault import Vault
from idp.notices.telling import tell, tell_phone
from idp.persons import belongings, hold
from idp.persons.enrolment import Taken
from idp.persons.models import Person


def change(
    db: Session, vault: Vault, person: Person, phone: str, now: datetime, *, may_reclaim: bool
) -> None:
    """
    Make a phone (E.164, proven by a code) the person's own; both phones are told, and the hold begins.

    `may_reclaim` is whether an authority knows it as theirs: then whoever held it before loses it and keeps
    every other way in. Otherwise, and when two come at once, raises Taken and nothing is written.
    """
    holder, before = belongings.phone_holder(db, vault, phone), person.phone
    if holder is not None and holder.id != person.id:
        if not may_reclaim:
            raise Taken
        belongings.reclaim_phone(db, holder, now)
        db.flush()
    _forget_proof(db, person, now)
    try:
        belongings.give_phone(db, vault, person, phone)
        db.flush()
    except IntegrityError:
        raise Taken from None
    db.add(_proof(person, now))
    person.version += 1
    hold.begin(person, now)
    trail.record(db, PhoneChanged(person_id=person.id, reclaimed=holder is not None))
    tell(db, person.id, "phone.changed", now)
    if before:
        tell_phone(db, before, "phone.changed", person.locale)


def _forget_proof(db: Session, person: Person, now: datetime) -> None:
    db.execute(
        update(Evidence)
        .where(
            Evidence.person_id == person.id,
            Evidence.method == Method.PHONE_CODE,
            Evidence.withdrawn_at.is_(None),
        )
        .values(withdrawn_at=now, withdrawn_because="phone_changed")
    )


def _proof(person: Person, now: datetime) -> Evidence:
    level = levels.SUPPORTS[Method.PHONE_CODE]
    return Evidence(person_id=person.id, method=Method.PHONE_CODE, authority="sms", level=level, at=now)
