"""What may be claimed, by whom, and how documents and people are found."""

from datetime import UTC, date, datetime

import pytest

from idp import clock
from idp.keys.vault import Vault
from idp.persons import claim as claims
from idp.persons import lookup, synthetic
from idp.persons.identifiers import DocumentType, MalformedNumber, parse
from idp.persons.names import MalformedName
from idp.storage.database import Database
from tests.idp.persons.people import NOW, claim, person

TODAY = NOW.date()


def test_the_day_is_the_one_in_china() -> None:
    """At six in the evening in Greenwich it is tomorrow in Beijing."""
    assert date(2026, 3, 3) == clock.day(datetime(2026, 3, 2, 18, 0, tzinfo=UTC))


@pytest.mark.parametrize(
    ("born", "guardian"), [(date(2012, 3, 2), False), (date(2012, 3, 3), True), (date(1980, 1, 1), False)]
)
def test_under_fourteen_needs_a_guardian(born: date, guardian: bool) -> None:
    """On the fourteenth birthday one may act for oneself (PIPL Art. 31)."""
    number = synthetic.resident_id(born, "M")
    read = claims.read(DocumentType.RESIDENT_ID, number, "吴子轩", None, TODAY)

    assert guardian == read.is_for_a_guardian(TODAY)


def test_first_generation_numbers_are_not_claimed() -> None:
    """Since 2013 a fifteen-digit number finds a record and proves nothing."""
    number = synthetic.resident_id_15(date(1970, 1, 1), "M")

    with pytest.raises(MalformedNumber):
        claims.read(DocumentType.RESIDENT_ID_15, number, "林晓云", None, TODAY)


def test_a_name_must_be_one() -> None:
    """Digits are no name."""
    with pytest.raises(MalformedName):
        claims.read(DocumentType.RESIDENT_ID, claim().number, "12345", None, TODAY)


def test_a_foreign_passport_is_filed_under_its_country() -> None:
    """Two countries may issue the same number."""
    read = [
        claims.read(DocumentType.FOREIGN_PASSPORT, synthetic.foreign_passport(1), "LUCAS", country, TODAY)
        for country in ("FRA", "DEU")
    ]

    assert read[0].key != read[1].key


def test_an_old_number_finds_the_person(database: Database, vault: Vault) -> None:
    """The fifteen digits of a first-generation card lead to the number they became."""
    old = synthetic.resident_id_15(date(1970, 1, 1), "M")
    new = parse(DocumentType.RESIDENT_ID_15, old, TODAY).derived["upgraded_18"]
    with database.writing() as db:
        read = claims.read(DocumentType.RESIDENT_ID, new, "林晓云", None, TODAY)
        someone = person(db, vault, claim=read)

    with database.reading() as db:
        found = lookup.by_login(db, vault, old, NOW)
        assert found is not None and someone.id == found.id


def test_attempts_are_counted_by_person_not_by_spelling(vault: Vault) -> None:
    """Spaces, case and full width change nothing about whom a guess is about."""
    number = claim().number
    spellings = (number, number.lower(), f" {number[:6]} {number[6:]} ", number[:10] + "-" + number[10:])

    assert 1 == len({lookup.who(vault, lookup.read(text, NOW)) for text in spellings})
