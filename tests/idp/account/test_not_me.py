"""Hearing of a new device, and putting everybody else out."""

from datetime import timedelta

from sqlalchemy import update

from idp import clock
from idp.sessions import devices
from idp.sessions.models import KnownDevice
from tests.idp.account.stage import Browser, Stage, newcomer

TOLD = "新设备"


def settled(stage: Stage) -> None:
    """Let the first devices be old acquaintances."""
    with stage.services.database.writing() as db:
        db.execute(update(KnownDevice).values(first_at=clock.now() - 2 * devices.SETTLED))


def texts(stage: Stage, phone: str) -> list[str]:
    stage.work()
    return [message["text"] for message in stage.messages(phone) if TOLD in message["text"]]


def test_a_new_device_is_told_once(stage: Stage) -> None:
    """Not while somebody settles in, and not of the browser one always uses."""
    person = newcomer(1)
    own = stage.browser().register(person)
    own.get("/sign-out").fill("/sign-out", decision="sign_out")
    own.sign_in(person.phone)
    before = len(texts(stage, person.phone))
    settled(stage)
    stage.browser().sign_in(person.phone)
    new = len(texts(stage, person.phone))
    own.get("/sign-out").fill("/sign-out", decision="sign_out")
    own.sign_in(person.phone)

    assert (0, 1, 1) == (before, new, len(texts(stage, person.phone)))


def test_the_cookie_of_one_person_says_nothing_of_another(stage: Stage) -> None:
    """A family's computer is new for each of them."""
    first, second, now = newcomer(2), newcomer(3), clock.now()
    for person in (first, second):
        stage.browser().register(person)
    ids = [found.id for found in map(stage.person, (first.phone, second.phone)) if found]
    with stage.services.database.writing() as db:
        for person_id in ids:
            devices.is_news(db, person_id, "A" * 43, now - timedelta(days=1))
            devices.is_news(db, person_id, "B" * 43, now - timedelta(days=1))
        devices.is_news(db, ids[0], "C" * 43, now)

        assert devices.is_news(db, ids[1], "C" * 43, now)


def reported(stage: Stage, index: int) -> tuple[Browser, Browser]:
    """A browser in which its person has said so, and a stranger's."""
    person = newcomer(index)
    mine = stage.browser().register(person)
    theirs = stage.browser().sign_in(person.phone)
    mine.get("/account/not-me").fill("/account/not-me")
    return mine, theirs


def test_saying_so_puts_everybody_else_out(stage: Stage) -> None:
    """At once, and the one who said so is led through what to check."""
    mine, theirs = reported(stage, 4)

    assert ("/account/not-me/checklist", 200) == (mine.path, mine.status)
    assert "/sign-in" == theirs.get("/account").path


def test_ticks_are_remembered(stage: Stage) -> None:
    """The list can be left and gone on with."""
    mine, _ = reported(stage, 5)
    mine.fill("/account/not-me/checklist", ticked="methods")
    said = "已保存" in mine.text
    mine.get("/account").get("/account/not-me/checklist")

    assert said and "已保存" not in mine.text
    assert 'value="methods" checked' in mine.text
    assert 'value="password" checked' not in mine.text


def test_nobody_is_put_out_from_elsewhere(stage: Stage) -> None:
    """Without the form's token nothing ends."""
    person = newcomer(6)
    mine = stage.browser().register(person)
    other = stage.browser().sign_in(person.phone)
    mine.post("/account/not-me", {})

    assert "/account" == other.get("/account").path


def test_without_a_report_there_is_no_list(stage: Stage) -> None:
    """The list belongs to a report."""
    assert "/account/not-me" == stage.browser().register(newcomer(7)).get("/account/not-me/checklist").path
