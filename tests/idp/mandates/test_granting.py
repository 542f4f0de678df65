"""Giving, renewing, narrowing and using up mandates, with everybody at it at once."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest

from idp.mandates import ending, granting, states
from idp.mandates.ending import EndRefused
from idp.mandates.granting import GrantRefused, Offer, Somebody, Why
from idp.mandates.models import Mandate, Role, State
from idp.mandates.rules import Path, Reason
from idp.mandates.scope import WHOLE, Scope
from idp.matters.models import Action
from idp.organisations.models import Organisation, Standing
from idp.persons.models import Person, Realm
from idp.storage.database import Refusal
from tests.idp.mandates.office import DAY, GROUP_OF, Office, act, scope
from tests.idp.persons import people


def refused(call: Callable[[], object]) -> str:
    """The reason of a refusal, or nothing."""
    try:
        call()
    except Refusal as refusal:
        return str(refusal)
    return ""


def together(*calls: Callable[[], object]) -> list[str]:
    """What came of doing all this at the same time."""
    with ThreadPoolExecutor(len(calls)) as pool:
        return sorted(pool.map(refused, calls))


def offer_by(office: Office, path: Path, to: int, role: Role = Role.AGENT, **more: object) -> Mandate:
    """Sign an offer under a path that was read before."""
    office.person(to)
    named = WHOLE if role is Role.ADMINISTRATOR else scope("A1")
    values = {"scope": named, "valid_from": office.now, "valid_until": office.now + 30 * DAY, **more}
    invitee = Somebody(people.phone(to), people.claim(to).name)
    with office.database.writing() as db:
        made = Offer(role, **values)  # type: ignore[arg-type]
        return granting.offer(db, office.vault, path, invitee, made, GROUP_OF, office.now).mandate


def test_a_path_read_before_a_revocation_grants_nothing(either_office: Office) -> None:
    """The page was open, the revocation came first: the signature under it is refused."""
    office = either_office
    office.company()
    administrator = office.grant(1, 2, WHOLE, role=Role.ADMINISTRATOR)
    path = office.path(2)
    office.revoke(1, administrator)
    with pytest.raises(GrantRefused) as no:
        offer_by(office, path, 3)

    assert Why.NOT_YOURS is no.value.reason


def test_a_path_read_before_a_narrowing_grants_nothing_wider(office: Office) -> None:
    """What was narrowed meanwhile is looked at again."""
    office.company()
    mandate = office.grant(1, 2, WHOLE, role=Role.ADMINISTRATOR)
    path = office.path(2)
    narrow(office, 1, mandate, scope("B1"))
    with pytest.raises(GrantRefused):
        offer_by(office, path, 3)


def test_a_path_read_before_a_handover_revokes_nothing(office: Office) -> None:
    """The former representative's open page ends nobody's mandate any more."""
    office.company()
    agent = office.grant(1, 2)
    path = office.path(1)
    office.leave()
    with pytest.raises(EndRefused), office.database.writing() as db:
        ending.revoke(db, path, db.get_one(Mandate, agent), "too late", office.now)


def narrow(office: Office, by: int, mandate_id: object, to: Scope, days: float = 30) -> None:
    path = office.path(by)
    with office.database.writing() as db:
        mandate = db.get_one(Mandate, mandate_id)
        until = min(mandate.valid_until, office.now + days * DAY)
        ending.narrow(db, path, mandate, to, until, GROUP_OF, office.now)


def test_two_revocations_end_it_once(either_office: Office) -> None:
    """Of two at once the second finds it ended."""
    office = either_office
    office.company()
    office.grant(1, 2, WHOLE, role=Role.ADMINISTRATOR)
    agent = office.grant(2, 3)

    assert ["", "not_open"] == together(lambda: office.revoke(1, agent), lambda: office.revoke(2, agent))


def test_accepting_and_revoking_at_once_leaves_no_mandate(either_office: Office) -> None:
    """Whichever comes first: after a revocation of the grantor nobody acts under them."""
    office = either_office
    office.company()
    for turn in range(5):
        administrator = office.grant(1, 10 + turn, WHOLE, role=Role.ADMINISTRATOR)
        offered = office.offer(10 + turn, 30 + turn)

        def revoke(mandate: object = administrator) -> None:
            office.revoke(1, mandate)  # type: ignore[arg-type]

        def accept(mandate: object = offered, person: int = 30 + turn) -> None:
            office.accept(mandate, person)  # type: ignore[arg-type]

        together(revoke, accept)

        assert office.mandate(offered).state in (State.CANCELLED, State.REVOKED)
        assert not office.may(30 + turn).allowed


def test_five_administrators_and_no_sixth(either_office: Office) -> None:
    """Ten offers at once: five are signed."""
    office = either_office
    office.company()
    path = office.path(1)
    for person in range(10, 20):
        office.person(person)
    calls = [lambda to=person: offer_by(office, path, to, Role.ADMINISTRATOR) for person in range(10, 20)]

    assert [""] * 5 + ["too_many_administrators"] * 5 == together(*calls)


def test_the_fifth_administrator_can_be_renewed(office: Office) -> None:
    """A renewal is no sixth; for somebody else it would be."""
    office.company()
    mandates = {person: office.grant(1, person, WHOLE, role=Role.ADMINISTRATOR) for person in range(10, 15)}
    path, fifth = office.path(1), mandates[14]
    renewed = offer_by(office, path, 14, Role.ADMINISTRATOR, supersedes=fifth)
    office.accept(renewed.id, 14)
    with pytest.raises(GrantRefused) as no:
        offer_by(office, path, 15, Role.ADMINISTRATOR, supersedes=renewed.id)

    assert Why.TOO_MANY_ADMINISTRATORS is no.value.reason
    assert (State.SUPERSEDED, State.ACTIVE) == (
        office.mandate(fifth).state,
        office.mandate(renewed.id).state,
    )


def test_a_renewal_keeps_those_who_were_appointed_under_it(office: Office) -> None:
    """An administrator whose mandate is renewed does not lose their agents, nor do those gain anything."""
    office.company()
    first = office.grant(1, 2, WHOLE, role=Role.ADMINISTRATOR)
    agent = office.grant(2, 3, scope("A1", "A2"))
    again = offer_by(office, office.path(1), 2, Role.ADMINISTRATOR, supersedes=first, scope=scope("A1", "B1"))
    office.accept(again.id, 2)

    answers = [office.may(3, act(code, Action.APPLY)).reason for code in ("A1", "A2", "B1")]

    assert [Reason.ALLOWED, Reason.MATTER_NOT_GRANTED, Reason.MATTER_NOT_GRANTED] == answers
    assert again.id == office.mandate(agent).granted_under


def test_a_renewal_to_a_lesser_role_ends_what_was_granted_under_it(office: Office) -> None:
    """Who may appoint nobody any more answers for nobody."""
    office.company()
    first = office.grant(1, 2, WHOLE, role=Role.ADMINISTRATOR)
    office.grant(2, 3)
    office.accept(offer_by(office, office.path(1), 2, supersedes=first).id, 2)

    assert (Reason.ALLOWED, Reason.ENDED) == (office.may(2).reason, office.may(3).reason)


def test_nobody_renews_away_what_another_granted(office: Office) -> None:
    """A renewal ends the earlier mandate: only who might end it may offer one."""
    office.company()
    office.grant(1, 2, scope("A1", "A2"), role=Role.ADMINISTRATOR)
    by_the_representative = office.grant(1, 3, scope("A1", "A2", actions="apply query pay"))
    with pytest.raises(GrantRefused) as no:
        offer_by(office, office.path(2), 3, supersedes=by_the_representative)

    assert Why.NOT_YOURS is no.value.reason


def test_narrowing_bounds_every_row_below(office: Office) -> None:
    """So that no later widening of the upper one gives back what was taken."""
    office.company()
    administrator = office.grant(1, 2, scope("A1", "A2"), role=Role.ADMINISTRATOR)
    agent = office.grant(2, 3, scope("A1", "A2"))
    narrow(office, 1, administrator, scope("A1"))
    narrowed = office.mandate(agent).scope
    renewal = offer_by(
        office, office.path(1), 2, Role.ADMINISTRATOR, supersedes=administrator, scope=scope("A1", "A2")
    )
    office.accept(renewal.id, 2)

    assert scope("A1") == narrowed
    assert Reason.MATTER_NOT_GRANTED is office.may(3, act("A2")).reason


def test_what_allows_nothing_any_more_ends(office: Office) -> None:
    """A mandate without anything in common with the one above it is none."""
    office.company()
    administrator = office.grant(1, 2, scope("A1", "B1"), role=Role.ADMINISTRATOR)
    agent = office.grant(2, 3, scope("B1"))
    narrow(office, 1, administrator, scope("A1"))

    assert State.REVOKED == office.mandate(agent).state


def test_limits_meet_as_sets_of_places_and_projects(office: Office) -> None:
    """The smaller place and the smaller amount; two projects that share nothing leave nothing."""
    office.company()
    wide = scope("A1", regions=frozenset({"21", "22"}), amount=500)
    administrator = office.grant(1, 2, wide, role=Role.ADMINISTRATOR)
    agent = office.grant(2, 3, scope("A1", regions=frozenset({"2101", "22"}), amount=300))
    narrow(office, 1, administrator, scope("A1", regions=frozenset({"21"}), amount=400))
    left = office.mandate(agent).scope

    assert (frozenset({"2101"}), 300) == (left.regions, left.amount)


def test_one_act_is_one_act_however_it_was_passed_on(either_office: Office) -> None:
    """Once only: who passes it on to two has not made two acts of it."""
    office = either_office
    office.company()
    upper = office.grant(1, 2, scope("A1", once=True), may_delegate=True)
    lower = [office.grant(2, person, scope("A1", once=True)) for person in (3, 4)]

    def use(mandate: UUID) -> bool:
        with office.database.writing() as db:
            return ending.use(db, [mandate], "A1", office.now)

    with ThreadPoolExecutor(3) as pool:
        used = list(pool.map(use, [upper, *lower]))

    assert 1 == sum(used)
    assert Reason.USED_UP in {office.may(person).reason for person in (2, 3, 4)}
    assert not any(office.may(person).allowed for person in (3, 4) if used[0])


@pytest.mark.parametrize("standing", [Standing.RESTRICTED, Standing.SUSPENDED, Standing.CLOSED])
def test_nothing_new_is_accepted_while_the_organisation_does_not_stand(
    office: Office, standing: Standing
) -> None:
    """What was offered before waits, or is cancelled; nobody becomes an agent meanwhile."""
    company = office.company()
    offered = office.offer(1, 2)
    with office.database.writing() as db:
        db.get_one(Organisation, company).standing = standing
    with pytest.raises(GrantRefused) as no:
        office.accept(offered, 2)

    assert Why.ORGANISATION_NOT_ACTIVE is no.value.reason


def test_a_civil_servant_accepts_nothing_as_such(office: Office) -> None:
    """An agent is a citizen."""
    office.company()
    offered = office.offer(1, 2)
    with office.database.writing() as db:
        db.get_one(Person, office.person(2)).realm = Realm.STAFF
    with pytest.raises(GrantRefused) as no:
        office.accept(offered, 2)

    assert Why.NOT_THE_INVITEE is no.value.reason


def test_two_administrators_resigning_at_once_leave_one(either_office: Office) -> None:
    """The last who can appoint anybody stays, whoever presses first."""
    office = either_office
    office.company()
    mandates: Sequence[object] = [
        office.grant(1, person, WHOLE, role=Role.ADMINISTRATOR) for person in (2, 3)
    ]
    with office.database.writing() as db:  # the representative is frozen: nobody but these two is left
        ending.suspend(db, [db.get_one(Mandate, office.path(1).own.id)], "person_frozen", office.now)
        for mandate in mandates:
            states.move(db, db.get_one(Mandate, mandate), State.ACTIVE, office.now)

    def resign(person: int, mandate: object) -> None:
        with office.database.writing() as db:
            ending.resign(db, db.get_one(Mandate, mandate), office.person(person), office.now)

    came = together(lambda: resign(2, mandates[0]), lambda: resign(3, mandates[1]))

    assert ["", "last_to_administer"] == came


def test_a_handover_and_a_grant_at_once_leave_nothing_under_the_former(either_office: Office) -> None:
    """An offer that came through before the handover is cancelled by it, one that came after is refused."""
    office = either_office
    office.company()
    path = office.path(1)
    office.person(2)
    together(lambda: offer_by(office, path, 2), office.leave)
    with office.database.reading() as db:
        left = [one.state for one in states.below(db, [path.own.id])]

    assert [] == left
