"""Joining and parting accounts at the console: side by side, two operators, an owner who objects, undoing."""

import re
from datetime import timedelta
from uuid import UUID

from admin_ui.models import Role
from idp import clock
from idp.account import merging as accounts
from idp.persons import merging
from idp.persons.models import Merge, MergeStatus, Person, PersonStatus, Split, SplitStatus, Staff
from tests.admin_ui.hall import Hall
from tests.admin_ui.stage import HERE, THERE, Visitor
from tests.idp.account.stage import Browser

PAGE, NEW = "/admin/merges", "/admin/merges/new"


def two(hall: Hall) -> tuple[UUID, UUID]:
    return hall.second_account(), hall.second_account()


def proposed(hall: Hall, browser: Browser, one: UUID, other: UUID) -> UUID:
    """Both steps of the first operator."""
    browser.get(NEW).fill(NEW, one=hall.phone(one), other=hall.phone(other))
    browser.fill("", reason="两次注册，本人到场")
    found = re.fullmatch(rf"{PAGE}/([0-9a-f-]{{36}})", browser.path)
    assert found is not None, browser.text
    return UUID(found.group(1))


def decide(browser: Browser, case: UUID, how: str, reason: str = "证件一致") -> Browser:
    path = f"{PAGE}/{case}/{how}"
    return browser.get(path).fill(path, reason=reason)


def case_of(hall: Hall, case: UUID) -> Merge:
    with hall.console.services.database.reading() as db:
        return db.get_one(Merge, case)


def status_of(hall: Hall, person_id: UUID) -> str:
    with hall.console.services.database.reading() as db:
        return db.get_one(Person, person_id).status


def cooled(hall: Hall) -> None:
    """The cooling-off is over, and the worker has come by."""
    services, then = hall.console.services, clock.now() + merging.COOLING + timedelta(minutes=1)
    accounts.go_round(services, then)


def test_two_operators_join_accounts_and_one_parts_them_again(hall: Hall) -> None:
    """Proposed, approved, joined when the time is over; undone, both are there again."""
    one, other = two(hall)
    first, second = hall.operator(), hall.operator(role=Role.REVIEWER)
    case = proposed(hall, first, one, other)
    decide(second, case, "approve")
    cooled(hall)
    merged = sorted([status_of(hall, one), status_of(hall, other)])
    decide(second, case, "undo", "是两个人")

    assert [PersonStatus.ACTIVE, PersonStatus.MERGED] == merged
    assert [PersonStatus.ACTIVE] * 2 == [status_of(hall, one), status_of(hall, other)]
    assert MergeStatus.UNDONE == case_of(hall, case).status


def test_what_is_shown_is_masked(hall: Hall) -> None:
    """Both accounts stand side by side, and no page shows a whole number."""
    one, other = two(hall)
    browser = hall.operator()
    browser.get(NEW).fill(NEW, one=hall.phone(one), other=hall.phone(other))

    assert 'id="stays"' in browser.text
    assert 'id="goes"' in browser.text
    assert not [number for number in (hall.phone(one), hall.phone(other)) if number[3:] in browser.text]


def test_whoever_proposes_does_not_approve(hall: Hall) -> None:
    """The page says so, and the rule holds for a form that no page showed."""
    browser = hall.operator()
    case = proposed(hall, browser, *two(hall))
    path = f"{PAGE}/{case}/approve"
    page = browser.get(path).text
    answer = browser.client.post(path, data={"csrf_token": browser.token(path), "reason": "x"})

    assert 'id="own"' in page
    assert 409 == answer.status_code
    assert MergeStatus.PROPOSED == case_of(hall, case).status


def test_nobody_proposes_to_join_their_own(hall: Hall) -> None:
    """A civil servant who has said which citizen they are is refused when it is about that citizen."""
    one, other = two(hall)
    login = hall.console.civil_servant(department=HERE)
    with hall.console.services.database.writing() as db:
        db.get_one(Staff, login).citizen_id = other
    browser = hall.console.signed_in(hall.console.appointed(Role.OPERATOR, HERE, login).person_id)
    browser.get(NEW).fill(NEW, one=hall.phone(one), other=hall.phone(other))
    page = browser.fill("", reason="是我自己")

    assert "不能办理自己的账号" in page.text
    assert not re.fullmatch(rf"{PAGE}/[0-9a-f-]{{36}}", browser.path)


def test_one_account_twice_is_none(hall: Hall) -> None:
    """Its page says so and offers nothing to submit."""
    one = hall.second_account()
    page = hall.operator().get(NEW).fill(NEW, one=hall.phone(one), other=hall.phone(one))

    assert "同一个账号" in page.text
    assert 'name="reason"' not in page.text


def test_an_owner_objects_at_their_own_page(hall: Hall) -> None:
    """The owner of either account is shown what is about to happen, and one click ends it."""
    one, other = two(hall)
    case = proposed(hall, hall.operator(), one, other)
    decide(hall.operator(), case, "approve")
    owner = _citizen(hall, other)
    start = owner.get("/account").text
    owner.get("/account/merges").fill(f"/account/merges/{case}")

    assert 'href="/account/merges"' in start
    assert MergeStatus.OBJECTED == case_of(hall, case).status


def test_a_stranger_cannot_object(hall: Hall) -> None:
    """The case of others is none of theirs, and the answer is the same as for none at all."""
    case = proposed(hall, hall.operator(), *two(hall))
    decide(hall.operator(), case, "approve")
    stranger = _citizen(hall, hall.second_account())
    token = stranger.get("/account/merges")
    answer = token.client.post(f"/account/merges/{case}", data={})

    assert 303 == answer.status_code
    assert MergeStatus.APPROVED == case_of(hall, case).status


def test_another_county_sees_nothing(hall: Hall) -> None:
    """Neither in the list nor by its address."""
    case = proposed(hall, hall.operator(), *two(hall))
    elsewhere = hall.operator(THERE)

    assert str(case) not in elsewhere.get(PAGE).text
    assert 404 == elsewhere.client.get(f"{PAGE}/{case}").status_code


def test_a_suggestion_is_adopted_and_then_approved_by_another(hall: Hall) -> None:
    """What a system noticed needs both pairs of eyes all the same."""
    one, other = two(hall)
    with hall.console.services.database.writing() as db:
        case = merging.propose(db, one, other, "", clock.now(), origin="federation").id
    first, second = _everywhere(hall), _everywhere(hall)
    decide(second, case, "approve")
    unready = case_of(hall, case).status
    decide(first, case, "adopt")
    decide(second, case, "approve")

    assert MergeStatus.SUGGESTED == unready
    assert MergeStatus.APPROVED == case_of(hall, case).status


def test_two_operators_take_an_account_apart(hall: Hall) -> None:
    """What was chosen is in a new account when a second operator has agreed."""
    person_id = hall.second_account()
    case = hall.parted(person_id)
    path = f"/admin/splits/{case}/approve"
    page = hall.operator().get(path).fill(path, reason="两人到场")
    with hall.console.services.database.reading() as db:
        split = db.get_one(Split, case)

    assert SplitStatus.SPLIT == split.status
    assert split.new_person_id is not None
    assert hall.phone(split.new_person_id)
    assert 'id="new"' in page.text


def test_what_goes_is_chosen_at_a_page(hall: Hall) -> None:
    """The account is found, its parts are offered, and the case waits for another."""
    person_id = hall.second_account()
    hall.parted(person_id)  # gives it a password
    with hall.console.services.database.writing() as db:
        db.query(Split).filter(Split.person_id == person_id).delete()
    browser, new = hall.operator(), "/admin/splits/new"
    browser.get(new).fill(new, typed=hall.phone(person_id))
    page = browser.fill("", takes=["persons:phone"], reason="两人到场")

    assert re.fullmatch(r"/admin/splits/[0-9a-f-]{36}", browser.path)
    assert 'id="own"' in page.text


def test_what_waits_stands_before_what_was_decided(hall: Hall) -> None:
    """However many were decided since: the page ends somewhere, and a case that waits is on it."""
    waits, decided = hall.parted(hall.second_account()), hall.parted(hall.second_account())
    path = f"/admin/splits/{decided}/refuse"
    hall.operator().get(path).fill(path, reason="是同一个人")
    shown = re.findall(r'href="/admin/splits/([0-9a-f-]{36})"', hall.operator().get("/admin/splits").text)

    assert shown.index(str(waits)) < shown.index(str(decided))


def _citizen(hall: Hall, person_id: UUID) -> Visitor:
    amr = frozenset({"pwd", "sms"})
    return hall.console.signed_in(person_id, amr, realm="citizen")


def _everywhere(hall: Hall) -> Visitor:
    return hall.console.as_role(Role.OPERATOR)
