"""Tables of an organisation's people that somebody takes home or brings: who did, when, and how many rows.

The trail keeps it for auditors, the organisation's own history for whoever leads it: a list of everybody who
may act for a company is what an attacker would like to have.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from idp.audit import trail
from idp.audit.events import Event
from idp.mandates.events import HistoryExported, MembersExported, MembersImported
from idp.organisations import history


def members_taken(db: Session, organisation_id: UUID, by: UUID, file: str, rows: int, now: datetime) -> None:
    """Somebody downloads everybody who may act, as `xlsx` or `csv`."""
    event = MembersExported(person_id=by, organisation=str(organisation_id), file=file, rows=rows)
    _note(db, organisation_id, event, by, now, rows=rows)


def members_brought(
    db: Session, organisation_id: UUID, by: UUID, file: str, rows: int, invited: int, now: datetime
) -> None:
    """Somebody has signed the right rows of a table."""
    event = MembersImported(
        person_id=by, organisation=str(organisation_id), file=file, rows=rows, invited=invited
    )
    _note(db, organisation_id, event, by, now, rows=rows, invited=invited)


def history_taken(db: Session, organisation_id: UUID, by: UUID, rows: int, now: datetime) -> None:
    """Somebody downloads what was done."""
    event = HistoryExported(person_id=by, organisation=str(organisation_id), rows=rows)
    _note(db, organisation_id, event, by, now, rows=rows)


def _note(db: Session, organisation_id: UUID, event: Event, by: UUID, now: datetime, **counts: int) -> None:
    trail.record(db, event)
    said: dict[str, Any] = {name: str(value) for name, value in counts.items()}
    history.note(db, organisation_id, event.topic, now, person_id=by, **said)
