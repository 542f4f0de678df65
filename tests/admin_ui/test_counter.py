"""Helping a citizen at the counter: they confirm with their own phone, are told, and either side ends it."""

import re

import pytest
from sqlalchemy import select

from admin_ui.models import Role
from idp import clock
from idp.audit.models import AuditEvent
from idp.matters.models import Action
from idp.notices.models import Notice
from idp.persons import lifecycle
from idp.persons.models import Person
from idp.windows.attending import Counter, Noted
from tests.admin_ui.hall import Hall
from tests.admin_ui.stage import Visitor
from tests.idp.account.stage import Browser, newcomer

PAGE, VISIT, END = "/admin/counter", "/admin/counter/visit", "/admin/counter/end"


def ask(hall: Hall, citizen: int, operator: Visitor | None = None) -> Visitor:
    """An operator who has found the citizen, to whose phone a code has gone."""
    hall.town.person(citizen)
    operator = operator or hall.operator()
    operator.get(PAGE).fill(PAGE, typed=newcomer(citizen).phone)
    return operator


def confirmed(hall: Hall, citizen: int, operator: Visitor | None = None) -> Visitor:
    """The same with the code typed."""
    operator = ask(hall, citizen, operator)
    code = hall.town.stage.messages(newcomer(citizen).phone)[0]["code"]
    operator.fill(VISIT, code=code)
    return operator


def of(browser: Browser) -> str:
    """The visit of the page that it shows; none before the citizen's code."""
    found = re.search(r'name="of" value="([^"]+)"', browser.text)
    return found.group(1) if found else ""


def write(browser: Browser, matter: str = "f-1", action: str = "apply") -> Browser:
    browser.get(VISIT)
    return browser.fill(VISIT, of=of(browser), matter=matter, action=action)


def kept(hall: Hall, topic: str) -> list[AuditEvent]:
    with hall.console.services.database.reading() as db:
        return list(db.scalars(select(AuditEvent).where(AuditEvent.topic == topic)))


def test_what_is_done_is_in_the_trail_with_who_acted_and_the_citizen_knows(hall: Hall) -> None:
    """In their timeline and in their inbox; the operator never had a password."""
    operator = confirmed(hall, 11)
    page = write(operator)
    person_id = hall.town.people[11].id
    with hall.console.services.database.reading() as db:
        told = db.scalars(select(Notice.topic).where(Notice.person_id == person_id)).all()
    done = kept(hall, "visit.used")[-1]
    citizen = hall.town.enter(11)
    told_at = ("notices", "activity", "window")
    notices, activity, visit = (citizen.get(f"/account/{page}").text for page in told_at)

    assert "已记录" in page.text
    assert person_id == done.person_id
    assert f"admin:{done.details['act']}" == done.actor
    assert ("f-1", "apply") == (done.details["matter"], done.details["action"])
    assert {"visit.begun", "visit.used"} <= set(told)
    assert "窗口工作人员帮您办了一件事" in activity
    assert "缴存登记，申请" in activity and "缴存登记" in notices
    assert re.search(r'<ul id="noted">\s*<li>[^<]+，申请，\d\d:\d\d</li>', visit)


def test_nothing_is_done_before_the_citizen_has_confirmed(hall: Hall) -> None:
    """A wrong code opens nothing."""
    operator, before = ask(hall, 12), len(kept(hall, "visit.used"))
    wrong = operator.fill(VISIT, code="000000")
    write(operator)

    assert 400 == wrong.status
    assert before == len(kept(hall, "visit.used"))
    assert 'id="code-form"' in operator.get(VISIT).text


def test_whoever_signs_in_sees_the_visit_and_where_to_end_it(hall: Hall) -> None:
    """The message that warns of it names a page: the start page leads there meanwhile, the menu always."""
    operator = confirmed(hall, 17)
    during = hall.town.enter(17).get("/account").text
    operator.get(VISIT).fill(END)
    after = hall.town.enter(17).get("/account").text
    link = '<a href="/account/window">到窗口办理</a>'

    assert "窗口工作人员正在帮您办事" in during
    assert re.search(r"您在窗口用短信验证码同意过，到 \d\d:\d\d 为止。", during)
    assert "窗口工作人员正在帮您办事" not in after
    assert [2, 1] == [during.count(link), after.count(link)]


@pytest.mark.parametrize("by", ["operator", "person"])
def test_either_side_ends_it(hall: Hall, by: str) -> None:
    """And nothing is done in it afterwards."""
    number = 13 if by == "operator" else 14
    operator = confirmed(hall, number)
    if by == "operator":
        operator.get(VISIT).fill(END)
    else:
        hall.town.enter(number).get("/account/window").fill("/account/window", decision="end")
    before = len(kept(hall, "visit.used"))
    operator.post(VISIT, {"csrf_token": operator.token(VISIT), "matter": "f-1", "action": "apply"})

    assert PAGE == operator.path
    assert "刚才填的没有记录" in operator.text
    assert before == len(kept(hall, "visit.used"))
    assert by == kept(hall, "visit.ended")[-1].details["by"]


def test_a_visit_is_its_own_operators(hall: Hall) -> None:
    """Another at the next window has none."""
    confirmed(hall, 15)

    assert PAGE == hall.operator().get(VISIT).path


def test_matters_are_found_ticked_and_written_down_together(hall: Hall) -> None:
    """Looking keeps what is ticked and writes nothing; the page lists what was done, the phone rings once."""
    operator, before = confirmed(hall, 18), len(kept(hall, "visit.used"))
    operator.get(VISIT)
    looking = operator.fill(VISIT, of=of(operator), matter="f-1", q="f-2", find="yes").text
    boxes = re.findall(r'name="matter" value="([^"]+)"( checked)?', looking)
    looked = len(kept(hall, "visit.used"))
    page = operator.fill(VISIT, of=of(operator), matter=["f-1", "f-2"], action="query").text
    hall.town.stage.work()
    texts = [one["text"] for one in hall.town.stage.messages(newcomer(18).phone)]
    listed = page.split('id="noted"')[1]

    assert [("f-1", " checked"), ("f-2", "")] == boxes
    assert [before, before + 2] == [looked, len(kept(hall, "visit.used"))]
    assert [True, True, 2] == ["f-1" in listed, "f-2" in listed, listed.count("查询")]
    assert 1 == sum("窗口工作人员帮您办了事" in one for one in texts)
    assert "还有 15 分钟" in page


def test_looking_for_nothing_writes_nothing_down(hall: Hall) -> None:
    """Enter in the empty box presses its button, and what is ticked only stays ticked."""
    operator, before = confirmed(hall, 19), len(kept(hall, "visit.used"))
    operator.get(VISIT)
    page = operator.fill(VISIT, of=of(operator), matter="f-1", q="", find="yes")

    assert before == len(kept(hall, "visit.used"))
    assert 'value="f-1" checked' in page.text


def test_a_page_of_an_earlier_visit_is_no_page_of_this_one(hall: Hall) -> None:
    """What was filled in for one citizen is not written down for the next; looking does not carry it over."""
    operator = confirmed(hall, 20)
    old = {"csrf_token": operator.token(VISIT), "of": of(operator), "matter": "f-1", "action": "apply"}
    operator.fill(END)
    confirmed(hall, 21, operator)
    before = len(kept(hall, "visit.used"))
    pages = [operator.post(VISIT, {**old, **more}).text for more in ({}, {"q": "f", "find": "yes"})]

    assert before == len(kept(hall, "visit.used"))
    assert [True] * 2 == ["刚才的页面是另一次帮办的" in page and " checked" not in page for page in pages]


def test_a_page_is_sent_once(hall: Hall) -> None:
    """Pressed twice, it is written down once; the page drawn then can be sent again."""
    operator, before = confirmed(hall, 22), len(kept(hall, "visit.used"))
    sent = {"csrf_token": operator.token(VISIT), "of": of(operator), "matter": "f-1", "action": "apply"}
    first, second = operator.post(VISIT, sent).status, operator.post(VISIT, sent).status
    after = len(kept(hall, "visit.used"))
    operator.fill(VISIT, of=of(operator), matter="f-1", action="apply")

    assert [200, 409] == [first, second]
    assert [before + 1, before + 2] == [after, len(kept(hall, "visit.used"))]


def test_nothing_is_written_down_for_a_visit_that_ended_meanwhile(hall: Hall) -> None:
    """The citizen ends it while the operator's page is being read: a name alone is no visit."""
    operator = confirmed(hall, 23)
    visits: Counter = hall.console.services.extras["counter"]
    name = of(operator)
    hall.town.enter(23).get("/account/window").fill("/account/window", decision="end")
    with hall.console.services.database.writing() as db:
        done = [Noted("f-1", Action.APPLY, clock.now())]

        assert not visits.note(db, operator.session_id, name, done)


def test_whoever_stands_there_next_ends_the_visit_before(hall: Hall) -> None:
    """The first citizen is helped no longer, and reads so."""
    operator, before = hall.operator(), len(kept(hall, "visit.ended"))
    asking = {"csrf_token": operator.token(PAGE), "typed": newcomer(25).phone}
    hall.town.person(25)
    confirmed(hall, 24, operator).post(PAGE, asking)
    visits: Counter = hall.console.services.extras["counter"]

    assert visits.attending(hall.town.people[24].id) is None
    assert before + 1 == len(kept(hall, "visit.ended"))


def test_nothing_is_written_down_for_whoever_is_frozen(hall: Hall) -> None:
    """Their yes counted while they were free to give it."""
    operator = confirmed(hall, 26)
    person_id, before = hall.town.people[26].id, len(kept(hall, "visit.used"))
    with hall.console.services.database.writing() as db:
        lifecycle.freeze(db, db.get_one(Person, person_id), "reported", clock.now())
    write(operator)

    assert before == len(kept(hall, "visit.used"))


@pytest.mark.parametrize(("matter", "action"), [("no-such", "apply"), ("t-1", "pay"), ("", "apply")])
def test_only_what_there_is_can_be_written_down(hall: Hall, matter: str, action: str) -> None:
    """A matter of the catalogue, and a step it has."""
    operator = confirmed(hall, 16)
    before = len(kept(hall, "visit.used"))

    assert 400 == write(operator, matter, action).status
    assert before == len(kept(hall, "visit.used"))


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.AUDIT, Role.SYSTEM, Role.SECURITY])
def test_only_operators_serve(hall: Hall, role: Role) -> None:
    """Nobody else has a counter."""
    assert 403 == hall.operator(role=role).get(PAGE).status


def test_whoever_is_not_known_cannot_be_helped(hall: Hall) -> None:
    """Found by exactly what they give."""
    page = hall.operator().get(PAGE).fill(PAGE, typed="nobody_here")

    assert 400 == page.status
    assert "没有账号用这个号码" in page.text
