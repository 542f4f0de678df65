"""What the clock does: endings, offers nobody answers, reminders."""

import pytest
from sqlalchemy import select

from idp.mandates import granting, rounds
from idp.mandates.granting import GrantRefused, Why
from idp.mandates.models import State
from idp.mandates.rules import Reason
from idp.notices.models import Notice
from tests.idp.mandates.office import DAY, Office


def told(office: Office, person: int) -> list[str]:
    with office.database.reading() as db:
        query = select(Notice).where(Notice.person_id == office.person(person)).order_by(Notice.at, Notice.id)
        return [
            f"{one.topic} {one.details['days']}" if "days" in one.details else one.topic
            for one in db.scalars(query)
            if one.topic.startswith("mandate.")
        ]


def days_pass(office: Office, days: float) -> int:
    office.now += days * DAY
    return rounds.go_round(office.database, office.now)


def test_an_end_is_told_thirty_seven_and_one_days_before(office: Office) -> None:
    """Each once, to the agent and to who granted it; then that it is over."""
    office.company()
    office.grant(1, 2, days=90)
    for days in (59, 1, 1, 22, 1, 5, 1, 0.5, 0.5, 1):
        days_pass(office, days)

    wanted = ["mandate.ending 30", "mandate.ending 7", "mandate.ending 1", "mandate.expired"]
    assert wanted == told(office, 2)
    assert ["mandate.ending"] * 3 == told(office, 1)
    assert State.EXPIRED == office.mandate(office.path(2).own.id).state


def test_what_was_given_for_a_week_is_not_ending_soon_at_once(office: Office) -> None:
    """A reminder of what one accepted a moment ago is no news."""
    office.company()
    office.grant(1, 2, days=7)
    days_pass(office, 0.1)

    assert [] == told(office, 2)


def test_an_offer_lapses_after_seven_days(office: Office) -> None:
    """And who made it hears that nobody answered."""
    office.company()
    offered = office.offer(1, 2)
    days_pass(office, 7)

    assert State.LAPSED == office.mandate(offered).state
    assert ["mandate.lapsed"] == told(office, 1)
    with pytest.raises(GrantRefused):
        office.accept(offered, 2)


def test_what_would_be_over_already_is_not_accepted(office: Office) -> None:
    """An offer is for its time: after that there is nothing to say yes to."""
    office.company()
    offered = office.offer(1, 2, days=1)
    office.now += 2 * DAY
    with pytest.raises(GrantRefused) as refused:
        office.accept(offered, 2)

    assert Why.NO_LONGER_OFFERED is refused.value.reason


def test_after_the_grace_an_agent_rests(office: Office) -> None:
    """What the new representative has not confirmed in fifteen days does nothing any more."""
    office.company()
    office.grant(1, 2, days=90)
    office.leave()
    before = office.may(2).reason
    days_pass(office, 15)

    assert (Reason.ONLY_OPEN_CASES, Reason.SUSPENDED) == (before, office.may(2).reason)
    assert ["mandate.suspended"] == told(office, 2)
    assert 1 == len(office.left_behind())


def test_a_round_twice_is_once(office: Office) -> None:
    """Two workers at the same time tell everybody once."""
    office.company()
    office.grant(1, 2, days=40)
    changed = [days_pass(office, days) for days in (11, 0)]

    assert ([1, 0], ["mandate.ending 30"]) == (changed, told(office, 2))


def test_lapsing_names_nobody_any_more(office: Office) -> None:
    """The phone and the name of who was invited are forgotten with the offer."""
    office.company()
    offered = office.offer(1, 2)
    office.now += 8 * DAY
    with office.database.writing() as db:
        granting.lapse(db, office.now)
    mandate = office.mandate(offered)

    assert (None, None) == (mandate.invitee_digest, mandate.invitee_name_sealed)
