"""Upstreams at the console: what is believed, whether they answer, cases and links that operators settle."""

from collections.abc import Iterator
from uuid import UUID

import pytest
from sqlalchemy import select

from admin_ui.models import Role
from federation.matching import Disagreement
from federation.models import UpstreamCase, UpstreamLink
from federation.simulator.app import create_app
from idp.audit.models import AuditEvent
from idp.notices.models import Notice
from idp.persons.models import Merge, Staff
from idp.sessions.models import SignInSession
from idp.simulator.server import Background
from tests import servers
from tests.admin_ui.hall import Hall
from tests.admin_ui.moved import ASSERTED_NAME, disagreed, linked
from tests.admin_ui.stage import HERE, Console, Visitor, opened
from tests.federation.stage import people, table

PAGE, PERSONS = "/admin/upstreams", "/admin/upstreams/persons"


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """With a province that is there, and a city that is not."""
    with Background(create_app(people())) as server:
        gone = table(f"http://127.0.0.1:{servers.free_port()}", title="邻市平台", run_by="city")
        upstreams = {"province": table(server.url), "neighbour": gone}
        with opened(tmp_path_factory.mktemp("home"), upstreams=upstreams) as console:
            yield console


def case_of(hall: Hall, case: UUID) -> UpstreamCase:
    with hall.console.services.database.reading() as db:
        return db.get_one(UpstreamCase, case)


def told(hall: Hall, person_id: UUID) -> set[str]:
    with hall.console.services.database.reading() as db:
        return set(db.scalars(select(Notice.topic).where(Notice.person_id == person_id)))


def whole(hall: Hall, role: Role = Role.OPERATOR) -> Visitor:
    """Somebody who sees the whole instance."""
    return hall.console.as_role(role)


def visited(hall: Hall, browser: Visitor, person_id: UUID) -> str:
    """The page of somebody's links, by the page that finds them."""
    browser.get(PERSONS).fill(PERSONS, typed=hall.phone(person_id), purpose="dispute")
    return browser.path


def close(browser: Visitor, case: UUID, reason: str = "已与对方核对") -> Visitor:
    path = f"{PAGE}/cases/{case}/close"
    browser.get(path).fill(path, decision="upstream_is_wrong", reason=reason)
    return browser


def test_what_is_believed_is_read_and_nothing_is_changed(hall: Hall) -> None:
    """The table of the settings in words, and no secret of it."""
    browser = whole(hall, Role.SYSTEM).get(PAGE)

    assert "陕西政务服务网" in browser.text
    assert "三级 · 实名核验" in browser.text
    assert hall.console.services.settings.upstreams["province"].client_secret not in browser.text
    assert ASSERTED_NAME not in browser.text


@pytest.mark.parametrize(("name", "words"), [("province", "有回应"), ("neighbour", "网络不通")])
def test_an_upstream_is_asked_whether_it_is_there(hall: Hall, name: str, words: str) -> None:
    """One call, when an administrator wants to know."""
    browser = whole(hall, Role.SYSTEM)
    before = browser.get(PAGE).text
    browser.fill(PAGE, reach=name)

    assert (words in browser.text, words in before) == (True, False)


def test_a_case_shows_what_was_asserted_masked(hall: Hall) -> None:
    """Enough to know whom it is about."""
    person = hall.second_account()
    case = disagreed(hall, person)
    browser = whole(hall).get(f"{PAGE}/cases/{case}")

    assert "欧阳**" in browser.text or "欧***" in browser.text
    assert ASSERTED_NAME not in browser.text
    assert "同一证件，姓名不同" in browser.text


def test_a_case_is_closed_once_with_a_reason(hall: Hall) -> None:
    """What was asserted is erased; who decided, and why, stays."""
    case, browser = disagreed(hall, hall.second_account()), whole(hall)
    close(browser, case)
    closed = case_of(hall, case)
    again = close(whole(hall, Role.REVIEWER), case)

    assert ("upstream_is_wrong", "已与对方核对") == (closed.closed_because, closed.closed_note)
    assert (None, None) == (closed.name_sealed, closed.number_sealed)
    assert closed.closed_by is not None
    assert "这里的信息有误，已经更正" not in again.text


def test_a_case_is_not_closed_without_a_reason(hall: Hall) -> None:
    """Nor without a finding."""
    case, browser = disagreed(hall, hall.second_account()), whole(hall)
    close(browser, case, reason=" ")

    assert (400, None) == (browser.status, case_of(hall, case).closed_at)


def test_nobody_decides_about_themselves(hall: Hall) -> None:
    """An operator who is this citizen leaves it to another."""
    person, operator = hall.second_account(), hall.console.appointed(Role.OPERATOR)
    with hall.console.services.database.writing() as db:
        db.get_one(Staff, operator.person_id).citizen_id = person
    case, browser = disagreed(hall, person), hall.console.signed_in(operator.person_id)
    close(browser, case)

    assert (409, None) == (browser.status, case_of(hall, case).closed_at)


def test_two_accounts_lead_to_the_merge_that_was_suggested(hall: Hall) -> None:
    """Nothing merges silently: two operators do it in their own room."""
    one, other = hall.second_account(), hall.second_account()
    case = disagreed(hall, one, other, Disagreement.DOCUMENT_OF_ANOTHER)
    with hall.console.services.database.reading() as db:
        query = select(Merge.id).where(Merge.survivor_id.in_([one, other]))
        merge = db.scalar(query)
    browser = whole(hall).get(f"{PAGE}/cases/{case}")

    assert (f"/admin/merges/{merge}" if merge else "/admin/merges/new") in browser.text
    assert 'id="holder"' in browser.text


def test_a_county_sees_no_case_but_by_its_person(hall: Hall) -> None:
    """Cases are the whole instance's; somebody at the counter is told that theirs waits."""
    person = hall.second_account()
    case, browser = disagreed(hall, person), hall.operator(HERE)
    listed = browser.get(PAGE).text
    page = browser.get(f"{PAGE}/cases/{case}").status
    visited(hall, browser, person)

    assert ("等待核实的不一致" in listed, page) == (False, 404)
    assert "同一证件，姓名不同" in browser.text
    assert str(case) not in browser.text


def test_an_operator_ends_a_link_and_its_person_is_told(hall: Hall) -> None:
    """Whoever came by it is out, and the operator's reason is kept."""
    person, browser = hall.second_account(), hall.operator()
    link, session = linked(hall, person), hall.console.signed_in(person, realm="citizen")
    path = f"{visited(hall, browser, person)}/{link}/end"
    browser.get(path).fill(path, reason="本人说那不是他的账号")
    with hall.console.services.database.reading() as db:
        ended = db.get_one(UpstreamLink, link)
        signed_in = db.get_one(SignInSession, session.session_id)

    assert ("ended_by_operator", "本人说那不是他的账号") == (ended.ended_because, ended.ended_note)
    assert signed_in.ended_at is not None
    assert "upstream.taken_back" in told(hall, person)
    assert "没有关联上级平台的账号" in browser.text


def test_a_reviewer_sees_links_and_ends_none(hall: Hall) -> None:
    """The page offers nothing, and its address is refused."""
    person, browser = hall.second_account(), hall.operator(role=Role.REVIEWER)
    link = linked(hall, person)
    path = visited(hall, browser, person)
    offered = "解除关联" in browser.text

    assert (False, 403) == (offered, browser.get(f"{path}/{link}/end").status)


def test_a_link_of_somebody_else_is_not_there(hall: Hall) -> None:
    """The draft names one person, and ends no other's link."""
    person, other, browser = hall.second_account(), hall.second_account(), hall.operator()
    link = linked(hall, other)
    path = visited(hall, browser, person)

    assert 404 == browser.get(f"{path}/{link}/end").status


def test_looking_somebody_up_is_recorded(hall: Hall) -> None:
    """As at every page where somebody is found."""
    person, browser = hall.second_account(), hall.operator()
    visited(hall, browser, person)
    with hall.console.services.database.reading() as db:
        query = select(AuditEvent.topic).where(AuditEvent.person_id == person)
        topics = set(db.scalars(query))

    assert "person.looked_up" in topics


def test_what_is_believed_is_folded(hall: Hall) -> None:
    """A page for ten upstreams can be read on a phone."""
    page = whole(hall).get(PAGE).text

    assert page.count("<details><summary>相信什么") == 2
