"""What becomes of mandates when people are frozen, come back, die, or close their accounts."""

from datetime import timedelta

import pytest

from idp.account import ending as account_ending
from idp.account.closing import finish_due
from idp.mandates import people
from idp.mandates.models import Role, State
from idp.mandates.rules import Reason
from idp.mandates.scope import WHOLE
from idp.matters.models import Action
from idp.outbox.worker import Leased
from idp.persons import lifecycle
from idp.storage.base import new_id
from tests.idp.mandates.office import Office, act


@pytest.fixture
def staffed(office: Office) -> Office:
    """A company with a representative 1, an administrator 2, and 3 whom the administrator appointed."""
    office.company()
    office.grant(1, 2, WHOLE, role=Role.ADMINISTRATOR)
    office.grant(2, 3)
    return office


def moved(office: Office, person: int, status: str) -> None:
    """The worker hears of a change of status, twice."""
    payload = {"person_id": str(office.person(person)), "status": status}
    for _ in range(2):
        message = Leased(new_id(), lifecycle.STATUS_CHANGED, payload, 1, office.now)
        account_ending.status_changed(office.database, message)


def reasons(office: Office) -> list[Reason]:
    return [office.may(person).reason for person in (1, 2, 3)]


def test_freezing_lets_rest_what_somebody_holds_and_granted(staffed: Office) -> None:
    """And letting them in again lets it go on."""
    with staffed.database.writing() as db:
        lifecycle.freeze(db, staffed.get(db, 2), "lost phone", staffed.now)
    moved(staffed, 2, "frozen")
    frozen = reasons(staffed)
    with staffed.database.writing() as db:
        lifecycle.unfreeze(db, staffed.get(db, 2), "found it", staffed.now)
    moved(staffed, 2, "active")

    assert [Reason.ALLOWED, Reason.NO_MANDATE, Reason.SUSPENDED] == frozen
    assert [Reason.ALLOWED] * 3 == reasons(staffed)


def test_a_death_that_was_reported_wrongly_is_taken_back(staffed: Office) -> None:
    """Registries err: what rested because of it goes on."""
    with staffed.database.writing() as db:
        lifecycle.report_death(db, staffed.get(db, 1), "registry", staffed.now)
    moved(staffed, 1, "deceased")
    dead = reasons(staffed)
    with staffed.database.writing() as db:
        lifecycle.withdraw_death(db, staffed.get(db, 1), "error", staffed.now)
    moved(staffed, 1, "active")

    assert [Reason.NO_MANDATE, Reason.SUSPENDED, Reason.SUSPENDED] == dead
    assert [Reason.ALLOWED] * 3 == reasons(staffed)


def test_coming_back_revives_nothing_that_ended(staffed: Office) -> None:
    """What was revoked while somebody was frozen stays revoked."""
    mandate = staffed.path(2).own.id
    with staffed.database.writing() as db:
        people.lost(db, staffed.person(2), "frozen", staffed.now)
    staffed.revoke(1, mandate)
    with staffed.database.writing() as db:
        people.back(db, staffed.person(2), staffed.now)

    assert State.REVOKED == staffed.mandate(mandate).state
    assert [Reason.ALLOWED, Reason.ENDED, Reason.ENDED] == reasons(staffed)


def test_coming_back_gives_nothing_that_rests_because_of_another(staffed: Office) -> None:
    """Whose grantor is still frozen goes on resting, a handover included."""
    for person in (2, 3):
        with staffed.database.writing() as db:
            people.lost(db, staffed.person(person), "frozen", staffed.now)
    with staffed.database.writing() as db:
        people.back(db, staffed.person(3), staffed.now)
    state = staffed.mandate(staffed.path(3).own.id).state
    staffed.leave()

    assert State.SUSPENDED == state
    assert not staffed.may(3, act(action=Action.QUERY)).allowed


def test_what_a_frozen_representative_left_gives_nobody_a_grace(staffed: Office) -> None:
    """Nobody could act under them before they left; also not who accepted an offer of theirs meanwhile."""
    offered = staffed.offer(1, 4)
    with staffed.database.writing() as db:
        lifecycle.freeze(db, staffed.get(db, 1), "test", staffed.now)
        people.lost(db, staffed.person(1), "frozen", staffed.now)
    staffed.accept(offered, 4)
    staffed.leave()

    assert not any(staffed.may(person, act(action=Action.QUERY)).allowed for person in (2, 3, 4))
    assert {2, 3, 4} == set(staffed.left_behind())


def test_whoever_is_frozen_as_well_goes_on_resting(staffed: Office) -> None:
    """The grantor's return does not wake an agent who may not sign in."""
    mandates = {3: staffed.path(3).own.id}
    for person in (3, 2):
        with staffed.database.writing() as db:
            lifecycle.freeze(db, staffed.get(db, person), "test", staffed.now)
            people.lost(db, staffed.person(person), "frozen", staffed.now)
    mandate = mandates[3]
    for person in (2, 3):
        with staffed.database.writing() as db:
            lifecycle.unfreeze(db, staffed.get(db, person), "test", staffed.now)
            people.back(db, staffed.person(person), staffed.now)
        if person == 2:
            assert State.SUSPENDED == staffed.mandate(mandate).state

    assert [Reason.ALLOWED] * 3 == reasons(staffed)


def close(office: Office, person: int) -> None:
    with office.database.writing() as db:
        lifecycle.begin_closing(db, office.get(db, person), "own_wish", office.now, timedelta(0))
    finish_due(office.database, office.now + timedelta(seconds=1))


def test_who_closes_their_account_takes_what_they_granted_along(staffed: Office) -> None:
    """Nobody is left who answers for it."""
    close(staffed, 2)

    assert [Reason.ALLOWED, Reason.NO_MANDATE, Reason.ENDED] == reasons(staffed)


def test_a_representative_who_closes_their_account_leaves_a_handover(staffed: Office) -> None:
    """The organisation goes on: administrators rest, agents finish, the next representative decides."""
    close(staffed, 1)

    assert [Reason.NO_MANDATE, Reason.SUSPENDED, Reason.ONLY_OPEN_CASES] == reasons(staffed)


def test_what_rested_when_the_representative_left_waits_for_the_new_one(staffed: Office) -> None:
    """An agent who was frozen at that moment comes back to nothing until somebody confirms it."""
    with staffed.database.writing() as db:
        people.lost(db, staffed.person(3), "frozen", staffed.now)
    staffed.leave()
    with staffed.database.writing() as db:
        people.back(db, staffed.person(3), staffed.now)
    staffed.appoint(1, 4)
    resting = staffed.may(3).reason
    staffed.decide(4, confirm=[staffed.left_behind()[3]])

    assert (Reason.SUSPENDED, Reason.ALLOWED) == (resting, staffed.may(3).reason)
