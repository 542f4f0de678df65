"""Put a message into this transaction; it leaves only if the transaction commits."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from idp import clock
from idp.outbox.models import Message
from idp.storage.base import new_id

Payload = Mapping[str, Any]


def put(
    db: Session, topic: str, payload: Payload, *, subject: str | None = None, due_at: datetime | None = None
) -> Message:
    """Queue one message. `subject` groups messages without naming anyone; the payload is sealed."""
    now = clock.now()
    message = Message(id=new_id(), topic=topic, subject=subject, created_at=now, due_at=due_at or now)
    db.add(message)
    vault = db.info["vault"]
    message.payload = vault.seal(json.dumps(payload).encode(), "outbox_messages", "payload", message.id)
    return message


def open_payload(db: Session, message: Message) -> Payload:
    """What the message says; empty once it has been delivered and erased."""
    if message.payload is None:
        return {}
    plain: Payload = json.loads(
        db.info["vault"].open(message.payload, "outbox_messages", "payload", message.id)
    )
    return plain
