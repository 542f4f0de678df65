"""Somebody shows another person the picture of a screen of their own, and wants to be let in by them."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from sqlalchemy import update

from connectors.simulator.personas import Persona
from idp import clock
from idp.assurance import authentication_level
from idp.authenticators.qr import Pairings
from idp.persons.models import Person
from tests.attacks.whole import Whole
from tests.idp.account.stage import PASSWORD, Browser, Stage, newcomer
from tests.idp.sign_in.pairing import (
    digits,
    interaction_of,
    matched,
    number,
    phone,
    screen,
    typed,
    wrong,
)

ATTACKER = "203.0.113.66"


@pytest.fixture(scope="module")
def stage(whole: Whole) -> Stage:
    """The world behind the product."""
    return whole.stage


@pytest.fixture(scope="module")
def victim(stage: Stage) -> Persona:
    """Somebody with an account."""
    stage.browser().register(newcomer(11))
    return newcomer(11)


@pytest.fixture
def attacking(stage: Stage) -> Browser:
    """The attacker's screen."""
    return screen(stage, source=ATTACKER)


@pytest.fixture
def mobile(stage: Stage, victim: Persona) -> Iterator[Browser]:
    """The victim's phone, signed in."""
    yield phone(stage, victim)


def handle_of(stage: Stage, browser: Browser) -> str:
    """What a screen's picture says."""
    pairings: Pairings = stage.services.extras["qr"]
    handle = pairings.by_number(number(browser), clock.now())
    assert handle is not None
    return handle


def person_id(stage: Stage, persona: Persona) -> UUID:
    """Whose account this is."""
    found = stage.person(persona.number)
    assert found is not None
    return found.id


def state_of(browser: Browser) -> str:
    """What a screen's script is told."""
    answer = browser.client.get(f"{interaction_of(browser)}/qr/state")
    return str((answer.json or {}).get("state"))


def is_in(browser: Browser) -> bool:
    """Whether the screen gets in when it asks again."""
    return browser.get(f"{interaction_of(browser)}/qr").path == "/account"


def test_a_picture_that_is_sent_on_lacks_what_the_phone_asks(attacking: Browser, mobile: Browser) -> None:
    """A photo or a page with the picture holds no digits; whoever makes some up ends it (1 in 90)."""
    typed(mobile, attacking)
    told = mobile.text
    mobile.fill(decision="claim")
    shown = digits(attacking.get(attacking.address))
    mobile.fill(decision="confirm", digits=wrong(shown))
    mobile.post(mobile.address, {"decision": "confirm", "digits": shown})

    assert "203.0.113.*" in told and "与这部手机不在同一网络" in told and "别人发来的" in told
    assert not is_in(attacking)


def test_a_link_opened_by_itself_signs_nobody_in(stage: Stage, attacking: Browser, mobile: Browser) -> None:
    """The address in a message, a frame or an image: nothing happens until a form of ours is sent."""
    mobile.get(f"/account/qr/{handle_of(stage, attacking)}")

    assert "waiting" == state_of(attacking)
    assert not is_in(attacking)


@pytest.mark.parametrize("decision", ["claim", "confirm", "refuse"])
def test_a_form_of_another_site_decides_nothing(
    stage: Stage, attacking: Browser, mobile: Browser, decision: str
) -> None:
    """The token is of this session and this pairing; one from another pairing does not fit."""
    other = screen(stage)
    typed(mobile, other)
    token = mobile.text.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]
    place = f"/account/qr/{handle_of(stage, attacking)}"
    statuses = [
        mobile.post(place, {"decision": decision, "digits": "42", **given}).status
        for given in ({}, {"csrf_token": "x" * 64}, {"csrf_token": token})
    ]

    assert [400, 400, 400] == statuses
    assert "waiting" == state_of(attacking)


def test_no_page_of_it_can_be_framed(whole: Whole) -> None:
    """Or somebody would press "It is me" through another page's picture."""
    visitor = whole.visitor()
    whole.resident("framed-person")
    visitor.sign_in("framed-person")
    for path in ("/account/qr", "/account/qr/unknown"):
        headers = visitor.go(path).page.headers

        assert "DENY" == headers["X-Frame-Options"]
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


def test_a_confirmation_lets_in_the_browser_that_asked_alone(
    stage: Stage, attacking: Browser, mobile: Browser
) -> None:
    """Who knows the picture, or even the interaction's address, picks nothing up."""
    matched(mobile, attacking)
    place = f"{interaction_of(attacking)}/qr"
    thief, own = stage.browser().get(place), screen(stage)
    asked = thief.status, stage.browser().get(f"{place}/state").text

    assert 410 == asked[0] and "confirmed" not in asked[1]
    assert not is_in(own)
    assert is_in(attacking)


def test_a_confirmation_is_picked_up_once(attacking: Browser, mobile: Browser) -> None:
    """Twenty tabs of the same browser at once begin one session."""
    matched(mobile, attacking)
    place = f"{interaction_of(attacking)}/qr"

    def pick_up(_: int) -> str | None:
        answer = attacking.client.get(place)
        return answer.headers.get("Set-Cookie") if answer.status_code == 303 else None

    with ThreadPoolExecutor(20) as together:
        cookies = [one for one in together.map(pick_up, range(20)) if one and "session" in one]

    assert 1 == len(cookies)


def test_a_second_phone_takes_nothing_from_the_first(
    stage: Stage, attacking: Browser, mobile: Browser
) -> None:
    """Somebody behind one in the hall photographs the picture: one of both has it, the other is told so."""
    stage.browser().register(newcomer(12))
    late = phone(stage, newcomer(12))
    place = attacking.address
    typed(late, attacking)
    typed(mobile, attacking).fill(decision="claim")
    late.fill(decision="claim")
    shown = digits(attacking.get(place))
    late.post(late.address, {"decision": "confirm", "digits": shown})
    mobile.fill(decision="confirm", digits=shown)

    assert 410 == late.get(mobile.address).status
    assert is_in(attacking)


def test_an_answer_cannot_be_given_twice(stage: Stage, attacking: Browser, mobile: Browser) -> None:
    """Neither to the same screen nor to the next one."""
    matched(mobile, attacking)
    sent = mobile.post(mobile.address, {"decision": "confirm", "digits": "42"})
    first = is_in(attacking)
    attacking.get("/sign-out").fill("/sign-out")
    again = attacking.get("/sign-in")
    attacking.get(f"{interaction_of(again)}/qr")

    assert sent.status in {200, 400} and first
    assert "/qr" == attacking.path


def test_a_stolen_password_does_not_count_twice(stage: Stage, victim: Persona) -> None:
    """Once at a screen and once on a "phone" of the thief's own: that is one factor, in either order."""
    attacking = stage.browser(ATTACKER).get("/sign-in?again=2").fill(login=victim.phone, password=PASSWORD)
    attacking.get(f"{interaction_of(attacking)}/qr")
    own_phone = typed(phone(stage, victim, ATTACKER), attacking).fill(decision="claim")

    assert own_phone.path == "/sms"  # the way that is missing
    assert "waiting" == state_of(attacking)
    assert 1 == authentication_level({"mca", "pwd"})


def test_a_phone_that_cannot_be_proven_twice_confirms_no_second_step(stage: Stage) -> None:
    """Where its person has one way alone, a screen that asks for two is not let in."""
    person = newcomer(13)
    stage.browser().register(person)
    with stage.services.database.writing() as db:
        db.execute(update(Person).where(Person.id == person_id(stage, person)).values(phone_sealed=None))
    attacking = stage.browser(ATTACKER).get("/sign-in?again=2").fill(login=person.number, password=PASSWORD)
    attacking.get(f"{interaction_of(attacking)}/qr")
    matched(stage.browser(ATTACKER).sign_in(person.number), attacking)
    refused = attacking.get(f"{interaction_of(attacking)}/qr")

    assert ("/qr", True) == (refused.path, "不够可靠" in refused.text)


def test_a_session_from_a_picture_makes_no_further_ones(
    stage: Stage, attacking: Browser, mobile: Browser
) -> None:
    """Handed from screen to screen, one confirmation would last for ever."""
    matched(mobile, attacking)
    assert is_in(attacking)
    second = screen(stage)
    typed(attacking, second).fill(decision="claim")

    assert "/sign-in" == attacking.path
    assert "waiting" == state_of(second)


@pytest.mark.parametrize("page", ["totp", "passkey", "recovery-codes"])
def test_a_screen_that_was_let_in_cannot_stay(attacking: Browser, mobile: Browser, page: str) -> None:
    """It adds no way of signing in: that takes a proof of its own, and the phone's is none."""
    matched(mobile, attacking)
    assert is_in(attacking)
    attacking.get(f"/account/methods/{page}")

    assert "/sign-in" == attacking.path


def test_a_phone_that_was_signed_out_meanwhile_answers_nothing(attacking: Browser, mobile: Browser) -> None:
    """The page that is still open asks to sign in first."""
    typed(mobile, attacking).fill(decision="claim")
    place, page = mobile.address, mobile.page
    mobile.get("/sign-out").fill("/sign-out")
    mobile.page = page
    mobile.fill(place, decision="confirm", digits=digits(attacking.get(attacking.address)))

    assert "/sign-in" == mobile.path
    assert not is_in(attacking)
