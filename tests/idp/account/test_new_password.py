"""A new password, chosen in place or after it was forgotten: who may set it, and what ends with it."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from idp import clock
from idp.crypto.handles import digest
from idp.notices.models import Notice
from idp.oauth import rotation
from idp.oauth.models import Authorization, RefreshFamily
from idp.sessions.models import SignInSession
from tests.idp.account.stage import PASSWORD, Browser, Stage, identity, newcomer

PAGE = "/account/security/password"
NEW = "four new herons"


def session_of(stage: Stage, browser: Browser) -> UUID:
    cookie = browser.client.get_cookie(stage.services.cookies.session_name)
    assert cookie is not None
    with stage.services.database.reading() as db:
        query = select(SignInSession.id).where(SignInSession.digest == digest(cookie.value))
        return db.scalars(query).one()


def let_in(stage: Stage, session_id: UUID, *, offline: bool) -> UUID:
    """What signing in at a portal leaves behind; gives the refresh family."""
    now = clock.now()
    with stage.services.database.writing() as db:
        session = db.get_one(SignInSession, session_id)
        row = Authorization(
            person_id=session.person_id, client_id="portal", session_id=session_id, sub="s",
            scopes={"openid"}, aal=1, amr={"pwd"}, authenticated_at=now, created_at=now, offline=offline,
        )  # fmt: skip
        db.add(row)
        db.flush()
        family = RefreshFamily(authorization_id=row.id, rotated_at=now, expires_at=now + timedelta(days=30))
        db.add(family)
        db.flush()
        return family.id


def usable(stage: Stage, family: UUID) -> bool:
    """Whether a refresh token of the family would be answered."""
    found = rotation.look(stage.services.extras["oauth"], family, "portal", clock.now())
    return found is not None and found.usable


def change(browser: Browser, current: str = PASSWORD, new: str = NEW, **ticks: str) -> Browser:
    browser.get(PAGE)
    return browser.fill(PAGE, current=current, password=new, **ticks)


def test_recovery_ends_whatever_the_old_password_led_to(either_stage: Stage) -> None:
    """Sessions, tokens and offline access of a recovered account are dead at once (a thief keeps nothing)."""
    stage, persona = either_stage, newcomer(1)
    thief = stage.browser("203.0.113.7").register(persona)
    families = [let_in(stage, session_of(stage, thief), offline=offline) for offline in (False, True)]
    before = [usable(stage, family) for family in families]
    owner = stage.browser().get("/recover").prove_phone(persona.phone)
    owner.fill(**identity(persona)).fill(password=NEW)

    assert [True, True] == before
    assert [False, False] == [usable(stage, family) for family in families]
    assert "各服务保持的访问权限也已结束" in owner.text
    assert "/sign-in" == thief.get("/account").path


def test_what_was_being_given_out_meanwhile_ends_too(either_stage: Stage) -> None:
    """A code redeemed while everything ended may have seen its session alive: the worker's second look."""
    stage, persona = either_stage, newcomer(1)
    thief, owner = stage.browser("203.0.113.7").register(persona), stage.browser()
    session_id = session_of(stage, thief)
    owner.get("/recover").prove_phone(persona.phone)
    owner.fill(**identity(persona)).fill(password=NEW)
    late = let_in(stage, session_id, offline=True)
    before = usable(stage, late)
    stage.pass_pauses()
    stage.work()

    assert (True, False) == (before, usable(stage, late))


def test_with_the_tick_only_this_browser_goes_on(either_stage: Stage) -> None:
    """Other sessions and what they led to end; this browser's own services do not notice."""
    stage, persona = either_stage, newcomer(1)
    here, there = stage.browser().register(persona), stage.browser("203.0.113.7").sign_in(persona.phone)
    kept, lost = (let_in(stage, session_of(stage, browser), offline=True) for browser in (here, there))
    change(here, elsewhere="yes")

    assert ("/account/security", True) == (here.path, "新密码已生效" in here.text)
    assert (True, False) == (usable(stage, kept), usable(stage, lost))
    assert "/sign-in" == there.get("/account").path
    assert "/account" == stage.browser().sign_in(persona.phone, NEW).path


def test_without_the_tick_others_go_on(stage: Stage) -> None:
    """Whoever wants to stay signed in elsewhere may."""
    here = stage.browser().register(newcomer(2))
    there = stage.browser("203.0.113.7").sign_in(newcomer(2).phone)
    offline = let_in(stage, session_of(stage, there), offline=True)
    change(here)

    assert "/account" == there.get("/account").path
    assert usable(stage, offline)


def test_the_tick_is_on_by_default(stage: Stage) -> None:
    """The safe choice needs no thought."""
    page = stage.browser().register(newcomer(3)).get(PAGE).text

    assert 'name="elsewhere" value="yes" checked' in page


def test_a_copied_cookie_is_worth_nothing_afterwards(stage: Stage) -> None:
    """This browser goes on under a new handle, even where the others stay."""
    browser = stage.browser().register(newcomer(4))
    name, thief = stage.services.cookies.session_name, stage.browser("203.0.113.7")
    cookie = browser.client.get_cookie(name)
    assert cookie is not None
    thief.client.set_cookie(name, cookie.value)
    before = thief.get("/account").path
    change(browser)

    assert ("/account", "/sign-in") == (before, thief.get("/account").path)
    assert "/account" == browser.get("/account").path


def test_a_wrong_current_password_changes_nothing(stage: Stage) -> None:
    """Sitting at an open browser is not enough."""
    browser = change(stage.browser().register(newcomer(5)), current="not the one")

    assert "现在的密码不对" in browser.text
    assert "/account" == stage.browser().sign_in(newcomer(5).phone).path


@pytest.mark.parametrize(
    ("new", "words"), [("herons8", "密码太短"), ("12345678", "密码太常见"), (PASSWORD, "与现在的一样")]
)
def test_a_weak_password_is_refused(stage: Stage, new: str, words: str) -> None:
    """The rules of registration hold here too."""
    browser = stage.browser(f"192.0.2.{next(stage.numbers) % 200 + 20}").sign_in(someone(stage))

    assert words in change(browser, new=new).text


def test_nothing_about_the_person_is_told_before_the_password_is_right(stage: Stage) -> None:
    """A password made of a guessed number is answered like any other, until the current one is known."""
    persona, browser = newcomer(6), stage.browser().sign_in(someone(stage))
    guessed = change(browser, current="not the one", new=f"x{persona.number}y")
    words = "密码里有您的手机号码" in guessed.text
    known = change(browser, new=f"x{persona.number}y")

    assert (False, True) == (words, "密码里有您的手机号码" in known.text)


def test_guessing_is_slowed_down_as_at_the_sign_in(stage: Stage) -> None:
    """Delay only, counted by person and source; the right one is then not heard either."""
    browser = stage.browser("203.0.113.9").register(newcomer(7))
    statuses = [change(browser, current=f"guess {turn}").status for turn in range(7)]

    assert [200] * 6 + [429] == statuses
    assert 429 == change(browser).status


def test_the_person_is_told_on_every_channel(stage: Stage) -> None:
    """The inbox and the phone hear of it."""
    persona = newcomer(8)
    change(stage.browser().register(persona))
    stage.work()
    found = stage.person(persona.phone)
    assert found is not None
    with stage.services.database.reading() as db:
        topics = list(db.scalars(select(Notice.topic).where(Notice.person_id == found.id)))

    assert ["password.changed"] == topics
    assert "您的密码已更换" in stage.messages(persona.phone)[0]["text"]


def test_without_its_token_nothing_changes(stage: Stage) -> None:
    """Another site cannot set a password."""
    browser = stage.browser().register(newcomer(9))
    browser.post(PAGE, {"current": PASSWORD, "password": NEW})

    assert 400 == browser.status
    assert "/account" == stage.browser().sign_in(newcomer(9).phone).path


def test_strangers_are_asked_to_sign_in(browser: Browser) -> None:
    """The page is for its owner."""
    assert "/sign-in" == browser.get(PAGE).path


def someone(stage: Stage) -> str:
    """The phone of one person these tests share; their password stays as it was."""
    persona = newcomer(6)
    if stage.person(persona.phone) is None:
        stage.browser().register(persona)
    return persona.phone
