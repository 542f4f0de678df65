"""Sessions begin with a new handle, are touched once a minute, and end at once with everybody told."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.audit.models import AuditEvent
from idp.clients import onboarding
from idp.clients.models import ClientClass
from idp.crypto.handles import digest
from idp.outbox import queue
from idp.outbox.models import Message
from idp.persons.models import Person
from idp.sessions import lifecycle
from idp.sessions.lifecycle import Achievement
from idp.sessions.models import Participant
from idp.storage.database import Database

ABSOLUTE = timedelta(hours=10)
PWD = frozenset({"pwd"})


def person(db: Session, now: datetime) -> Person:
    somebody = Person(created_at=now)
    db.add(somebody)
    db.flush()
    return somebody


def begin(db: Session, somebody: Person, now: datetime, replaces: str | None = None):
    achieved = Achievement(somebody.id, PWD, now)
    return lifecycle.begin(db, achieved, absolute=ABSOLUTE, replaces=replaces)


def test_only_the_digest_of_a_handle_is_kept(database: Database, now: datetime) -> None:
    """Whoever reads the table cannot take over a session."""
    with database.writing() as db:
        session, handle = begin(db, person(db, now), now)

        assert digest(handle) == session.digest
        assert session is lifecycle.find(db, handle, now)


def test_signing_in_again_gives_a_new_handle(database: Database, now: datetime) -> None:
    """The old handle is worth nothing afterwards (session fixation), the session and its clients stay."""
    with database.writing() as db:
        somebody = person(db, now)
        first, old = begin(db, somebody, now)
        second, new = begin(db, somebody, now, replaces=old)

        assert first.id == second.id
        assert lifecycle.find(db, old, now) is None
        assert second is lifecycle.find(db, new, now)


def test_somebody_else_signing_in_ends_the_session_before(database: Database, now: datetime) -> None:
    """Two people never share a session."""
    with database.writing() as db:
        first, handle = begin(db, person(db, now), now)
        second, _ = begin(db, person(db, now), now, replaces=handle)

        assert first.id != second.id
        assert "replaced" == first.ended_because


@pytest.mark.parametrize(("later", "expected"), [(59, False), (61, True)])
def test_the_last_use_is_written_once_a_minute(
    database: Database, now: datetime, later: int, expected: bool
) -> None:
    """One write a minute, however often a session is used."""
    with database.writing() as db:
        session, _ = begin(db, person(db, now), now)
        db.flush()

        assert expected is lifecycle.touch(db, session.id, now + timedelta(seconds=later))


def test_a_session_ends_at_its_absolute_age(database: Database, now: datetime) -> None:
    """Use does not keep it alive for ever."""
    with database.writing() as db:
        _, handle = begin(db, person(db, now), now)

        assert lifecycle.find(db, handle, now + ABSOLUTE) is None


def test_ending_tells_every_client_and_the_trail(database: Database, now: datetime) -> None:
    """One message for each client that took part, one event, in the same transaction."""
    with database.writing() as db:
        portal, _ = onboarding.create(
            db,
            {"client_name": "门户", "redirect_uris": ["https://portal.example.gov.cn/callback"]},
            ClientClass.GOVERNMENT,
            now,
        )
        session, handle = begin(db, person(db, now), now)
        db.flush()
        db.add(Participant(session_id=session.id, client_id=portal.id, sub="abc", first_at=now))
        db.flush()

        assert 1 == lifecycle.end(db, [session], "signed_out", now)
        message = db.scalars(select(Message)).one()
        assert {"session_id": str(session.id), "client_id": portal.id, "sub": "abc"} == queue.open_payload(
            db, message
        )
        assert "session.ended" in db.scalars(select(AuditEvent.topic)).all()
        assert lifecycle.find(db, handle, now) is None


def test_ending_twice_tells_once(database: Database, now: datetime) -> None:
    """An ended session stays as it ended."""
    with database.writing() as db:
        session, _ = begin(db, person(db, now), now)
        lifecycle.end(db, [session], "signed_out", now)
        lifecycle.end(db, [session], "frozen", now)

        assert "signed_out" == session.ended_because


def test_all_others_can_be_ended(database: Database, now: datetime) -> None:
    """A person ends every device but the one in their hand."""
    with database.writing() as db:
        somebody = person(db, now)
        kept, _ = begin(db, somebody, now)
        begin(db, somebody, now)
        begin(db, somebody, now)
        db.flush()
        lifecycle.end_all(db, somebody.id, "ended_by_person", now, but=kept.id)

        assert [kept.id] == [session.id for session in lifecycle.live(db, somebody.id, now)]


def test_spent_means_add_up_with_nothing(database: Database, now: datetime) -> None:
    """Whatever the session rests on, and however fresh it is, they neither raise it nor renew it."""
    later, spent = now + timedelta(minutes=5), frozenset({"rc", "sms", "tel"})
    with database.writing() as db:
        somebody = person(db, now)
        session, _ = begin(db, somebody, now)
        lifecycle.strengthen(db, session, Achievement(somebody.id, frozenset({"rc"}), later), spent)

        assert (PWD, 1, now) == (session.amr, session.aal, session.authenticated_at)
        assert lifecycle.is_half(session, 2)


def test_spent_means_may_let_somebody_in(database: Database, now: datetime) -> None:
    """Through the second step, at AAL 1; beginning anew asks for both steps again."""
    spent = frozenset({"otp"})
    with database.writing() as db:
        somebody = person(db, now)
        session, handle = begin(db, somebody, now)
        shown = Achievement(somebody.id, spent, now)
        again = lifecycle.strengthen(db, session, shown, spent, lets_in=spent)
        let_in = (session.aal, lifecycle.is_half(session, 2))
        begin(db, somebody, now, replaces=again)

        assert (1, False) == let_in
        assert lifecycle.is_half(session, 2)
