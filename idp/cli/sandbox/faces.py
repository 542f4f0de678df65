"""Level 4 for people of the sandbox: the comparison of their faces is the sandbox's own word, and says so."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.evidence.models import Evidence, Method
from idp.persons import real_person
from idp.persons.likeness import Compared, Outcome, Sitting
from idp.persons.real_person import Attempt
from idp.storage.base import new_id

AUTHORITY = "sandbox"


def settle(db: Session, person_id: UUID, lasts: timedelta, now: datetime) -> None:
    """Let somebody who never showed their face have shown it; what was taken back since stays so."""
    before = select(Evidence.id).where(Evidence.person_id == person_id, Evidence.method == Method.REAL_PERSON)
    subject = real_person.subject(db, person_id, now)
    if subject is None or db.scalar(before.limit(1)) is not None:
        return
    sitting = Sitting(AUTHORITY, AUTHORITY, "")
    attempt = Attempt(person_id, new_id(), subject.document_id, sitting)
    compared = Compared(Outcome.SAME, None, AUTHORITY, AUTHORITY, now)
    real_person.conclude(db, attempt, compared, lasts, now)
