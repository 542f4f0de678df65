"""Registrations that wait: outages, registries that lag, levels that rise."""

from dataclasses import replace
from datetime import timedelta

import pytest

from idp import clock
from idp.mandates import people as people_of_mandates
from idp.mandates import waiting
from idp.mandates.founding import Outcome
from idp.mandates.waiting import Nothing
from idp.organisations import applications
from idp.organisations.models import ApplicationStatus, OrganisationApplication, Standing
from idp.outbox.worker import Leased, TryAgain
from idp.persons import lifecycle
from idp.persons.models import Person
from tests.idp.organisations import registries
from tests.idp.organisations.desk import Desk


@pytest.fixture(autouse=True)
def clock_of_the_desk(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Worker and outbox read the time of the test."""
    monkeypatch.setattr(clock, "now", lambda: desk.now)


def message(desk: Desk) -> Leased:
    return desk.waiting(applications.VERIFY)[-1]


def status(desk: Desk) -> list[str]:
    return [one.status for one in desk.applications()]


def test_an_outage_is_queued_and_told(desk: Desk) -> None:
    """Nothing is refused because a registry is away; the worker asks again and the person hears of it."""
    desk.registry.add()
    desk.registry.away.add("")
    founded = desk.register(1)

    assert (Outcome.QUEUED, None) == (founded.outcome, desk.organisation())
    assert ["organisation.queued"] == desk.told(1)


def test_no_answer_means_try_again(desk: Desk) -> None:
    """The message keeps its place."""
    desk.registry.away.add("")
    desk.register(1)

    with pytest.raises(TryAgain):
        waiting.verify_queued(desk.registrar, message(desk))


def test_the_answer_that_comes_later_registers(desk: Desk) -> None:
    """As it would have at once: four elements, level 4, and a mandate."""
    desk.registry.add()
    desk.registry.away.add("")
    desk.register(1)
    desk.registry.away.clear()
    outcome = waiting.verify_queued(desk.registrar, message(desk))

    assert Outcome.REGISTERED is outcome
    assert ["organisation.queued", "organisation.registered"] == desk.told(1)
    assert [ApplicationStatus.CONFIRMED] == status(desk)


def test_a_message_twice_is_one_registration(desk: Desk) -> None:
    """A worker that died is followed by another, with the same message."""
    desk.registry.add()
    desk.registry.away.add("")
    desk.register(1)
    desk.registry.away.clear()
    once = message(desk)
    outcomes = [waiting.verify_queued(desk.registrar, once) for _ in range(2)]

    assert [Outcome.REGISTERED, Nothing.OBSOLETE] == outcomes


def test_a_no_that_comes_later_is_told(desk: Desk) -> None:
    """In neutral words, whichever no it was."""
    desk.registry.away.add("")
    desk.register(1)
    desk.registry.away.clear()
    waiting.verify_queued(desk.registrar, message(desk))

    assert ["organisation.queued", "organisation.refused"] == desk.told(1)
    assert [ApplicationStatus.REFUSED] == status(desk)


def test_an_outage_of_days_outlives_the_outbox(desk: Desk) -> None:
    """What the outbox would give up after three days goes on in a new message, for a week."""
    desk.registry.away.add("")
    desk.register(1)
    old = message(desk)
    desk.pass_time(timedelta(days=2, hours=1))
    came = waiting.verify_queued(desk.registrar, old)
    fresh = message(desk)
    desk.pass_time(timedelta(days=6))
    given_up = waiting.verify_queued(desk.registrar, replace(fresh, created_at=old.created_at))

    assert (Nothing.WAITS_ON, Nothing.GAVE_UP) == (came, given_up)
    assert old.id != fresh.id
    assert ["organisation.queued", "organisation.refused"] == desk.told(1)


def test_a_new_company_waits_for_its_registry(desk: Desk) -> None:
    """Founders may come before the registry's copy does: it is asked again for a week."""
    founded = desk.register(1, newly_registered=True)
    first = waiting.verify_queued(desk.registrar, message(desk))
    desk.registry.add()
    desk.pass_time(timedelta(hours=6))
    then = waiting.verify_queued(desk.registrar, message(desk))

    assert Outcome.QUEUED is founded.outcome
    assert (Nothing.WAITS_ON, Outcome.REGISTERED) == (first, then)


def test_new_or_wrongly_named_is_not_told_apart(desk: Desk) -> None:
    """Saying that it is new makes the page no oracle either."""
    desk.registry.add(1)
    wrong = desk.register(1, name="别的公司", newly_registered=True)
    unknown = desk.register(2, 9, newly_registered=True)

    assert (wrong.outcome, wrong.left) == (unknown.outcome, unknown.left)


def test_a_week_is_the_end_of_new(desk: Desk) -> None:
    """Then the person is told that it came to nothing."""
    desk.register(1, newly_registered=True)
    desk.pass_time(timedelta(days=7, hours=1))

    assert Nothing.GAVE_UP is waiting.verify_queued(desk.registrar, message(desk))
    assert "organisation.refused" == desk.told(1)[-1]


def test_it_finishes_by_itself_when_the_level_rises(desk: Desk) -> None:
    """Whoever has shown their face meanwhile represents it without filling in anything again."""
    desk.registry.add()
    desk.register(1, level=3)
    before = waiting.go_on(desk.registrar, desk.now)
    desk.pass_time(timedelta(hours=1))
    desk.rise(1)
    after = waiting.go_on(desk.registrar, desk.now)
    organisation = desk.organisation()
    assert organisation is not None

    assert (0, 1) == (before, after)
    assert (Standing.ACTIVE, desk.people[1]) == (organisation.standing, organisation.representative_id)
    assert ["organisation.level_needed", "organisation.registered"] == desk.told(1)


def test_a_visit_finishes_it_as_well(desk: Desk) -> None:
    """Pages ask on the next visit, and ask nothing for whom nothing waits."""
    desk.registry.add()
    desk.register(1, level=3)
    desk.rise(1)
    asked = len(desk.registry.asked)

    assert [Outcome.REGISTERED] == [
        one.outcome for one in waiting.resume(desk.registrar, desk.people[1], desk.now)
    ]
    assert [] == waiting.resume(desk.registrar, desk.people[1], desk.now)
    assert asked + 1 == len(desk.registry.asked)


def test_who_left_meanwhile_is_not_made_representative_by_an_old_answer(desk: Desk) -> None:
    """The registry is asked once more when the level rises, because the answer of then may be old."""
    desk.registry.add()
    desk.register(1, level=3)
    desk.registry.change(representative=2)
    desk.rise(1)
    waiting.resume(desk.registrar, desk.people[1], desk.now)

    assert None is desk.representative()


def test_who_is_frozen_meanwhile_is_not_forgotten(desk: Desk) -> None:
    """The registration goes on once they may sign in again."""
    desk.registry.add()
    desk.registry.away.add("")
    desk.register(1)
    desk.registry.away.clear()
    with desk.database.writing() as db:
        lifecycle.freeze(db, db.get_one(Person, desk.people[1]), "lost phone", desk.now)
    frozen = waiting.verify_queued(desk.registrar, message(desk))
    with desk.database.writing() as db:
        lifecycle.unfreeze(db, db.get_one(Person, desk.people[1]), "found", desk.now)
    desk.pass_time(timedelta(hours=6))

    assert Nothing.WAITS_ON is frozen
    assert Outcome.REGISTERED is waiting.verify_queued(desk.registrar, message(desk))


def test_who_closes_their_account_waits_for_nothing(desk: Desk) -> None:
    """What they applied for is withdrawn with them."""
    desk.registry.away.add("")
    desk.register(1)
    with desk.database.writing() as db:
        people_of_mandates.closed(db, desk.people[1], desk.now)

    assert [ApplicationStatus.WITHDRAWN] == status(desk)
    assert Nothing.OBSOLETE is waiting.verify_queued(desk.registrar, message(desk))


def test_nobody_waits_for_too_much(desk: Desk) -> None:
    """A person who has twenty open applications begins nothing new."""
    desk.registry.away.add("")
    person = desk.person(1)
    with desk.database.writing() as db:
        for index in range(applications.MOST_OPEN):
            db.add(
                OrganisationApplication(
                    person_id=person,
                    credit_code=registries.code(100 + index),
                    name="某公司",
                    status=ApplicationStatus.QUEUED,
                    created_at=desk.now,
                    changed_at=desk.now,
                )
            )

    assert Outcome.SPENT is desk.register(1).outcome


def test_who_never_comes_is_waited_for_no_longer(desk: Desk) -> None:
    """After three months an application is withdrawn, silently."""
    desk.registry.add(representative=1)
    desk.register(2)
    desk.pass_time(timedelta(days=91))
    with desk.database.writing() as db:
        lapsed = applications.lapse(db, desk.now)

    assert (1, [ApplicationStatus.WITHDRAWN]) == (lapsed, status(desk))
