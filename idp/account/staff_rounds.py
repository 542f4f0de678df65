"""What the worker does for civil servants: ask their directory again, and end what it has ended.

Whoever is disabled or removed there is shut out at once; whoever moved has another department from then on.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select, update

from idp import clock
from idp.account import ending
from idp.authenticators.directory import Entry, Unavailable
from idp.authenticators.staff import Staffing
from idp.persons import locking, staff
from idp.persons.models import Person, PersonStatus, Staff
from idp.services import Services
from idp.storage.database import Database

log = structlog.get_logger("yitong.staff")

BATCH = 100
FEW = 10
"""So many may be gone at once without anybody wondering."""


def go_round(services: Services, stopping: Callable[[], bool] = lambda: False) -> int:
    """Ask about everybody who was not asked about of late; gives how many were shut out or moved."""
    staffing: Staffing | None = services.extras.get("directory")
    asked = services.settings.directory
    if staffing is None or asked is None:
        return 0
    changed, began = 0, clock.now()
    before = began - timedelta(seconds=asked.refresh)
    while not stopping() and (batch := _due(services.database, staffing.source.directory, before)):
        found = staffing.directory.lookup([one.entry_id for one in batch])
        if isinstance(found, Unavailable):
            break
        missing = [one for one in batch if one.entry_id not in found]
        if len(missing) > max(FEW, len(batch) // 2):
            # Half a unit does not retire in a minute: a base or an account was changed by mistake.
            log.error("staff.missing", asked=len(batch), missing=len(missing))
            break
        for one in batch:
            changed += _taken_over(services.database, staffing, one, found.get(one.entry_id), began)
    return changed


def _due(database: Database, directory: str, before: datetime) -> Sequence[Staff]:
    query = (
        select(Staff)
        .join(Person, Person.id == Staff.person_id)
        .where(
            Staff.directory == directory,
            Staff.confirmed_at < before,
            Person.status == PersonStatus.ACTIVE,
        )
        .order_by(Staff.confirmed_at)
        .limit(BATCH)
    )
    with database.reading() as db:
        found = db.scalars(query).all()
        db.expunge_all()
        return found


def _taken_over(
    database: Database, staffing: Staffing, one: Staff, entry: Entry | None, now: datetime
) -> int:
    """What the directory says of one civil servant, in a transaction of its own; 1 if it was news."""
    with database.writing() as db:
        known, person = db.get_one(Staff, one.person_id), db.get_one(Person, one.person_id)
        version = person.version
        if entry is None or entry.disabled:
            reason = staff.REMOVED if entry is None else staff.DISABLED
            locking.alone(db, person.id)
            staff.shut_out(db, person, reason, now)
            ending.end_everything(db, person.id, reason, now)
        else:
            staff.keep_up(db, staffing.source, known, person, entry, now)
        db.execute(update(Staff).where(Staff.person_id == person.id).values(confirmed_at=now))
        return int(person.version != version)
