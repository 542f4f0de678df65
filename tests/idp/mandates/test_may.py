"""May this person do this matter for this organisation now? The clauses of the rule, one by one."""

from datetime import timedelta
from typing import Any

import pytest

from idp.mandates import ending
from idp.mandates.models import Role
from idp.mandates.rules import Reason
from idp.mandates.scope import WHOLE, Scope
from idp.matters.models import Action
from idp.organisations.models import Organisation, Standing
from idp.persons import lifecycle
from tests.idp.mandates.office import DAY, Office, act, matter, scope


def test_a_stranger_may_nothing(either_office: Office) -> None:
    """Deny by default: without a mandate nobody acts for anybody."""
    either_office.company()

    assert Reason.NO_MANDATE is either_office.may(2).reason


def test_the_representative_may_everything(either_office: Office) -> None:
    """Whom the registry names acts in every matter, with every action."""
    either_office.company()

    assert either_office.may(1, act("B1", Action.SIGN)).allowed


def test_an_agent_may_what_was_granted(either_office: Office) -> None:
    """What was offered and accepted, and no more; refusals say what is beyond it."""
    either_office.company()
    either_office.grant(1, 2, scope("A1", actions="apply"))

    answers = [either_office.may(2, wanted).reason for wanted in (act(), act("A2"), act(action=Action.PAY))]

    assert [Reason.ALLOWED, Reason.MATTER_NOT_GRANTED, Reason.ACTION_NOT_GRANTED] == answers


def test_an_offer_is_nothing_yet(office: Office) -> None:
    """Until it is accepted a mandate allows nothing, and it names nobody."""
    office.company()
    office.offer(1, 2)

    assert Reason.NO_MANDATE is office.may(2).reason


def test_validity_ends_before_its_last_moment(office: Office) -> None:
    """One second before the end is in time, one second after is not."""
    office.company()
    office.grant(1, 2, days=1)
    office.now += DAY - timedelta(seconds=1)
    before = office.may(2).reason
    office.now += timedelta(seconds=2)

    assert (Reason.ALLOWED, Reason.EXPIRED) == (before, office.may(2).reason)


def test_region_project_and_amount_limit(office: Office) -> None:
    """Each limit that is named must be met; one that is not told is not met."""
    office.company()
    limits = scope("A1", actions="pay", regions=frozenset({"2101"}), projects=frozenset({"P-1"}), amount=100)
    office.grant(1, 2, limits)
    inside: dict[str, Any] = {"region": "210102", "project": "P-1", "amount": 100}
    cases = [inside, inside | {"region": "2102"}, inside | {"project": None}, inside | {"amount": 101}]

    answers = [office.may(2, act(action=Action.PAY, **case)).reason for case in cases]

    wanted = [Reason.ALLOWED, Reason.REGION_NOT_GRANTED, Reason.PROJECT_NOT_GRANTED, Reason.AMOUNT_EXCEEDED]
    assert wanted == answers


def test_a_group_is_what_it_was_when_it_was_signed(office: Office) -> None:
    """A matter that came into the group later is not covered; a part of one that was in it still is."""
    office.company()
    office.grant(1, 2, Scope(groups=frozenset("A"), actions=frozenset({"apply"})))
    later = act()
    moved = matter("A1", grouped_since=office.now + DAY)
    part = matter("A9", lineage=("A9", "A1"))
    office.now += 2 * DAY

    answers = [office.may(2, type(later)(one, Action.APPLY)).allowed for one in (matter("A1"), moved, part)]

    assert [True, False, True] == answers


def test_revoking_ends_what_was_granted_under_it(either_office: Office) -> None:
    """An administrator's end is the end of the agents they appointed."""
    office = either_office
    office.company()
    administrator = office.grant(1, 2, WHOLE, role=Role.ADMINISTRATOR)
    office.grant(2, 3)
    with office.database.writing() as db:
        held = db.get_one(type(office.mandate(administrator)), administrator)
        gone = ending.revoke(db, office.path(1), held, "no longer here", office.now)

    assert (2, Reason.ENDED, Reason.ENDED) == (
        len(gone),
        office.may(2).reason,
        office.may(3).reason,
    )


def test_nobody_acts_under_somebody_who_is_frozen(office: Office) -> None:
    """At once, before any worker comes by: the grantor's state is read with the mandate."""
    office.company()
    office.grant(1, 2, WHOLE, role=Role.ADMINISTRATOR)
    office.grant(2, 3)
    with office.database.writing() as db:
        lifecycle.freeze(db, office.get(db, 2), "lost phone", office.now)

    assert Reason.SUSPENDED is office.may(3).reason


@pytest.mark.parametrize(
    ("standing", "reason"),
    [
        (Standing.CLOSED, Reason.ORGANISATION_CLOSED),
        (Standing.SUSPENDED, Reason.ORGANISATION_SUSPENDED),
        (Standing.WAITING, Reason.ORGANISATION_SUSPENDED),
        (Standing.RESTRICTED, Reason.ORGANISATION_WINDS_UP),
    ],
)
def test_the_organisation_must_stand(office: Office, standing: Standing, reason: Reason) -> None:
    """Closed, suspended, unconfirmed: nobody acts for it; without a licence only to wind it up."""
    company = office.company()
    with office.database.writing() as db:
        db.get_one(Organisation, company).standing = standing

    assert reason is office.may(1).reason


def test_winding_up_goes_on_without_a_licence(office: Office) -> None:
    """What ends an organisation is allowed to who represents it."""
    company = office.company()
    with office.database.writing() as db:
        db.get_one(Organisation, company).standing = Standing.RESTRICTED

    assert office.may(1, type(act())(matter("A1", winds_up=True), Action.APPLY)).allowed
