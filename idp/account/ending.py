"""End whatever a person is signed in to: sessions, what clients were given, and what those still hold.

Composed here, because persons know no sessions and sessions know no protocol.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, CursorResult, select, update
from sqlalchemy.orm import Session

from federation import linking
from idp import clock
from idp.audit import trail
from idp.audit.events import AuthorizationEnded
from idp.authenticators.models import Credential
from idp.mandates import people
from idp.oauth.models import Authorization, RefreshFamily
from idp.outbox import queue
from idp.outbox.worker import Leased
from idp.persons import locking
from idp.persons.models import Person, PersonStatus
from idp.sessions import lifecycle
from idp.sessions.models import SignInSession
from idp.storage.database import Database

LIVING = {PersonStatus.ACTIVE, PersonStatus.CLOSING}
LATECOMERS = "authorizations.ended"
"""Topic of the second look for what was being given out while everything ended."""
IN_FLIGHT = timedelta(seconds=2)
"""How long the redemption of a code may take that began before the end was committed."""


def end_everything(db: Session, person_id: UUID, reason: str, now: datetime, but: UUID | None = None) -> int:
    """
    End all sessions and authorizations of a person, offline ones too; gives how many clients are told.

    `but` is a session that stays, with what it leads to. A code that is being redeemed at this very moment
    may have found its session alive, and a sign-in that is under way does not know of the end: the worker
    looks again. A session that is beginning waits for the row, and reads that its proof is of before.
    """
    person, at = locking.alone(db, person_id), clock.now()
    if person is not None:
        person.proofs_count_from = at
    told = lifecycle.end_all(db, person_id, reason, now, but=but)
    end_authorizations(db, person_id, reason, now, but=but)
    payload = {"person_id": str(person_id), "reason": reason, "before": at.isoformat()}
    if but is not None:
        payload["but"] = str(but)
    queue.put(db, LATECOMERS, payload, subject=str(person_id), due_at=now + IN_FLIGHT)
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
    return _end(db, chosen, reason, now)


def end_sessions(
    db: Session, sessions: Sequence[SignInSession], reason: str, now: datetime, offline: bool
) -> int:
    """End sessions, and if `offline` what clients may keep beyond them; gives how many clients are told."""
    told = lifecycle.end(db, sessions, reason, now)
    if offline:
        theirs = Authorization.session_id.in_([session.id for session in sessions])
        _end(db, [theirs, Authorization.ended_at.is_(None)], reason, now)
    return told


def end_offline(db: Session, person_id: UUID, client_id: str, now: datetime) -> int:
    """End what a client may do while the person is away; gives how many authorizations that were."""
    chosen = [
        Authorization.person_id == person_id,
        Authorization.client_id == client_id,
        Authorization.offline.is_(True),
        Authorization.ended_at.is_(None),
    ]
    ended = _end(db, chosen, "ended_by_person", now)
    if ended:
        trail.record(
            db, AuthorizationEnded(person_id=person_id, client_id=client_id, reason="ended_by_person")
        )
    return ended


def end_latecomers(database: Database, message: Leased) -> None:
    """Worker topic `authorizations.ended`: end what a session was still given after it had ended.

    And sessions whose sign-in had begun before everything ended: they rest on what counted then.
    """
    person_id, reason = UUID(message.payload["person_id"]), message.payload["reason"]
    before, but = message.payload.get("before"), message.payload.get("but")
    ended = select(SignInSession.id).where(
        SignInSession.person_id == person_id, SignInSession.ended_because == reason
    )
    with database.writing() as db:
        if before is not None:
            late = [
                session
                for session in lifecycle.live(db, person_id, clock.now())
                if session.started_at < datetime.fromisoformat(before) and str(session.id) != but
            ]
            lifecycle.end(db, late, reason, clock.now())
            db.flush()
        chosen = [Authorization.session_id.in_(ended), Authorization.ended_at.is_(None)]
        _end(db, chosen, reason, clock.now())


def _end(db: Session, chosen: Sequence[ColumnElement[bool]], reason: str, now: datetime) -> int:
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
    Worker topic `person.status_changed`: end what was forgotten, let mandates rest, go on or end, erase the
    secrets and links of the closed.

    What a freeze ended stays ended, even if the person was let in again before the worker came by.
    """
    person_id, moved_to, now = UUID(message.payload["person_id"]), message.payload["status"], clock.now()
    with database.writing() as db:
        status = db.get_one(Person, person_id).status
        if moved_to not in LIVING or status not in LIVING:
            end_everything(db, person_id, f"person_{status}", now)
        if status == PersonStatus.CLOSED:
            end_credentials(db, person_id, now)
            linking.forget(db, person_id, now)
    with database.writing() as db:  # organisations before their people (`locking`)
        people.follow(db, person_id, db.get_one(Person, person_id).status, now)


def end_credentials(db: Session, person_id: UUID, now: datetime) -> None:
    """Erase a closed person's means of proof."""
    db.execute(
        update(Credential).where(Credential.person_id == person_id).values(ended_at=now, secret="")  # noqa: S106 - erased
    )
