"""Tell the clients that took part in a session that it is over: one outbox message each; note who answered.

How a client is told is its protocol's business, behind `Messenger` (`oauth.backchannel_logout`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from idp.outbox import queue
from idp.outbox.models import Message
from idp.sessions.models import Participant, SignInSession

TOPIC = "session.logout"
UPSTREAM = "upstream.logout"
"""`{session_id}`: the upstream it rests on is to hear of it (`federation.leaving.work`)."""


class NotTold(Exception):
    """The client could not be reached or did not accept; worth another try."""


class Messenger(Protocol):
    """How clients of one protocol are told."""

    def deliver(self, payload: Mapping[str, Any], now: datetime) -> bool:
        """Tell one client that `{session_id, client_id, sub}` is over.

        False when it does not want to know; raises NotTold when it should be tried again.
        """
        ...


class Answer(StrEnum):
    """What became of telling one client."""

    ANSWERED = "answered"
    QUEUED = "queued"
    """About to be told for the first time."""
    WAITING = "waiting"
    """Told without an answer; it is told again and again."""
    UNREACHABLE = "unreachable"
    """Told for days and never answered."""
    AWAY = "away"
    """The browser was sent there and has brought no answer back."""
    NO_SERVICE = "no_service"
    """Has no sign-out that could be asked for."""
    SILENT = "silent"
    """Wants no such messages: it finds out when its tokens are refused."""


@dataclass(frozen=True)
class Told:
    """A client of an ended session, and whether it knows."""

    client_id: str
    answer: Answer
    at: datetime | None = None


def announce(db: Session, session: SignInSession) -> int:
    """Queue `{session_id, client_id, sub}` for every participant; gives how many."""
    participants = db.scalars(select(Participant).where(Participant.session_id == session.id)).all()
    for participant in participants:
        _queue(db, participant)
    return len(participants)


def leave_upstream(db: Session, session: SignInSession) -> None:
    """Queue the call by which the session at its upstream ends, where there is one."""
    if session.upstream:
        queue.put(db, UPSTREAM, {"session_id": str(session.id)}, subject=str(session.id))


def clients_of(db: Session, session_id: UUID) -> list[str]:
    """The clients that were let in on a session, each once, whoever its person came for."""
    entered = select(Participant.client_id).where(Participant.session_id == session_id)
    return list(db.scalars(entered.distinct().order_by(Participant.client_id)))


def dismiss(db: Session, person_id: UUID, client_id: str) -> int:
    """Tell one client that its part is over in every living session of a person; the sessions go on."""
    participants = db.scalars(
        select(Participant)
        .join(SignInSession, SignInSession.id == Participant.session_id)
        .where(
            SignInSession.person_id == person_id,
            SignInSession.ended_at.is_(None),
            Participant.client_id == client_id,
        )
    ).all()
    for participant in participants:
        _queue(db, participant)
        db.delete(participant)
    return len(participants)


def dismiss_subject(db: Session, session_id: UUID, client_id: str, sub: str) -> bool:
    """Tell one client that one of the subjects it has in a session is over; the session goes on."""
    participant = db.get(Participant, (session_id, client_id, sub))
    if participant is None:
        return False
    _queue(db, participant)
    db.delete(participant)
    return True


def note_answer(db: Session, payload: Mapping[str, Any], now: datetime) -> None:
    """Note that a client took the message."""
    db.execute(
        update(Participant)
        .where(
            Participant.session_id == UUID(payload["session_id"]),
            Participant.client_id == payload["client_id"],
        )
        .values(notified_at=now)
    )


def note_answer_of(db: Session, session_id: UUID, client_id: str, sub: str, now: datetime) -> None:
    """Note that a client confirmed it for one of the subjects it has there."""
    participant = db.get(Participant, (session_id, client_id, sub))
    if participant is not None:
        participant.notified_at = now


def progress(db: Session, session_id: UUID, listens: Callable[[str], bool]) -> list[Told]:
    """Who of an ended session's clients knows; `listens` says whether one takes messages at all."""
    unsettled = [(queue.open_payload(db, one).get("client_id"), one) for one in _unsettled(db, session_id)]
    waiting = {client_id for client_id, _ in unsettled}
    tried = {client_id for client_id, message in unsettled if message.last_fault is not None}
    participants = select(Participant).where(Participant.session_id == session_id)
    return [
        Told(one.client_id, _answer(one, waiting, tried, listens), one.notified_at)
        for one in db.scalars(participants.order_by(Participant.first_at))
    ]


def _answer(
    one: Participant, waiting: set[str | None], tried: set[str | None], listens: Callable[[str], bool]
) -> Answer:
    if one.notified_at is not None:
        return Answer.ANSWERED
    if not listens(one.client_id):
        return Answer.SILENT
    if one.client_id in waiting:
        return Answer.WAITING if one.client_id in tried else Answer.QUEUED
    return Answer.UNREACHABLE


def _unsettled(db: Session, session_id: UUID) -> list[Message]:
    query = select(Message).where(
        Message.topic == TOPIC, Message.subject == str(session_id), Message.settled_at.is_(None)
    )
    return list(db.scalars(query))


def _queue(db: Session, participant: Participant) -> None:
    session_id = str(participant.session_id)
    message = {"session_id": session_id, "client_id": participant.client_id, "sub": participant.sub}
    queue.put(db, TOPIC, message, subject=session_id)
