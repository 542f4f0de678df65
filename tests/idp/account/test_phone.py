"""Another phone: what proves it, who is told, and what an attacker does not get."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from idp import clock
from idp.audit.models import AuditEvent
from idp.evidence.models import Evidence, Method
from idp.notices.models import Notice
from idp.persons import hold
from idp.persons.models import Person
from tests.idp.account.stage import PASSWORD, Browser, Stage, newcomer, passer_by

PAGE = "/account/phone"
numbers: Iterator[int] = iter(range(3, 20))


@pytest.fixture
def index() -> int:
    """Somebody new for each test."""
    return next(numbers)


@pytest.fixture
def own(stage: Stage, index: int) -> Browser:
    return stage.browser(f"198.51.100.{index}").register(newcomer(index))


def person(stage: Stage, login: str) -> Person:
    found = stage.person(login)
    assert found is not None
    return found


def code(stage: Stage, phone: str) -> str:
    return stage.messages(phone)[0]["code"]


def change(stage: Stage, browser: Browser, old: str, new: str) -> Browser:
    """The whole way."""
    browser.get(PAGE).fill(PAGE, phone=new)
    typed = {"phone": new, "new": code(stage, new), "old": code(stage, old)}
    return browser.fill(f"{PAGE}/code", **typed)


def test_both_phones_prove_a_change_and_hear_of_it(stage: Stage, own: Browser, index: int) -> None:
    """Codes to both; the new one signs in, the old one is told, and the hold begins."""
    old, new = newcomer(index).phone, stage.spare_phone()
    change(stage, own, old, new)
    stage.work()

    assert "/account/profile" == own.path
    assert stage.person(old) is None
    assert hold.until(person(stage, new), clock.now()) is not None
    assert ["已更换" in stage.messages(phone)[0]["text"] for phone in (old, new)] == [True, True]


def test_the_new_phone_alone_changes_nothing(stage: Stage, own: Browser, index: int) -> None:
    """Whoever found an open browser has a phone of their own, and not the owner's."""
    old, new = newcomer(index).phone, stage.spare_phone()
    own.get(PAGE).fill(PAGE, phone=new)
    own.fill(f"{PAGE}/code", phone=new, new=code(stage, new), old="000000")

    assert 400 == own.status
    assert person(stage, old).phone_sealed is not None and stage.person(new) is None


def test_a_right_code_is_not_asked_for_again(stage: Stage, own: Browser, index: int) -> None:
    """A slip at one box costs nothing at the other."""
    old, new = newcomer(index).phone, stage.spare_phone()
    own.get(PAGE).fill(PAGE, phone=new)
    own.fill(f"{PAGE}/code", phone=new, new=code(stage, new), old="000000")
    own.fill(f"{PAGE}/code", phone=new, old=code(stage, old))

    assert "/account/profile" == own.path
    assert stage.person(new) is not None


def test_both_codes_can_be_read_out(stage: Stage, own: Browser, index: int) -> None:
    """Whoever cannot read messages changes their phone too; the call says what the code is for."""
    old, new = newcomer(index).phone, stage.spare_phone()
    own.get(PAGE).fill(PAGE, phone=new, send="voice")
    heard = [stage.messages(phone)[0]["text"] for phone in (new, old)]
    page = own.text
    own.fill(f"{PAGE}/code", phone=new, new=code(stage, new), old=code(stage, old))

    assert all("更换您账号的手机号码" in text for text in heard)
    assert "正在拨打电话" in page
    assert "/account/profile" == own.path


def test_codes_are_for_the_phone_they_were_asked_for(stage: Stage, own: Browser, index: int) -> None:
    """A form whose phone was exchanged proves nothing."""
    old, new, other = newcomer(index).phone, stage.spare_phone(), stage.spare_phone()
    own.get(PAGE).fill(PAGE, phone=new)
    own.fill(f"{PAGE}/code", phone=other, new=code(stage, new), old=code(stage, old))

    assert 400 == own.status
    assert stage.person(other) is None


def test_codes_are_for_the_session_that_asked(stage: Stage, own: Browser, index: int) -> None:
    """What one browser was sent is worth nothing in another."""
    old, new = newcomer(index).phone, stage.spare_phone()
    own.get(PAGE).fill(PAGE, phone=new)
    codes = {"phone": new, "new": code(stage, new), "old": code(stage, old)}
    elsewhere = stage.browser("198.51.100.77").sign_in(old)
    elsewhere.get(PAGE).fill(PAGE, phone=stage.spare_phone())
    elsewhere.fill(f"{PAGE}/code", **codes)

    assert stage.person(new) is None


def test_anothers_phone_is_not_taken_without_an_authority(stage: Stage, own: Browser, index: int) -> None:
    """The registry has another phone on file: the holder keeps theirs, and the page tells nothing."""
    holder = passer_by(index)
    stage.browser(f"203.0.113.{index}").register(holder)
    change(stage, own, newcomer(index).phone, holder.phone)

    assert PAGE + "/code" == own.path and 200 == own.status
    assert holder.phone == phone_of(stage, holder.phone)
    assert newcomer(index).phone == phone_of(stage, newcomer(index).phone)


def phone_of(stage: Stage, login: str) -> str | None:
    with stage.services.database.reading() as db:
        return db.get_one(Person, person(stage, login).id).phone


def test_a_reclaimed_phone_is_detached_and_nothing_more(stage: Stage) -> None:
    """Its former person keeps their account and is told inside; the new one gets the number alone."""
    former, new_owner = passer_by(16), passer_by(17)
    stage.browser("203.0.113.40").register(former)
    own = stage.browser("203.0.113.41").register(new_owner)
    former_id = person(stage, former.phone).id
    change(stage, own, new_owner.phone, former.phone)

    assert person(stage, former.phone).id != former_id
    with stage.services.database.reading() as db:
        assert db.get_one(Person, former_id).phone is None
        topics = set(db.scalars(select(Notice.topic).where(Notice.person_id == former_id)))
    assert "phone.reclaimed" in topics
    assert "/account" == stage.browser("203.0.113.42").sign_in(former.number, PASSWORD).path


def test_closing_waits_after_a_change(stage: Stage, own: Browser, index: int) -> None:
    """What cannot be undone waits a day (domain: change of phone)."""
    new = stage.spare_phone()
    change(stage, own, newcomer(index).phone, new)
    shown = own.get("/account/close").text
    own.fill("/account/close", decision="close", password=PASSWORD)

    assert "active" == person(stage, new).status
    assert all("之后才能更改" in text for text in (shown, own.text))


def test_a_change_is_recorded_and_the_old_proof_ends(stage: Stage, own: Browser, index: int) -> None:
    """One living proof of a phone, and the trail names no number."""
    new = stage.spare_phone()
    change(stage, own, newcomer(index).phone, new)
    with stage.services.database.reading() as db:
        who = person(stage, new).id
        proofs = select(Evidence).where(
            Evidence.person_id == who, Evidence.method == Method.PHONE_CODE, Evidence.withdrawn_at.is_(None)
        )
        event = db.scalars(
            select(AuditEvent).where(AuditEvent.person_id == who, AuditEvent.topic == "phone.changed")
        ).one()

        assert 1 == len(db.scalars(proofs).all())
        assert {"reclaimed": False} == event.details


def test_a_form_from_elsewhere_sends_nothing(stage: Stage, own: Browser) -> None:
    """Without its token no message leaves (CSRF)."""
    new = stage.spare_phone()
    own.post(PAGE, {"phone": new})

    assert [] == stage.messages(new)
