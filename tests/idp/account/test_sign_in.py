"""Signing in and out without a portal."""

import re

import pytest
from sqlalchemy import event

from idp.web.signed_in import local_path
from tests.idp.account.stage import Browser, Stage, newcomer


@pytest.fixture(scope="module")
def registered(stage: Stage) -> str:
    """The phone of somebody with an account."""
    stage.browser().register(newcomer(1))
    return newcomer(1).phone


def test_signing_in_leads_where_one_wanted_to_go(stage: Stage, registered: str) -> None:
    """A page that needs a person asks for one, and comes back."""
    browser = stage.browser().get("/account/security")
    asked = browser.path
    browser.fill(login=registered, password="three quiet herons")

    assert ("/sign-in", "/account/security") == (asked, browser.path)


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example", "/\\evil.example", "evil", ""])
def test_nobody_is_sent_elsewhere(wanted: str) -> None:
    """Only paths of this site are gone on to (open redirect)."""
    assert "/account" == local_path(wanted)


def test_wrong_and_unknown_read_the_same(stage: Stage, registered: str) -> None:
    """Status and page tell nothing about whether a login is known."""
    known = stage.browser().sign_in(registered, "wrong herons").text
    unknown = stage.browser().sign_in("+8619922000000", "wrong herons").text

    assert without_addresses(known).replace(registered, "") == without_addresses(unknown).replace(
        "+8619922000000", ""
    )
    assert 'value="' + registered in known


def without_addresses(page: str) -> str:
    """A page without what is new in every sign-in: its handle and its form's token."""
    return re.sub(r'/interaction/[\w-]{43}|interaction=[\w-]{43}|name="csrf_token" value="[^"]*"', "", page)


def test_too_many_guesses_are_slowed_down(stage: Stage, registered: str) -> None:
    """The page says how long; the form is kept and the account is not locked."""
    browser = stage.browser("192.0.2.77")
    for index in range(7):
        browser.sign_in(registered, f"guess number {index}")
    assert browser.page is not None

    assert 429 == browser.status
    assert int(browser.page.headers["Retry-After"]) > 0
    assert registered in browser.text


def test_the_session_changes_its_handle(stage: Stage, registered: str) -> None:
    """A handle somebody planted before the sign-in is worth nothing after it (session fixation)."""
    browser = stage.browser("192.0.2.78").sign_in(registered)
    name = stage.services.cookies.session_name
    first = browser.client.get_cookie(name)
    browser.get("/sign-out").fill("/sign-out", decision="sign_out")
    browser.sign_in(registered)
    second = browser.client.get_cookie(name)

    assert first is not None and second is not None
    assert first.value != second.value


def test_signing_out_ends_the_session_itself(stage: Stage, registered: str) -> None:
    """A copied cookie dies with the session."""
    browser = stage.browser("192.0.2.79").sign_in(registered)
    cookie = browser.client.get_cookie(stage.services.cookies.session_name)
    assert cookie is not None
    browser.get("/sign-out").fill("/sign-out", decision="sign_out")
    thief = stage.browser()
    thief.client.set_cookie(cookie.key, cookie.value)

    assert "您已退出登录" in browser.text
    assert "/sign-in" == thief.get("/account").path


def test_a_link_from_elsewhere_signs_nobody_out(stage: Stage, registered: str) -> None:
    """Without the form's token the session goes on."""
    browser = stage.browser("192.0.2.80").sign_in(registered)
    browser.post("/sign-out", {})

    assert "/account" == browser.get("/account").path


@pytest.mark.parametrize("cookie", ["x|y", "%00", "1|" + "0" * 128])
def test_a_remember_cookie_is_nobodys(browser: Browser, cookie: str) -> None:
    """flask-login's own cookie is not read, whatever somebody puts into it."""
    browser.client.set_cookie("remember_token", cookie)

    assert ("/sign-in", 200) == (browser.get("/account").path, browser.status)


def test_pages_for_everybody_ask_nobody_who_they_are(stage: Stage) -> None:
    """Legal texts and error pages need no session, so they open while the database is away."""
    statements: list[object] = []
    event.listen(
        stage.services.database.engine, "before_cursor_execute", lambda *said: statements.append(said)
    )
    stage.browser().get("/legal/privacy-policy")

    assert [] == statements
