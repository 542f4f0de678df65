"""The interface's ways, meant ill: relayed pictures, answers for others, replays, guesses in two places."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from html import unescape
from typing import Any

import pytest

from connectors.simulator.personas import Persona
from idp.sessions.models import SignInSession
from tests.attacks.whole import Whole, standing, told
from tests.device import Device
from tests.idp.account.stage import PASSWORD, Browser, identity, newcomer
from tests.idp.account.test_recovery_without_phone import PAGE, with_codes
from tests.idp.api.app import SCOPE, App, bearer, document, resident
from tests.idp.oauth.world import Registered
from tests.idp.sign_in.pairing import phone, wrong
from tests.idp.sign_in.test_passkey import add

NEW = "five patient cranes"
GATEWAY = "203.0.113.66"


@pytest.fixture(scope="module")
def approved(whole: Whole) -> Registered:
    """A client that may sign people in."""
    return whole.client(scope=SCOPE)


@pytest.fixture
def screen(whole: Whole, approved: Registered) -> App:
    """A screen that somebody else than its person sits at."""
    return App(whole, approved, GATEWAY).begin()


def confirmed(mobile: Browser, app: App) -> None:
    """The phone says yes to this screen, which has yet to ask."""
    mobile.get("/account/qr").fill(number=app.step("/qr")["qr"]["number"]).fill(decision="claim")
    mobile.fill(decision="confirm", digits=app.step("/qr/state")["qr"]["shown"])


def test_a_picture_that_is_sent_on_lacks_what_the_phone_asks(whole: Whole, screen: App) -> None:
    """It holds no digits; the phone is told of the other network, and made-up digits end the matter."""
    mobile = phone(whole.stage, resident(whole, 1))
    shown = screen.step("/qr")["qr"]
    mobile.get(shown["content"].removeprefix("http://127.0.0.1:8000"))
    page = mobile.text
    mobile.fill(decision="claim")
    digits = screen.step("/qr/state")["qr"]["shown"]
    mobile.fill(decision="confirm", digits=wrong(digits))
    mobile.post(mobile.address, {"decision": "confirm", "digits": digits})
    after = screen.step("/qr/state")

    assert "203.0.113.*" in page and "与这部手机不在同一网络" in page
    assert ("sign-in", "mismatched") == (after["next"], after["qr"]["state"])


def test_a_confirmation_is_for_the_device_that_asked_alone(
    whole: Whole, approved: Registered, screen: App
) -> None:
    """Not for another client, nor another device of the same, nor for a browser with the address."""
    confirmed(phone(whole.stage, resident(whole, 1)), screen)
    foreign = App(whole, whole.client(scope=SCOPE), sign_in=screen.sign_in, secret=screen.secret)
    foreign.step("/qr/state")
    beside = App(whole, approved, sign_in=screen.sign_in, secret=App(whole, approved).begin().secret)
    beside.step("/qr/state")
    own = App(whole, approved).begin()
    own.step("/qr")
    waiting = own.step("/qr/state")["qr"]["state"]

    assert [(404, "sign_in_unknown")] * 2 == [foreign.refusal, beside.refusal]
    assert "waiting" == waiting
    assert "notice" == screen.step("/qr/state")["next"]


def test_a_confirmation_is_picked_up_once(whole: Whole, screen: App) -> None:
    """Twenty questions at once begin one session."""
    confirmed(phone(whole.stage, resident(whole, 1)), screen)
    sent = {**bearer(whole, screen.portal), "Yitong-Device": screen.secret}
    place = f"/api/v1/sign-ins/{screen.sign_in}/qr/state"
    before = sessions(whole)

    def ask(_: int) -> int:
        return int(whole.http.post(place, json={}, headers=sent).status_code)

    with ThreadPoolExecutor(20) as together:
        statuses = set(together.map(ask, range(20)))

    assert {200} == statuses
    assert 1 == sessions(whole) - before


def sessions(whole: Whole) -> int:
    """How many there are."""
    with whole.oauth.database.reading() as db:
        return db.query(SignInSession).count()


def test_a_picture_after_a_password_takes_a_phone_that_proves_two(whole: Whole, approved: Registered) -> None:
    """A stolen password at the screen and on a phone of the thief's is one factor."""
    person = resident(whole, 2)
    thief = App(whole, approved, GATEWAY).begin(acr_values="ial3.aal2")
    thief.step("/password", login=person.phone, password=PASSWORD)
    number = thief.step("/qr")["qr"]["number"]
    mobile = phone(whole.stage, person, GATEWAY).get("/account/qr").fill(number=number).fill(decision="claim")

    assert mobile.path == "/sms"  # the way that is missing
    assert ("second-factor", "waiting") == (
        thief.step("/qr/state")["next"],
        told(thief.answer)["qr"]["state"],
    )


@pytest.fixture(scope="module")
def named(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    """A provider with a host name, without which there are no passkeys."""
    with standing(tmp_path_factory.mktemp("home"), issuer="http://localhost") as whole:
        yield whole


@pytest.fixture(scope="module")
def device(named: Whole) -> Device:
    """A phone with a passkey of somebody's."""
    device = Device()
    named.stage.browser().register(newcomer(3))
    add(named.stage.browser().sign_in(newcomer(3).phone), device)
    return device


@pytest.fixture
def asking(named: Whole) -> App:
    """A device that begins a sign-in there."""
    return App(named, named.client(scope=SCOPE)).begin()


def question(app: App) -> dict[str, Any]:
    asked: dict[str, Any] = app.step("/passkey/options")["passkey"]["public_key"]
    return asked


def answered(app: App, device: Device, asked: dict[str, Any], **client: Any) -> Any:
    """Where the answer of this device leads, or why it does not."""
    said = app.step("/passkey", credential=json.loads(device.get(asked, **client)))
    return said.get("next") or app.refusal


@pytest.mark.parametrize(
    "lie",
    [
        {"rp_id": "evil.example"},
        {"origin": "https://evil.example"},
        {"origin": "android:apk-key-hash:pNiP5iKyQ8JwgGOaKA1zGPUPJIS-0H1xKCQcfIoGLck"},
        {"verifies": False},
    ],
)
def test_an_answer_made_for_anybody_else_is_worth_nothing(
    asking: App, device: Device, lie: dict[str, Any]
) -> None:
    """Another relying party, a client's own page or app, or a device that has not asked its person."""
    liar = replace(device, count=device.count + 100, **lie)

    assert (403, "passkey_wrong") == answered(asking, liar, question(asking))


def test_an_answer_out_of_a_foreign_frame_is_worth_nothing(asking: App, device: Device) -> None:
    """The browser says so itself (`crossOrigin`)."""
    framed = replace(device, count=device.count + 100)

    assert (403, "passkey_wrong") == answered(asking, framed, question(asking), crossOrigin=True)


def test_a_challenge_is_of_one_sign_in_and_good_once(named: Whole, asking: App, device: Device) -> None:
    """Not in another one, not on the pages, not again; and a page's challenge not here."""
    other = App(named, asking.portal).begin()
    asked = question(asking)
    elsewhere = answered(other, device, asked)
    at_page = named.stage.browser().get("/sign-in")
    of_page = json.loads(unescape(at_page.text.split("data-get='", 1)[1].split("'", 1)[0]))
    from_page = answered(other, device, of_page)
    first, again = answered(asking, device, asked), answered(asking, device, asked)

    assert [(403, "form_stale")] * 2 == [elsewhere, from_page]
    assert ("notice", (403, "form_stale")) == (first, again)


def test_nothing_tells_who_has_a_passkey(asking: App, device: Device) -> None:
    """Before anybody has proven themselves no id is named, whatever login was typed."""
    asking.step("/password", login=newcomer(3).phone, password="wrong")  # noqa: S106

    assert [] == question(asking)["allowCredentials"]


def test_guesses_of_a_number_are_counted_with_the_pages(whole: Whole, approved: Registered) -> None:
    """Five wrong names for one number on the pages, and the interface hears no sixth."""
    person, guess = resident(whole, 4), {**document(resident(whole, 4)), "name": "王不是"}
    for index in (5, 6, 7, 8, 9):
        browser = whole.stage.browser().get("/recover").prove_phone(resident(whole, index).phone)
        browser.fill(**identity(person, name="王不是"))
    app = App(whole, approved).begin()
    app.step("/recovery", phone=person.phone)
    app.step("/recovery/code", code=whole.stage.messages(person.phone)[0]["code"])
    app.step("/recovery/identity", **guess)

    assert (429, "attempts_spent") == app.refusal
    assert 0 < int(app.answer.headers["Retry-After"]) <= 86400


def test_guesses_of_a_code_are_counted_with_the_pages(whole: Whole, approved: Registered) -> None:
    """After a day's share of wrong ones on the pages the right one is worth nothing here, and looks wrong."""
    person, _, codes = with_codes(whole.stage, 10)
    fields = {key: value for key, value in identity(person).items() if key in {"kind", "name", "number"}}
    for number in range(10):
        browser = whole.stage.browser(f"192.0.2.{100 + number // 4}").get(PAGE)
        browser.fill(PAGE, login=person.phone, code=f"{number:06d}", **fields)
    app = App(whole, approved).begin()
    app.step("/recovery/without-phone", login=person.phone, code=codes[0], **document(person))

    assert (403, "recovery_mismatch") == app.refusal


def test_owners_and_strangers_are_answered_alike(whole: Whole, approved: Registered) -> None:
    """With a phone that nobody registered, and with one whose account is another's: the end is the same."""
    answers = []
    for number in (resident(whole, 11).phone, whole.stage.spare_phone()):
        app = App(whole, approved).begin()
        steps = [app.step("/recovery", phone=number)]
        steps += [app.step("/recovery/code", code=whole.stage.messages(number)[0]["code"])]
        steps += [app.step("/recovery/identity", **document(newcomer(19)))]
        told_so = [{k: v for k, v in one.items() if k in {"next", "recovery", "ways"}} for one in steps]
        answers.append((told_so, set(steps[-1])))

    assert answers[0] == answers[1]
    assert "check_messages" == answers[0][0][-1]["recovery"]


def test_a_recovery_is_of_one_device(whole: Whole, approved: Registered) -> None:
    """Who knows that one is under way sets no password by it, and it sets one once."""
    person, _, codes = with_codes(whole.stage, 12)
    owner, thief = App(whole, approved).begin(), App(whole, approved, GATEWAY).begin()
    owner.step("/recovery/without-phone", login=person.phone, code=codes[0], **document(person))
    thief.step("/recovery/password", password="seven patient cranes")
    refused = thief.refusal
    first = owner.step("/recovery/password", password=NEW)["recovery"]
    owner.step("/recovery/password", password="seven patient cranes")

    assert (409, "not_due") == refused == owner.refusal
    assert "done" == first


def test_no_step_of_a_recovery_can_be_skipped(whole: Whole, approved: Registered) -> None:
    """A proven phone sets no password, and one that is not proven compares no document."""
    person = resident(whole, 13)
    app = App(whole, approved).begin()
    app.step("/recovery", phone=person.phone)
    app.step("/recovery/identity", **document(person))
    unproven = app.refusal
    app.step("/recovery/code", code=whole.stage.messages(person.phone)[0]["code"])
    app.step("/recovery/password", password=NEW)

    assert [(409, "not_due")] * 2 == [unproven, app.refusal]


def test_what_was_recovered_waits_a_day_here_too(whole: Whole, approved: Registered) -> None:
    """The phone by which a password was recovered is no second factor meanwhile (`catalogue.further`)."""
    person = resident(whole, 14)
    app = recovered(whole, App(whole, approved).begin(acr_values="ial3.aal2"), person)
    second = app.step("/password", login=person.phone, password=NEW)
    app.step("/code")

    assert ("second-factor", False) == (second["next"], "sms" in second["ways"])
    assert (409, "not_due") == app.refusal


def test_nor_is_it_the_first_of_two(whole: Whole, approved: Registered) -> None:
    """Begun by a code to that phone, a sign-in is not confirmed by the password the phone has recovered."""
    person = resident(whole, 15)
    app = recovered(whole, App(whole, approved).begin(acr_values="ial3.aal2"), person)
    app.step("/code", phone=person.phone)
    first = app.step("/code/check", code=whole.stage.messages(person.phone)[0]["code"])
    second = app.step("/password", login=person.phone, password=NEW)

    assert ("second-factor", False) == (first["next"], "password" in first["ways"])
    assert "second-factor" == second["next"]


def recovered(whole: Whole, app: App, person: Persona) -> App:
    """Somebody with the phone and the document sets a new password."""
    app.step("/recovery", phone=person.phone)
    app.step("/recovery/code", code=whole.stage.messages(person.phone)[0]["code"])
    app.step("/recovery/identity", **document(person))
    app.step("/recovery/password", password=NEW)
    return app
