"""A visit to an operator's counter 帮代办: a citizen lets a member of staff do things for them, for minutes.

The citizen confirms on the spot with a code that goes to their own phone; nobody at the counter ever has
their password. Either ends it. What is done in it is recorded with who acted (`act`), and the citizen told.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from idp.audit import trail
from idp.crypto.handles import digest
from idp.matters.models import Action
from idp.notices.telling import keep, tell
from idp.persons import locking
from idp.persons.models import PersonStatus
from idp.storage.state import Collection, StateStore
from idp.windows.events import VisitBegun, VisitEnded, VisitUsed

LIFETIME = 900.0
"""Seconds from the citizen's yes; whoever needs longer confirms again."""
MOST_AT_ONCE = 10
"""Matters that are written down together."""


@dataclass(frozen=True)
class Noted:
    """What was done in a visit."""

    matter: str
    action: Action
    at: datetime


@dataclass(frozen=True)
class Visit:
    """Who attends to whom, since when; before the citizen's code is typed nothing can be done in it."""

    operator_id: UUID
    person_id: UUID
    asked_at: datetime
    confirmed_at: datetime | None = None
    noted: tuple[Noted, ...] = ()

    @property
    def ends_at(self) -> datetime | None:
        """Until when things can be done in it; nothing can before the citizen's yes."""
        return self.confirmed_at and self.confirmed_at + timedelta(seconds=LIFETIME)


class Counter:
    """The visits of this moment: one at a console's session, one for a citizen."""

    def __init__(self, state: StateStore, visits: Collection[Visit]) -> None:
        self._state = state
        self._visits = visits

    def open(self, session_id: UUID, visit: Visit) -> str:
        """Begin to ask; gives the handle to which the citizen's code is bound. An earlier visit is over."""
        handle = self._visits.add(visit)
        self._state.put(_of(session_id), handle.encode(), LIFETIME)
        return handle

    def handle(self, session_id: UUID) -> str:
        """The handle of this session's visit, or nothing."""
        return (self._state.get(_of(session_id)) or b"").decode()

    def name(self, session_id: UUID) -> str:
        """What its pages call this session's visit, so that one left open from an earlier visit shows."""
        return digest(self.handle(session_id))

    def find(self, session_id: UUID) -> Visit | None:
        """This session's visit, if neither side has ended it."""
        handle = self.handle(session_id)
        visit = self._visits.find(handle)
        if visit is None or visit.confirmed_at is None:
            return visit
        return visit if self._state.get(_for(visit.person_id)) == handle.encode() else None

    def confirm(self, db: Session, session_id: UUID, visit: Visit, now: datetime) -> None:
        """The citizen has typed their code: from now on things can be done for them, for a whole life."""
        self._visits.take(self.handle(session_id))
        handle = self._visits.add(replace(visit, confirmed_at=now)).encode()
        self._state.put_all(dict.fromkeys((_of(session_id), _for(visit.person_id)), (handle, LIFETIME)))
        trail.record(db, VisitBegun(person_id=visit.person_id, act=visit.operator_id.hex))
        tell(db, visit.person_id, "visit.begun", now)

    def note(self, db: Session, session_id: UUID, name: str, done: Sequence[Noted]) -> bool:
        """
        Record what was done for the citizen, and by whom; they are told of each, their phone once.

        False, and nothing is recorded, if the visit of this name is not what goes on here any more, or if the
        citizen cannot be helped now: their account is frozen or closed.
        """
        visit = self.find(session_id)
        if visit is None or visit.confirmed_at is None or name != self.name(session_id):
            return False
        person = locking.first(db, visit.person_id)
        if person is None or person.status != PersonStatus.ACTIVE:
            return False
        person_id, act = visit.person_id, visit.operator_id.hex
        for place, one in enumerate(done):
            used = VisitUsed(person_id=person_id, matter=one.matter, action=one.action.value, act=act)
            trail.record(db, used)
            telling = keep if place else tell
            telling(db, person_id, used.topic, one.at, {"matter": one.matter})
        self._visits.revise(self.handle(session_id), replace(visit, noted=(*visit.noted, *done)))
        return True

    def end(self, db: Session, session_id: UUID, now: datetime) -> None:
        """The operator ends it."""
        visit = self.find(session_id)
        self._visits.take(self.handle(session_id))
        self._state.take(_of(session_id))
        if visit is not None and visit.confirmed_at is not None:
            self.stop(db, visit.person_id, "operator", now)

    def stop(self, db: Session, person_id: UUID, by: str, now: datetime) -> bool:
        """End what is open for a citizen; `by` is `operator` or `person`."""
        if self._state.take(_for(person_id)) is None:
            return False
        trail.record(db, VisitEnded(person_id=person_id, by=by))
        keep(db, person_id, "visit.ended", now)
        return True

    def attending(self, person_id: UUID) -> Visit | None:
        """The visit in which somebody may do things for this citizen at this moment."""
        handle = self._state.get(_for(person_id))
        return self._visits.find(handle.decode()) if handle else None


def _of(session_id: UUID) -> str:
    return f"counter-of:{session_id.hex}"


def _for(person_id: UUID) -> str:
    return f"counter-for:{person_id.hex}"
