"""What was under way while an account was recovered, or its password changed, ends with it."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from sqlalchemy import select, update

from idp import clock
from idp.account.ending import end_everything
from idp.authenticators import password
from idp.authenticators.base import Denied, Proven
from idp.authenticators.models import Credential
from idp.crypto import passwords
from idp.outbox.models import Message
from idp.persons import hold
from idp.persons.models import Person
from idp.sessions import entering, lifecycle
from idp.sessions.entering import Browser
from idp.sessions.lifecycle import Achievement
from idp.sign_in import password as sign_in
from tests.attacks.test_lock_order import until_it_waits
from tests.attacks.whole import HASHED, Whole
from tests.idp.account.stage import PASSWORD, newcomer
from tests.idp.account.stage import Browser as Visitor

NEW = passwords.hash_password("five patient cranes")
HOURS = timedelta(hours=8)


def recovered(whole: Whole, person_id: Any) -> None:
    """As the last step of a recovery does it."""
    with whole.oauth.database.writing() as db:
        password.set_hash(db, person_id, NEW, "recovery", clock.now())
        end_everything(db, person_id, "password_recovered", clock.now())


def judged(whole: Whole, login: str) -> Any:
    """What the sign-in page makes of the old password; whoever typed it goes no further yet."""
    with whole.stage.app.test_request_context("/", environ_base={"REMOTE_ADDR": "192.0.2.7"}):
        return sign_in.judge(login, PASSWORD, None)


def test_a_password_that_was_recovered_meanwhile_begins_nothing(whole: Whole) -> None:
    """The thief's sign-in had read the old hash, and computes on it while the owner sets another."""
    person_id = whole.resident("in_flight")
    proven = judged(whole, "in_flight")
    achieved = Achievement(person_id, proven.amr, clock.now(), None, proven.secret)
    recovered(whole, person_id)
    browser = Browser("b" * 43, "", False)
    begun = entering.begin(whole.stage.services.prepared, achieved, "citizen", browser, HOURS)
    with whole.oauth.database.writing() as db:
        still = password.is_still(db, person_id, proven.secret)

    assert isinstance(proven, Proven)
    assert (None, False) == (begun, still)


def test_hashing_the_old_password_anew_does_not_bring_it_back(whole: Whole) -> None:
    """An imported hash is renewed at the first sign-in, which may be the thief's, and late."""
    person_id = whole.resident("renewed")
    recovered(whole, person_id)
    with whole.oauth.database.writing() as db:
        kept = password.renew_hash(db, person_id, HASHED, passwords.hash_password(PASSWORD), clock.now())
        now = password.stored(db, person_id)

    assert (False, NEW) == (kept, now)
    assert isinstance(judged(whole, "renewed"), Denied)


def test_a_session_that_slips_in_is_found(whole: Whole) -> None:
    """A sign-in that had begun before everything ended, and was written after it, lasts two seconds."""
    person_id = whole.resident("slipped")
    began = clock.now()
    recovered(whole, person_id)
    with whole.oauth.database.writing() as db:
        _, late = lifecycle.begin(db, Achievement(person_id, frozenset({"pwd"}), began), absolute=HOURS)
        owners = Achievement(person_id, frozenset({"pwd"}), clock.now())
        _, new = lifecycle.begin(db, owners, absolute=HOURS)
        db.execute(update(Message).where(Message.topic == "authorizations.ended").values(due_at=began))
    whole.stage.work()

    with whole.oauth.database.reading() as db:
        assert lifecycle.find(db, late, clock.now()) is None
        assert lifecycle.find(db, new, clock.now()) is not None


@pytest.mark.parametrize(("index", "page"), [(1, "totp"), (2, "recovery-codes"), (3, "phone")])
def test_a_guarded_change_that_is_overtaken_writes_nothing(whole: Whole, index: int, page: str) -> None:
    """The thief at the open browser presses the button while the owner recovers the account elsewhere."""
    person = newcomer(index)
    browser = whole.stage.browser().register(person)
    found = whole.stage.person(person.phone)
    assert found is not None
    press = at_the_button(whole, browser, page, person.phone)
    with ThreadPoolExecutor(1) as thief, whole.oauth.database.writing() as db:
        owner = db.get_one(Person, found.id, with_for_update=True)
        hold.begin(owner, clock.now(), {"sms"})
        end_everything(db, found.id, "password_recovered", clock.now())
        db.flush()
        pressed = thief.submit(press)
        until_it_waits(whole, pressed)  # it is past the guard by now
        db.commit()
        pressed.result(timeout=60)
    with whole.oauth.database.reading() as db:
        own = db.scalars(select(Credential.kind).where(Credential.person_id == found.id)).all()

        assert {"password"} == set(own)
        assert person.phone == db.get_one(Person, found.id).phone


def at_the_button(whole: Whole, browser: Visitor, page: str, old: str) -> Callable[[], Any]:
    """Everything is filled in; what is given presses."""
    if page == "phone":
        new = whole.stage.spare_phone()
        browser.get("/account/phone").fill("/account/phone", phone=new)
        codes = [whole.stage.messages(phone)[0]["code"] for phone in (new, old)]
        return lambda: browser.fill("/account/phone/code", phone=new, new=codes[0], old=codes[1])
    place = f"/account/methods/{page}"
    browser.get(place)
    seed = "".join(re.findall(r'id="seed">([A-Z2-7 ]+)<', browser.text)).replace(" ", "")
    return lambda: browser.fill(place, **({"code": pyotp.TOTP(seed).now()} if seed else {}))
