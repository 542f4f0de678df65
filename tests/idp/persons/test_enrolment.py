"""Creating a person, believing a claim, and who wins when two want the same."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import func, select, update

from idp.evidence import levels
from idp.evidence.models import Evidence
from idp.keys.vault import Vault
from idp.notices.models import Notice
from idp.outbox.models import Message
from idp.persons import belongings, enrolment, lookup
from idp.persons.belongings import Proof
from idp.persons.enrolment import Confirmation, Taken
from idp.persons.models import Displacement, DocumentIndex, Person
from idp.persons.registry import Unavailable, Verified
from idp.storage.database import Database
from tests.idp.persons.people import (
    ANOTHER_PHONE,
    AWAY,
    HOLD,
    NOW,
    UNKNOWN_KIND,
    YES,
    YES_WITH_PHONE,
    applicant,
    claim,
    person,
    phone,
)


def level(database: Database, someone: Person) -> int:
    with database.reading() as db:
        return levels.identity_level(db, someone.id, NOW)


def test_a_registry_match_makes_level_three(database: Database, vault: Vault) -> None:
    """Name and number confirmed by the registry are level 3, the phone and the format are evidence too."""
    with database.writing() as db:
        someone = person(db, vault)

    with database.reading() as db:
        methods = set(db.scalars(select(Evidence.method)))
    assert 3 == level(database, someone)
    assert {"phone_code", "document_format", "registry_match"} == methods


def test_a_phone_the_registry_confirms_is_in_the_evidence(database: Database, vault: Vault) -> None:
    """Name, number and phone: level 3 as without a phone on file, and told apart from it."""
    with database.writing() as db:
        someone = person(db, vault, answer=YES_WITH_PHONE)

    with database.reading() as db:
        methods = set(db.scalars(select(Evidence.method)))
    assert 3 == level(database, someone)
    assert {"phone_code", "document_format", "registry_phone_match"} == methods


def test_another_phone_on_file_leaves_level_two(database: Database, vault: Vault) -> None:
    """Name and number alone others know too: noted as it was said, the number not held, the person told."""
    with database.writing() as db:
        someone = person(db, vault, answer=ANOTHER_PHONE)

    with database.reading() as db:
        said = db.scalars(select(Evidence).where(Evidence.method == "registry_phone_mismatch")).one()
        told = list(db.scalars(select(Notice.topic)))
        assert ("public_security", "request-1", 2) == (said.authority, said.request_id, said.level)
        assert lookup.by_document(db, vault, claim().kind, claim().number) is None
    assert (2, ["identity.unconfirmed"]) == (level(database, someone), told)


def test_another_phone_displaces_nobody(database: Database, vault: Vault) -> None:
    """Not even a holder whose own evidence has lapsed."""
    with database.writing() as db:
        holder = person(db, vault)
        db.execute(update(Evidence).where(Evidence.level > 1).values(expires_at=NOW))
    with database.writing() as db:
        person(db, vault, 0, phone=phone(9), answer=ANOTHER_PHONE)

    with database.reading() as db:
        found = lookup.by_document(db, vault, claim().kind, claim().number)
        assert found is not None and holder.id == found.id
        assert [] == list(db.scalars(select(Displacement)))


def test_another_phone_with_a_document_somebody_holds_is_taken(database: Database, vault: Vault) -> None:
    """Whoever matched name and number ends where everybody does, whatever their phone."""
    with database.writing() as db:
        person(db, vault)

    with pytest.raises(Taken), database.writing() as db:
        person(db, vault, 0, phone=phone(9), answer=ANOTHER_PHONE)


def test_a_verified_person_is_found_by_number_and_phone(database: Database, vault: Vault) -> None:
    """Document and phone are found by their blind indexes, in whatever spelling."""
    with database.writing() as db:
        someone = person(db, vault, login_name="lin-xiaoyun")

    with database.reading() as db:
        number = claim().number
        typed = (number.lower(), f"{number[:6]} {number[6:14]}-{number[14:]}", "199 0000 0000", "LIN-xiaoyun")
        found = [lookup.by_login(db, vault, text, NOW) for text in typed]
        assert [someone.id] * 4 == [p.id for p in found if p]


def test_sex_and_birth_date_come_from_the_number(database: Database, vault: Vault) -> None:
    """Nothing is asked that the number says already (WCAG 3.3.7)."""
    with database.writing() as db:
        someone = person(db, vault)

        assert ("F", "1990-01-01") == (someone.sex, someone.birth_date)


def test_an_outage_leaves_level_two_and_a_queued_check(database: Database, vault: Vault) -> None:
    """Without an answer nothing is believed: the claim holds no number, the worker will ask again."""
    with database.writing() as db:
        someone = person(db, vault, answer=AWAY)

    with database.reading() as db:
        topics = set(db.scalars(select(Message.topic)))
        indexed = db.scalar(select(func.count()).select_from(DocumentIndex))
    assert 2 == level(database, someone)
    assert {"person.verify", "notice.sms"} == topics
    assert 0 == indexed


def test_a_document_no_registry_knows_stays_at_level_two(database: Database, vault: Vault) -> None:
    """A passport is noted, holds no number, and no check is queued that nobody could answer."""
    with database.writing() as db:
        someone = person(db, vault, answer=UNKNOWN_KIND)

    with database.reading() as db:
        topics = set(db.scalars(select(Message.topic)))
    assert 2 == level(database, someone)
    assert set() == topics


def test_an_unverified_claim_does_not_squat_a_number(database: Database, vault: Vault) -> None:
    """Whoever proves the number gets it, however many claimed it before."""
    with database.writing() as db:
        person(db, vault, answer=AWAY)
        holder = person(db, vault, phone=phone(9))

    with database.reading() as db:
        found = lookup.by_document(db, vault, claim().kind, claim().number)
        assert found is not None and holder.id == found.id


def test_a_verified_document_is_one_persons(database: Database, vault: Vault) -> None:
    """A second verified registration of a number is refused and leaves nothing behind."""
    with database.writing() as db:
        person(db, vault)

    with pytest.raises(Taken), database.writing() as db:
        person(db, vault, phone=phone(9))

    with database.reading() as db:
        assert 1 == db.scalar(select(func.count()).select_from(Person))


def test_fifty_registrations_at_once_make_one_person(either_database: Database) -> None:
    """Fifty prove one number at the same moment: one person comes of it, the others hear `Taken`."""
    vault = either_database.vault
    assert isinstance(vault, Vault)

    def register(index: int) -> str:
        try:
            with either_database.writing() as db:
                person(db, vault, 0, phone=phone(index))
        except Taken:
            return "taken"
        return "enrolled"

    with ThreadPoolExecutor(16) as pool:
        outcomes = sorted(pool.map(register, range(50)))

    with either_database.reading() as db:
        persons = db.scalar(select(func.count()).select_from(Person))
    assert ["enrolled"] + ["taken"] * 49 == outcomes
    assert 1 == persons


def test_one_phone_at_once_belongs_to_one_person(either_database: Database) -> None:
    """Different people with one proven phone: whoever comes last has it, and nobody shares it."""
    vault = either_database.vault
    assert isinstance(vault, Vault)

    def register(index: int) -> None:
        try:
            with either_database.writing() as db:
                person(db, vault, index, phone=phone(1))
        except Taken:
            pass

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(register, range(16)))

    with either_database.reading() as db:
        having = [p for p in db.scalars(select(Person)) if p.phone is not None]
        assert 1 == len(having)


def test_a_login_name_is_one_persons(database: Database, vault: Vault) -> None:
    """A login name somebody has is taken."""
    with database.writing() as db:
        person(db, vault, login_name="lin-xiaoyun")

    with pytest.raises(Taken), database.writing() as db:
        person(db, vault, 1, login_name="lin-xiaoyun")


def test_a_reclaimed_phone_leaves_its_former_person(database: Database, vault: Vault) -> None:
    """Code and document of the new owner detach the phone; the former one is told in the inbox alone."""
    with database.writing() as db:
        former = person(db, vault, 1, phone=phone(1))
        former_id = former.id
    with database.writing() as db:
        owner = person(db, vault, 2, phone=phone(1))

    with database.reading() as db:
        found = lookup.by_phone(db, vault, phone(1))
        topics = list(db.scalars(select(Notice.topic).where(Notice.person_id == former_id)))
        assert found is not None and owner.id == found.id
        assert db.get_one(Person, former_id).phone is None
        assert ["phone.reclaimed"] == topics
        assert 0 == db.scalar(select(func.count()).select_from(Message))


@pytest.mark.parametrize("answer", [AWAY, ANOTHER_PHONE])
def test_a_phone_is_not_reclaimed_without_a_proven_document(
    database: Database, vault: Vault, answer: Verified | Unavailable
) -> None:
    """A code alone takes nobody's phone away, nor does one for which the authority has another on file."""
    with database.writing() as db:
        person(db, vault, 1, phone=phone(1))

    with pytest.raises(Taken), database.writing() as db:
        person(db, vault, 2, phone=phone(1), answer=answer)


@pytest.mark.parametrize(
    ("who", "what", "its_phone", "answer", "known_by"),
    [
        ("a stranger to us", 2, 2, YES, None),
        ("the holder of the document", 1, 2, YES, "document"),
        ("the holder of both", 1, 1, YES, "document"),
        ("the new owner of a phone", 2, 1, YES, None),
        ("an unproven claim on the document", 1, 2, None, None),
        ("an unproven claim with a known phone", 2, 1, None, "phone"),
        ("another phone than is on file", 2, 2, ANOTHER_PHONE, None),
        ("another phone than is on file, for the document", 1, 2, ANOTHER_PHONE, "document"),
        ("another phone than is on file, a known one", 2, 1, ANOTHER_PHONE, "phone"),
    ],
)
def test_who_must_be_told_instead_of_registering(
    database: Database,
    vault: Vault,
    who: str,
    what: int,
    its_phone: int,
    answer: Verified | None,
    known_by: str | None,
) -> None:
    """Known documents and phones end with a message to their holder; unproven numbers tell nothing."""
    with database.writing() as db:
        person(db, vault, 1, phone=phone(1))
    proof = enrolment.proof_of(answer) if answer else None

    with database.reading() as db:
        known = belongings.known_to(db, vault, claim(what), phone(its_phone), proof, NOW)
    assert known_by == (known and ("document" if known.by_document else "phone")), who


def test_a_queued_claim_of_the_same_person_is_known(database: Database, vault: Vault) -> None:
    """Whoever registers again while their check waits is not created twice by a reclaimed phone."""
    with database.writing() as db:
        person(db, vault, 1, answer=AWAY)

    with database.reading() as db:
        assert belongings.known_to(db, vault, claim(1), phone(1), enrolment.proof_of(YES), NOW) is not None


def test_proof_at_a_higher_level_begins_a_hold(database: Database, vault: Vault) -> None:
    """A window's proof does not move a document at once: the holder has a day."""
    with database.writing() as db:
        holder = person(db, vault)
        claimant = person(db, vault, 0, phone=phone(9), answer=UNKNOWN_KIND)
        proof = Proof("window", 5, "window-0101", "visit-1", NOW)
        outcome = enrolment.confirm(db, vault, claimant, claimant.documents[0], proof, NOW, HOLD)

    assert Confirmation.HELD == outcome
    assert (3, 2) == (level(database, holder), level(database, claimant))


def test_the_same_level_does_not_displace(database: Database, vault: Vault) -> None:
    """The registry's yes is no better for the second than for the first."""
    with database.writing() as db:
        person(db, vault)
        claimant = person(db, vault, 0, phone=phone(9), answer=UNKNOWN_KIND)

        with pytest.raises(Taken):
            enrolment.confirm(db, vault, claimant, claimant.documents[0], enrolment.proof_of(YES), NOW, HOLD)


def test_a_new_claim_replaces_an_unverified_one(database: Database, vault: Vault) -> None:
    """Claims that nobody confirmed do not pile up, and verified documents stay."""
    with database.writing() as db:
        someone = person(db, vault, answer=UNKNOWN_KIND)
        enrolment.claim_document(db, someone, replace(claim(5), name="林小云"), NOW)

    with database.reading() as db:
        again = db.get_one(Person, someone.id)
        assert ([claim(5).number], "林小云") == ([d.number for d in again.documents], again.name)


def test_an_applicant_shows_nothing_in_its_repr() -> None:
    """Names, numbers and phones stay out of logs."""
    shown = repr(applicant())

    assert [] == [secret for secret in (claim().number, claim().name, phone(0)) if secret in shown]
