"""Record what happened, in the transaction of the act itself: no act without its record, nor the reverse.

Rows are written unchained; one sealer numbers and chains them afterwards, because chaining in every writer
would make them queue for one another.
"""

from sqlalchemy.orm import Session

from idp import clock
from idp.audit import scope
from idp.audit.events import Event
from idp.audit.models import AuditEvent


def record(db: Session, event: Event) -> None:
    """Add one event to this transaction."""
    asking = scope.current()
    db.add(
        AuditEvent(
            topic=event.topic,
            at=clock.now(),
            person_id=event.person_id,
            client_id=event.client_id,
            session_id=event.session_id,
            actor=asking.actor,
            request_id=asking.request_id or None,
            source=asking.source or None,
            details=event.details(),
        )
    )
