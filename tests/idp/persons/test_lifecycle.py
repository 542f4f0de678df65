"""From state to state: what is possible, what is told, what is erased."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from idp.audit.models import AuditEvent
from idp.evidence import levels
from idp.keys.vault import Vault
from idp.notices.models import Notice
from idp.outbox.models import Message
from idp.outbox.queue import open_payload
from idp.persons import lifecycle, lookup
from idp.persons.lifecycle import NotPossible
from idp.persons.models import Document, DocumentIndex, Person, PhoneIndex
from idp.storage.database import Database
from tests.idp.persons.people import NOW, claim, person, phone

COOLING = timedelta(days=15)
LATER = NOW + COOLING + timedelta(seconds=1)


@pytest.fixture
def someone(database: Database, vault: Vault) -> Person:
    with database.writing() as db:
        return person(db, vault, login_name="lin-xiaoyun")


def test_freezing_tells_everybody_at_once(database: Database, someone: Person) -> None:
    """The state changes on the row, and the outbox carries it to whoever must end something."""
    with database.writing() as db:
        lifecycle.freeze(db, db.get_one(Person, someone.id), "phone lost", NOW)

    with database.reading() as db:
        frozen = db.get_one(Person, someone.id)
        message = db.scalars(select(Message).where(Message.topic == lifecycle.STATUS_CHANGED)).one()
        notices = list(db.scalars(select(Notice.topic)))
        assert {"person_id": str(someone.id), "status": "frozen"} == open_payload(db, message)
        assert ("frozen", 3) == (frozen.status, frozen.version)
        assert ["person.frozen"] == notices


def test_unfreezing_lets_the_person_in_again(database: Database, someone: Person) -> None:
    """A freeze is reversible."""
    with database.writing() as db:
        again = db.get_one(Person, someone.id)
        lifecycle.freeze(db, again, "fraud", NOW)
        lifecycle.unfreeze(db, again, "cleared", NOW)

        assert "active" == again.status


@pytest.mark.parametrize("move", ["unfreeze", "reopen", "withdraw_death"])
def test_only_moves_that_make_sense(database: Database, someone: Person, move: str) -> None:
    """An active person can be neither unfrozen nor reopened nor raised from the dead."""
    with pytest.raises(NotPossible), database.writing() as db:
        again = db.get_one(Person, someone.id)
        if move == "reopen":
            lifecycle.reopen(db, again, NOW)
        else:
            getattr(lifecycle, move)(db, again, "reason", NOW)

    with database.reading() as db:
        topics = set(db.scalars(select(AuditEvent.topic)))
    assert "person.status_changed" not in topics


def test_closing_can_be_taken_back(database: Database, someone: Person) -> None:
    """Within the cooling-off period the person reopens and nothing is lost."""
    with database.writing() as db:
        again = db.get_one(Person, someone.id)
        lifecycle.begin_closing(db, again, "own wish", NOW, COOLING)
        lifecycle.reopen(db, again, NOW)

        assert ("active", None) == (again.status, again.close_after)


def test_closing_is_not_finished_before_its_time(database: Database, someone: Person) -> None:
    """Nobody is erased while they may still change their mind."""
    with pytest.raises(NotPossible), database.writing() as db:
        again = db.get_one(Person, someone.id)
        lifecycle.begin_closing(db, again, "own wish", NOW, COOLING)
        lifecycle.finish_closing(db, again, NOW)


def test_a_closed_person_is_a_tombstone(database: Database, vault: Vault, someone: Person) -> None:
    """Names, numbers, phones and their indexes are erased; the row and the evidence stay without content."""
    with database.writing() as db:
        lifecycle.begin_closing(db, db.get_one(Person, someone.id), "own wish", NOW, COOLING)
    with database.writing() as db:
        due = lifecycle.due_for_closing(db, LATER)
        lifecycle.finish_closing(db, db.get_one(Person, due[0]), LATER)

    with database.reading() as db:
        left = [db.scalar(select(func.count()).select_from(t)) for t in (Document, DocumentIndex, PhoneIndex)]
        gone = db.get_one(Person, someone.id)
        kept = (gone.name, gone.phone, gone.birth_date, gone.sex, gone.login_name)
        assert [0, 0, 0] == left
        assert (None,) * 5 == kept
        assert 0 == levels.identity_level(db, someone.id, LATER)
        assert lookup.by_login(db, vault, claim().number, LATER) is None


def test_a_closed_persons_number_may_register_again(
    database: Database, vault: Vault, someone: Person
) -> None:
    """Closing frees document and phone for a new subject."""
    with database.writing() as db:
        lifecycle.begin_closing(db, db.get_one(Person, someone.id), "own wish", NOW, COOLING)
        lifecycle.finish_closing(db, db.get_one(Person, someone.id), LATER)
    with database.writing() as db:
        again = person(db, vault)

        assert (phone(0), True) == (again.phone, again.id != someone.id)


def test_a_reported_death_is_reversible(database: Database, someone: Person) -> None:
    """Registries err; the person gets everything back."""
    with database.writing() as db:
        again = db.get_one(Person, someone.id)
        lifecycle.report_death(db, again, "population base", NOW)
        lifecycle.withdraw_death(db, again, "register corrected", NOW)

        assert ("active", claim().name) == (again.status, again.name)
