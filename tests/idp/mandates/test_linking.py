"""Two operators link an agent at the window: on a letter, with a notice, with time to object."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from idp.mandates import linking
from idp.mandates.linking import Letter, LinkRefused, Why
from idp.mandates.models import LinkCase, Mandate, State
from idp.mandates.rules import Reason
from idp.mandates.scope import Scope
from idp.notices.models import Notice
from idp.organisations import reviews
from idp.organisations.models import Organisation, Standing
from idp.organisations.reviews import Decider
from tests.idp.mandates.office import DAY, GROUP_OF, NOW, Office, scope

LETTER = Letter(reviews.paper(b"%PDF-1.7 a letter with a seal"), "A", scope("A1"), NOW + 90 * DAY, "case 1")


def opened(office: Office, letter: Letter = LETTER, agent: int = 2, by: int = 8) -> UUID:
    """A case that the first operator has opened."""
    office.person(agent)
    company, operator = office.company(), Decider(office.person(by))
    with office.database.writing() as db:
        return linking.open_case(
            db,
            office.vault,
            operator,
            company,
            office.get(db, agent),
            letter,
            GROUP_OF,
            office.now,
        ).id


@pytest.fixture
def office_of_two(either_office: Office) -> Office:
    """Where two operators (8 and 9) have accounts."""
    either_office.person(8)
    either_office.person(9)
    return either_office


def decide(office: Office, rule: Callable[..., Any], case: UUID, operator: int) -> None:
    decider = Decider(office.person(operator))
    with office.database.writing() as db:
        rule(db, case, decider, "seen", office.now)


def settle(office: Office) -> int:
    with office.database.writing() as db:
        return len(linking.settle(db, office.now))


def test_it_is_in_force_after_the_cooling_off(office_of_two: Office) -> None:
    """Opened, approved by another, told to the representative: in force after the wait, not before."""
    office = office_of_two
    case = opened(office)
    before = office.may(2).reason
    decide(office, linking.approve, case, 9)
    cooling = office.may(2).reason
    office.now += linking.COOLING
    settle(office)
    with office.database.reading() as db:
        told = {(one.person_id, one.topic) for one in db.query(Notice)}

    assert (Reason.NO_MANDATE, Reason.NOT_YET, Reason.ALLOWED) == (before, cooling, office.may(2).reason)
    assert (office.person(1), "mandate.linked") in told
    assert (office.person(2), "mandate.cooling") in told


def test_one_operator_twice_is_refused(office_of_two: Office) -> None:
    """Four eyes are two people's."""
    case = opened(office_of_two)

    with pytest.raises(LinkRefused) as refused:
        decide(office_of_two, linking.approve, case, 8)

    assert Why.SAME_OPERATOR is refused.value.reason


def test_the_agent_is_no_operator_of_their_own_case(office: Office) -> None:
    """Neither opens nor approves what is for themselves."""
    with pytest.raises(LinkRefused) as opening:
        opened(office, by=2)
    case = opened(office)
    with pytest.raises(LinkRefused) as approving:
        decide(office, linking.approve, case, 2)

    assert (Why.ONESELF, Why.SAME_OPERATOR) == (opening.value.reason, approving.value.reason)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"grade": "C"}, Why.GRADE),
        ({"scope": Scope()}, Why.NOTHING_NAMED),
        ({"scope": scope("Z9")}, Why.NOTHING_NAMED),
        ({"valid_until": NOW + 400 * DAY}, Why.TOO_LONG),
        ({"valid_until": NOW}, Why.TOO_LONG),
        ({"reason": " "}, Why.REASON),
    ],
)
def test_a_letter_that_proves_nothing_is_refused(office: Office, changes: dict[str, Any], why: Why) -> None:
    """Grade, matters, time and reason are looked at before anything is kept."""
    with pytest.raises(LinkRefused) as refused:
        opened(office, replace(LETTER, **changes))

    assert why is refused.value.reason


def test_the_representative_objects_in_time(office: Office) -> None:
    """An objection within the cooling-off ends it for good."""
    case = opened(office)
    decide(office, linking.approve, case, 9)
    mandate = _mandate_of(office, case)
    objecting = office.path(1)
    with office.database.writing() as db:
        linking.object_to(db, mandate, objecting, office.now)
    office.now += linking.COOLING + timedelta(seconds=1)

    assert (0, State.OBJECTED) == (settle(office), office.mandate(mandate).state)


def test_a_case_is_decided_once(office_of_two: Office) -> None:
    """Refused is refused, approved is approved; nobody decides again."""
    case = opened(office_of_two)
    decide(office_of_two, linking.refuse, case, 9)

    with pytest.raises(LinkRefused) as refused:
        decide(office_of_two, linking.approve, case, 9)

    assert Why.SETTLED is refused.value.reason


def test_nothing_begins_for_an_organisation_that_was_stopped(office: Office) -> None:
    """A company that is suspended while the cooling-off runs gets no new agent."""
    case = opened(office)
    decide(office, linking.approve, case, 9)
    with office.database.writing() as db:
        db.get_one(Organisation, office.companies[1]).standing = Standing.SUSPENDED
    office.now += linking.COOLING

    assert 0 == settle(office)


def _mandate_of(office: Office, case: UUID) -> UUID:
    with office.database.reading() as db:
        return db.get_one(Mandate, db.get_one(LinkCase, case).mandate_id).id
