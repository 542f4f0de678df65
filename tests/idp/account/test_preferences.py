"""Choices that follow a person: language, style, notices; devices with names; notices left for later."""

import re

import pytest
from sqlalchemy import select

from idp import clock
from idp.notices import choices
from idp.notices.choices import Kind
from idp.notices.models import Notice
from idp.notices.telling import tell
from idp.oauth.models import Authorization
from idp.outbox.models import Message
from idp.persons.models import Person
from idp.sessions import logout
from idp.sessions.logout import Answer
from idp.sessions.models import Participant, SignInSession
from tests.idp.account.stage import Browser, Stage, newcomer
from tests.idp.account.test_own_pages import authorize, client

PAGE = "/account/preferences"


@pytest.fixture(scope="module")
def someone(stage: Stage) -> Person:
    stage.browser().register(newcomer(1))
    stage.browser().register(newcomer(2))
    return found(stage, 1)


@pytest.fixture
def own(stage: Stage, someone: Person) -> Browser:
    return stage.browser(f"198.51.100.{next(stage.numbers) % 250}").sign_in(newcomer(1).phone)


def found(stage: Stage, index: int) -> Person:
    person = stage.person(newcomer(index).phone)
    assert person is not None
    return person


def texts(stage: Stage, person: Person) -> int:
    with stage.services.database.reading() as db:
        query = select(Message).where(Message.topic == "notice.sms", Message.subject == str(person.id))
        return len(db.scalars(query).all())


def test_a_choice_follows_to_another_browser(stage: Stage, own: Browser) -> None:
    """Kept with the account: whoever needs large letters has them wherever they sign in."""
    own.get(PAGE).fill(PAGE, style="care", locale="en")
    elsewhere = stage.browser("203.0.113.9").sign_in(newcomer(1).phone)

    assert "data-care" in elsewhere.text and 'lang="en"' in elsewhere.text
    own.get(PAGE).fill(PAGE, style="standard", locale="zh-Hans")
    assert "data-care" not in own.get("/account").text


def test_declined_notices_send_no_text(stage: Stage, own: Browser, someone: Person) -> None:
    """The inbox has them; the phone stays quiet."""
    own.get(PAGE).fill(PAGE, style="standard", locale="zh-Hans")
    before = texts(stage, someone)
    with stage.services.database.writing() as db:
        tell(db, someone.id, "identity.refused", clock.now())

    assert before == texts(stage, someone)
    assert "身份核验未通过" in own.get("/account/notices").text


def test_security_cannot_be_declined(stage: Stage, own: Browser, someone: Person) -> None:
    """Whatever a form says."""
    own.get(PAGE).fill(PAGE, style="standard", locale="zh-Hans", sms="nothing")
    before = texts(stage, someone)
    with stage.services.database.writing() as db:
        choices.choose(db, someone.id, [])
        tell(db, someone.id, "password.changed", clock.now())

    assert before + 1 == texts(stage, someone)


def test_an_unknown_topic_is_security() -> None:
    """What nobody thought of is told."""
    assert Kind.SECURITY is choices.kind_of("something.new")


def test_a_notice_can_be_left_for_later(stage: Stage, own: Browser, someone: Person) -> None:
    """Opening reads everything; one may look new again."""
    with stage.services.database.writing() as db:
        tell(db, someone.id, "department.first_used", clock.now())
    own.get("/account/notices")
    notice_id = re.findall(r'name="unread" value="([0-9a-f-]{36})"', own.text)[0]
    own.fill("/account/notices", unread=notice_id)

    assert "未读" in own.text.split("<form", 2)[-1] or 'class="count"' in own.text
    own.get("/account/notices?show=unread")
    assert 1 == own.text.count('name="unread"')


def test_nobody_touches_anothers_notice(stage: Stage, someone: Person) -> None:
    """Another's id is worth nothing (access across people)."""
    other = stage.browser().sign_in(newcomer(2).phone)
    with stage.services.database.writing() as db:
        tell(db, someone.id, "department.first_used", clock.now())
        db.flush()
        notice = db.scalars(select(Notice).where(Notice.person_id == someone.id)).all()[-1]
        notice.read_at, notice_id = clock.now(), notice.id
    other.get("/account/notices").fill("/account/notices", unread=str(notice_id))
    with stage.services.database.reading() as db:
        assert db.get_one(Notice, notice_id).read_at is not None


def session_of(stage: Stage, person: Person) -> SignInSession:
    with stage.services.database.reading() as db:
        query = select(SignInSession).where(SignInSession.person_id == person.id)
        session = db.scalars(query.order_by(SignInSession.started_at.desc())).first()
        assert session is not None
        db.expunge_all()
        return session


def test_a_device_gets_a_name(stage: Stage, own: Browser, someone: Person) -> None:
    """Seen in the list, escaped."""
    page = f"/account/security/devices/{session_of(stage, someone).id}"
    own.get(page).fill(page, name="<b>客厅</b>")

    assert "&lt;b&gt;客厅" in own.text and "/account/security" == own.path


def test_nobody_names_anothers_device(stage: Stage, own: Browser, someone: Person) -> None:
    """To anybody else it does not exist (access across people)."""
    other = stage.browser().sign_in(newcomer(2).phone)
    page = f"/account/security/devices/{session_of(stage, someone).id}"

    assert 404 == other.get(page).status
    other.get("/account/security/devices/" + str(session_of(stage, found(stage, 2)).id))
    other.fill(page, name="mine")
    assert "mine" != session_of(stage, someone).name


def test_who_has_answered_is_told(stage: Stage, own: Browser, someone: Person) -> None:
    """A portal that took the message, one that has not yet, one that takes none."""
    uri = "https://{}.example.cn/logout"
    client(stage, "quick", backchannel_logout_uri=uri.format("quick"))
    client(stage, "slow", backchannel_logout_uri=uri.format("slow"))
    client(stage, "mute")
    elsewhere = stage.browser("203.0.113.19").sign_in(newcomer(1).phone)
    session = session_of(stage, someone)
    with stage.services.database.writing() as db:
        for name in ("quick", "slow", "mute"):
            db.add(Participant(session_id=session.id, client_id=name, sub="s", first_at=clock.now()))
    own.get("/account/security").fill("/account/security", end=str(session.id))
    with stage.services.database.writing() as db:
        logout.note_answer(db, {"session_id": str(session.id), "client_id": "quick"}, clock.now())
        told = logout.progress(db, session.id, lambda name: name != "mute")

    assert {"quick": Answer.ANSWERED, "slow": Answer.QUEUED, "mute": Answer.SILENT} == {
        one.client_id: one.answer for one in told
    }
    own.get("/account/security/ended")
    assert "已退出 1/2" in own.text and "正在通知" in own.text
    assert "/sign-in" == elsewhere.get("/account").path


def test_offline_access_is_ended_by_its_service(stage: Stage, own: Browser, someone: Person) -> None:
    """What a service may do while one is away ends without the sign-in ending."""
    client(stage, "away")
    authorize(stage, someone.id, "away")
    own.get("/account/security").fill("/account/security", access="away")
    with stage.services.database.reading() as db:
        row = db.scalars(select(Authorization).where(Authorization.client_id == "away")).one()

        assert row.ended_at is not None
    assert "/account/security" == own.path


def test_a_receipt_is_its_owners(stage: Stage, own: Browser) -> None:
    """Printable, with the text; to anybody else it does not exist."""
    own.get("/account/consents")
    address = re.findall(r'href="(/account/consents/[0-9a-f-]{36})"', own.text)[0]
    other = stage.browser().sign_in(newcomer(2).phone)

    assert newcomer(1).name in own.get(address).text and "SHA-256" in own.text
    assert 404 == other.get(address).status
