"""Who is compared in nobody's place: always somebody of whom there is something to compare."""

from datetime import timedelta

import pytest

from idp.keys.vault import Vault
from idp.persons import belongings, decoys, lifecycle
from idp.persons.models import Person
from idp.storage.database import Database
from tests.idp.persons.people import NOW, person


def chosen(database: Database) -> Person | None:
    with database.reading() as db:
        return decoys.person(db)


@pytest.mark.parametrize("how", ["closed", "displaced"])
def test_whoever_has_no_document_any_more_is_compared_no_more(
    database: Database, vault: Vault, how: str
) -> None:
    """An empty record is read faster than anybody's, and would tell strangers who is nobody."""
    with database.writing() as db:
        first, second = person(db, vault, 1), person(db, vault, 2)
    before = chosen(database)
    with database.writing() as db:
        known = db.get_one(Person, first.id)
        if how == "closed":
            lifecycle.begin_closing(db, known, "own_wish", NOW, timedelta())
            lifecycle.finish_closing(db, known, NOW)
        else:
            belongings.take_document(db, known.documents[0], "displaced", NOW)
    after = chosen(database)

    assert before is not None and after is not None
    assert [first.id, second.id] == [before.id, after.id]
