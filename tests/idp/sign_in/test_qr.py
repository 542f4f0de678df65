"""Signing in at a screen with a phone, page by page."""

import re

import pyotp
import pytest
import segno
from sqlalchemy import select

from connectors.simulator.personas import Persona
from idp import clock
from idp.audit.models import AuditEvent
from idp.notices.models import Notice
from idp.persons import lifecycle
from idp.sessions.models import SignInSession
from tests.idp.account.stage import Browser, Stage, newcomer
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
from tests.idp.sign_in.test_totp import seed_shown


@pytest.fixture
def desk(stage: Stage) -> Browser:
    """A screen that shows a picture."""
    return screen(stage)


@pytest.fixture
def mobile(stage: Stage, resident: Persona) -> Browser:
    """The resident's phone."""
    return phone(stage, resident)


def state_of(desk: Browser) -> str:
    """What the script is told."""
    return str(desk.client.get(f"{interaction_of(desk)}/qr/state").json["state"])  # type: ignore[index]


def topics(stage: Stage, person: Persona) -> list[str]:
    """What the person's trail tells, newest first."""
    found = stage.person(person.phone)
    assert found is not None
    with stage.services.database.reading() as db:
        query = select(AuditEvent.topic).where(AuditEvent.person_id == found.id)
        return list(db.scalars(query.order_by(AuditEvent.at.desc(), AuditEvent.id.desc())))


def test_the_picture_leads_to_the_phones_page(stage: Stage, desk: Browser) -> None:
    """It says the provider's own address and the handle that finds the pairing, nothing else."""
    handle = stage.services.extras["qr"].by_number(number(desk), clock.now())
    address = f"{stage.services.settings.issuer}/account/qr/{handle}"

    assert segno.make(address, error="m").svg_inline(border=4, omitsize=True) in desk.text
    assert handle not in desk.text


def test_a_phone_signs_a_screen_in(stage: Stage, resident: Persona, desk: Browser, mobile: Browser) -> None:
    """Shown, claimed, matched, confirmed: the screen is in, its person hears of it."""
    place = desk.address
    told = [state_of(desk)]
    typed(mobile, desk).fill(decision="claim")
    told.append(state_of(desk))
    mobile.fill(decision="confirm", digits=digits(desk.get(place)))
    told.append(state_of(desk))
    desk.get(place)

    assert ["waiting", "claimed", "confirmed"] == told
    assert ("/account", 200) == (desk.path, desk.status)
    assert ["session.begun", "qr.confirmed"] == topics(stage, resident)[:2]
    assert "用手机扫码在另一处登录" in mobile.get("/account/notices").text


def test_the_session_is_worth_one_factor(stage: Stage, desk: Browser, mobile: Browser) -> None:
    """Whatever the phone is: a confirmation can be talked out of somebody (`mca`, AAL 1)."""
    matched(mobile, desk)
    desk.get(f"{interaction_of(desk)}/qr")
    with stage.services.database.reading() as db:
        latest = db.scalars(select(SignInSession).order_by(SignInSession.authenticated_at.desc())).first()

    assert latest is not None
    assert ({"mca"}, 1, "Edge · Windows") == (set(latest.amr), latest.aal, latest.device)


def test_the_phone_tells_who_asks_before_anything(desk: Browser, mobile: Browser) -> None:
    """Service, device, place and time; the place is a network, and whether it is the phone's."""
    typed(mobile, desk)
    place = desk.get(desk.address)

    for told in (
        "我的账号",
        "Edge · Windows",
        "203.0.113.*",
        "与这部手机不在同一网络",
        "是我，继续",
        "不是我",
    ):
        assert told in mobile.text
    assert "203.0.113.9" not in mobile.text
    assert 'id="shown"' not in place.text


def test_looking_changes_nothing(desk: Browser, mobile: Browser) -> None:
    """A preview of the address, or a page that leads a browser there, claims no screen."""
    typed(mobile, desk).get(mobile.address)

    assert "waiting" == state_of(desk)


def test_wrong_digits_end_it_and_both_sides_say_so(
    stage: Stage, resident: Persona, desk: Browser, mobile: Browser
) -> None:
    """There is no second try; it is written down."""
    place = desk.address
    typed(mobile, desk).fill(decision="claim")
    shown = digits(desk.get(place))
    mobile.fill(decision="confirm", digits=wrong(shown))
    again = mobile.get(mobile.address).text
    desk.get(place)

    assert "数字不对，没有登录" in again
    assert ("/qr", "mismatched") == (desk.path, state_of(desk))
    assert "手机上填的数字不对" in desk.text
    assert "qr.refused" == topics(stage, resident)[0]


@pytest.mark.parametrize("given", ["", "7", "777", "ab"])
def test_what_cannot_be_the_digits_costs_nothing(desk: Browser, mobile: Browser, given: str) -> None:
    """A slip of the finger is not an answer."""
    typed(mobile, desk).fill(decision="claim")
    mobile.fill(decision="confirm", digits=given)

    assert (400, "claimed") == (mobile.status, state_of(desk))


@pytest.mark.parametrize("claims", [True, False], ids=["claimed", "at once"])
def test_not_me_ends_it(
    stage: Stage, resident: Persona, desk: Browser, mobile: Browser, claims: bool
) -> None:
    """Before or after the digits are there; it is written down once."""
    before = topics(stage, resident).count("qr.refused")
    typed(mobile, desk)
    if claims:
        mobile.fill(decision="claim")
    mobile.fill(decision="refuse").post(mobile.address, {"decision": "refuse"})

    assert "refused" == state_of(desk)
    assert "手机上没有同意" in desk.get(desk.address).text
    assert before + 1 == topics(stage, resident).count("qr.refused")


def test_another_picture_voids_the_first(desk: Browser, mobile: Browser) -> None:
    """And has a number of its own."""
    first = number(desk)
    desk.fill()
    mobile.get("/account/qr").fill(number=first)

    assert first != number(desk)
    assert (400, "/account/qr") == (mobile.status, mobile.path)


def test_reloading_keeps_the_picture(desk: Browser) -> None:
    """The page comes anew every three seconds where no scripts run."""
    assert number(desk) == number(desk.get(desk.address))
    assert '<noscript><meta http-equiv="refresh" content="3"></noscript>' in desk.text


def test_only_this_page_may_ask_for_something(stage: Stage, desk: Browser) -> None:
    """The policy of every other page allows no connection."""
    policies = [
        one.page.headers["Content-Security-Policy"]
        for one in (desk, stage.browser().get("/sign-in"))
        if one.page is not None
    ]

    assert [True, False] == ["connect-src 'self'" in policy for policy in policies]


def test_a_phone_that_is_not_signed_in_signs_in_first(stage: Stage, resident: Persona, desk: Browser) -> None:
    """And comes back to the page of the picture."""
    handle = stage.services.extras["qr"].by_number(number(desk), clock.now())
    mobile = stage.browser("198.51.100.7").get(f"/account/qr/{handle}")
    asked = mobile.path
    mobile.fill(login=resident.phone, password="three quiet herons")

    assert ("/sign-in", f"/account/qr/{handle}") == (asked, mobile.path)
    assert "是您在登录吗？" in mobile.text


def test_a_person_with_two_steps_proves_them_on_the_phone(stage: Stage) -> None:
    """And the screen needs no second step: `mfa` says that the phone has just seen two."""
    person = newcomer(2)
    stage.browser().register(person)
    mobile = phone(stage, person).get("/account/methods/totp")
    seed = seed_shown(mobile)
    mobile.fill(code=pyotp.TOTP(seed).now(), two_steps="yes")
    desk = screen(stage)
    matched(mobile, desk)
    desk.get(f"{interaction_of(desk)}/qr")
    with stage.services.database.reading() as db:
        latest = db.scalars(select(SignInSession).order_by(SignInSession.authenticated_at.desc())).first()

    assert "/account" == desk.path
    assert latest is not None and ({"mca", "mfa"}, 2) == (set(latest.amr), latest.aal)


def test_a_phone_confirms_the_second_step(stage: Stage) -> None:
    """The password here, the phone beside it; `qr` is offered to who can prove the phone well enough."""
    person = newcomer(3)
    stage.browser().register(person)
    mobile = phone(stage, person).get("/account/methods/totp")
    mobile.fill(code=pyotp.TOTP(seed_shown(mobile)).now(), two_steps="yes")
    desk = stage.browser().sign_in(person.phone)
    offered = desk.get(f"{interaction_of(desk)}/second-factor?all").text
    desk.get(f"{interaction_of(desk)}/qr")
    matched(mobile, desk)
    desk.get(f"{interaction_of(desk)}/qr")

    assert f'{"/qr"}"' in offered
    assert "/account" == desk.path


def test_a_frozen_person_is_not_let_in(stage: Stage) -> None:
    """Though the phone had confirmed before they were frozen."""
    person = newcomer(4)
    stage.browser().register(person)
    desk, mobile = screen(stage), phone(stage, person)
    matched(mobile, desk)
    found = stage.person(person.phone)
    assert found is not None
    with stage.services.database.writing() as db:
        lifecycle.freeze(db, db.merge(found), "test", clock.now())
    desk.get(f"{interaction_of(desk)}/qr")

    assert "/qr" == desk.path
    assert "session.begun" != topics(stage, person)[0]


def test_a_phone_that_signs_out_takes_its_answer_along(
    stage: Stage, resident: Persona, desk: Browser, mobile: Browser
) -> None:
    """A password that is changed meanwhile ends sessions; nothing may begin after it from one of them."""
    matched(mobile, desk)
    mobile.get("/sign-out").fill("/sign-out")
    desk.get(f"{interaction_of(desk)}/qr")

    assert "/qr" == desk.path
    assert "确认登录的手机已经退出" in desk.text


def test_the_notice_is_told_in_the_inbox_alone(
    stage: Stage, resident: Persona, desk: Browser, mobile: Browser
) -> None:
    """The phone has just shown it; a message would tell nothing more."""
    matched(mobile, desk)
    desk.get(f"{interaction_of(desk)}/qr")
    with stage.services.database.reading() as db:
        notices = db.scalars(select(Notice.topic)).all()

    assert "qr.signed_in" in notices
    assert not [m for m in stage.messages(resident.phone) if "扫码" in m["text"]]


def test_numbers_are_guessed_thirty_times(stage: Stage, desk: Browser) -> None:
    """A day; then even the right one is not looked for."""
    stage.browser().register(newcomer(5))
    guesser, right = phone(stage, newcomer(5)), number(desk)
    guess = "00000000" if right != "00000000" else "00000001"
    answers = [guesser.get("/account/qr").fill(number=guess).status for _ in range(31)]
    guesser.get("/account/qr").fill(number=right)

    assert [400] * 30 + [429] == answers
    assert (429, "waiting") == (guesser.status, state_of(desk))


def test_the_number_may_be_typed_as_it_is_read(desk: Browser, mobile: Browser) -> None:
    """With blanks, dashes and full-width digits."""
    right = number(desk)
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in right)
    mobile.get("/account/qr").fill(number=f" {wide[:4]} - {wide[4:]} ")

    assert re.fullmatch(r"/account/qr/[\w-]{43}", mobile.path)
