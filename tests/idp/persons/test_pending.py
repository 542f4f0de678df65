"""Checks the worker makes when the registry answers again."""

import pytest
from sqlalchemy import select

from idp.evidence import levels
from idp.keys.vault import Vault
from idp.notices.models import Notice
from idp.outbox.models import Message
from idp.outbox.queue import open_payload
from idp.outbox.worker import Leased, TryAgain
from idp.persons import enrolment, pending
from idp.persons.models import Person
from idp.persons.pending import Outcome
from idp.persons.registry import (
    Mismatch,
    MismatchReason,
    Unavailable,
    Unsupported,
    Verified,
)
from idp.storage.database import Database
from tests.idp.persons.people import ANOTHER_PHONE, AWAY, HOLD, NOW, YES, person, phone
from tests.idp.persons.test_checking import Authority


@pytest.fixture
def waiting(database: Database, vault: Vault) -> Person:
    """Somebody who registered while the registry was away."""
    with database.writing() as db:
        return person(db, vault, answer=AWAY)


def deliver(
    database: Database, vault: Vault, answer: Verified | Mismatch | Unavailable | Unsupported
) -> Outcome:
    return pending.verify_queued(database, vault, Authority(answer), HOLD, message(database))


def message(database: Database) -> Leased:
    """The check that waits."""
    with database.reading() as db:
        row = db.scalars(select(Message).where(Message.topic == enrolment.VERIFY)).one()
        return Leased(row.id, row.topic, open_payload(db, row), 1, row.created_at)


def told(database: Database, someone: Person) -> list[str]:
    with database.reading() as db:
        query = select(Notice.topic).where(Notice.person_id == someone.id).order_by(Notice.at, Notice.id)
        return list(db.scalars(query))


def test_the_level_rises_when_the_registry_answers(database: Database, vault: Vault, waiting: Person) -> None:
    """A yes makes level 3 and a notice."""
    outcome = deliver(database, vault, YES)

    with database.reading() as db:
        assert 3 == levels.identity_level(db, waiting.id, NOW)
    assert Outcome.RAISED == outcome
    assert "identity.verified" == told(database, waiting)[-1]


def test_no_answer_means_try_again(database: Database, vault: Vault, waiting: Person) -> None:
    """The message keeps its place; nothing is believed on doubt."""
    with pytest.raises(TryAgain):
        deliver(database, vault, AWAY)

    with database.reading() as db:
        assert 2 == levels.identity_level(db, waiting.id, NOW)


@pytest.mark.parametrize(
    ("reason", "topic"),
    [
        (MismatchReason.NAME, "identity.refused"),
        (MismatchReason.NOT_FOUND, "identity.refused"),
        (MismatchReason.DECEASED, "identity.cannot_verify"),
    ],
)
def test_a_no_is_told_and_leaves_the_level(
    database: Database, vault: Vault, waiting: Person, reason: MismatchReason, topic: str
) -> None:
    """A wrong name and an unknown number are told in the same words."""
    outcome = deliver(database, vault, Mismatch(reason, "public_security", "request-3", NOW))

    with database.reading() as db:
        assert 2 == levels.identity_level(db, waiting.id, NOW)
    assert (Outcome.MISMATCH, topic) == (outcome, told(database, waiting)[-1])


def test_another_phone_on_file_is_told_and_leaves_the_level(
    database: Database, vault: Vault, waiting: Person
) -> None:
    """Waiting for an answer makes nothing truer: name and number alone raise nobody."""
    outcome = deliver(database, vault, ANOTHER_PHONE)

    with database.reading() as db:
        assert 2 == levels.identity_level(db, waiting.id, NOW)
    assert (Outcome.DOUBTED, "identity.unconfirmed") == (outcome, told(database, waiting)[-1])


def test_a_queued_check_sends_the_proven_phone(database: Database, vault: Vault, waiting: Person) -> None:
    """The three kinds are compared later as they would have been at once."""
    authority = Authority(YES)
    pending.verify_queued(database, vault, authority, HOLD, message(database))

    assert [phone(0)] == authority.phones


def test_who_has_lost_their_phone_meanwhile_is_not_asked_about(
    database: Database, vault: Vault, waiting: Person
) -> None:
    """Nobody gets rid of the third kind by letting the phone go to another account of theirs."""
    with database.writing() as db:
        person(db, vault, 5, phone=phone(0))
    authority = Authority(YES)
    outcome = pending.verify_queued(database, vault, authority, HOLD, message(database))

    with database.reading() as db:
        assert 2 == levels.identity_level(db, waiting.id, NOW)
    assert (Outcome.PHONELESS, 0) == (outcome, authority.asked)


def test_losing_the_race_is_an_outcome(database: Database, vault: Vault, waiting: Person) -> None:
    """Somebody verified the number meanwhile: the late one is told, and so is the holder."""
    with database.writing() as db:
        holder = person(db, vault, 0, phone=phone(9))

    outcome = deliver(database, vault, YES)

    assert Outcome.TAKEN == outcome
    assert "verification.taken" == told(database, waiting)[-1]
    assert ["registration.repeated"] == told(database, holder)


def test_a_verified_claim_needs_no_second_check(database: Database, vault: Vault, waiting: Person) -> None:
    """Whoever verified by themselves in the meantime is left alone, and so is a repeated message."""
    deliver(database, vault, YES)

    assert Outcome.OBSOLETE == deliver(database, vault, YES)


def test_a_waiting_check_is_seen(database: Database, waiting: Person) -> None:
    """Pages can say that a check is on its way."""
    with database.reading() as db:
        assert pending.is_waiting(db, waiting.id)
