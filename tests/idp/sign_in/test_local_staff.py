"""Civil servants without a directory: an issued password, an app, a password of their own, then anything."""

import re
from datetime import timedelta

import pyotp
from sqlalchemy import update

from idp import clock
from idp.authenticators import local_staff as passwords_of_staff
from idp.authenticators import totp
from idp.authenticators.models import Credential
from idp.crypto import passwords
from idp.persons import local_staff
from idp.persons.models import Staff
from tests.idp.account.stage import Browser, Stage
from tests.idp.sign_in.test_totp import seed_shown

ISSUED = "issued-once-only"
OWN, LATER = "seven quiet herons", "eight quiet herons"


def opened(stage: Stage, login: str, issued: str = ISSUED) -> Staff:
    """An account with an issued password."""
    hashed = passwords.hash_password(issued)
    with stage.services.database.writing() as db:
        account = local_staff.open_account(db, login, "王芳", None, clock.now())
        passwords_of_staff.issue(db, account.person_id, hashed, clock.now())
        return account


def arrive(browser: Browser, login: str, password: str = ISSUED) -> Browser:
    return browser.get("/staff/sign-in").fill(login=login, password=password)


def take_app(browser: Browser) -> str:
    """Take the app that is shown; gives its seed."""
    seed = seed_shown(browser)
    browser.fill(code=pyotp.TOTP(seed).now())
    return seed


def forget_steps(stage: Stage) -> None:
    """Let codes of this half minute count anew."""
    with stage.services.database.writing() as db:
        db.execute(update(Credential).where(Credential.kind == totp.KIND).values(used=0))


def test_the_first_sign_in_takes_an_app_and_another_password(stage: Stage) -> None:
    """Nothing is reachable before both; afterwards the issued password is worth nothing."""
    opened(stage, "first.time")
    browser = arrive(stage.browser(), "First.Time ")
    way = [browser.path]
    take_app(browser)
    interaction = re.sub(r"/first-app$", "", browser.address)
    way += [browser.get(path).path for path in (f"{interaction}", f"{interaction}/notice", "/staff")]
    browser.fill(password=OWN)
    after = browser.address
    again = arrive(stage.browser(), "first.time").text

    assert ["/first-app", "/new-password", "/new-password", "/new-password"] == way
    assert "/staff" == after
    assert "王芳" in browser.text and "不来自单位目录" in browser.text
    assert "账号或密码不对" in again


def test_an_unfit_password_is_refused(stage: Stage) -> None:
    """Too short, the issued one itself, or with one's own login in it."""
    opened(stage, "refused.one")
    browser = arrive(stage.browser(), "refused.one")
    take_app(browser)
    browser.get("/staff")
    said = [browser.fill(password=wanted).text for wanted in ("short", ISSUED, "x refused.one y")]

    assert "/new-password" == browser.path
    assert ["密码太短" in said[0], "近期用过" in said[1], "登录名" in said[2]] == [True] * 3


def test_a_password_is_good_for_ninety_days(stage: Stage) -> None:
    """A session that lasts beyond that goes no further either."""
    account = opened(stage, "ninety.days")
    browser = arrive(stage.browser(), "ninety.days")
    take_app(browser)
    browser.get("/staff").fill(password=OWN)
    then = clock.now() - passwords_of_staff.LASTS
    due = []
    for changed_at in (then + timedelta(minutes=5), then - timedelta(seconds=1)):
        with stage.services.database.writing() as db:
            db.execute(
                update(Credential)
                .where(Credential.person_id == account.person_id, Credential.kind == "password")
                .values(changed_at=changed_at)
            )
        due.append(browser.get("/staff").address.rpartition("/")[2])

    assert ["staff", "new-password"] == due
    assert "近期用过" in browser.fill(password=OWN).text
    assert "/staff" == browser.fill(password=LATER).address


def test_another_browser_is_signed_out_by_a_new_password(stage: Stage) -> None:
    """Whoever signed in with the issued one, too."""
    opened(stage, "two.places")
    one, other = stage.browser(), stage.browser()
    seed = take_app(arrive(one, "two.places"))
    forget_steps(stage)
    arrive(other, "two.places").fill(code=pyotp.TOTP(seed).now())
    one.get("/staff").fill(password=OWN)

    assert "/new-password" == other.path
    assert "/staff" == one.address
    assert other.get("/staff").address.startswith("/interaction/")


def test_a_stranger_and_a_wrong_password_read_alike(stage: Stage) -> None:
    """And take as long: the text tells nobody who has an account of our own."""
    opened(stage, "known.here")
    wrong = arrive(stage.browser(), "known.here", "not this one").text
    nobody = arrive(stage.browser(), "nobody.here", "not this one").text

    assert without_tokens(wrong).replace("known.here", "…") == without_tokens(nobody).replace(
        "nobody.here", "…"
    )


def without_tokens(text: str) -> str:
    return re.sub(r'value="[\w=-]{64}"|/interaction/[\w-]{43}', "", text)


def test_guessing_is_slowed_down(stage: Stage) -> None:
    """As at every other password."""
    opened(stage, "guessed.at")
    for number in range(stage.services.limits.pair + 1):
        arrive(stage.browser("192.0.2.66"), "guessed.at", f"guess {number}")

    assert 429 == arrive(stage.browser("192.0.2.66"), "guessed.at", "one more").status


def test_no_citizens_page_knows_the_account(stage: Stage) -> None:
    """Its login and password sign nobody in as a citizen."""
    opened(stage, "not-a-citizen")

    assert "/sign-in" == stage.browser().sign_in("not-a-citizen", ISSUED).path
