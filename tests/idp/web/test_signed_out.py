"""The page after signing out: honest about who has confirmed, and for nobody else's eyes."""

from collections.abc import Iterator
from uuid import UUID

import pytest
from sqlalchemy import event, select, update

from idp import clock
from idp.outbox.models import Message
from idp.sessions import logout
from idp.sessions.models import Participant, SignInSession
from tests.attacks.whole import Visitor, Whole, standing
from tests.idp.oauth.world import Registered

PATH = "/signed-out"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    """The whole product."""
    with standing(tmp_path_factory.mktemp("home")) as whole:
        yield whole


@pytest.fixture(scope="module")
def fund(whole: Whole) -> Registered:
    """A portal that takes logout messages."""
    return whole.client(client_name="住房公积金", backchannel_logout_uri="https://fund.example.gov.cn/out")


@pytest.fixture(scope="module")
def quiet(whole: Whole) -> Registered:
    """One that does not."""
    return whole.client(client_name="安静的门户")


@pytest.fixture
def left(whole: Whole, fund: Registered, quiet: Registered, request: pytest.FixtureRequest) -> Visitor:
    """Somebody who has been to both and has just signed out."""
    login = f"leaving{abs(hash(request.node.name)) % 10**8}"
    person_id = whole.resident(login)
    visitor = whole.visitor().sign_in(login)
    with whole.oauth.database.writing() as db:
        session = db.scalars(select(SignInSession).where(SignInSession.person_id == person_id)).one()
        for one in (fund, quiet):
            db.add(Participant(session_id=session.id, client_id=one.id, sub="s", first_at=clock.now()))
    return visitor.go("/sign-out").post("/sign-out", csrf_token=visitor.token)


def session_of(whole: Whole) -> UUID:
    """The session that ended last."""
    latest = select(SignInSession.id).order_by(SignInSession.ended_at.desc().nulls_last()).limit(1)
    with whole.oauth.database.reading() as db:
        return db.scalars(latest).one()


def test_the_page_says_who_is_being_told(left: Visitor) -> None:
    """At first nobody has confirmed; who takes no messages is not counted, and said so."""
    assert "已退出 0/1，正在通知其余服务" in left.text
    assert "不接收通知，下次使用时失效" in left.text
    assert f"url={PATH}" in left.page.headers["Refresh"]


def test_who_does_not_answer_is_named(whole: Whole, left: Visitor) -> None:
    """After a try without an answer, until there is one."""
    with whole.oauth.database.writing() as db:
        db.execute(update(Message).where(Message.settled_at.is_(None)).values(last_fault="status 503"))
    left.go(PATH)

    assert "已退出 0/1，住房公积金未响应，正在重试" in left.text


def test_the_page_rests_when_everybody_has_confirmed(whole: Whole, left: Visitor, fund: Registered) -> None:
    """Nothing is left to look for."""
    payload = {"session_id": str(session_of(whole)), "client_id": fund.id}
    with whole.oauth.database.writing() as db:
        logout.note_answer(db, payload, clock.now())
    left.go(PATH)

    assert "1 个服务都已退出。" in left.text
    assert "Refresh" not in left.page.headers


def test_nobody_else_can_look(whole: Whole, left: Visitor) -> None:
    """Another browser, or a cookie that somebody made up, is told no names."""
    other = whole.visitor().go(PATH)
    names = [cookie for cookie in left.kept() if cookie.path == PATH]
    forged = whole.visitor()
    forged.http.set_cookie(names[0].key, "AAAA", domain="127.0.0.1", path=PATH)

    assert "住房公积金" not in other.text
    assert "住房公积金" not in forged.go(PATH).text
    assert 200 == forged.status


def test_who_has_signed_out_of_nothing_costs_nothing(whole: Whole) -> None:
    """No statement goes to the database for a browser that brings no farewell, or none of ours."""
    statements: list[object] = []
    visitor = whole.visitor()
    event.listen(whole.oauth.database.engine, "before_cursor_execute", lambda *said: statements.append(said))
    first = visitor.go(PATH).status
    visitor.http.set_cookie("yt-i-8000-out", "x" * 43, domain="127.0.0.1", path=PATH)

    assert (200, 200) == (first, visitor.go(PATH).status)
    assert [] == statements
