"""What a registry's later answers change: standing, name, term, authority, representative."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from idp import clock
from idp.audit.models import AuditEvent
from idp.mandates import refresh, standing, succession
from idp.mandates.models import Role
from idp.mandates.refresh import Outcome
from idp.mandates.rules import Reason
from idp.mandates.scope import WHOLE
from idp.matters.models import Action
from idp.organisations import freshness
from idp.organisations.models import Organisation, OrganisationReview, Standing
from idp.organisations.registry import RegisteredState
from idp.outbox.worker import TryAgain
from tests.idp.mandates.office import act, matter, scope
from tests.idp.organisations import registries
from tests.idp.organisations.desk import Desk

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def clock_of_the_desk(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Worker and outbox read the time of the test."""
    name = "either_desk" if "either_desk" in request.fixturenames else "desk"
    desk: Desk = request.getfixturevalue(name)
    monkeypatch.setattr(clock, "now", lambda: desk.now)


def registered(desk: Desk) -> Organisation:
    """A company with a representative, an administrator and two agents."""
    desk.registry.add()
    desk.register(1)
    office = desk.office()
    office.grant(1, 2, WHOLE, role=Role.ADMINISTRATOR)
    office.grant(1, 3, scope("A1", actions="apply query"))
    office.grant(2, 4, scope("A1", actions="apply query"))
    organisation = desk.organisation()
    assert organisation is not None
    return organisation


def reasons(desk: Desk, *people: int) -> list[Reason]:
    office = desk.office()
    return [office.may(person).reason for person in people]


def now_is(desk: Desk) -> tuple[str, str]:
    organisation = desk.organisation()
    assert organisation is not None
    return organisation.standing, organisation.standing_because


@pytest.mark.parametrize(
    ("state", "standing_", "because", "reason"),
    [
        (RegisteredState.LICENCE_REVOKED, "restricted", "licence_revoked", Reason.ORGANISATION_WINDS_UP),
        (RegisteredState.LIQUIDATION, "restricted", "liquidation", Reason.ORGANISATION_WINDS_UP),
        (RegisteredState.MOVED_OUT, "restricted", "moved_out", Reason.ORGANISATION_WINDS_UP),
        (RegisteredState.CANCELLED, "suspended", "cancelled", Reason.ORGANISATION_SUSPENDED),
        (RegisteredState.UNKNOWN, "active", "", Reason.ALLOWED),
    ],
)
def test_the_state_decides_the_standing(
    desk: Desk, state: RegisteredState, standing_: str, because: str, reason: Reason
) -> None:
    """The table of the life cycle, for everybody who acts for it."""
    registered(desk)
    desk.registry.change(state=state)
    desk.pass_time(DAY)
    desk.refresh()

    assert ((standing_, because), [reason] * 3) == (now_is(desk), reasons(desk, 1, 2, 3))


def test_deregistration_ends_everything(either_desk: Desk) -> None:
    """注销: every mandate ends at once, everybody is told, and the record stays."""
    desk = either_desk
    organisation = registered(desk)
    desk.registry.change(state=RegisteredState.DEREGISTERED)
    desk.pass_time(DAY)
    came = desk.refresh()

    assert (Outcome.CHANGED, Standing.CLOSED) == (came.outcome, came.standing)
    assert [Reason.ORGANISATION_CLOSED] * 4 == reasons(desk, 1, 2, 3, 4)
    assert all("organisation.closed" in desk.told(person) for person in (1, 2, 3, 4))
    assert 4 == len({one for m in desk.waiting("mandate.ended") for one in m.payload["mandates"]})
    assert organisation.credit_code == desk.organisation().credit_code  # type: ignore[union-attr]


def test_without_a_licence_only_winding_up_is_left(desk: Desk) -> None:
    """吊销: the representative may do what ends it; offers that wait are cancelled, no agent is new."""
    registered(desk)
    office = desk.office()
    offered = office.offer(1, 5)
    desk.registry.change(state=RegisteredState.LICENCE_REVOKED)
    desk.refresh()
    winding_up = type(act())(matter("A1", winds_up=True), Action.APPLY)

    assert desk.office().may(1, winding_up).allowed
    assert "cancelled" == desk.office().mandate(offered).state


def test_what_was_given_out_before_a_restriction_is_dead(desk: Desk) -> None:
    """Tokens carry the version of their mandate: it grows, and portals are told."""
    registered(desk)
    before = desk.office().path(3).own.version
    desk.registry.change(state=RegisteredState.LICENCE_REVOKED)
    desk.refresh()

    assert before < desk.office().path(3).own.version
    assert desk.waiting("mandate.ended")


def test_what_was_wrong_at_the_registry_can_be_right_again(desk: Desk) -> None:
    """A licence that is given back lifts the restriction, with the mandates that were there."""
    registered(desk)
    desk.registry.change(state=RegisteredState.LICENCE_REVOKED)
    desk.refresh()
    desk.registry.change(state=RegisteredState.LIVE)
    desk.pass_time(DAY)
    desk.refresh()

    assert (("active", ""), [Reason.ALLOWED] * 3) == (now_is(desk), reasons(desk, 1, 2, 3))
    assert "organisation.active" == desk.told(1)[-1]


def test_a_move_that_the_new_authority_confirms_changes_the_division(desk: Desk) -> None:
    """迁出: found at its new authority under the same code, it goes on under the new division."""
    registered(desk)
    desk.registry.change(division="220100")
    came = desk.refresh()
    organisation = desk.organisation()
    assert organisation is not None

    assert (Outcome.CHANGED, "220100", "active") == (
        came.outcome,
        organisation.division,
        organisation.standing,
    )


def test_a_representative_who_no_longer_matches_leaves(either_desk: Desk) -> None:
    """The role ends at once, administrators rest, agents finish what they began, offers are cancelled."""
    desk = either_desk
    registered(desk)
    offered = desk.office().offer(1, 5)
    desk.registry.change(representative=9)
    desk.pass_time(DAY)
    desk.refresh()
    office = desk.office()
    query = [office.may(3, act(action=Action.QUERY)).reason, office.may(3).reason]

    assert [Reason.ENDED, Reason.SUSPENDED] == reasons(desk, 1, 2)
    assert [Reason.ALLOWED, Reason.ONLY_OPEN_CASES] == query
    assert "cancelled" == office.mandate(offered).state
    assert "representative.left" in desk.told(1)
    assert all("representative.changed" in desk.told(person) for person in (2, 3, 4))


def test_the_handover_is_completed_by_the_new_representative(desk: Desk) -> None:
    """They confirm one and end another in one list; what they confirm shows who authorised it when."""
    registered(desk)
    desk.registry.change(representative=5)
    desk.pass_time(DAY)
    desk.refresh()
    founded = desk.register(5)
    organisation = desk.organisation()
    assert organisation is not None
    with desk.database.writing() as db:
        waiting = succession.left_behind(db, organisation.id)
        keep = [one.id for one in waiting if one.agent_person_id == desk.people[3]]
        end = [one.id for one in waiting if one.id not in keep]
        done = succession.decide(db, organisation, keep, end, desk.now, by=desk.people[5])

    assert (3, 0) == (founded.handover, done.left)
    assert [Reason.ALLOWED, Reason.ALLOWED, Reason.ENDED] == reasons(desk, 5, 3, 4)


def test_a_registry_that_keeps_no_number_dismisses_nobody(desk: Desk) -> None:
    """Unknown is no mismatch."""
    registered(desk)
    desk.registry.change(representative=None)
    desk.refresh()

    assert [Reason.ALLOWED] == reasons(desk, 1)


def test_another_name_at_the_registry_ends_the_representatives_role(desk: Desk) -> None:
    """This name with this code was confirmed: whoever represents it confirms it anew, by its new name."""
    registered(desk)
    desk.registry.change(name="更名后的科技有限公司")
    desk.pass_time(DAY)
    desk.refresh()
    left = reasons(desk, 1)
    desk.register(1, name="更名后的科技有限公司")
    organisation = desk.organisation()
    assert organisation is not None

    assert ([Reason.ENDED], [Reason.ALLOWED]) == (left, reasons(desk, 1))
    assert ("更名后的科技有限公司", [registries.name()]) == (organisation.name, organisation.former_names)


def test_an_unknown_code_is_looked_into_and_costs_nothing(desk: Desk) -> None:
    """A registry that lost it, or a text nobody has mapped: one question for a member of staff."""
    registered(desk)
    del desk.registry.held[registries.code()]
    outcomes = []
    for _ in range(3):
        desk.pass_time(DAY)
        outcomes.append(desk.refresh().outcome)
    with desk.database.reading() as db:
        kinds = db.scalars(select(OrganisationReview.kind)).all()

    assert ([Outcome.DOUBTED] * 3, ["state"]) == (outcomes, kinds)
    assert [Reason.ALLOWED] == reasons(desk, 1)


def test_a_term_that_ends_is_a_warning_and_then_a_restriction(desk: Desk) -> None:
    """Thirty days after the last day of a certificate it may only wind itself up; told once each."""
    desk.registry.add(valid_to=date(2026, 3, 10))
    desk.register(1)
    seen = []
    for days in (7, 1, 1, 29, 1):
        desk.pass_time(timedelta(days=days))
        standing.by_the_clock(desk.database, desk.now)
        seen.append(now_is(desk))

    warned, over = ("active", "term_over"), ("restricted", "term_over")
    assert [("active", ""), ("active", ""), warned, warned, over] == seen
    assert ["organisation.registered", "organisation.term_over", "organisation.restricted"] == desk.told(1)


def test_a_renewed_certificate_lifts_it(desk: Desk) -> None:
    """The registry's new last day is the end of the trouble."""
    desk.registry.add(valid_to=date(2026, 1, 1))
    desk.register(1)
    desk.registry.change(valid_to=date(2030, 1, 1))
    desk.pass_time(DAY)
    desk.refresh()

    assert ("active", "") == now_is(desk)


def test_nobody_claims_it_in_ninety_days(desk: Desk) -> None:
    """It is dormant: nobody acts for it until a representative comes, and then it goes on."""
    registered(desk)
    desk.registry.change(representative=5)
    desk.refresh()
    desk.pass_time(timedelta(days=89))
    before = standing.by_the_clock(desk.database, desk.now)
    desk.pass_time(DAY)
    changed = standing.by_the_clock(desk.database, desk.now)
    dormant = now_is(desk)
    desk.register(5)

    assert (0, 1, ("suspended", "dormant")) == (before, changed, dormant)
    assert (("active", ""), [Reason.ALLOWED]) == (now_is(desk), reasons(desk, 5))


def test_the_same_answer_twice_changes_nothing(desk: Desk) -> None:
    """Replaying a list of changes is harmless: one event, one notice, one version."""
    registered(desk)
    desk.registry.change(state=RegisteredState.CANCELLED, representative=9)
    desk.pass_time(DAY)
    outcomes = [desk.refresh().outcome]
    first = desk.organisation()
    outcomes += [desk.refresh().outcome for _ in range(2)]
    again = desk.organisation()
    assert first is not None and again is not None

    assert [Outcome.CHANGED, Outcome.UNCHANGED, Outcome.UNCHANGED] == outcomes
    assert first.version == again.version
    assert 1 == desk.told(2).count("organisation.suspended")


def test_an_older_answer_changes_nothing(desk: Desk) -> None:
    """Of two questions under way at once the answer that was given later counts, whichever comes first."""
    organisation = registered(desk)
    desk.registry.change(state=RegisteredState.LICENCE_REVOKED)
    desk.pass_time(DAY)
    late = desk.now
    desk.refresh()
    desk.registry.now = late - timedelta(minutes=1)
    desk.registry.change(state=RegisteredState.LIVE)
    desk.refresh()

    assert "restricted" == now_is(desk)[0]
    assert organisation.id == desk.organisation().id  # type: ignore[union-attr]


def test_an_answer_about_somebody_who_has_gone_dismisses_nobody_else(desk: Desk) -> None:
    """The question was about the one before; the new representative is not judged by it."""
    organisation = registered(desk)
    with desk.database.reading() as db:
        asking = refresh._asking(db, db.get_one(Organisation, organisation.id))
    desk.registry.change(representative=5)
    desk.pass_time(DAY)
    desk.register(5)
    answer = desk.registry.verify(asking.claim)
    with desk.database.writing() as db:
        refresh.follow(db, db.get_one(Organisation, organisation.id), asking, answer, desk.now)

    assert [Reason.ALLOWED] == reasons(desk, 5)


def test_no_answer_changes_nothing_and_is_asked_again(desk: Desk) -> None:
    """An outage is nobody's fault: what is known stays, the worker tries again."""
    organisation = registered(desk)
    desk.registry.away.add("")
    with desk.database.writing() as db:
        freshness.ask_soon(db, db.get_one(Organisation, organisation.id))
    message = desk.waiting(freshness.REFRESH)[0]

    with pytest.raises(TryAgain):
        refresh.deliver(desk.database, desk.registry, message)
    assert [Reason.ALLOWED] == reasons(desk, 1)


def test_it_is_due_a_day_after_the_last_answer(desk: Desk) -> None:
    """At a sign-in within a day nothing is asked; afterwards once, however many sign in."""
    organisation = registered(desk)
    fresh = freshness.due(organisation, desk.now + DAY - timedelta(seconds=1))
    with desk.database.writing() as db:
        left = [freshness.ask_soon(db, db.get_one(Organisation, organisation.id)) for _ in range(3)]

    assert (False, True) == (fresh, freshness.due(organisation, desk.now + DAY))
    assert [True, False, False] == left


def test_before_what_is_risky_the_registry_is_asked_at_once(desk: Desk) -> None:
    """Unless it has just been asked; what it says counts at once."""
    organisation = registered(desk)
    just = refresh.before_risk(desk.database, desk.registry, organisation.id, desk.now)
    desk.registry.change(state=RegisteredState.DEREGISTERED)
    desk.pass_time(timedelta(minutes=6))
    later = refresh.before_risk(desk.database, desk.registry, organisation.id, desk.now)

    assert (Standing.ACTIVE, Standing.CLOSED) == (just.standing, later.standing)


def test_the_round_asks_about_so_many_and_goes_on(desk: Desk) -> None:
    """At a rate, the longest unasked first; a worker that is stopped leaves the rest to the next."""
    for index in range(1, 6):
        desk.registry.add(index, index)
        desk.register(index, index)
    desk.registry.asked.clear()
    desk.pass_time(DAY)
    turns = [refresh.go_round(desk.database, desk.registry, 2, desk.now) for _ in range(4)]

    assert [2, 2, 1, 0] == turns
    assert 5 == len({claim.credit_code for claim in desk.registry.asked})


def test_a_silent_registry_keeps_no_other_waiting(desk: Desk) -> None:
    """One that gives no answer is asked about nothing more in this turn; others get theirs."""
    for index in range(1, 5):
        desk.registry.add(index, index)
        desk.register(index, index)
    desk.registry.asked.clear()
    desk.registry.away.add("")
    desk.pass_time(DAY)
    asked = refresh.go_round(desk.database, desk.registry, 10, desk.now)
    desk.registry.away.clear()
    desk.pass_time(timedelta(minutes=5))
    then = refresh.go_round(desk.database, desk.registry, 10, desk.now)

    assert (1, 3) == (asked, then)


def test_a_list_of_changes_is_read_on_from_where_it_was_left(desk: Desk) -> None:
    """The place is kept with the messages; codes of nobody here are passed over."""
    for index in range(1, 4):
        desk.registry.add(index, index)
        desk.register(index, index)
    desk.registry.changes = [registries.code(index) for index in (1, 99, 2, 1)]
    first = freshness.read_changes(desk.database, desk.registry, "test", desk.now)
    desk.registry.changes.append(registries.code(3))
    then = freshness.read_changes(desk.database, desk.registry, "test", desk.now)

    assert (2, 1) == (first, then)
    assert 3 == len(desk.waiting(freshness.REFRESH))


def test_ten_at_once_are_one_change(either_desk: Desk) -> None:
    """Two workers and a sign-in may ask at the same time: one change of standing, one notice."""
    desk = either_desk
    registered(desk)
    desk.registry.change(state=RegisteredState.DEREGISTERED)
    desk.pass_time(DAY)
    with ThreadPoolExecutor(10) as pool:
        outcomes = list(pool.map(lambda _: desk.refresh().outcome, range(10)))
    with desk.database.reading() as db:
        query = select(func.count()).where(AuditEvent.topic == "organisation.standing_changed")
        changes = db.scalar(query)

    assert 1 == outcomes.count(Outcome.CHANGED)
    assert (2, 1) == (changes, desk.told(1).count("organisation.closed"))


def test_an_operator_stops_it_and_no_answer_lifts_that(desk: Desk) -> None:
    """Suspended by a person is lifted by a person."""
    organisation = registered(desk)
    with desk.database.writing() as db:
        standing.suspend(db, organisation.id, "seal stolen", desk.now)
    desk.pass_time(DAY)
    desk.refresh()
    stopped = reasons(desk, 1)
    with desk.database.writing() as db:
        standing.lift(db, organisation.id, "seal replaced", desk.now)

    assert ([Reason.ORGANISATION_SUSPENDED], [Reason.ALLOWED]) == (stopped, reasons(desk, 1))


def test_who_is_closed_by_an_operator_is_not_registered_again(desk: Desk) -> None:
    """Its representative does not bring it back; what the registry took back can come back."""
    organisation = registered(desk)
    with desk.database.writing() as db:
        standing.close(db, organisation.id, "by mistake", desk.now)

    assert "gone" == desk.register(1).outcome
    assert [Reason.ORGANISATION_CLOSED] == reasons(desk, 1)


def test_a_deregistration_that_was_wrong_is_taken_back_by_registering_again(desk: Desk) -> None:
    """What ended stays ended; the representative begins anew."""
    registered(desk)
    desk.registry.change(state=RegisteredState.DEREGISTERED)
    desk.pass_time(DAY)
    desk.refresh()
    desk.registry.change(state=RegisteredState.LIVE)
    desk.pass_time(DAY)
    founded = desk.register(1)

    assert ("registered", "active") == (founded.outcome, now_is(desk)[0])
    assert [Reason.ALLOWED, Reason.ENDED] == reasons(desk, 1, 3)
