"""Finding a person: exactly, for a purpose, masked, posted, recorded and told."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from admin_ui.models import Role
from idp.audit.models import AuditEvent
from tests.admin_ui.stage import HERE, Console
from tests.idp.account.stage import Browser, newcomer

PAGE = "/admin/persons"
SOMEBODY = newcomer(4)
NUMBER, PHONE = SOMEBODY.number, SOMEBODY.phone


@pytest.fixture(scope="module")
def somebody(console: Console) -> Browser:
    """Somebody with an account, signed in."""
    browser = console.stage.browser()
    browser.register(SOMEBODY)
    return console.stage.browser().sign_in(PHONE)


@pytest.fixture
def operator(console: Console, somebody: Browser) -> Browser:
    return console.as_role(Role.OPERATOR, HERE)


def find(browser: Browser, typed: str, purpose: str = "counter") -> Browser:
    return browser.get(PAGE).fill(PAGE, typed=typed, purpose=purpose)


@pytest.mark.parametrize("typed", [NUMBER, NUMBER.lower(), PHONE, f" {PHONE} "])
def test_somebody_is_found_by_what_they_give_and_shown_masked(operator: Browser, typed: str) -> None:
    """Nothing on the page is what was not known before, and not even that is repeated."""
    page = find(operator, typed).text

    assert "找到一个账号" in page
    assert SOMEBODY.name[0] + "*" in page
    assert not {SOMEBODY.name, SOMEBODY.number, PHONE.removeprefix("+86")} & set(
        page.replace("<", " ").split()
    )
    assert SOMEBODY.number not in page
    assert PHONE.removeprefix("+86") not in page


@pytest.mark.parametrize("typed", [NUMBER[:-1], PHONE[:-1], SOMEBODY.name, "%", "nobody_here"])
def test_nobody_is_found_by_less(operator: Browser, typed: str) -> None:
    """No part of a number, no name, no pattern."""
    assert "没有找到" in find(operator, typed).text


@pytest.mark.parametrize(("typed", "purpose"), [("", "counter"), (PHONE, ""), (PHONE, "curiosity")])
def test_a_search_needs_both_a_number_and_a_purpose(operator: Browser, typed: str, purpose: str) -> None:
    """Without one, nobody is looked for."""
    page = find(operator, typed, purpose)

    assert 400 == page.status
    assert "找到" not in page.text


def test_civil_servants_are_not_found(console: Console, operator: Browser) -> None:
    """A citizen and a civil servant are two people."""
    console.civil_servant("found.never")

    assert "没有找到" in find(operator, "found.never").text


def test_the_person_sees_who_looked_and_why(somebody: Browser, operator: Browser) -> None:
    """That it was an official and for what; not who, nor from where."""
    find(operator, PHONE, "dispute")
    before, after = somebody.get("/account/activity").text.split("查询了您的账号")[:2]
    line = before.rsplit("<tr", 1)[1] + after.split("</tr>")[0]

    assert "工作人员" in line
    assert "核实账号或证件争议" in line
    assert "192.0.2" not in line


def test_the_trail_keeps_the_purpose_and_no_number(console: Console, operator: Browser) -> None:
    """Also of a search that found nobody."""
    find(operator, PHONE)
    find(operator, "nobody_here", "safety")
    with console.services.database.reading() as db:
        query = select(AuditEvent).where(AuditEvent.topic == "person.looked_up").order_by(AuditEvent.id)
        kept = db.scalars(query).all()[-2:]

    assert [{"purpose": "counter", "found": True}, {"purpose": "safety", "found": False}] == [
        one.details for one in kept
    ]
    assert [True, False] == [one.person_id is not None for one in kept]
    assert all(one.actor.startswith("admin:") for one in kept)


def test_nothing_typed_is_in_any_address(operator: Browser) -> None:
    """The page is the answer to the form itself."""
    page = find(operator, PHONE).page

    assert page is not None
    assert (PAGE, "POST", b"") == (page.request.path, page.request.method, page.request.query_string)
    assert 200 == page.status_code


def test_an_operator_who_tries_many_is_slowed_down(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    """One after another is how lists are made."""
    few = replace(console.services, limits=replace(console.services.limits, source_per_minute=3))
    monkeypatch.setitem(console.app.extensions, "yitong", few)
    browser = console.as_role(Role.OPERATOR, HERE)
    found = [find(browser, f"nobody_{number}").status for number in range(4)]

    assert [200, 200, 200, 429] == found
