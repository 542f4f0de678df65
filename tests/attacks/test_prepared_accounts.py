"""Accounts prepared before their owner arrives, and ways of signing in planted in somebody's open browser."""

import re
from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import update

from idp import clock
from idp.account.methods import guard
from idp.authenticators import credentials
from idp.sessions.models import SignInSession
from tests.attacks.whole import Whole
from tests.idp.account.stage import PASSWORD, Browser, Stage, identity, newcomer, passer_by

ATTACKERS = "seven hungry otters"


@pytest.fixture(scope="module")
def stage(whole: Whole) -> Stage:
    """The world behind the product."""
    return whole.stage


def add_app(browser: Browser) -> pyotp.TOTP:
    """Add an authenticator app, two steps chosen."""
    browser.get("/account/methods/totp")
    seed = re.search(r'id="seed">([A-Z2-7 ]+)<', browser.text)
    assert seed is not None
    app = pyotp.TOTP(seed.group(1).replace(" ", ""))
    browser.fill("/account/methods/totp", code=app.now(), two_steps="yes")
    return app


def let_it_grow_old(stage: Stage, phone: str) -> None:
    """The person went away from their open browser a while ago."""
    person = stage.person(phone)
    assert person is not None
    with stage.services.database.writing() as db:
        earlier = clock.now() - guard.RECENT - timedelta(minutes=1)
        db.execute(
            update(SignInSession).where(SignInSession.person_id == person.id).values(authenticated_at=earlier)
        )


def test_what_was_planted_under_a_phone_does_not_come_with_the_phone(stage: Stage) -> None:
    """A number changes hands: its new owner gets an account of their own, without the old one's app."""
    former, owner = passer_by(11), newcomer(13)
    before = stage.browser().register(former, ATTACKERS, phone=owner.phone)
    add_app(before)
    stage.browser().register(owner)
    mine, theirs = (stage.browser().sign_in(owner.phone, typed) for typed in (PASSWORD, ATTACKERS))
    person = stage.person(owner.phone)
    assert person is not None
    with stage.services.database.reading() as db:
        planted = credentials.living(db, person.id, *credentials.SECOND_FACTORS)

    assert ("/account", "/sign-in") == (mine.path, theirs.path)
    assert owner.name in mine.text
    assert [] == list(planted)


def test_what_was_planted_under_a_name_does_not_come_with_the_name(stage: Stage) -> None:
    """Somebody claims another's document while the registry is away; its owner meets nothing of theirs."""
    victim, mule = newcomer(14), stage.spare_phone()
    stage.order("error_500", victim.number, 20)
    prepared = stage.browser().register(victim, ATTACKERS, phone=mule)
    add_app(prepared)
    stage.order("clear", victim.number)
    owner = stage.browser().register(victim)
    signed_in = stage.browser().sign_in(victim.number)

    assert owner.path.startswith("/account")
    assert "/account" == signed_in.path
    assert 3 == stage.level(victim.phone)


@pytest.mark.parametrize(
    "page",
    [
        "/account/methods/totp",
        "/account/methods/passkey",
        "/account/methods/recovery-codes",
        "/account/phone",
        "/account/export",
    ],
)
def test_an_open_browser_gives_nothing_away(stage: Stage, page: str) -> None:
    """Whoever sits down at it must prove themselves anew before anything is added or taken (security)."""
    person = newcomer(15)
    if stage.person(person.phone) is None:
        stage.browser().register(person)
    browser = stage.browser().sign_in(person.phone)
    let_it_grow_old(stage, person.phone)

    assert "/sign-in" == browser.get(page).path


def test_a_form_opened_in_time_and_sent_too_late_changes_nothing(stage: Stage) -> None:
    """The proof must be fresh when the change is made, not when its page was opened."""
    person = newcomer(16)
    browser = stage.browser().register(person).get("/account/methods/totp")
    seed = re.search(r'id="seed">([A-Z2-7 ]+)<', browser.text)
    assert seed is not None
    let_it_grow_old(stage, person.phone)
    browser.fill("/account/methods/totp", code=pyotp.TOTP(seed.group(1).replace(" ", "")).now())
    found = stage.person(person.phone)
    assert found is not None
    with stage.services.database.reading() as db:
        added = credentials.living(db, found.id, "totp")

    assert ("/sign-in", []) == (browser.path, list(added))


def test_an_attackers_app_cannot_be_put_into_a_victims_account(stage: Stage) -> None:
    """The seed belongs to the session that was shown it; another's form is refused (enrolment)."""
    attacker, victim = newcomer(17), newcomer(18)
    shown = stage.browser().register(attacker).get("/account/methods/totp")
    seed, token = (
        re.search(pattern, shown.text)
        for pattern in (r'id="seed">([A-Z2-7 ]+)<', r'name="csrf_token" value="([^"]+)"')
    )
    assert seed is not None and token is not None
    code = pyotp.TOTP(seed.group(1).replace(" ", "")).now()
    there = stage.browser().register(victim).get("/account/methods/totp")
    forged = there.post("/account/methods/totp", {"csrf_token": token.group(1), "code": code}).status
    wrong = there.get("/account/methods/totp").fill("/account/methods/totp", code=code).status

    assert (400, 400) == (forged, wrong)


def test_a_prepared_registration_is_no_account_until_its_phone_is_proven(stage: Stage) -> None:
    """A name and a number typed into a wizard that never got its code hold nothing."""
    victim = newcomer(19)
    stage.browser().get("/register").fill(phone=victim.phone)
    owner = stage.browser().register(victim)

    assert owner.path.startswith("/account")
    assert identity(victim)["number"] == victim.number
