"""Sessions of a portal live with the portal, and end when the provider says so."""

from threading import Lock
from typing import cast

import pytest
from flask import Flask, session

from examples.relying_party.visits import Visits


class Overtaken:
    """A lock; whoever comes for it in this turn finds that the provider has ended every visit meanwhile."""

    def __init__(self, visits: Visits, turn: int) -> None:
        self.visits, self.turn, self.turns = visits, turn, 0
        self.lock = visits._lock

    def __enter__(self) -> bool:
        self.turns += 1
        if self.turns == self.turn:
            self.visits.end(None, None)
        return self.lock.__enter__()

    def __exit__(self, *fault: object) -> None:
        self.lock.release()


@pytest.fixture
def visits() -> Visits:
    return Visits("portal", secure=False)


@pytest.fixture
def app(visits: Visits) -> Flask:
    app = Flask(__name__)
    app.session_interface = visits

    @app.get("/enter/<sub>/<sid>")
    def enter(sub: str, sid: str) -> str:
        session["person"] = {"sub": sub, "sid": sid}
        return "in"

    @app.get("/who")
    def who() -> str:
        return str(session.get("person", {}).get("sub", ""))

    @app.get("/ended-meanwhile")
    def ended_meanwhile() -> str:
        visits.end(session["person"]["sid"], None)
        session["more"] = True
        return "late"

    return app


def test_a_visitor_without_anything_to_remember_gets_no_cookie(app: Flask) -> None:
    """
    Reading public pages leaves no trace.
    """
    assert "Set-Cookie" not in app.test_client().get("/who").headers


def test_the_cookie_holds_a_handle_and_no_more(app: Flask) -> None:
    """
    Nothing of the person is in the browser, and scripts cannot read the handle.
    """
    cookie = app.test_client().get("/enter/the-subject/s1").headers["Set-Cookie"]

    assert ("HttpOnly" in cookie, "SameSite=Lax" in cookie, "the-subject" in cookie) == (True, True, False)


def test_one_session_ends_by_its_sid(app: Flask, visits: Visits) -> None:
    """
    Another session of the same person goes on.
    """
    here, there = app.test_client(), app.test_client()
    here.get("/enter/p1/s1")
    there.get("/enter/p1/s2")

    assert (1, "", "p1") == (visits.end("s1", "p1"), here.get("/who").text, there.get("/who").text)


def test_of_two_subjects_in_one_session_the_meant_one_ends(app: Flask, visits: Visits) -> None:
    """
    Somebody came for a company and then as themselves: what ends for the company leaves them in.
    """
    for_company, oneself = app.test_client(), app.test_client()
    for_company.get("/enter/o1/s1")
    oneself.get("/enter/p1/s1")

    assert (1, "", "p1") == (visits.end("s1", "o1"), for_company.get("/who").text, oneself.get("/who").text)


def test_all_sessions_of_a_person_end_by_sub_alone(app: Flask, visits: Visits) -> None:
    """
    A token without sid means everything of that person, and of nobody else.
    """
    browsers = [app.test_client() for _ in range(3)]
    for browser, path in zip(browsers, ("p1/s1", "p1/s2", "p2/s3"), strict=True):
        browser.get(f"/enter/{path}")

    assert 2 == visits.end(None, "p1")
    assert ["", "", "p2"] == [browser.get("/who").text for browser in browsers]


def test_a_session_ended_during_a_request_stays_ended(app: Flask) -> None:
    """
    The answer on its way does not bring it back.
    """
    browser = app.test_client()
    browser.get("/enter/p1/s1")
    browser.get("/ended-meanwhile")

    assert "" == browser.get("/who").text


def test_a_session_ended_while_another_answer_is_kept_stays_ended(app: Flask, visits: Visits) -> None:
    """
    Whether it was ended is looked at in the same breath as it is kept.
    """
    browser = app.test_client()
    browser.get("/enter/p1/s1")
    visits._lock = cast("Lock", Overtaken(visits, turn=2))
    browser.get("/who")

    assert "" == browser.get("/who").text


def test_an_idle_session_is_forgotten(app: Flask, visits: Visits) -> None:
    """
    After the idle time nobody is signed in any more.
    """
    browser = app.test_client()
    browser.get("/enter/p1/s1")
    visits.idle = -1

    assert "" == browser.get("/who").text


def test_memory_is_bounded(app: Flask, visits: Visits) -> None:
    """
    Visitors beyond the most allowed push out the one unseen for longest.
    """
    visits.most = 2
    browsers = [app.test_client() for _ in range(3)]
    for number, browser in enumerate(browsers):
        browser.get(f"/enter/p{number}/s{number}")

    assert ["", "p1", "p2"] == [browser.get("/who").text for browser in browsers]
