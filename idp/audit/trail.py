"""Record what happened, in the transaction of the act itself: no act without its record, nor the reverse.

Rows are written unchained; one sealer numbers and chains them afterwards, because chaining in every writer
would make them queue for one another.
"""

import json
from typing import Any

from sqlalchemy.orm import Session

from idp import clock
from idp.audit import scope
from idp.audit.events import Event
from idp.audit.models import AuditEvent
from idp.storage.base import new_id

COLUMNS = (
    *("id", "topic", "at", "person_id", "client_id", "session_id"),
    *("actor", "request_id", "source", "details"),
)
INSERT = f"""
    insert into audit_events ({", ".join(COLUMNS)}) select {", ".join(f":trail_{name}" for name in COLUMNS)}
"""  # noqa: S608 - joined from constants
"""SQL: an event in a prepared statement, up to its `from`: without rows there, no event (`values`)."""


def record(db: Session, event: Event) -> None:
    """Add one event to this transaction."""
    db.add(AuditEvent(**_row(event)))


def values(event: Event) -> dict[str, object]:
    """The parameters of `INSERT`."""
    row = _row(event)
    row["details"] = json.dumps(row["details"])
    return {f"trail_{name}": row[name] for name in COLUMNS}


def _row(event: Event) -> dict[str, Any]:
    asking = scope.current()
    return {
        "id": new_id(),
        "topic": event.topic,
        "at": clock.now(),
        "person_id": event.person_id,
        "client_id": event.client_id,
        "session_id": event.session_id,
        "actor": asking.actor,
        "request_id": asking.request_id or None,
        "source": asking.source or None,
        "details": event.details(),
    }
