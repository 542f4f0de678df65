"""Answering an invitation: whose it is, what it takes, and one page for all that cannot be answered."""

import re
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, update

from connectors.simulator.personas import Persona
from idp import clock
from idp.evidence.models import Evidence
from idp.mandates.models import Mandate, State
from idp.notices.models import Notice
from idp.sessions.models import SignInSession
from tests.idp.account.enterprises.firm import LIST, Town, confirm, link, wanted
from tests.idp.account.stage import PASSWORD, Browser, identity, newcomer

GONE = "没有可以答复的邀请"


@pytest.fixture
def company(town: Town) -> UUID:
    return town.company()


def invited(town: Town, company: UUID, whom: Persona) -> str:
    """The link somebody was sent."""
    return link(town.invite(town.enter(1), company, whom))


def state(town: Town, company: UUID) -> str:
    return town.latest(company).state


def test_the_invitee_accepts_from_the_list(town: Town, company: UUID) -> None:
    """They see the sentence with their own name, and act for the company from then on."""
    invited(town, company, newcomer(2))
    browser = town.enter(2).get(LIST)
    listed = town.name(company) in browser.text
    browser.get(f"/account/invitations/{town.latest(company).id}")
    said = f"授权经办人{newcomer(2).name}在" in browser.text
    browser.fill(decision="accept")

    assert (True, True) == (listed, said)
    assert (State.ACTIVE, town.person(2).id) == (state(town, company), town.latest(company).agent_person_id)
    assert "已接受授权" in browser.text and town.name(company) in browser.text


def test_who_granted_is_told(town: Town, company: UUID) -> None:
    """In their inbox, of a yes and of a no."""
    for decision in ("accept", "decline"):
        town.enter(2).get(invited(town, company, newcomer(2))).fill(decision=decision)
    with town.stage.services.database.reading() as db:
        told = db.scalars(select(Notice.topic).where(Notice.person_id == town.person(1).id)).all()

    assert {"mandate.accepted", "mandate.declined"} <= set(told)


def test_declining_takes_one_press(town: Town, company: UUID) -> None:
    """No second factor for a no."""
    browser = town.enter(2, twice=False).get(invited(town, company, newcomer(2)))
    browser.fill(decision="decline")

    assert State.DECLINED == state(town, company)


def test_accepting_takes_two_factors_and_comes_back(town: Town, company: UUID) -> None:
    """Whoever is signed in by a password proves a second factor and finds the invitation again."""
    address = invited(town, company, newcomer(2))
    browser = town.enter(2, twice=False).get(address).fill(decision="accept")
    before = state(town, company)
    confirm(browser, newcomer(2))

    assert (State.INVITED, True) == (before, "接受授权" not in browser.text)
    browser.fill(decision="accept")
    assert State.ACTIVE == state(town, company)


def test_a_password_typed_just_now_is_not_asked_again(town: Town, company: UUID) -> None:
    """Only the second way is missing: the page names the act that waits, and afterwards one press is left."""
    browser = town.enter(2, twice=False).get(invited(town, company, newcomer(2)))
    will_ask = "接受时会请您再用一种方式" in browser.text
    browser.fill(decision="accept")
    asked = (
        browser.path,
        "接受授权需要再用一种方式确认是您本人" in browser.text,
        "已经确认：密码" in browser.text,
    )
    confirm(browser, newcomer(2))

    assert ("/sms", True, True) == asked
    assert (True, True) == (will_ask, "已确认是您本人，请按“接受”完成" in browser.text)
    assert "接受时会请您再用一种方式" not in browser.text
    browser.fill(decision="accept")
    assert State.ACTIVE == state(town, company)


def test_a_password_of_an_hour_ago_is_asked_again(town: Town, company: UUID) -> None:
    """Both ways must be fresh: a code beside a stale password opens nothing."""
    browser = town.enter(2, twice=False).get(invited(town, company, newcomer(2)))
    with town.stage.services.database.writing() as db:
        earlier = clock.now() - timedelta(hours=1)
        mine = update(SignInSession).where(SignInSession.person_id == town.person(2).id)
        db.execute(mine.values(authenticated_at=earlier))
    browser.fill(decision="accept")

    assert "/sign-in" == browser.path
    assert "接受授权需要确认是您本人" in browser.text


def test_the_link_leads_through_signing_in(town: Town, company: UUID) -> None:
    """And back to the invitation."""
    address = invited(town, company, newcomer(2))
    browser = town.stage.browser().get(address)
    browser.fill(login=newcomer(2).phone, password=PASSWORD)

    assert address == browser.address


def test_the_link_leads_through_registration(town: Town, company: UUID) -> None:
    """Somebody without an account makes one and answers."""
    persona = newcomer(5)
    address = invited(town, company, persona)
    browser = town.stage.browser().get(address)
    handle = browser.address.split("/")[2]
    browser.get(f"/register?interaction={handle}").prove_phone(persona.phone).fill(**identity(persona))
    browser.get("/register/password").fill(password=PASSWORD)
    found = town.stage.person(persona.phone)
    assert found is not None

    assert address == browser.address
    assert town.name(company) in browser.text


def test_too_low_a_level_leads_up_and_back(town: Town, company: UUID) -> None:
    """Below level 3 there is no yes: the page has the way up, the rule refuses a form made by hand."""
    address = invited(town, company, newcomer(3))
    browser = town.enter(3)
    with town.stage.services.database.writing() as db:
        db.execute(
            update(Evidence).where(Evidence.person_id == town.person(3).id).values(withdrawn_at=clock.now())
        )
    browser.get(address)
    shown, place = browser.text, f"/account/invitations/{town.latest(company).id}"
    (way_up,) = re.findall(r'href="(/sign-in[^"]*known=3)"', shown.replace("&amp;", "&"))
    browser.fill(decision="accept")

    assert "提升等级" in shown and 'value="accept"' not in shown
    assert (409, State.INVITED) == (browser.status, state(town, company))
    assert "/account/verify" in browser.get(way_up).text or browser.path == "/account/verify"
    with town.stage.services.database.writing() as db:
        db.execute(update(Evidence).where(Evidence.person_id == town.person(3).id).values(withdrawn_at=None))
    assert place == browser.get(way_up).address


@pytest.mark.parametrize("decision", ["accept", "decline"])
def test_a_replayed_link_is_worth_nothing(town: Town, company: UUID, decision: str) -> None:
    """Answered once, it is gone."""
    address = invited(town, company, newcomer(2))
    browser = town.enter(2).get(address)
    page = browser.page
    browser.fill(decision=decision)
    before = state(town, company)
    browser.page = page
    browser.fill(decision="accept")

    assert (404, True) == (browser.status, GONE in browser.text)
    assert before == state(town, company)
    assert GONE in browser.get(address).text


def test_somebody_elses_invitation_looks_like_none(town: Town, company: UUID) -> None:
    """By link or id, to somebody else, or under another name: the page for nothing."""
    pages = set()
    browser = town.enter(4)
    address = invited(town, company, newcomer(2))
    for path in (
        address,
        f"/account/invitations/{town.latest(company).id}",
        f"/account/invitations/{uuid4()}",
    ):
        browser.get(path)
        pages.add((browser.status, said_on(browser)))
    town.invite(town.enter(1), company, newcomer(4), name="别的名字")
    browser.get(f"/account/invitations/{town.latest(company).id}")
    pages.add((browser.status, said_on(browser)))

    assert 1 == len(pages)
    assert GONE in browser.text


def said_on(browser: Browser) -> str:
    """What a page says."""
    return browser.text.partition("<main")[2].partition("</main>")[0]


def test_an_invitation_lapses(town: Town, company: UUID) -> None:
    """After seven days there is nothing to answer, whether or not the worker has been."""
    address = invited(town, company, newcomer(2))
    browser = town.enter(2).get(address)
    with town.stage.services.database.writing() as db:
        db.execute(
            update(Mandate)
            .where(Mandate.id == town.latest(company).id)
            .values(settles_at=clock.now() - timedelta(seconds=1))
        )
    browser.fill(decision="accept")

    assert GONE in browser.text
    assert State.INVITED == state(town, company)


def test_a_form_from_elsewhere_accepts_nothing(town: Town, company: UUID) -> None:
    """Without its token (CSRF)."""
    address = invited(town, company, newcomer(2))
    browser = town.enter(2).get(address)
    browser.post(browser.address, {"decision": "accept"})

    assert (400, State.INVITED) == (browser.status, state(town, company))


def test_an_agent_does_not_answer_for_an_invited_company(town: Town, company: UUID) -> None:
    """Its representative or an administrator does."""
    agency = town.company(representative=3)
    town.grant(3, 2, agency)
    code = town.organisation(agency).credit_code
    address = link(town.invite(town.enter(1), company, newcomer(2), whom="organisation", code=code))

    assert GONE in town.enter(2).get(address).text
    assert State.INVITED == state(town, company)


def test_two_companies_do_not_stand_behind_each_other(town: Town, company: UUID) -> None:
    """A loop is refused where it is offered."""
    agency = town.company(representative=3)
    codes = {one: town.organisation(one).credit_code for one in (company, agency)}
    address = link(town.invite(town.enter(1), company, newcomer(2), whom="organisation", code=codes[agency]))
    town.enter(3).get(address).fill(decision="accept")
    browser = town.enter(3).get(f"{LIST}/{agency}/invite")
    browser.fill(f"{LIST}/{agency}/invite", **wanted(newcomer(1), whom="organisation", code=codes[company]))

    assert "不能互为经办人" in browser.text
