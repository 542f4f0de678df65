"""The hold between a better proof and its effect."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from idp.audit.models import AuditEvent
from idp.evidence import levels
from idp.evidence.models import Evidence
from idp.keys.vault import Vault
from idp.notices.models import Notice
from idp.outbox.models import Message
from idp.outbox.queue import Payload, open_payload
from idp.persons import belongings, displacement, enrolment, lookup
from idp.persons.belongings import Proof
from idp.persons.displacement import Settled
from idp.persons.models import Person
from idp.storage.database import Database
from tests.idp.persons.people import HOLD, NOW, UNKNOWN_KIND, claim, person, phone

LATER = NOW + HOLD + timedelta(seconds=1)
WINDOW = Proof("window", 5, "window-0101", "visit-1", NOW)


@pytest.fixture
def announced(database: Database, vault: Vault) -> tuple[Person, Person, Payload]:
    """Somebody holds a document at level 3, a claimant has proven it at a window, the hold runs."""
    with database.writing() as db:
        holder = person(db, vault)
        claimant = person(db, vault, 0, phone=phone(9), answer=UNKNOWN_KIND)
        enrolment.confirm(db, vault, claimant, claimant.documents[0], WINDOW, NOW, HOLD)
        db.flush()
        message = db.scalars(select(Message).where(Message.topic == displacement.SETTLE)).one()
        return holder, claimant, open_payload(db, message)


def settle(database: Database, vault: Vault, payload: Payload) -> Settled:
    with database.writing() as db:
        return displacement.settle(db, vault, payload, LATER)


def test_the_holder_is_told_at_once(database: Database, announced: tuple[Person, Person, Payload]) -> None:
    """Notice comes first: on every channel, and due only after the hold."""
    holder = announced[0]

    with database.reading() as db:
        notices = list(db.scalars(select(Notice.topic).where(Notice.person_id == holder.id)))
        due = db.scalar(select(Message.due_at).where(Message.topic == displacement.SETTLE))
        told = db.scalars(select(Message).where(Message.subject == str(holder.id))).one()
        assert "notice.sms" == told.topic
    assert ["displacement.announced"] == notices
    assert NOW + HOLD == due


def test_after_the_hold_the_document_moves(
    database: Database, vault: Vault, announced: tuple[Person, Person, Payload]
) -> None:
    """Index and evidence leave the holder; the claimant has the level of the proof."""
    holder, claimant, payload = announced

    outcome = settle(database, vault, payload)

    with database.reading() as db:
        owner = lookup.by_document(db, vault, claim().kind, claim().number)
        assert owner is not None and claimant.id == owner.id
        assert 1 == levels.identity_level(db, holder.id, LATER)
        assert 5 == levels.identity_level(db, claimant.id, LATER)
    assert Settled.MOVED == outcome


def test_the_holder_may_object_by_proving_as_well(
    database: Database, vault: Vault, announced: tuple[Person, Person, Payload]
) -> None:
    """Proof at the same level within the hold keeps the document where it is."""
    holder, claimant, payload = announced
    with database.writing() as db:
        again = db.get_one(Person, holder.id)
        belongings.give_document(db, vault, again, again.documents[0], WINDOW, NOW)

    outcome = settle(database, vault, payload)

    with database.reading() as db:
        owner = lookup.by_document(db, vault, claim().kind, claim().number)
        assert owner is not None and holder.id == owner.id
    assert Settled.OBJECTED == outcome


def test_a_hold_is_settled_once(
    database: Database, vault: Vault, announced: tuple[Person, Person, Payload]
) -> None:
    """The outbox may deliver twice; the second time nothing happens."""
    settle(database, vault, announced[2])

    assert Settled.ALREADY == settle(database, vault, announced[2])


def test_a_second_claimant_finds_the_document_gone(
    database: Database, vault: Vault, announced: tuple[Person, Person, Payload]
) -> None:
    """Of two claimants the first hold wins; the other is told that nothing came."""
    with database.writing() as db:
        other = person(db, vault, 0, phone=phone(10), answer=UNKNOWN_KIND)
        enrolment.confirm(db, vault, other, other.documents[0], WINDOW, NOW, HOLD)
        db.flush()
        query = select(Message).where(Message.topic == displacement.SETTLE, Message.subject == str(other.id))
        payload = open_payload(db, db.scalars(query).one())
    settle(database, vault, announced[2])

    assert Settled.OVERTAKEN == settle(database, vault, payload)


def test_what_is_recorded_names_nobody(
    database: Database, vault: Vault, announced: tuple[Person, Person, Payload]
) -> None:
    """The trail has topics and levels, the evidence says why it was withdrawn."""
    settle(database, vault, announced[2])

    with database.reading() as db:
        topics = set(db.scalars(select(AuditEvent.topic)))
        reasons = set(db.scalars(select(Evidence.withdrawn_because)))
    assert {"displacement.announced", "document.displaced", "identity.verified"} <= topics
    assert "displaced" in reasons
