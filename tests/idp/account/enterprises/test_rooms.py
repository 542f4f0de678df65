"""The rooms of an organisation: who finds which, what they show, and the handover after a representative."""

import re
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import update

from idp import clock
from idp.mandates.models import Mandate, State
from idp.organisations import history
from idp.organisations.models import Standing
from tests.idp.account.enterprises.firm import LIST, Town
from tests.idp.account.stage import Browser, newcomer
from tests.idp.mandates import office


@pytest.fixture
def company(town: Town) -> UUID:
    return town.company()


def rooms(town: Town) -> list[tuple[str, str]]:
    """Method and address of every page of one organisation, with `{o}` and `{m}` for the two ids."""
    return sorted(
        (method, re.sub(r"<uuid:mandate_id>", "{m}", re.sub(r"<uuid:organisation_id>", "{o}", str(rule))))
        for rule in town.stage.app.url_map.iter_rules()
        if "<uuid:organisation_id>" in str(rule)
        for method in (rule.methods or set()) & {"GET", "POST"}
    )


def ask(browser: Browser, method: str, path: str) -> tuple[int, str]:
    """Status and text, without what differs at every look."""
    if method == "GET":
        browser.get(path)
    else:
        browser.post(path, {"csrf_token": "x"})
    return browser.status, re.sub(r'name="csrf_token" value="[^"]*"|<code>.*?</code>', "", browser.text)


def addresses(town: Town, company: UUID, mandate: UUID) -> list[tuple[str, str]]:
    places = [(method, path.format(o=company, m=mandate)) for method, path in rooms(town)]
    return [(method, re.sub(r"<[^>]+>", "x", path)) for method, path in places]


def test_a_stranger_finds_no_room(town: Town, company: UUID) -> None:
    """Every page of somebody else's organisation is the page for an id that nobody has."""
    mandate = town.grant(1, 2, company)
    stranger = town.enter(4)
    there = [ask(stranger, *one) for one in addresses(town, company, mandate)]
    nowhere = [ask(stranger, *one) for one in addresses(town, uuid4(), uuid4())]

    assert len(there) > 15
    assert {404} == {status for status, _ in there}
    assert there == nowhere


@pytest.mark.parametrize("ended", [State.REVOKED, State.EXPIRED, State.SUPERSEDED, State.SUSPENDED])
def test_who_no_longer_acts_finds_no_room(town: Town, company: UUID, ended: State) -> None:
    """Neither the company's pages nor those of what was their own mandate."""
    mandate = town.grant(1, 2, company)
    with town.stage.services.database.writing() as db:
        db.execute(update(Mandate).where(Mandate.id == mandate).values(state=ended))
    browser = town.enter(2)

    assert {404} == {ask(browser, *one)[0] for one in addresses(town, company, mandate)}


def test_nobody_who_is_not_signed_in_sees_any(town: Town, company: UUID) -> None:
    """All lead to the sign-in page."""
    visitor = town.stage.browser()
    for method, path in addresses(town, company, town.latest(company).id):
        ask(visitor, method, path)
        assert visitor.address.startswith("/interaction/")


def test_the_last_day_is_the_day_that_was_typed(town: Town, company: UUID) -> None:
    """One's list and the organisation's page say the day included, not the midnight after."""
    last = clock.today() + timedelta(days=30)
    said, late = (f"至 {one.year}年{one.month}月{one.day}日" for one in (last, last + timedelta(days=1)))
    town.invite(town.enter(1), company, newcomer(2), until=last.isoformat())
    browser = town.enter(2)
    pages = [browser.get(LIST).text]
    browser.get(f"/account/invitations/{town.latest(company).id}").fill(decision="accept")
    pages += [browser.get(LIST).text, browser.get(f"{LIST}/{company}").text]

    assert [True] * 3 == [said in page for page in pages]
    assert [False] * 3 == [late in page for page in pages]


def test_members_are_who_what_until_when(town: Town, company: UUID) -> None:
    """Each in plain words, with the state."""
    town.grant(1, 2, company, matter=["f-1"], group=["tax"], amount="200")
    text = town.enter(1).get(f"{LIST}/{company}").text

    for words in (
        newcomer(1).name,
        newcomer(2).name,
        "税费（整组）",
        "公积金中的缴存登记",
        "每次缴费不超过200元",
    ):
        assert words in text


@pytest.mark.parametrize("standing", [Standing.SUSPENDED, Standing.RESTRICTED, Standing.WAITING])
def test_its_people_are_told_what_it_can_do(town: Town, standing: Standing) -> None:
    """The representative still sees the page, with the next step, and invites nobody."""
    company = town.company(standing=standing)
    browser = town.enter(1).get(f"{LIST}/{company}")

    assert 200 == browser.status
    assert {
        Standing.SUSPENDED: "政务服务窗口",
        Standing.RESTRICTED: "收尾事项",
        Standing.WAITING: "法定代表人用本人账号登录",
    }[standing] in browser.text
    town.invite(browser, company, newcomer(2))
    assert "现在不能新增办事人员" in browser.text


def test_the_history_names_who_did_what(town: Town, company: UUID) -> None:
    """For those who administer it; newest first, as a page and as a file."""
    town.grant(1, 2, company)
    browser = town.enter(1).get(f"{LIST}/{company}/history")
    page = browser.text
    file = browser.get(f"{LIST}/{company}/history.csv").text

    assert page.index("授权生效") < page.index("发出授权邀请")
    assert f'data-label="授权给谁">{newcomer(2).name}' in page
    assert f'data-label="操作人">{newcomer(1).name}' in page
    assert file.startswith("\ufeff") and "发出授权邀请" in file and newcomer(1).name in file
    assert 404 == town.enter(2).get(f"{LIST}/{company}/history").status


def test_the_history_goes_page_by_page(town: Town, company: UUID) -> None:
    """Nothing is skipped, though many lines are of one moment."""
    at = clock.now()
    with town.stage.services.database.writing() as db:
        for number in range(60):
            history.note(db, company, "act.permitted", at, matter=f"matter-{number:02d}")
    browser, seen = town.enter(1).get(f"{LIST}/{company}/history?kind=act"), set[str]()
    seen |= set(re.findall(r"matter-\d\d", browser.text))
    (further,) = re.findall(r'href="(\?kind=act[^"]*)" rel="next"', browser.text)
    browser.get(f"{LIST}/{company}/history{further.replace('&amp;', '&')}")
    seen |= set(re.findall(r"matter-\d\d", browser.text))

    assert 60 == len(seen)


def test_the_picture_has_everybody_and_a_table(town: Town, company: UUID) -> None:
    """A drawing with an accessible name; who was appointed by whom hangs under them."""
    town.grant(1, 2, company, role="administrator")
    town.grant(2, 3, company)
    text = town.enter(1).get(f"{LIST}/{company}/picture").text
    drawing = text[text.index("<svg") : text.index("</svg>")]

    assert 'role="img"' in drawing and "<title" in drawing
    places = [drawing.index(newcomer(index).name) for index in (1, 2, 3)]
    assert places == sorted(places)
    assert 3 == drawing.count("<path")
    assert "<table" in text


def left_behind(town: Town, company: UUID) -> tuple[UUID, UUID]:
    """An administrator and an agent of the former representative; the registry names another now."""
    administrator = town.grant(1, 2, company, role="administrator")
    agent = town.grant(1, 3, company)
    town.appoint(company, 4)
    return administrator, agent


def test_a_handover_is_one_list(town: Town, company: UUID) -> None:
    """The new representative confirms one and ends the other; what is confirmed is theirs from now on."""
    administrator, agent = left_behind(town, company)
    browser = town.enter(4).get(f"{LIST}/{company}")
    said = "前任法定代表人留下 2 项授权" in browser.text
    browser.get(f"{LIST}/{company}/handover")
    browser.fill(f"{LIST}/{company}/handover", **{str(administrator): "confirm", str(agent): "end"})
    states = {one.id: one.state for one in town.mandates(company)}

    assert said
    assert (State.SUPERSEDED, State.REVOKED) == (states[administrator], states[agent])
    assert (State.ACTIVE, town.person(4).id) == (town.latest(company).state, town.latest(company).granted_by)
    assert "已处理" in browser.text


def test_whose_grantor_is_gone_is_not_said_to_act_for_it(town: Town, company: UUID) -> None:
    """The list says what the choice of a capacity says: what was begun may be finished, and no more."""
    town.grant(1, 3, company)
    before = town.enter(3).get(LIST).text
    town.appoint(company, 4)
    after = town.enter(3).get(LIST).text
    said = [text.split(f'href="{LIST}/{company}"')[1].split("</li>")[0] for text in (before, after)]

    assert ("可以代表办理" in said[0], "可以代表办理" in said[1]) == (True, False)
    assert "只能办完已开始的事项" in said[1]


def test_what_is_left_blank_waits(town: Town, company: UUID) -> None:
    """Nothing is decided by silence, and a decision counts once."""
    administrator, agent = left_behind(town, company)
    browser = town.enter(4).get(f"{LIST}/{company}/handover")
    page = browser.page
    browser.fill(f"{LIST}/{company}/handover", **{str(agent): "end"})
    waits = newcomer(2).name in browser.text and newcomer(3).name not in browser.text
    browser.page = page
    browser.fill(f"{LIST}/{company}/handover", **{str(agent): "confirm"})
    states = {one.id: one.state for one in town.mandates(company)}

    assert waits
    assert (State.SUSPENDED, State.REVOKED) == (states[administrator], states[agent])


def test_nobody_but_the_new_representative_decides(town: Town, company: UUID) -> None:
    """Neither the former one nor who they appointed."""
    left_behind(town, company)

    for index in (1, 2, 3):
        assert 404 == town.enter(index).get(f"{LIST}/{company}/handover").status


def test_an_agency_s_people_see_what_it_may_do(town: Town, company: UUID) -> None:
    """Through their organisation, and nothing of the other's people."""
    agency = town.company(representative=3)
    code = town.organisation(agency).credit_code
    browser = town.invite(town.enter(1), company, newcomer(2), whom="organisation", code=code)
    accepting = town.enter(3)
    accepting.get(f"/account/invitations/{town.latest(company).id}").fill(decision="accept")
    accepting.get(f"{LIST}/{company}")

    assert 200 == accepting.status and f"经由{town.name(agency)}" in accepting.text
    assert newcomer(1).name not in accepting.text
    assert 404 == accepting.get(f"{LIST}/{company}/history").status
    assert town.name(agency) in browser.get(f"{LIST}/{company}").text


def test_many_members_come_in_pages(town: Town, company: UUID) -> None:
    """A hundred at a time, nobody twice and nobody missing."""
    root, at = town.latest(company), clock.now()
    firms = [office.organisation(700_000 + one, at, name=f"代理{one:03d}公司") for one in range(130)]
    with town.stage.services.database.writing() as db:
        db.add_all(firms)
        db.flush()
        for firm in firms:
            one = Mandate(organisation_id=company, agent_organisation_id=firm.id, granted_under=root.id)
            one.role, one.state = "agent", State.ACTIVE
            one.created_at = one.valid_from = one.valid_until = at
            db.add(one)
    browser = town.enter(1).get(f"{LIST}/{company}")
    first = re.findall(r"代理\d{3}公司", browser.text)
    (further,) = re.findall(r'href="([^"]*\?after=[^"]*)"', browser.text)
    second = re.findall(r"代理\d{3}公司", browser.get(further).text)

    assert (130, 130) == (len({*first, *second}), len(first) + len(second))


def test_a_closed_company_is_said_to_be(town: Town) -> None:
    """In the list, where its people find why nothing goes on."""
    company = town.company(standing=Standing.CLOSED)

    assert f"{LIST}/{company}" in town.enter(1).get(LIST).text
    assert "已注销" in town.enter(1).get(LIST).text
