"""Text messages that wait in the outbox, and what the worker does with them."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from idp import clock
from idp.keys.vault import Vault
from idp.notices import delivery, inbox, sms, telling
from idp.notices.sms import NotSent, NotSentReason, Sent
from idp.outbox.models import Message
from idp.outbox.queue import open_payload
from idp.outbox.worker import GiveUp, Leased, TryAgain
from idp.persons.models import Person
from idp.storage.database import Database
from tests.idp.persons.people import NOW, person, phone


class Gateway:
    """A gateway that gives one answer and remembers what it was handed."""

    speaks = False

    def __init__(self, answer: Sent | NotSent) -> None:
        self.answer = answer
        self.taken: list[tuple[str, str, str]] = []

    def send(self, phone: str, message: sms.Message, *, reference: str) -> Sent | NotSent:
        self.taken.append((phone, message.words, reference))
        return self.answer


@pytest.fixture
def someone(database: Database, vault: Vault) -> Person:
    with database.writing() as db:
        someone = person(db, vault)
        telling.tell(db, someone.id, "password.changed", NOW)
        return someone


def waiting(database: Database) -> Leased:
    with database.reading() as db:
        row = db.scalars(select(Message).where(Message.topic == telling.SMS)).one()
        return Leased(row.id, row.topic, open_payload(db, row), 1, row.created_at)


def test_a_notice_goes_to_phone_and_inbox(database: Database, someone: Person) -> None:
    """One call tells on every channel; the reference keeps a repeated message from arriving twice."""
    gateway, message = Gateway(Sent("m-1")), waiting(database)

    delivery.send(database, gateway, message)

    with database.reading() as db:
        assert ["password.changed"] == [notice.topic for notice in inbox.of_person(db, someone.id)]
    assert [(phone(0), message.id.hex)] == [(to, reference) for to, _, reference in gateway.taken]


@pytest.mark.parametrize(
    ("reason", "consequence"), [(NotSentReason.TIMEOUT, TryAgain), (NotSentReason.REFUSED, GiveUp)]
)
def test_a_gateway_that_is_away_is_tried_again(
    database: Database, someone: Person, reason: NotSentReason, consequence: type[Exception]
) -> None:
    """What may pass is repeated, what was refused is not."""
    with pytest.raises(consequence):
        delivery.send(database, Gateway(NotSent(reason)), waiting(database))


def test_a_person_without_phone_is_told_inside(database: Database, someone: Person) -> None:
    """There is nothing to send and nothing to repeat."""
    message = waiting(database)
    with database.writing() as db:
        db.get_one(Person, someone.id).phone = None
    gateway = Gateway(Sent("m-1"))

    delivery.send(database, gateway, message)

    assert [] == gateway.taken


def test_what_waits_names_nobody(database: Database, someone: Person) -> None:
    """A phone in the outbox is sealed; the row around it has opaque ids alone."""
    with database.writing() as db:
        telling.tell_phone(db, phone(5), "recovery.not_matched", "zh-Hans")

    with database.reading() as db:
        rows = db.scalars(select(Message)).all()
        assert [] == [row for row in rows if phone(5)[3:].encode() in (row.payload or b"")]
        assert {None, str(someone.id)} == {row.subject for row in rows}


def test_an_opened_inbox_is_read(database: Database, someone: Person) -> None:
    """The count of unread notices falls to nothing."""
    with database.writing() as db:
        before = inbox.unread(db, someone.id)
        inbox.mark_read(db, someone.id, clock.now() + timedelta(seconds=1))

        assert (1, 0) == (before, inbox.unread(db, someone.id))
