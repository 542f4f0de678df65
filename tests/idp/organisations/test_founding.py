"""How an organisation comes into being: by four elements and a person at level 4, or by waiting for them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select

from idp.audit.models import AuditEvent
from idp.evidence.models import Evidence, Method
from idp.mandates import people as people_of_mandates
from idp.mandates.founding import Outcome
from idp.mandates.models import Mandate
from idp.organisations import synthetic
from idp.organisations.models import ApplicationStatus, Organisation, OrganisationEvidence, Standing
from idp.organisations.registry import RegisteredState
from idp.persons import belongings
from idp.persons.identifiers import MalformedNumber
from idp.persons.models import Person, Realm
from tests.idp.organisations import registries
from tests.idp.organisations.desk import Desk
from tests.idp.persons import people


def test_the_representative_registers_and_represents(either_desk: Desk) -> None:
    """Four elements match and the person is at level 4: the organisation may act, and they may act for it."""
    desk = either_desk
    desk.registry.add()
    founded = desk.register(1)
    organisation, mandate = desk.organisation(), desk.representative()
    assert organisation is not None and mandate is not None

    assert Outcome.REGISTERED is founded.outcome
    assert (Standing.ACTIVE, "live", 4) == (organisation.standing, organisation.state, organisation.level)
    assert desk.person(1) == mandate.agent_person_id == organisation.representative_id
    assert ["organisation.registered"] == desk.told(1)


def test_the_registry_is_asked_about_the_verified_name_and_number(desk: Desk) -> None:
    """What is compared is the document that is the person's own, never something typed."""
    desk.registry.add()
    desk.register(1)
    asked = desk.registry.asked[0].representative
    assert asked is not None

    assert people.claim(1).number == asked.number


def test_the_registrys_spelling_is_kept(desk: Desk) -> None:
    """Brackets and spaces make no other organisation; what the registry writes is what everybody reads."""
    desk.registry.add(name="示范（辽宁）科技有限公司")
    founded = desk.register(1, name="示范(辽宁) 科技有限公司")

    assert (Outcome.REGISTERED, "示范（辽宁）科技有限公司") == (founded.outcome, founded.name)


def test_below_level_4_the_organisation_waits_for_its_representative(desk: Desk) -> None:
    """All four elements leak: whoever only knows them represents nobody."""
    desk.registry.add()
    founded = desk.register(1, level=3)
    organisation = desk.organisation()
    assert organisation is not None

    assert Outcome.LEVEL_NEEDED is founded.outcome
    assert (Standing.WAITING, None) == (organisation.standing, organisation.representative_id)
    assert None is desk.representative()


def test_a_face_shown_for_another_document_is_not_enough(desk: Desk) -> None:
    """The level is that of the document that the registry compares, not the best the person has."""
    desk.registry.add()
    desk.person(1, level=3)
    with desk.database.writing() as db:
        db.add(
            Evidence(
                person_id=desk.people[1],
                document_id=None,
                method=Method.REAL_PERSON,
                authority="likeness",
                level=4,
                at=desk.now,
            )
        )

    assert Outcome.LEVEL_NEEDED is desk.register(1).outcome


def test_below_level_3_nothing_is_asked(desk: Desk) -> None:
    """Who could be anybody registers nothing, and no registry is asked in vain."""
    desk.registry.add()
    with desk.database.writing() as db:
        unproven = people.person(db, desk.vault, 7, answer=people.AWAY)
        desk.people[7] = unproven.id

    assert (Outcome.VERIFY_FIRST, []) == (desk.register(7).outcome, desk.registry.asked)


def test_somebody_else_registers_and_waits(desk: Desk) -> None:
    """Founders act as persons: what they registered waits until the representative confirms it."""
    desk.registry.add(representative=1)
    founded = desk.register(2)
    waiting = desk.organisation()
    assert waiting is not None
    later = desk.register(1)

    assert Outcome.WAITS_FOR_REPRESENTATIVE is founded.outcome
    assert (Standing.WAITING, desk.person(2)) == (waiting.standing, waiting.registered_by)
    assert Outcome.REGISTERED is later.outcome
    assert ["organisation.waits", "organisation.confirmed"] == desk.told(2)
    assert [ApplicationStatus.CONFIRMED] == [one.status for one in desk.applications()]


def test_a_known_organisation_names_nobody(desk: Desk) -> None:
    """Anybody but the representative hears that it is here, and not through whom."""
    desk.registry.add()
    desk.register(1)
    founded = desk.register(2)

    assert Outcome.KNOWN is founded.outcome
    assert desk.person(1) == desk.representative().agent_person_id  # type: ignore[union-attr]
    assert "晓云" not in repr(founded)


def test_a_new_representative_takes_over(desk: Desk) -> None:
    """Whom the registry names now, at level 4, is the representative; the one before has left."""
    desk.registry.add(representative=1)
    desk.register(1)
    desk.registry.change(representative=2)
    desk.pass_time(timedelta(days=1))
    founded = desk.register(2)
    mandate = desk.representative()
    assert mandate is not None

    assert (Outcome.REGISTERED, desk.person(2)) == (founded.outcome, mandate.agent_person_id)
    assert "representative.left" in desk.told(1)


def test_registering_again_changes_nothing(desk: Desk) -> None:
    """The same answer twice is the same organisation, one mandate and one notice."""
    desk.registry.add()
    outcomes = [desk.register(1).outcome for _ in range(3)]
    with desk.database.reading() as db:
        mandates = db.scalar(select(func.count()).select_from(Mandate))

    assert ([Outcome.REGISTERED] * 3, 1) == (outcomes, mandates)
    assert ["organisation.registered"] == desk.told(1)


@pytest.mark.parametrize("typed", [{"name": "示范第二科技有限公司"}, {"number": registries.code(9)}])
def test_a_wrong_name_and_an_unknown_code_are_refused_alike(desk: Desk, typed: dict[str, str]) -> None:
    """One neutral answer: the page is no oracle, and nothing is left behind."""
    desk.registry.add()
    founded = desk.register(1, **typed)  # type: ignore[arg-type]

    assert (Outcome.REFUSED, 49) == (founded.outcome, founded.left)
    assert (None, []) == (desk.organisation(), desk.applications())


def test_attempts_are_few(desk: Desk) -> None:
    """Fifteen a day for one asker, then the registry is not asked any more."""
    outcomes = [desk.register(1, number=registries.code(9)).outcome for _ in range(17)]

    assert [Outcome.REFUSED] * 15 + [Outcome.SPENT] * 2 == outcomes
    assert 15 == len(desk.registry.asked)


def test_a_strangers_mistakes_do_not_keep_the_representative_out(desk: Desk) -> None:
    """Codes are public; whoever types wrong names all day uses up their own attempts."""
    desk.registry.add(representative=1)
    for _ in range(20):
        desk.register(2, name="别的公司")

    assert Outcome.REGISTERED is desk.register(1).outcome


def test_the_military_is_not_registered_online(desk: Desk) -> None:
    """Category A has a reason of its own, and no registry is asked."""
    code = synthetic.credit_code(1, department="A")
    founded = desk.register(1, number=code)

    assert (Outcome.MILITARY, []) == (founded.outcome, desk.registry.asked)


def test_an_old_number_leads_to_the_organisation_that_is_here(desk: Desk) -> None:
    """五证合一: an organisation code or licence number finds its credit code and makes nothing new."""
    desk.registry.add()
    licence = synthetic.business_licence(1)
    desk.register(1, licence_number=licence)
    code = registries.code()
    founded = [desk.register(2, number=old).outcome for old in (f"{code[8:16]}-{code[16]}", licence)]
    with desk.database.reading() as db:
        many = db.scalar(select(func.count()).select_from(Organisation))

    assert ([Outcome.KNOWN, Outcome.KNOWN], 1) == (founded, many)


@pytest.mark.parametrize(
    "number", [synthetic.organisation_code(5), synthetic.business_licence(5), "2101001234567"]
)
def test_an_old_number_that_nobody_knows_sends_to_the_certificate(desk: Desk, number: str) -> None:
    """No second organisation under an old number: the credit code stands on the new certificate."""
    founded = desk.register(1, number=number)

    assert (Outcome.OLD_NUMBER, None) == (founded.outcome, founded.organisation_id)


def test_a_malformed_number_is_a_fault_of_the_form(desk: Desk) -> None:
    """It is told before anybody is asked."""
    with pytest.raises(MalformedNumber):
        desk.register(1, number="91210000MAYYYY0165")


def test_another_organisation_is_not_found_by_a_licence_number_that_is_taken(desk: Desk) -> None:
    """Who names somebody else's old number gets their organisation, and not that number."""
    desk.registry.add(1, 1)
    desk.registry.add(2, 2)
    licence = synthetic.business_licence(1)
    desk.register(1, 1, licence_number=licence)
    founded = desk.register(2, 2, licence_number=licence)
    second = desk.organisation(2)
    assert second is not None

    assert (Outcome.REGISTERED, None) == (founded.outcome, second.licence_number)


@pytest.mark.parametrize(
    ("state", "outcome", "standing"),
    [
        (RegisteredState.LICENCE_REVOKED, Outcome.REGISTERED, Standing.RESTRICTED),
        (RegisteredState.LIQUIDATION, Outcome.REGISTERED, Standing.RESTRICTED),
        (RegisteredState.MOVED_OUT, Outcome.REGISTERED, Standing.RESTRICTED),
        (RegisteredState.UNKNOWN, Outcome.REGISTERED, Standing.ACTIVE),
        (RegisteredState.DEREGISTERED, Outcome.GONE, None),
        (RegisteredState.CANCELLED, Outcome.GONE, None),
    ],
)
def test_the_state_decides_what_it_may_do(
    desk: Desk, state: RegisteredState, outcome: Outcome, standing: Standing | None
) -> None:
    """Without a licence it may wind itself up; what is no more is not registered."""
    desk.registry.add(state=state)
    founded, organisation = desk.register(1), desk.organisation()

    assert (outcome, standing) == (founded.outcome, organisation.standing if organisation else None)


def test_a_term_that_is_over_by_a_month_restricts(desk: Desk) -> None:
    """A certificate past its last day by more than thirty days allows winding up alone."""
    desk.registry.add(valid_to=date(2026, 1, 1))
    desk.register(1)
    organisation = desk.organisation()
    assert organisation is not None

    assert (Standing.RESTRICTED, "term_over") == (organisation.standing, organisation.standing_because)


def test_without_a_registry_somebody_looks(desk: Desk) -> None:
    """What cannot be asked online waits for the certificate; nothing is here yet."""
    desk.registry.offline.add(registries.code())
    founded = desk.register(1)

    assert (Outcome.REVIEW, None) == (founded.outcome, desk.organisation())
    assert [founded.application_id] == [one.id for one in desk.applications()]


def test_a_registry_without_numbers_confirms_no_representative(desk: Desk) -> None:
    """Three elements are not four: the name alone makes nobody the representative."""
    desk.registry.add(representative=None)
    founded, organisation = desk.register(1), desk.organisation()
    assert organisation is not None

    assert (Outcome.REVIEW, Standing.WAITING) == (founded.outcome, organisation.standing)


def test_fifty_at_once_are_one_organisation(either_desk: Desk) -> None:
    """One organisation per code and one representative, whoever wins."""
    desk = either_desk
    desk.registry.add(representative=1)
    for person in range(1, 6):
        desk.person(person)
    with ThreadPoolExecutor(50) as pool:
        outcomes = list(pool.map(lambda turn: desk.register(1 + turn % 5).outcome, range(50)))
    with desk.database.reading() as db:
        counts = [
            db.scalar(select(func.count()).select_from(table))
            for table in (Organisation, Mandate, OrganisationEvidence)
        ]

    assert [1, 1, 2] == counts
    assert {Outcome.REGISTERED} == {outcomes[place] for place in range(0, 50, 5)}
    assert {Outcome.KNOWN, Outcome.WAITS_FOR_REPRESENTATIVE} >= set(outcomes) - {Outcome.REGISTERED}


def test_the_trail_has_the_registrys_request(desk: Desk) -> None:
    """An auditor finds the registry's own record of why somebody represents it."""
    desk.registry.add()
    desk.register(1)
    with desk.database.reading() as db:
        query = select(AuditEvent.details).where(AuditEvent.topic == "representative.confirmed")
        details = db.scalars(query).one()

    assert ("market_regulation", "request-1") == (details["authority"], details["registry_request_id"])


def test_by_a_document_that_is_anothers_nobody_represents(desk: Desk) -> None:
    """Taken away by whoever proved it at a higher level: its representative leaves as any other would."""
    desk.registry.add()
    desk.register(1)
    with desk.database.writing() as db:
        document = db.get_one(Person, desk.people[1]).documents[0]
        belongings.take_document(db, document, "displaced", desk.now)
    message = desk.waiting(belongings.DOCUMENT_TAKEN)[0]
    with desk.database.writing() as db:
        left = [
            people_of_mandates.document_lost(db, UUID(message.payload["document_id"]), desk.now) for _ in "12"
        ]

    assert ([1, 0], None) == (left, desk.representative())
    assert "representative.left" == desk.told(1)[-1]


def test_a_representative_who_is_told_no_has_left(desk: Desk) -> None:
    """A failed match at a visit is as good as one by night (domain: handover)."""
    desk.registry.add()
    desk.register(1)
    desk.registry.change(representative=2)
    desk.pass_time(timedelta(days=1))
    founded = desk.register(1)

    assert (Outcome.KNOWN, None) == (founded.outcome, desk.representative())


def test_where_only_papers_tell_a_new_head_can_hand_one_in(desk: Desk) -> None:
    """A registry without numbers cannot say who came after whom: the paper is looked at by two."""
    desk.registry.add(representative=1)
    desk.register(1)
    desk.registry.change(representative=None)
    founded = desk.register(2)

    assert Outcome.KNOWN is founded.outcome
    assert [founded.application_id] == [one.id for one in desk.applications()]


def test_civil_servants_register_nothing_as_such(desk: Desk) -> None:
    """A civil servant as a citizen is somebody else."""
    desk.registry.add()
    desk.person(1)
    with desk.database.writing() as db:
        db.get_one(Person, desk.people[1]).realm = Realm.STAFF

    assert Outcome.VERIFY_FIRST is desk.register(1).outcome
