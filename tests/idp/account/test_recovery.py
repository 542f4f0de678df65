"""A forgotten password: what the owner can do, and what a stranger sees."""

import re
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, text

from idp import clock
from idp.account import wizards
from idp.account.ending import end_everything
from idp.audit.models import AuditEvent
from idp.authenticators import password
from idp.authenticators.models import Credential
from idp.notices.models import Notice
from idp.persons import lifecycle
from idp.persons.models import Person
from idp.services import Services
from tests.idp.account.stage import POPULATION, Browser, Stage, identity, newcomer

NEW = "four new herons"
WAITING = """
    select pid from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()
     order by query_start
"""


def recover(browser: Browser, phone: str, **document: str) -> Browser:
    """The wizard as far as it goes; the last page stays."""
    browser.get("/recover").prove_phone(phone)
    return browser.fill(**document)


def topics(services: Services, person_id: object) -> list[str]:
    with services.database.reading() as db:
        query = select(Notice.topic).where(Notice.person_id == person_id).order_by(Notice.id)
        return list(db.scalars(query))


def test_phone_and_document_give_a_new_password(stage: Stage) -> None:
    """The new password works, the old one no longer, every session has ended, and the person is told."""
    persona = newcomer(1)
    before = stage.browser().register(persona)
    browser = recover(stage.browser(), persona.phone, **identity(persona)).fill(password=NEW)
    found = stage.person(persona.phone)
    assert found is not None
    stage.work()

    assert "新密码已生效" in browser.text
    assert "/sign-in" == before.get("/account").path
    assert "/account" == stage.browser().sign_in(persona.phone, NEW).path
    assert "/sign-in" == stage.browser().sign_in(persona.phone).path
    assert ["recovery.started", "password.recovered"] == topics(stage.services, found.id)
    assert "密码已通过找回更换" in stage.messages(persona.phone)[0]["text"]


def test_an_unverified_person_recovers_with_what_they_claimed(stage: Stage) -> None:
    """A claimed passport is the person's own record too."""
    passport = POPULATION.persona("passport")
    browser = stage.browser().get("/register").prove_phone(passport.phone)
    browser.fill(**identity(passport, country="FRA")).get("/register/password").fill(password="old herons go")
    claimed = identity(passport, country="FRA")

    assert "新密码已生效" in recover(stage.browser(), passport.phone, **claimed).fill(password=NEW).text


def test_a_stranger_sees_one_page_whatever_is_known(stage: Stage) -> None:
    """Unknown phone, wrong name, another's document: one status and one page, and nobody's password moves."""
    persona, other = newcomer(2), newcomer(3)
    stage.browser().register(persona)
    stage.browser().register(other)
    pages = []
    for phone, document in (
        (stage.spare_phone(), identity(persona)),
        (persona.phone, identity(persona, name="王不是")),
        (persona.phone, identity(other)),
    ):
        browser = recover(stage.browser(), phone, **document)
        pages.append((browser.status, browser.text.replace(wizards.masked(phone), "")))

    assert pages[0] == pages[1] == pages[2]
    assert "/account" == stage.browser().sign_in(persona.phone).path


def test_the_proven_phone_hears_that_nothing_matched(stage: Stage) -> None:
    """Whoever reads the phone learns what to do; the browser does not."""
    phone = stage.spare_phone()
    recover(stage.browser(), phone, **identity(newcomer(4)))
    stage.work()

    assert "找回密码未成功" in stage.messages(phone)[0]["text"]


def test_guessing_documents_ends_after_five(stage: Stage) -> None:
    """Recovery counts like registration, so it cannot be used to guess."""
    persona = newcomer(5)
    pages = [
        recover(stage.browser(), stage.spare_phone(), **identity(persona, name="王不是")) for _ in range(6)
    ]

    assert [200] * 5 + [429] == [page.status for page in pages]


def test_a_frozen_person_recovers_nothing(stage: Stage) -> None:
    """A freeze is not undone by whoever holds the phone."""
    persona = newcomer(6)
    stage.browser().register(persona)
    found = stage.person(persona.phone)
    assert found is not None
    with stage.services.database.writing() as db:
        lifecycle.freeze(db, db.get_one(Person, found.id), "phone lost", clock.now())

    assert "请查看您的短信" in recover(stage.browser(), persona.phone, **identity(persona)).text


def test_the_last_form_works_once(stage: Stage) -> None:
    """Sending the new password twice changes it once."""
    persona = newcomer(7)
    stage.browser().register(persona)
    browser = recover(stage.browser(), persona.phone, **identity(persona))
    token = re.search(r'csrf_token" value="([^"]+)', browser.text)
    assert token
    browser.fill(password=NEW)
    browser.post("/recover/password", {"csrf_token": token.group(1), "password": "five other herons"})

    assert "/recover" == browser.path
    assert "/account" == stage.browser().sign_in(persona.phone, NEW).path


def test_one_that_was_overtaken_says_so_and_where_to_begin_again(stage: Stage) -> None:
    """Everything of the account has ended meanwhile; by whom is not told; nobody presses in vain."""
    persona = newcomer(18)
    stage.browser().register(persona)
    browser, found = recover(stage.browser(), persona.phone, **identity(persona)), stage.person(persona.phone)
    assert found is not None
    with stage.services.database.writing() as db:
        end_everything(db, found.id, "intrusion.reported", clock.now())
    page, status = browser.fill(password=NEW).text, browser.status

    assert 409 == status
    assert "这次找回没有完成" in page and 'href="/recover"' in page
    assert "/recover" == browser.get("/recover/password").path
    assert "/account" == stage.browser().sign_in(persona.phone).path


def test_recovery_is_in_the_trail(stage: Stage) -> None:
    """An auditor finds who recovered, and no more."""
    persona = newcomer(8)
    stage.browser().register(persona)
    recover(stage.browser(), persona.phone, **identity(persona))
    found = stage.person(persona.phone)
    assert found is not None

    with stage.services.database.reading() as db:
        event = db.scalars(
            select(AuditEvent).where(AuditEvent.topic == "recovery.started", AuditEvent.person_id == found.id)
        ).one()
    assert {} == event.details


@pytest.mark.parametrize("step", ["code", "identity", "password"])
def test_no_step_can_be_skipped(browser: Browser, step: str) -> None:
    """Later pages lead back to the first."""
    assert "/recover" == browser.get(f"/recover/{step}").path


def test_the_code_of_a_recovery_can_be_read_out(stage: Stage) -> None:
    """Nobody has to be able to read messages to get back into their account."""
    phone = stage.spare_phone()
    browser = stage.browser().get("/recover").fill(phone=phone, send="voice")
    said = stage.messages(phone)[0]

    assert "voice" == said["channel"]
    assert "/recover/identity" == browser.fill(code=said["code"]).path


def test_who_presses_twice_reads_the_same_twice(stage: Stage) -> None:
    """The password is set once, and nobody is sent back to the beginning."""
    persona = newcomer(16)
    stage.browser().register(persona)
    browser = recover(stage.browser(), persona.phone, **identity(persona))
    with ThreadPoolExecutor(2) as presses:
        pages = list(presses.map(lambda one: one.fill(password=NEW).text, (browser, browser.twin())))
    found = stage.person(persona.phone)
    assert found is not None

    assert [True, True] == ["新密码已生效" in page for page in pages]
    assert 1 == topics(stage.services, found.id).count("password.recovered")


def waiting(services: Services, count: int) -> list[int]:
    """The backends that wait for a lock, the first of them first, once there are so many."""
    end = time.monotonic() + 90
    with services.database.reading() as db:
        while len(found := list(db.scalars(text(WAITING)))) < count:
            assert time.monotonic() < end, "nobody waits"
            time.sleep(0.01)
    return found


@pytest.mark.parametrize("either_stage", [pytest.param("servers", marks=pytest.mark.postgres)], indirect=True)
def test_nobody_is_told_of_a_password_that_was_not_written(either_stage: Stage) -> None:
    """The first press fails while the second waits: then it is the second that sets it, and says so."""
    services, persona = either_stage.services, newcomer(1)
    either_stage.browser().register(persona)
    first = recover(either_stage.browser(), persona.phone, **identity(persona))
    second, found = first.twin(), either_stage.person(persona.phone)
    assert found is not None
    with ThreadPoolExecutor(2) as presses, services.database.writing() as db:
        db.scalars(select(Credential).where(Credential.person_id == found.id).with_for_update()).all()
        failing = presses.submit(first.fill, password=NEW)
        backend = waiting(services, 1)[0]
        late = presses.submit(second.fill, password="five other herons")
        waiting(services, 2)
        db.execute(text("select pg_cancel_backend(:pid)"), {"pid": backend})
        failing.result(timeout=60)
        db.commit()
        late.result(timeout=60)
    with services.database.reading() as db:
        written = password.verify(password.stored(db, found.id), "five other herons")

    assert 503 == first.status
    assert ("新密码已生效" in second.text, written) == (True, True)


def test_a_recovery_whose_last_write_fails_is_not_used_up(stage: Stage) -> None:
    """Whoever has proven phone and document presses again; they do not begin anew."""
    persona = newcomer(17)
    stage.browser().register(persona)
    browser = recover(stage.browser(), persona.phone, **identity(persona))
    with stage.services.database.writing() as db:
        fails = "create trigger full before update on credentials begin select raise(abort, 'full'); end"
        db.execute(text(fails))
    browser.fill(password=NEW)
    with stage.services.database.writing() as db:
        db.execute(text("drop trigger full"))
    failed = browser.status

    assert 500 <= failed
    assert "新密码已生效" in browser.get("/recover/password").fill(password=NEW).text
    assert "/account" == stage.browser().sign_in(persona.phone, NEW).path
