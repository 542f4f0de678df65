"""Whatever ends by itself lasts twice as long in 关怀版, says how long, and can be prolonged (WCAG 2.2.1)."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from idp import clock
from idp.interaction.facts import OWN, facts_of
from idp.sessions.models import SignInSession
from idp.web.pages import CARE_COOKIE
from tests.idp.account.stage import PASSWORD, Browser, Stage, newcomer


@pytest.fixture(scope="module", autouse=True)
def resident(stage: Stage) -> None:
    """Somebody who can sign in."""
    stage.browser().register(newcomer(1))


def signed_in(stage: Stage, care: bool) -> Browser:
    browser = stage.browser()
    if care:
        browser.client.set_cookie(CARE_COOKIE, "on")
    return browser.sign_in(newcomer(1).phone, PASSWORD)


def unused_for(stage: Stage, minutes: float) -> None:
    """Let every session have been unused for so long."""
    with stage.services.database.writing() as db:
        db.execute(update(SignInSession).values(last_seen_at=clock.now() - timedelta(minutes=minutes)))


def is_known(stage: Stage, browser: Browser) -> bool:
    """Whether a portal would be answered without a page."""
    handle = stage.services.cookies.session({"HTTP_COOKIE": cookies(browser)})
    services = stage.services
    return facts_of(services.prepared, handle, OWN, clock.now(), services.idle) is not None


def cookies(browser: Browser) -> str:
    name = browser.stage.services.cookies.session_name
    found = browser.client.get_cookie(name)
    return f"{name}={found.value}" if found else ""


@pytest.mark.parametrize(
    ("care", "minutes", "known"),
    [(False, 29, True), (False, 31, False), (True, 31, True), (True, 59, True), (True, 61, False)],
)
def test_an_unused_session_waits_for_who_reads_slowly(
    stage: Stage, care: bool, minutes: float, known: bool
) -> None:
    """By the session's own row, for portals and own pages alike; others wait no longer than before."""
    browser = signed_in(stage, care)
    unused_for(stage, minutes)
    portals = is_known(stage, browser)
    own = browser.get("/account").path

    assert (known, "/account" if known else "/sign-in") == (portals, own)


def test_a_change_of_style_counts_at_once(stage: Stage) -> None:
    """Whoever finds the time too short changes the style, and has it (WCAG 2.2.1: adjust)."""
    browser = signed_in(stage, care=False).get("/account?care=on")
    said = browser.text
    unused_for(stage, 45)

    assert "60 分钟不操作" in said
    assert is_known(stage, browser)


@pytest.mark.parametrize(("care", "minutes"), [(False, 10), (True, 20)])
def test_a_code_lives_as_long_as_the_page_says(stage: Stage, care: bool, minutes: int) -> None:
    """Page and message name the same minutes."""
    phone, browser = stage.spare_phone(), stage.browser()
    browser.get(f"/register?care={'on' if care else 'off'}").fill(phone=phone)

    assert f"{minutes} 分钟内有效" in browser.text
    assert f"{minutes}分钟内有效" in stage.messages(phone)[0]["text"]


def test_asking_what_is_left_prolongs_nothing(stage: Stage) -> None:
    """A page may ask before it warns; only the person's key says that they are still here."""
    browser = signed_in(stage, care=False).get("/account")
    token = browser.text.split('action="/account/stay"')[1].split('value="')[1].split('"')[0]
    unused_for(stage, 20)
    asked = [browser.get("/account/stay").page.json["left"] for _ in range(2)]  # type: ignore[union-attr,index]
    browser.post("/account/stay", {"csrf_token": "another"})
    refused = browser.status
    prolonged = browser.post("/account/stay", {"csrf_token": token}).page.json  # type: ignore[union-attr]

    assert all(590 < left <= 600 for left in asked)
    assert (400, True) == (refused, prolonged is not None and prolonged["left"] > 1790)


def test_whoever_is_out_is_told(stage: Stage) -> None:
    """The page that asks hears that it is over, not the sign-in page."""
    browser = signed_in(stage, care=False)
    unused_for(stage, 31)

    assert 401 == browser.get("/account/stay").status
    assert 401 == browser.post("/account/stay", {}).status
