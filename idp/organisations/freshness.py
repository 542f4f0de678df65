"""When a registry is asked about an organisation again, and how far its lists of changes have been read."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from idp.organisations.claim import by_code
from idp.organisations.lifecycle import FRESH
from idp.organisations.models import Organisation, OrganisationFeed, Standing
from idp.organisations.registry import ChangeFeed
from idp.outbox import queue
from idp.outbox.models import Message
from idp.persons.registry import Unavailable
from idp.storage.database import Database

REFRESH = "organisation.refresh"
"""Topic of `{organisation}`: ask its registry about it (`mandates.refresh`)."""
ASKED = (Standing.ACTIVE, Standing.RESTRICTED, Standing.SUSPENDED)
"""Who is asked about: whoever waits asks by themselves, and who is closed is no more."""
UNANSWERED = timedelta(hours=1)
"""When to ask again after no answer."""
SKIPPED = timedelta(minutes=5)
"""When to come to those again whose registry has just given no answer about another."""
NOT_ONLINE = timedelta(days=30)
"""When to ask again where no registry can be asked online; one may be connected by then."""
MOST_LINES = 100
"""Readings of a list of changes in one turn."""


def due(organisation: Organisation, now: datetime) -> bool:
    """Whether what is known of it is older than a day: worth asking in the background at a sign-in."""
    if organisation.standing not in ASKED:
        return False
    return organisation.checked_at is None or now - organisation.checked_at >= FRESH


def ask_soon(db: Session, organisation: Organisation) -> bool:
    """Leave it to the worker to ask, unless that waits already; gives whether it was left to it now."""
    subject = str(organisation.id)
    query = select(Message.id).where(
        Message.subject == subject, Message.topic == REFRESH, Message.settled_at.is_(None)
    )
    if db.scalar(query.limit(1)) is not None:
        return False
    queue.put(db, REFRESH, {"organisation": subject}, subject=subject)
    return True


def waiting(db: Session, most: int = 1000) -> list[UUID]:
    """About whom the worker is to ask, the longest waiting first."""
    query = select(Message.subject).where(Message.topic == REFRESH, Message.settled_at.is_(None))
    return [UUID(one) for one in db.scalars(query.order_by(Message.created_at).limit(most)) if one]


def whose_turn(db: Session, now: datetime, most: int) -> list[UUID]:
    """Who is to be asked about next, the longest unasked first."""
    query = select(Organisation.id).where(
        Organisation.standing.in_([Standing.ACTIVE, Standing.RESTRICTED]),
        or_(Organisation.check_after.is_(None), Organisation.check_after <= now),
    )
    return list(db.scalars(query.order_by(Organisation.check_after).limit(most)))


def read_changes(database: Database, feed: ChangeFeed, name: str, now: datetime) -> int:
    """
    Read a list of changes on from where it was left; gives how many known organisations are asked about soon.

    Cursor and messages are one transaction: whatever breaks off is read again, and asks no more than once.
    """
    known = 0
    for _ in range(MOST_LINES):
        with database.reading() as db:
            row = db.get(OrganisationFeed, name)
            cursor = row.cursor if row else ""
        changes = feed.after(cursor)
        if isinstance(changes, Unavailable) or changes.cursor == cursor:
            break
        with database.writing() as db:
            db.merge(OrganisationFeed(name=name, cursor=changes.cursor, read_at=now))
            found = [by_code(db, code) for code in dict.fromkeys(changes.codes)]
            known += sum(ask_soon(db, one) for one in found if one is not None and one.standing in ASKED)
        if not changes.codes:
            break
    return known
