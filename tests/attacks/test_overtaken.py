"""Whichever way somebody signs in, nothing they proved, or began to prove, outlives the end of everything.

The owner recovers the account, or ends all sessions, while somebody else is signing in. A sign-in that begins
afterwards is unharmed.
"""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyotp
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from federation import linking
from idp import clock
from idp.account.ending import end_everything
from idp.authenticators import certificate, credentials, password
from idp.authenticators import local_staff as passwords_of_staff
from idp.authenticators.models import Credential
from idp.crypto import passwords
from idp.persons import locking
from idp.persons.models import Person
from idp.sessions.models import SignInSession
from tests import instances, servers
from tests.attacks.test_in_flight import NEW, recovered
from tests.attacks.test_lock_order import owner, until_it_waits
from tests.attacks.whole import Whole
from tests.device import Device
from tests.federation.stage import City, city
from tests.idp.account.stage import PASSWORD, Browser, Stage, newcomer
from tests.idp.api.app import SCOPE, App, document
from tests.idp.sign_in.cards import Town, built, to_sign
from tests.idp.sign_in.pairing import matched, phone, screen
from tests.idp.sign_in.test_local_staff import ISSUED, OWN, arrive, opened, take_app
from tests.idp.sign_in.test_passkey import add, at_passkey, options
from tests.idp.sign_in.test_totp import seed_shown

Press = Callable[[], Any]
Moment = Callable[[Stage, Any, Press], None]
TOLD = "登录状态已全部结束"
STORES = ["sqlite", pytest.param("servers", marks=pytest.mark.postgres)]


def stores_of(request: pytest.FixtureRequest) -> Mapping[str, Any]:
    """The settings of a pair of stores."""
    if request.param == "sqlite":
        return {}
    link = instances.on_postgresql(instances.provider, request.getfixturevalue("postgres_server"))
    return {
        "database_url": link,
        "state_url": servers.fresh_memory(request.getfixturevalue("redis_server")),
    }


@pytest.fixture(scope="module", params=STORES)
def town(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A provider where every way is open."""
    home: Path = tmp_path_factory.mktemp("home")
    with built(home, {"issuer": "http://localhost", **stores_of(request)}) as town:
        yield town


@pytest.fixture(scope="module", params=STORES)
def docked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """A city with its province."""
    with city(tmp_path_factory.mktemp("city"), **stores_of(request)) as docked:
        yield docked


def by_password(town: Town, index: int) -> Press:
    browser = town.stage.browser().get("/sign-in")
    return lambda: browser.fill(login=newcomer(index).phone, password=PASSWORD)


def by_sms(town: Town, index: int) -> Press:
    """The code has gone out, to a phone that both can read."""
    person, browser = newcomer(index), town.stage.browser().get("/sign-in")
    browser.get(browser.address.replace("/sign-in", "/sms")).fill(phone=person.phone)
    code = town.stage.messages(person.phone)[0]["code"]
    return lambda: browser.fill(code=code)


def by_passkey(town: Town, index: int) -> Press:
    """A device that was left unlocked has signed already."""
    device = Device()
    add(town.stage.browser().sign_in(newcomer(index).phone), device)
    browser = at_passkey(town.stage)
    signed = device.get(options(browser))
    return lambda: browser.fill(credential=signed)


def by_certificate(town: Town, index: int) -> Press:
    """So has a UKey that was left in a computer."""
    card, browser = town.added(newcomer(index)), town.asked()
    signed = card.answer(to_sign(browser))
    return lambda: browser.fill(**signed)


def by_picture(town: Town, index: int) -> Press:
    """A phone that is signed in has said yes; the screen has yet to hear it."""
    desk = screen(town.stage)
    place = desk.address
    matched(phone(town.stage, newcomer(index)), desk)
    return lambda: desk.get(place)


WAYS = {
    "password": by_password,
    "sms": by_sms,
    "passkey": by_passkey,
    "certificate": by_certificate,
    "picture": by_picture,
}


def registered(stage: Stage, index: int) -> Any:
    """Somebody of their own for one test; gives their id."""
    person = newcomer(index)
    stage.browser().register(person)
    found = stage.person(person.phone)
    assert found is not None
    return found.id


def living(stage: Stage, person_id: Any) -> list[Any]:
    """The sessions they have."""
    with stage.services.database.reading() as db:
        alive = (SignInSession.person_id == person_id, SignInSession.ended_at.is_(None))
        return list(db.scalars(select(SignInSession.id).where(*alive)))


def whole_of(stage: Stage) -> Whole:
    return Whole(stage.services.extras["oauth"], stage=stage)


def pressed_while_it_is_written(
    stage: Stage, person_id: Any, press: Press, also: Callable[[Session], None] = lambda _: None
) -> None:
    """Press once everything has ended, and what else is done, in a transaction nobody else can see yet."""
    with ThreadPoolExecutor(1) as thief:
        with stage.services.database.writing() as db:
            locking.alone(db, person_id)
            also(db)
            end_everything(db, person_id, "password_recovered", clock.now())
            db.flush()
            pressed = thief.submit(press)
            until_it_waits(whole_of(stage), pressed)
        pressed.result(timeout=20)


def pressed_while_it_begins(stage: Stage, person_id: Any, press: Press) -> None:
    """Press while the owner's row is taken and nothing has ended yet."""
    with ThreadPoolExecutor(1) as thief:
        with owner(whole_of(stage), person_id):
            pressed = thief.submit(press)
            until_it_waits(whole_of(stage), pressed)
        pressed.result(timeout=20)


def pressed_afterwards(stage: Stage, person_id: Any, press: Press) -> None:
    recovered(whole_of(stage), person_id)
    press()


MOMENTS: list[Moment] = [pressed_while_it_begins, pressed_while_it_is_written, pressed_afterwards]


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("way", WAYS)
def test_what_was_under_way_begins_nothing(town: Town, way: str, moment: Moment) -> None:
    """Everything is prepared before the recovery; only the last press comes in between, or after it."""
    index = 1 + len(MOMENTS) * list(WAYS).index(way) + MOMENTS.index(moment)
    person_id = registered(town.stage, index)
    press = WAYS[way](town, index)
    moment(town.stage, person_id, press)

    assert [] == living(town.stage, person_id)


def test_a_session_that_was_begun_first_ends(town: Town) -> None:
    """Whoever has the row for a new session lets the end of everything wait, which then finds it."""
    person_id = registered(town.stage, 20)
    by_sms(town, 20)()
    before = living(town.stage, person_id)
    recovered(whole_of(town.stage), person_id)

    assert 2 == len(before)  # that of the registration, and this one
    assert [] == living(town.stage, person_id)


def test_who_is_asked_again_reads_why(town: Town) -> None:
    """The code that went out before is worth nothing, which is not the fault of who types it."""
    person_id = registered(town.stage, 21)
    press = by_sms(town, 21)
    recovered(whole_of(town.stage), person_id)
    page: Browser = press()

    assert "/sign-in" == page.path
    assert TOLD in page.text


def test_who_has_proven_themselves_anew_reads_it_no_more(town: Town) -> None:
    """They are asked for their second way then, not asked again."""
    person_id, person = registered(town.stage, 37), newcomer(37)
    with town.stage.services.database.writing() as db:
        db.get_one(Person, person_id).least_aal = 2
    press = by_sms(town, 37)
    with town.stage.services.database.writing() as db:
        end_everything(db, person_id, "password_recovered", clock.now())
    page: Browser = press()
    asked_again = page.text
    page.fill(login=person.phone, password=PASSWORD)
    second = page.path
    page.get(page.address.replace(second, "/sign-in"))

    assert TOLD in asked_again
    assert ("/sms", "/sign-in") == (second, page.path)
    assert TOLD not in page.text


@pytest.mark.parametrize("way", ["sms", "passkey", "certificate", "picture"])
def test_a_sign_in_that_begins_afterwards_is_unharmed(town: Town, way: str) -> None:
    """On a page that was open before, too: what counts is when the proof began."""
    index = 22 + list(WAYS).index(way)
    person_id = registered(town.stage, index)
    with town.stage.services.database.writing() as db:
        end_everything(db, person_id, "ended_by_person", clock.now())
    before = living(town.stage, person_id)
    WAYS[way](town, index)()

    assert [] == before
    assert living(town.stage, person_id)


def test_the_page_itself_may_be_older(town: Town) -> None:
    """Who had the sign-in page open while they recovered the account goes on there."""
    person_id = registered(town.stage, 28)
    browser = town.stage.browser().get("/sign-in")
    recovered(whole_of(town.stage), person_id)
    browser.get(browser.address.replace("/sign-in", "/sms")).fill(phone=newcomer(28).phone)
    browser.fill(code=town.stage.messages(newcomer(28).phone)[0]["code"])

    assert 1 == len(living(town.stage, person_id))


def test_a_certificate_that_is_removed_meanwhile_is_not_bound_anew(town: Town) -> None:
    """Its owner takes it away while it signs somebody in."""
    person_id = registered(town.stage, 29)
    press, before = by_certificate(town, 29), living(town.stage, person_id)
    with ThreadPoolExecutor(1) as thief:
        with town.stage.services.database.writing() as db:
            locking.alone(db, person_id)
            pressed = thief.submit(press)
            until_it_waits(whole_of(town.stage), pressed)
            [own] = credentials.living(db, person_id, certificate.KIND)
            credentials.end(db, own, "own_wish", clock.now())
        pressed.result(timeout=20)
    with town.stage.services.database.reading() as db:
        left = credentials.living(db, person_id, certificate.KIND)

    assert (before, 0) == (living(town.stage, person_id), len(left))


@pytest.mark.parametrize("moment", MOMENTS)
def test_civil_servants_wait_as_well(town: Town, moment: Moment) -> None:
    """Their second factor is taken back while somebody types what they know."""
    login = f"late_{MOMENTS.index(moment)}"
    person_id = opened(town.stage, login).person_id
    browser = town.stage.browser().get("/staff/sign-in")
    moment(town.stage, person_id, lambda: browser.fill(login=login, password=ISSUED))

    assert [] == living(town.stage, person_id)


@pytest.mark.parametrize("moment", MOMENTS)
def test_an_upstreams_word_of_before_counts_no_more(docked: City, moment: Moment) -> None:
    """They were sent there before, and come back with what it says."""
    person = docked.newcomer()
    docked.traveller().enters(person.key).agrees()
    found = docked.stage.person(person.number)
    assert found is not None
    thief = docked.traveller()
    thief.comes_back(thief.departs(), person.key)
    moment(docked.stage, found.id, thief.arrives)
    alive = living(docked.stage, found.id)
    docked.traveller().enters(person.key)

    assert [] == alive
    assert 1 == len(living(docked.stage, found.id))


def test_a_link_that_is_ended_meanwhile_lets_nobody_in(docked: City) -> None:
    """Its person takes it back, and with it what was believed by that word, while somebody arrives by it."""
    person = docked.newcomer()
    docked.traveller().enters(person.key).agrees()
    found = docked.stage.person(person.number)
    thief = docked.traveller()
    thief.comes_back(thief.departs(), person.key)
    assert found is not None
    before = living(docked.stage, found.id)
    with ThreadPoolExecutor(1) as pool:
        with docked.stage.services.database.writing() as db:
            locking.alone(db, found.id)
            pressed = pool.submit(thief.arrives)
            until_it_waits(whole_of(docked.stage), pressed)
            [link] = linking.living(db, found.id)
            linking.end(db, link, "unlinked", clock.now())
        pressed.result(timeout=20)
    believed = [one.authority for one in docked.evidence(found) if one.withdrawn_at is None]

    assert before == living(docked.stage, found.id)
    assert "province" not in believed


@pytest.mark.parametrize("moment", MOMENTS)
def test_the_interface_steps_by_the_same_rule(town: Town, moment: Moment) -> None:
    """A code that an app passes on."""
    index = 30 + MOMENTS.index(moment)
    person_id, whole = registered(town.stage, index), whole_of(town.stage)
    app = App(whole, whole.client(scope=SCOPE)).begin()
    app.step("/code", phone=newcomer(index).phone)
    code = town.stage.messages(newcomer(index).phone)[0]["code"]
    moment(town.stage, person_id, lambda: app.step("/code/check", code=code))

    assert [] == living(town.stage, person_id)
    status = app.step()
    assert ("sign-in", "overtaken") == (status["next"], status["details"]["refusal"])


def kinds(stage: Stage, person_id: Any) -> set[str]:
    """The ways of signing in that they have."""
    with stage.services.database.reading() as db:
        living = (Credential.person_id == person_id, Credential.ended_at.is_(None))
        return set(db.scalars(select(Credential.kind).where(*living)))


def at_new_password(browser: Browser, login: str) -> Browser:
    """A civil servant at their first sign-in, who has given both proofs and owes a password of their own."""
    take_app(arrive(browser, login))
    return browser.get(browser.address.removesuffix("/first-app"))


def test_a_certificate_is_not_added_once_everything_has_ended(town: Town) -> None:
    """As no other way is: the browser that was open does not get the last word."""
    person_id, person = registered(town.stage, 34), newcomer(34)
    browser, card = town.at_methods(person), town.card(person)
    pressed_while_it_is_written(town.stage, person_id, lambda: card.show(browser))

    assert {"password"} == kinds(town.stage, person_id)


def test_who_is_out_changes_no_password(town: Town) -> None:
    """The owner says "this is not me" while somebody who knows the password sets another one."""
    person_id = registered(town.stage, 36)
    thief = town.stage.browser().sign_in(newcomer(36).phone).get("/account/security/password")
    with town.stage.services.database.reading() as db:
        before = password.stored(db, person_id)
    typed = {"current": PASSWORD, "password": "eight patient cranes"}
    pressed_while_it_is_written(town.stage, person_id, lambda: thief.fill(**typed))
    with town.stage.services.database.reading() as db:
        assert before == password.stored(db, person_id)
    assert "/sign-in" == thief.path


def test_who_is_out_links_no_account_elsewhere(docked: City) -> None:
    """A link lets them in again; they had proven themselves, and the page that links is all that is left."""
    person = docked.newcomer()
    docked.registered(person)
    found = docked.stage.person(person.phone)
    thief = docked.traveller().enters(person.key)
    link = thief.browser.address
    thief.get("/sign-in").fill(login=person.phone, password=PASSWORD)
    assert found is not None
    pressed_while_it_is_written(docked.stage, found.id, lambda: thief.get(link))

    assert ("/sign-in", []) == (thief.path, docked.links(found))


def test_an_issued_password_is_not_replaced_by_who_was_signed_in(town: Town) -> None:
    """An operator issues another one because the first is known to somebody, who is about to change it."""
    person_id, browser = opened(town.stage, "issued.again").person_id, town.stage.browser()
    at_new_password(browser, "issued.again")
    anew = passwords.hash_password("issued-again-1")
    pressed_while_it_is_written(
        town.stage,
        person_id,
        lambda: browser.fill(password=OWN),
        lambda db: passwords_of_staff.issue(db, person_id, anew, clock.now()),
    )
    with town.stage.services.database.reading() as db:
        assert anew == password.stored(db, person_id)


def test_no_first_app_is_taken_once_everything_has_ended(town: Town) -> None:
    """Whoever knows the password must not leave a second factor of theirs behind."""
    person_id, browser = opened(town.stage, "app.too.late").person_id, town.stage.browser()
    code = pyotp.TOTP(seed_shown(arrive(browser, "app.too.late"))).now()
    pressed_while_it_is_written(town.stage, person_id, lambda: browser.fill(code=code))

    assert {"password"} == kinds(town.stage, person_id)


def test_no_civil_servants_passkey_is_added_then(town: Town) -> None:
    """Nor this one, by a browser in which they had just proven themselves twice."""
    person_id, browser = opened(town.stage, "key.too.late").person_id, town.stage.browser()
    at_new_password(browser, "key.too.late").fill(password=OWN).get("/staff/passkeys")
    made = Device().create(options(browser))
    pressed_while_it_is_written(town.stage, person_id, lambda: browser.fill(credential=made, name="late"))

    assert "passkey" not in kinds(town.stage, person_id)


def test_a_recovery_that_had_begun_before_is_over(town: Town) -> None:
    """A thief who has the phone for a moment leaves the last page open until its owner has recovered."""
    person_id, person, whole = registered(town.stage, 35), newcomer(35), whole_of(town.stage)
    app = App(whole, whole.client(scope=SCOPE)).begin()
    app.step("/recovery", phone=person.phone)
    app.step("/recovery/code", code=town.stage.messages(person.phone)[0]["code"])
    at_last = app.step("/recovery/identity", **document(person))["recovery"]
    recovered(whole, person_id)
    app.step("/recovery/password", password="seven patient cranes")
    with town.stage.services.database.reading() as db:
        now = password.stored(db, person_id)

    assert ("password", (409, "not_due"), NEW) == (at_last, app.refusal, now)
