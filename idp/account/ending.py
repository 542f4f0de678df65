"""End whatever a person is signed in to: sessions, what clients were given, and what those still hold.

Composed here, because persons know no sessions and sessions know no protocol.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from idp import clock
from idp.authenticators.models import Credential
from idp.oauth.models import Authorization, RefreshFamily
from idp.outbox.worker import Leased
from idp.persons.models import Person, PersonStatus
from idp.sessions import lifecycle
from idp.storage.database import Database

LIVING = {PersonStatus.ACTIVE, PersonStatus.CLOSING}


def end_everything(db: Session, person_id: UUID, reason: str, now: datetime) -> int:
    """End all sessions and authorizations of a person, offline ones too; gives how many clients are told."""
    told = lifecycle.end_all(db, person_id, reason, now)
    end_authorizations(db, person_id, reason, now)
    return told


def end_elsewhere(db: Session, person_id: UUID, here: UUID, reason: str, now: datetime) -> int:
    """End everything of a person but this session and what it leads to; gives how many clients are told."""
    told = lifecycle.end_all(db, person_id, reason, now, but=here)
    end_authorizations(db, person_id, reason, now, but=here)
    return told


def end_authorizations(
    db: Session,
    person_id: UUID,
    reason: str,
    now: datetime,
    client_id: str | None = None,
    but: UUID | None = None,
) -> int:
    """
    End what one client, or every client, was given; their refresh tokens are worth nothing at once.

    `but` is a session whose own authorizations stay.
    """
    chosen = [Authorization.person_id == person_id, Authorization.ended_at.is_(None)]
    if client_id is not None:
        chosen.append(Authorization.client_id == client_id)
    if but is not None:
        chosen.append(Authorization.session_id.is_distinct_from(but))
    ids = list(db.scalars(select(Authorization.id).where(*chosen)))
    ended = {"ended_at": now, "ended_because": reason[:32]}
    db.execute(
        update(RefreshFamily)
        .where(RefreshFamily.authorization_id.in_(ids), RefreshFamily.ended_at.is_(None))
        .values(**ended)
    )
    result = db.execute(update(Authorization).where(Authorization.id.in_(ids)).values(**ended))
    return result.rowcount if isinstance(result, CursorResult) else 0


def status_changed(database: Database, message: Leased) -> None:
    """
    Worker topic `person.status_changed`: end what was forgotten, erase the secrets of the closed.

    What a freeze ended stays ended, even if the person was let in again before the worker came by.
    """
    person_id, moved_to, now = UUID(message.payload["person_id"]), message.payload["status"], clock.now()
    with database.writing() as db:
        status = db.get_one(Person, person_id).status
        if moved_to not in LIVING or status not in LIVING:
            end_everything(db, person_id, f"person_{status}", now)
        if status == PersonStatus.CLOSED:
            end_credentials(db, person_id, now)


def end_credentials(db: Session, person_id: UUID, now: datetime) -> None:
    """Erase a closed person's means of proof."""
    db.execute(
        update(Credential).where(Credential.person_id == person_id).values(ended_at=now, secret="")  # noqa: S106 - erased
    )
