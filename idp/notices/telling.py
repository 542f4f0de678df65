"""Tell a person what happened, on every channel they have: the inbox at once, text messages by the worker.

The notice is written in the transaction of the act it is about. Nothing in it names anyone.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from idp.notices import choices, texts
from idp.notices.choices import Channel
from idp.notices.models import Notice
from idp.outbox import queue

SMS = "notice.sms"
"""Topic of text messages that wait for the worker (`notices.delivery`)."""


def tell(
    db: Session, person_id: UUID, topic: str, now: datetime, details: Mapping[str, Any] | None = None
) -> None:
    """Put a notice into the person's inbox, and into the outbox for their phone if the topic has a text."""
    db.add(Notice(person_id=person_id, topic=topic, details=dict(details or {}), at=now))
    if texts.has_text(topic) and choices.wants(db, person_id, topic, Channel.SMS):
        queue.put(db, SMS, {"person_id": str(person_id), "topic": topic}, subject=str(person_id))


def tell_phone(db: Session, phone: str, topic: str, language: str) -> None:
    """Queue a text message for a phone whose holder has no account, or whose account must not be shown."""
    queue.put(db, SMS, {"phone": phone, "topic": topic, "language": language})


def keep(
    db: Session, person_id: UUID, topic: str, now: datetime, details: Mapping[str, Any] | None = None
) -> None:
    """Put a notice into the inbox alone, for what a phone must not be told, or was told already."""
    db.add(Notice(person_id=person_id, topic=topic, details=dict(details or {}), at=now))
