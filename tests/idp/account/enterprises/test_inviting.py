"""Inviting somebody to act: what is signed, who may sign, and what strangers learn."""

import re
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from idp import clock
from idp.account.enterprises import drafts
from idp.account.enterprises.drafts import ScopeForm
from idp.mandates.models import Role, State
from idp.notices.models import Notice
from idp.organisations import synthetic
from tests.idp.account.enterprises.firm import LIST, Town, confirm, in_days, link, wanted
from tests.idp.account.stage import newcomer


@pytest.fixture
def company(town: Town) -> UUID:
    return town.company()


def test_an_invitation_is_one_sentence_before_it_is_signed(town: Town, company: UUID) -> None:
    """Who, what, until when, in words; nothing is granted before the button is pressed."""
    browser = town.enter(1).get(f"{LIST}/{company}/invite")
    browser.fill(f"{LIST}/{company}/invite", **wanted(newcomer(2)))

    end = date.fromisoformat(in_days(30))
    day = f"{end.year}年{end.month}月{end.day}日"
    whom = f"{town.name(company)}授权经办人{newcomer(2).name}在{day}前（含当日）"
    assert f"{whom}办理以下事项：公积金中的缴存登记" in browser.text
    assert 1 == len(town.mandates(company))


def test_what_is_kept_names_nobody(town: Town, company: UUID) -> None:
    """The signed statement holds neither the name nor the number of a person."""
    town.invite(town.enter(1), company, newcomer(2))
    made = town.latest(company)

    assert (State.INVITED, Role.AGENT) == (made.state, made.role)
    assert "缴存登记" in made.statement and "○○○" in made.statement
    assert newcomer(2).name not in made.statement
    assert newcomer(2).phone.removeprefix("+86") not in made.statement


def test_matters_are_sought_without_losing_what_was_filled_in(town: Town, company: UUID) -> None:
    """What is ticked comes first and stays, what does not fit is gone, the address tells nothing."""
    page = f"{LIST}/{company}/invite"
    browser = town.enter(1).get(page)
    browser.fill(page, **wanted(newcomer(2)), q="公积金 提取", find="yes")
    ticked, _, found = browser.text.partition('class="picked"')[2].partition("</details>")
    boxes = re.findall(r'name="matter" value="([^"]+)"', found)

    assert 'value="f-1" checked' in ticked
    assert ["f-2"] == boxes
    assert newcomer(2).name in browser.text
    assert page == browser.address
    assert 1 == len(town.mandates(company))


def test_an_empty_search_sends_the_invitation_on(town: Town, company: UUID) -> None:
    """Enter in any field presses the first button, which is the one that finds matters."""
    page = f"{LIST}/{company}/invite"
    browser = town.enter(1).get(page).fill(page, **wanted(newcomer(2)), q="", find="yes")

    assert browser.address.startswith(f"{page}/")


def test_signing_takes_two_factors(town: Town, company: UUID) -> None:
    """A password alone signs nothing for an organisation; what was filled in is there afterwards."""
    browser = town.enter(1, twice=False)
    browser.get(f"{LIST}/{company}/invite").fill(f"{LIST}/{company}/invite", **wanted(newcomer(2)))
    asked = browser.address.startswith("/interaction/")
    confirm(browser, newcomer(1))

    assert asked
    assert newcomer(2).name in browser.text
    browser.fill()
    assert State.INVITED == town.latest(company).state


def test_a_sentence_is_signed_once(town: Town, company: UUID) -> None:
    """Sent twice, it is one invitation."""
    browser = town.enter(1).get(f"{LIST}/{company}/invite")
    browser.fill(f"{LIST}/{company}/invite", **wanted(newcomer(2)))
    place, page = browser.address, browser.text
    browser.fill()
    browser.page = browser.get(place).page
    token = page.split('name="csrf_token" value="')[2].split('"')[0]
    browser.post(place, {"csrf_token": token})

    assert 2 == len(town.mandates(company))
    assert "邀请已发出" in browser.text


def test_the_phone_is_told_and_the_page_says_no_more(town: Town, company: UUID) -> None:
    """The message names nobody; with or without an account the page is the same."""
    browser, town_knows = town.enter(1), town.person(2)
    known = town.invite(browser, company, newcomer(2)).text
    stranger = town.stage.spare_phone()
    unknown = town.invite(browser, company, newcomer(2), phone=stranger).text
    town.stage.work()

    assert "有单位邀请您为它办事" in town.stage.messages(stranger)[0]["text"]
    assert "有单位邀请您为它办事" in town.stage.messages(newcomer(2).phone)[0]["text"]
    with town.stage.services.database.reading() as db:
        told = db.scalars(select(Notice.topic).where(Notice.person_id == town_knows.id)).all()
    assert "mandate.invited" in told
    for page, phone in ((known, newcomer(2).phone), (unknown, stranger)):
        assert phone.removeprefix("+86") in page
    assert len(known) == len(unknown)


def test_another_name_gets_no_notice(town: Town, company: UUID) -> None:
    """The inbox of whoever has the phone now is not told of what was meant for somebody else."""
    person = town.person(3)
    town.invite(town.enter(1), company, newcomer(3), name="别的名字")
    with town.stage.services.database.reading() as db:
        told = db.scalars(select(Notice.topic).where(Notice.person_id == person.id)).all()

    assert "mandate.invited" not in told


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"matter": []}, "请勾选至少一件事"),
        ({"action": []}, "请勾选在这些事里可以做什么"),
        ({"matter": ["no-such"]}, "超出了您自己的授权范围"),
        ({"group": ["no-such"]}, "超出了您自己的授权范围"),
        ({"until": in_days(-1)}, "结束日期已经过去"),
        ({"until": in_days(400)}, "一次授权最长一年"),
        ({"until": "soon"}, "请选择结束日期"),
        ({"phone": "12"}, "手机号码不完整"),
        ({"name": "1"}, "对方身份证件上的姓名"),
        ({"region": "999999"}, "行政区划代码有误"),
        ({"amount": "1e9"}, "金额有误"),
        ({"whom": "organisation", "code": "9121"}, "统一社会信用代码有误"),
        ({"whom": "organisation", "code": synthetic.credit_code(999_000)}, "没有找到这个代码的单位"),
    ],
)
def test_what_cannot_be_granted_is_said_at_once(
    town: Town, company: UUID, changes: dict[str, str | list[str]], said: str
) -> None:
    """Before anybody is asked for a second factor, and nothing is granted."""
    browser = town.enter(1, twice=False).get(f"{LIST}/{company}/invite")
    browser.fill(f"{LIST}/{company}/invite", **wanted(newcomer(2), **changes))

    assert 400 == browser.status
    assert said in browser.text
    assert 1 == len(town.mandates(company))


def test_nobody_invites_themselves(town: Town, company: UUID) -> None:
    """Not even the representative."""
    browser = town.enter(1).get(f"{LIST}/{company}/invite")
    browser.fill(f"{LIST}/{company}/invite", **wanted(newcomer(1)))

    assert "不能授权给自己" in browser.text


def test_an_administrator_grants_within_their_own(town: Town, company: UUID) -> None:
    """They see what they hold, appoint agents alone, and a form made by hand gains nothing."""
    town.grant(1, 2, company, role="administrator", matter=["f-1"])
    browser = town.enter(2).get(f"{LIST}/{company}/invite")
    shown = browser.text
    browser.fill(f"{LIST}/{company}/invite", **wanted(newcomer(3), matter=["t-1"]))

    assert "缴存登记" in shown and "发票申领" not in shown and "全业务授权" not in shown
    assert "超出了您自己的授权范围" in browser.text
    browser.fill(f"{LIST}/{company}/invite", **wanted(newcomer(3), role="administrator"))
    assert "管理员由法定代表人邀请" in browser.text


def test_an_agent_invites_nobody(town: Town, company: UUID) -> None:
    """Unless it may be passed on: for them there is no such page."""
    town.grant(1, 2, company)

    assert 404 == town.enter(2).get(f"{LIST}/{company}/invite").status


def test_a_mandate_that_may_be_passed_on_is(town: Town, company: UUID) -> None:
    """Once more, and within its own scope and time."""
    town.grant(1, 2, company, may_delegate="yes")
    town.grant(2, 3, company, until=in_days(20))

    made = town.latest(company)
    assert (State.ACTIVE, town.person(3).id) == (made.state, made.agent_person_id)


@pytest.mark.parametrize("path", ["", "/invite", "/invite/x"])
def test_a_stranger_finds_nothing(town: Town, company: UUID, path: str) -> None:
    """Neither of a company that is there nor of one that is not."""
    browser = town.enter(4)
    there, nowhere = (
        browser.get(f"{LIST}/{company}{path}").status,
        browser.get(f"{LIST}/{uuid4()}{path}").status,
    )

    assert (404, 404) == (there, nowhere)


def test_nobody_goes_on_with_anothers_draft(town: Town, company: UUID) -> None:
    """A draft belongs to who wrote it, and to its organisation."""
    browser = town.enter(1).get(f"{LIST}/{company}/invite")
    browser.fill(f"{LIST}/{company}/invite", **wanted(newcomer(3)))
    handle = browser.address.rpartition("/")[2]
    town.grant(1, 2, company, role="administrator")
    other = town.enter(2).get(f"{LIST}/{company}/invite/{handle}")

    assert f"{LIST}/{company}/invite" == other.address
    assert newcomer(3).name not in other.text
    elsewhere = town.company()
    assert f"{LIST}/{elsewhere}/invite" == browser.get(f"{LIST}/{elsewhere}/invite/{handle}").address


def test_one_phone_is_not_pestered(town: Town, company: UUID) -> None:
    """Five messages a day, whoever invites."""
    browser, phone = town.enter(1), town.stage.spare_phone()
    for _ in range(7):
        town.invite(browser, company, newcomer(2), phone=phone)
    town.stage.work()

    assert 5 == len(town.stage.messages(phone))


def test_limits_are_read_as_people_write_them(town: Town, company: UUID) -> None:
    """Codes with their zeros, yuan with comma and point, several at once."""
    limits = {"region": "210000，330100", "project": "P-1 P-2", "amount": "1,000.5", "once": "yes"}
    town.invite(town.enter(1), company, newcomer(2), **limits)
    scope = town.latest(company).scope

    assert (["21", "3301"], ["P-1", "P-2"]) == (sorted(scope.regions), sorted(scope.projects))
    assert (100_050, True) == (scope.amount, scope.once)
    assert town.latest(company).valid_until - clock.now() > timedelta(days=29)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("440000", "44"),
        ("440300", "4403"),
        ("441900", "4419"),
        ("440305000000", "440305"),
        ("440305100000", "440305100"),
        ("440305100200", "440305100200"),
    ],
)
def test_a_town_is_not_its_neighbours(typed: str, kept: str) -> None:
    """Zeros fall away level by level (GB/T 2260, GB/T 10114): town 100 is not all that begin with 10."""
    form = ScopeForm(MultiDict({"region": typed, "everything": "yes", "action": "apply"}))

    assert frozenset({kept}) == drafts.scope_of(form).regions


@pytest.mark.parametrize("typed", ["440", "44030", "44030510", "4403051000"])
def test_half_a_code_names_no_place(typed: str) -> None:
    """It would stand for every place that happens to begin so."""
    form = ScopeForm(MultiDict({"region": typed, "everything": "yes", "action": "apply"}))
    drafts.scope_of(form)

    assert ["region_malformed"] == form.region.errors


def test_an_organisation_is_invited_by_its_code(town: Town, company: UUID) -> None:
    """Its representative is told, and accepts for it."""
    agency = town.company(representative=3)
    code = town.organisation(agency).credit_code
    browser = town.invite(town.enter(1), company, newcomer(2), whom="organisation", code=code)
    accepting = town.enter(3)
    listed = accepting.get(LIST).text
    accepting.get(link(browser)).fill(decision="accept")

    assert f"请{town.name(agency)}担任经办人" in listed
    assert (State.ACTIVE, agency) == (town.latest(company).state, town.latest(company).agent_organisation_id)
    assert f"经由{town.name(agency)}" in accepting.get(LIST).text
