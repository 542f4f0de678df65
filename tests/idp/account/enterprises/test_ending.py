"""Ending, giving back, narrowing, renewing: who may, what else goes, and the last who can administer."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, update

from idp import clock
from idp.mandates.models import Basis, Mandate, Role, State
from idp.notices.models import Notice
from idp.persons.models import Person
from tests.idp.account.enterprises.firm import LIST, Town, in_days, link
from tests.idp.account.stage import Browser, newcomer


@pytest.fixture
def company(town: Town) -> UUID:
    return town.company()


def place(company: UUID, mandate: UUID, what: str = "") -> str:
    return f"{LIST}/{company}/mandates/{mandate}{what}"


def state(town: Town, mandate: UUID) -> str:
    with town.stage.services.database.reading() as db:
        return db.get_one(Mandate, mandate).state


def told(town: Town, index: int) -> list[str]:
    with town.stage.services.database.reading() as db:
        found = select(Notice.topic).where(Notice.person_id == town.person(index).id)
        return list(db.scalars(found))


def test_the_preview_names_what_else_ends(town: Town, company: UUID) -> None:
    """Whatever was granted under it, before the button; then all of it ends at once, and they are told."""
    above = town.grant(1, 2, company, role="administrator")
    below = town.grant(2, 3, company)
    browser = town.enter(1).get(place(company, above, "/end"))
    before = (browser.text, state(town, above))
    browser.fill(place(company, above, "/end"))

    assert "将同时终止 1 项由此转出的授权" in before[0] and newcomer(3).name in before[0]
    assert State.ACTIVE == before[1]
    assert (State.REVOKED, State.REVOKED) == (state(town, above), state(town, below))
    assert "mandate.ended" in told(town, 2) and "mandate.ended" in told(town, 3)


def test_ending_takes_two_factors(town: Town, company: UUID) -> None:
    """A password alone does not even see the page."""
    mandate = town.grant(1, 2, company)

    assert town.enter(1, twice=False).get(place(company, mandate, "/end")).address.startswith("/interaction/")


def test_a_form_from_elsewhere_ends_nothing(town: Town, company: UUID) -> None:
    """Without its token (CSRF)."""
    mandate = town.grant(1, 2, company)
    for what in ("/end", "/cancel", "/narrow"):
        town.enter(1).post(place(company, mandate, what), {})
    town.enter(2).post(place(company, mandate, "/resign"), {})

    assert State.ACTIVE == state(town, mandate)


def test_an_agent_gives_back(town: Town, company: UUID) -> None:
    """And is nobody there from then on; who granted it is told."""
    mandate = town.grant(1, 2, company)
    browser = town.enter(2).get(place(company, mandate, "/resign"))
    browser.fill(place(company, mandate, "/resign"))

    assert State.REVOKED == state(town, mandate)
    assert "已辞去" in browser.text
    assert "mandate.resigned" in told(town, 1)
    assert 404 == browser.get(f"{LIST}/{company}").status


def test_the_last_who_can_administer_stays(town: Town) -> None:
    """An administrator by paper, where no representative has come yet, cannot leave a company to nobody."""
    company = town.company(representative=None)
    with town.stage.services.database.writing() as db:
        only = Mandate(
            organisation_id=company,
            agent_person_id=town.person(2).id,
            role=Role.ADMINISTRATOR,
            state=State.ACTIVE,
            basis=Basis.WINDOW,
            everything=True,
            actions=frozenset({"apply"}),
            created_at=clock.now(),
            signed_at=clock.now(),
            valid_from=clock.now() - timedelta(days=1),
            valid_until=clock.now() + timedelta(days=30),
        )
        db.add(only)
    browser = town.enter(2).get(place(company, only.id, "/resign"))
    browser.fill(place(company, only.id, "/resign"))

    assert (409, State.ACTIVE) == (browser.status, state(town, only.id))
    assert "最后一位能管理本单位的人" in browser.text


def test_the_representative_is_the_registrys(town: Town, company: UUID) -> None:
    """Nobody ends them here, and they do not resign."""
    theirs = town.latest(company).id
    browser = town.enter(1)
    assert 404 == browser.get(place(company, theirs, "/end")).status
    browser.get(place(company, theirs, "/resign")).fill(place(company, theirs, "/resign"))

    assert "以登记机关的登记为准" in browser.text
    assert State.ACTIVE == state(town, theirs)


def test_an_administrator_ends_their_own_agents_alone(town: Town, company: UUID) -> None:
    """What the representative granted is not theirs to end, and for them there is no such page."""
    town.grant(1, 2, company, role="administrator")
    theirs, others = town.grant(2, 3, company), town.grant(1, 4, company)
    browser = town.enter(2)

    assert 200 == browser.get(place(company, theirs, "/end")).status
    assert 404 == browser.get(place(company, others, "/end")).status
    assert 404 == browser.get(place(company, others, "/narrow")).status
    assert 200 == browser.get(place(company, others)).status


def test_an_agent_sees_their_own_alone(town: Town, company: UUID) -> None:
    """Neither the mandates of others nor the name of who granted theirs."""
    mine, others = town.grant(1, 2, company), town.grant(1, 3, company)
    browser = town.enter(2)
    seen = browser.get(place(company, mine)).text
    listed = browser.get(f"{LIST}/{company}").text

    assert newcomer(1).name not in seen + listed and newcomer(3).name not in seen + listed
    assert 404 == browser.get(place(company, others)).status


def test_a_mandate_of_another_company_is_not_there(town: Town, company: UUID) -> None:
    """An id is looked for in the organisation of the address alone."""
    elsewhere = town.company(representative=3)
    mandate = town.grant(3, 4, elsewhere)
    browser = town.enter(1)

    for what in ("", "/end", "/narrow", "/renew", "/resign"):
        assert 404 == browser.get(place(company, mandate, what)).status
        assert 404 == browser.get(place(elsewhere, mandate, what)).status


def test_an_offer_is_taken_back(town: Town, company: UUID) -> None:
    """With one press; its link is worth nothing then."""
    browser = town.enter(1)
    address = link(town.invite(browser, company, newcomer(2)))
    mandate = town.latest(company).id
    browser.get(place(company, mandate)).fill(place(company, mandate, "/cancel"))

    assert State.CANCELLED == state(town, mandate)
    assert 404 == town.enter(2).get(address).status


def narrow(browser: Browser, company: UUID, mandate: UUID, **fields: str | list[str]) -> Browser:
    return browser.get(place(company, mandate, "/narrow")).fill(place(company, mandate, "/narrow"), **fields)


def test_narrowing_takes_away_at_once(town: Town, company: UUID) -> None:
    """Fewer matters and actions, an earlier day; the agent is told."""
    mandate = town.grant(1, 2, company, matter=["f-1", "t-1"], action=["apply", "query"])
    narrow(town.enter(1), company, mandate, matter=["t-1"], action=["query"], until=in_days(5))
    scope = town.latest(company).scope

    assert ({"t-1"}, {"query"}) == (set(scope.matters), set(scope.actions))
    assert town.latest(company).valid_until < clock.now() + timedelta(days=7)
    assert "mandate.narrowed" in told(town, 2)


@pytest.mark.parametrize(
    ("changes", "status"),
    [({"matter": ["f-1", "t-1"]}, 409), ({"action": ["apply", "pay"]}, 409), ({"matter": []}, 400)],
)
def test_narrowing_does_not_widen(
    town: Town, company: UUID, changes: dict[str, str | list[str]], status: int
) -> None:
    """Made by hand, it is refused; nothing at all is no mandate."""
    mandate = town.grant(1, 2, company, matter=["f-1"])
    before = town.latest(company).scope
    fields = {"matter": ["f-1"], "action": ["apply"], "until": in_days(5), **changes}
    browser = narrow(town.enter(1), company, mandate, **fields)

    assert (status, before) == (browser.status, town.latest(company).scope)


def test_a_renewal_takes_the_place_of_the_old_one(town: Town, company: UUID) -> None:
    """Once it is accepted; the grantor is not shown the phone it went to."""
    old = town.grant(1, 2, company, until=in_days(3))
    browser = town.enter(1).get(place(company, old, "/renew"))
    browser.fill(place(company, old, "/renew"), matter=["f-1"], action=["apply"], until=in_days(60))
    shown = browser.text
    browser.fill()
    between = state(town, old)
    town.enter(2).get(link(browser)).fill(decision="accept")

    assert newcomer(2).phone.removeprefix("+86") not in shown + browser.text
    assert (State.ACTIVE, State.SUPERSEDED) == (between, state(town, old))
    assert (State.ACTIVE, old) == (town.latest(company).state, town.latest(company).supersedes)


def test_a_renewal_opened_as_an_invitation_shows_no_phone(town: Town, company: UUID) -> None:
    """What waits to be signed is whose form it came from; the number somebody has now is theirs to tell."""
    old = town.grant(1, 2, company, until=in_days(3))
    browser = town.enter(1).get(place(company, old, "/renew"))
    browser.fill(place(company, old, "/renew"), matter=["f-1"], action=["apply"], until=in_days(60))
    browser.get(f"{LIST}/{company}/invite?draft={browser.path.rpartition('/')[2]}")

    assert 200 == browser.status
    assert newcomer(2).phone.removeprefix("+86") not in browser.text


def test_one_second_after_the_end_there_is_nothing(town: Town, company: UUID) -> None:
    """Whether or not the worker has been: neither the page nor its rooms."""
    mandate = town.grant(1, 2, company)
    with town.stage.services.database.writing() as db:
        over = clock.now() - timedelta(seconds=1)
        db.execute(update(Mandate).where(Mandate.id == mandate).values(valid_until=over))
    browser = town.enter(2)

    assert 404 == browser.get(f"{LIST}/{company}").status
    assert 404 == browser.get(place(company, mandate)).status
    assert "授权已到期" in browser.get(LIST).text


def test_a_renewal_that_could_reach_nobody_is_not_made(town: Town, company: UUID) -> None:
    """An agent whose phone was taken from them keeps what they have; nothing goes out in vain."""
    old = town.grant(1, 5, company, until=in_days(3))
    with town.stage.services.database.writing() as db:
        person = db.get_one(Person, town.person(5).id)
        kept, person.phone = person.phone, None
    browser = town.enter(1).get(place(company, old, "/renew"))
    browser.fill(place(company, old, "/renew"), matter=["f-1"], action=["apply"], until=in_days(60))
    with town.stage.services.database.writing() as db:
        db.get_one(Person, town.person(5).id).phone = kept

    assert 409 == browser.status
    assert "现在没有手机号码" in browser.text
    assert State.ACTIVE == state(town, old)


def linked(town: Town, company: UUID, agent: int) -> UUID:
    """A mandate that two operators have made on paper, in its cooling-off."""
    with town.stage.services.database.writing() as db:
        made = Mandate(
            organisation_id=company,
            agent_person_id=town.person(agent).id,
            role=Role.AGENT,
            state=State.COOLING,
            basis=Basis.WINDOW,
            matters=frozenset({"f-1"}),
            actions=frozenset({"apply"}),
            created_at=clock.now(),
            signed_at=clock.now(),
            settles_at=clock.now() + timedelta(hours=72),
            valid_from=clock.now(),
            valid_until=clock.now() + timedelta(days=30),
        )
        db.add(made)
        db.flush()
        return made.id


def test_a_link_is_objected_to_after_a_fresh_proof(town: Town, company: UUID) -> None:
    """The mandate's page leads there; once said, it never comes into force."""
    mandate = linked(town, company, 2)
    browser = town.enter(1).get(place(company, mandate))
    leads = place(company, mandate, "/object") in browser.text
    browser.get(place(company, mandate, "/object")).fill(place(company, mandate, "/object"))

    assert leads
    assert State.OBJECTED == state(town, mandate)
    assert 404 == browser.get(place(company, mandate, "/object")).status


def test_a_session_alone_objects_to_nothing(town: Town, company: UUID) -> None:
    """Neither by the page nor by a form made by hand: two factors, lately."""
    mandate = linked(town, company, 2)
    browser = town.enter(1, twice=False)
    asked = browser.get(place(company, mandate, "/object")).address
    browser.post(place(company, mandate, "/object"), {})

    assert asked.startswith("/interaction/")
    assert browser.address.startswith("/interaction/")
    assert State.COOLING == state(town, mandate)


def test_an_agent_objects_to_nothing(town: Town, company: UUID) -> None:
    """It is for who leads the organisation."""
    town.grant(1, 3, company)
    mandate = linked(town, company, 3)

    assert 404 == town.enter(3).get(place(company, mandate, "/object")).status
