"""A closing is taken back by a whole sign-in, with every step that this person needs, and by no less."""

from collections.abc import Callable
from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import select

from connectors.simulator.personas import Persona
from idp import clock
from idp.account.ending import end_everything
from idp.notices.models import Notice
from idp.persons import lifecycle
from idp.persons.models import Person
from idp.sessions.lifecycle import CLOSING
from tests.idp.account.stage import PASSWORD, Browser, Stage
from tests.idp.sign_in.test_totp import forget_steps, seed_shown

Half = Callable[[Stage, Persona], Browser]


def by_password(stage: Stage, who: Persona) -> Browser:
    return stage.browser().sign_in(who.phone)


def by_message(stage: Stage, who: Persona) -> Browser:
    browser = stage.browser("192.0.2.77").get("/sign-in")
    browser.get(browser.address.replace("/sign-in", "/sms")).fill(phone=who.phone, send="text")
    return browser.fill(code=stage.messages(who.phone)[0]["code"])


@pytest.fixture(scope="module")
def app(stage: Stage, resident: Persona) -> pyotp.TOTP:
    """The resident's authenticator app, two steps chosen."""
    browser = stage.browser().sign_in(resident.phone).get("/account/methods/totp")
    app = pyotp.TOTP(seed_shown(browser))
    browser.fill(code=app.now(), two_steps="yes")
    return app


@pytest.fixture
def leaving(stage: Stage, resident: Persona, app: pyotp.TOTP) -> Persona:
    """The resident, whose account is being closed."""
    forget_steps(stage)
    with stage.services.database.writing() as db:
        person = db.scalars(select(Person)).one()
        if person.status == "closing":
            lifecycle.reopen(db, person, clock.now())
        db.query(Notice).delete()
        lifecycle.begin_closing(db, person, "own_wish", clock.now(), timedelta(days=15))
        end_everything(db, person.id, CLOSING, clock.now())
    return resident


def state(stage: Stage, who: Persona) -> tuple[str, bool]:
    """What the person's row says, and whether they were told of a closing taken back."""
    person = stage.person(who.phone)
    assert person is not None
    with stage.services.database.reading() as db:
        told = set(db.scalars(select(Notice.topic)))
    return person.status, "person.reopened" in told


@pytest.mark.parametrize("half", [by_password, by_message])
def test_one_step_of_two_takes_nothing_back(stage: Stage, leaving: Persona, half: Half) -> None:
    """It changes nothing, tells nobody, and opens no page, the page that keeps the account among them."""
    browser = half(stage, leaving)
    asked = browser.path
    browser.get("/account/close")

    assert {"/totp", "/sign-in"} >= {asked, browser.path}
    assert ("closing", False) == state(stage, leaving)


def test_both_steps_take_it_back_once(stage: Stage, leaving: Persona, app: pyotp.TOTP) -> None:
    """The second step, and not the first, is what its person is told of."""
    browser = by_password(stage, leaving).fill(code=app.now())

    assert "注销申请已经收回" in browser.get("/account").text
    assert ("active", True) == state(stage, leaving)


def test_a_message_and_the_password_are_both_steps(stage: Stage, leaving: Persona) -> None:
    """Whichever comes second completes it."""
    browser = by_message(stage, leaving).fill(login=leaving.phone, password=PASSWORD)

    assert "注销申请已经收回" in browser.get("/account").text
    assert ("active", True) == state(stage, leaving)


def test_two_whole_sign_ins_at_once_take_it_back_once(stage: Stage, leaving: Persona) -> None:
    """Whoever comes second finds it done, and is let in all the same."""
    with stage.services.database.writing() as db:
        person = db.scalars(select(Person)).one()
        lifecycle.come_back(db, person, clock.now())
        lifecycle.come_back(db, person, clock.now())

    with stage.services.database.reading() as db:
        assert ["person.closing", "person.reopened"] == sorted(db.scalars(select(Notice.topic)))
