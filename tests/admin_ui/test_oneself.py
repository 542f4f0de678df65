"""A civil servant who has said which citizen they are: proven twice, and nobody in their own case."""

from uuid import UUID

import pytest
from sqlalchemy import select

from admin_ui.models import Role
from idp.audit.models import AuditEvent
from idp.persons import oneself
from idp.persons.models import Person, Staff
from tests.admin_ui.hall import Hall
from tests.admin_ui.stage import HERE, Visitor
from tests.admin_ui.test_links import NAMED, begin, decide, opened, upload
from tests.idp.account.stage import PASSWORD, newcomer

PAGE = "/staff/citizen"


def operator_like(hall: Hall, index: int, role: Role = Role.OPERATOR) -> tuple[UUID, Visitor]:
    """An operator who bears a citizen's name."""
    hall.town.person(index)
    person_id = hall.console.civil_servant(department=HERE)
    hall.console.appointed(role, HERE, person_id)
    with hall.console.services.database.writing() as db:
        db.get_one(Person, person_id).name = newcomer(index).name
    return person_id, hall.console.signed_in(person_id)


def linked(hall: Hall, index: int, role: Role = Role.OPERATOR) -> Visitor:
    """The same, who has proven both accounts."""
    _, browser = operator_like(hall, index, role)
    browser.get(f"{PAGE}/prove").fill(login=newcomer(index).phone, password=PASSWORD)
    browser.fill(PAGE)
    assert "已关联" in browser.text
    return browser


def citizen_of(hall: Hall, servant_id: UUID) -> UUID | None:
    with hall.console.services.database.reading() as db:
        return db.get_one(Staff, servant_id).citizen_id


def test_both_accounts_are_proven_and_the_citizen_reads_of_it(hall: Hall) -> None:
    """The page shows whom it would be, masked; afterwards it is said once and for all."""
    servant, browser = operator_like(hall, 4)
    asked = browser.get(PAGE).text
    browser.get(f"{PAGE}/prove").fill(login=newcomer(4).phone, password=PASSWORD)
    shown = (browser.path, browser.text)
    browser.fill(PAGE)
    with hall.console.services.database.reading() as db:
        about = db.scalars(select(AuditEvent).where(AuditEvent.topic == "staff.linked")).all()

    assert 'id="citizen"' not in asked
    assert PAGE == shown[0] and newcomer(4).name not in shown[1]
    assert hall.town.person(4).id == citizen_of(hall, servant)
    assert hall.town.person(4).id in {event.person_id for event in about}
    assert "/staff" == browser.path


def test_another_name_is_another_person(hall: Hall) -> None:
    """Whoever links a friend's account would hide their own."""
    servant, browser = operator_like(hall, 4)
    hall.town.person(5)
    browser.get(f"{PAGE}/prove").fill(login=newcomer(5).phone, password=PASSWORD)
    browser.fill(PAGE)

    assert 409 == browser.status
    assert "姓名不一致" in browser.text
    assert citizen_of(hall, servant) is None


def test_it_is_not_taken_back_by_oneself(hall: Hall) -> None:
    """Or it would be, just before deciding; the machine's administrator can, and the trail says so."""
    browser = linked(hall, 6)
    browser.get(PAGE).fill(PAGE)
    with hall.console.services.database.writing() as db:
        servant = db.scalars(select(Staff).where(Staff.citizen_id == hall.town.person(6).id)).one()
        taken_back = oneself.unlink(db, servant.person_id)

    assert 409 == browser.status
    assert taken_back and citizen_of(hall, servant.person_id) is None


@pytest.fixture
def company(hall: Hall) -> UUID:
    return hall.company(1)


def test_nobody_makes_themselves_an_agent(hall: Hall, company: UUID) -> None:
    """As the operator who opens the case, or as the one who approves it."""
    oneself_, other = linked(hall, 2), hall.operator()
    begin(hall, company, oneself_, newcomer(2).phone).fill("", **NAMED)
    upload(oneself_)
    case = opened(hall, company, other)
    decide(oneself_, case)

    assert 409 == oneself_.status
    assert "draft" == hall.state(case)


def test_two_accounts_are_one_pair_of_eyes(hall: Hall, company: UUID) -> None:
    """The same human being in the directory and with an account of our own."""
    first, second = linked(hall, 7), linked(hall, 7, Role.REVIEWER)
    case = opened(hall, company, first)
    decide(second, case)

    assert 409 == second.status
    assert "draft" == hall.state(case)


def test_nobody_serves_themselves_at_the_counter(hall: Hall) -> None:
    """A colleague does."""
    browser = linked(hall, 8)
    browser.get("/admin/counter").fill("/admin/counter", typed=newcomer(8).phone)

    assert 400 == browser.status
    assert "请同事帮您办理" in browser.text
