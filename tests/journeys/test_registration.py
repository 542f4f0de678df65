"""A citizen registers by 公民身份号码, is verified by the registry, and comes out where they were going."""

from datetime import date

import pytest
from playwright.sync_api import Page, expect

from connectors.simulator.population import populate
from idp.persons import synthetic
from tests.journeys import steps
from tests.journeys.conftest import Visit
from tests.journeys.sandbox import Citizen, Sandbox
from tests.waiting import eventually

pytestmark = pytest.mark.journey


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_a_citizen_registers_on_the_way_to_one_portal_and_is_let_into_the_other(
    sandbox: Sandbox, visit: Visit, scripts: bool
) -> None:
    """Verified inside a sign-in, one arrives; the fund needs no page; out of one is out of both."""
    page, citizen = visit(scripts=scripts), sandbox.newcomer()
    page.goto(f"{sandbox.city}/sign-in")
    steps.press(page, "a[href*='/register']")

    steps.register(page, sandbox, citizen)
    steps.agree(page)
    expect(page.locator("#portal-person")).to_have_text(citizen.name)
    expect(page.locator(".level")).to_contain_text("三级")
    assert page.url.startswith(sandbox.city)

    shown = steps.pages_on_the_way(page, sandbox.issuer, lambda: steps.press(page, "#to-housing-fund"))
    expect(page.locator("#fund-balance")).to_be_visible()
    assert [] == shown

    steps.press(page, "form#portal-sign-out button")
    assert eventually(lambda: steps.is_out(page, sandbox.city))
    assert eventually(lambda: steps.is_out(page, sandbox.fund))


def test_the_portals_own_register_button_does_the_same(sandbox: Sandbox, page: Page) -> None:
    """`prompt=create` is met by the registration: one arrives at the portal without signing in again."""
    citizen = sandbox.newcomer()
    page.goto(sandbox.city)
    steps.press(page, "#portal-register")

    steps.register(page, sandbox, citizen)
    steps.agree(page)

    expect(page.locator("#portal-person")).to_have_text(citizen.name)


def test_who_registers_alone_ends_at_their_start_page(sandbox: Sandbox, page: Page) -> None:
    """Without a portal the start page lists the services one may enter, and leads into them."""
    page.goto(f"{sandbox.issuer}/register")

    steps.register(page, sandbox, sandbox.newcomer())

    assert f"{sandbox.issuer}/account" == page.url
    steps.press(page, page.locator("main a", has_text="公积金"))
    steps.agree(page)
    assert page.url.startswith(sandbox.fund)


def test_an_outage_of_the_registry_leaves_level_two_and_raises_it_later(sandbox: Sandbox, page: Page) -> None:
    """Nobody waits for a silent registry: told, let in where level 2 does, raised when it answers."""
    citizen = sandbox.newcomer()
    page.goto(f"{sandbox.city}/sign-in")
    steps.press(page, "a[href*='/register']")
    told: dict[str, str] = {}
    with sandbox.outage():
        steps.register(page, sandbox, citizen, lambda name: told.update({name: page.inner_text("main")}))
        steps.agree(page)
        expect(page.locator(".level")).to_contain_text("二级")
        assert "暂时没有回应" in told["register-verifying"]

        page.goto(f"{sandbox.fund}/account")
        expect(page.locator("main")).to_contain_text("三级 · 实名核验")
        expect(page.locator("main")).to_contain_text("核验正在进行")
        waiting = page.url

    assert eventually(lambda: any("三级" in one["text"] for one in sandbox.messages(citizen.phone)), 60)
    page.goto(waiting)
    steps.agree(page)
    expect(page.locator("#fund-balance")).to_be_visible()


def test_below_the_level_one_verifies_and_is_back_in_the_same_request(sandbox: Sandbox, page: Page) -> None:
    """The fund asks level 3: the page says why, verifying takes one form, and the same sign-in goes on."""
    person = sandbox.people["unregistered-20"]
    page.goto(f"{sandbox.fund}/sign-in")
    interaction = page.url.rsplit("/", 1)[0]
    steps.sign_in(page, person.login, person.password)
    expect(page.locator("h1")).to_contain_text("更高的可信等级")
    expect(page.locator("main")).to_contain_text("为什么")
    assert page.url.startswith(interaction)

    steps.press(page, page.locator("a", has_text="立即核验"))
    steps.tell_identity(page, "form#verify", person)
    steps.agree(page)

    expect(page.locator("#fund-balance")).to_be_visible()
    assert page.url.startswith(sandbox.fund)


def test_a_wrong_name_and_an_unknown_number_read_the_same(sandbox: Sandbox, page: Page) -> None:
    """Whether the registry knows a number is nobody's business but its holder's."""
    citizen = sandbox.newcomer()
    page.goto(f"{sandbox.issuer}/register")
    code = steps.give_phone(page, "form#register-phone", sandbox, citizen.phone)
    steps.send(page, "form#sms-code", code=code)

    unknown, texts = synthetic.resident_id(date(1990, 1, 1), "M", "540000", 7), []
    for claimed in (
        {"name": "欧阳不是他"},
        {"number": unknown},
    ):
        steps.tell_identity(page, "form#register-identity", citizen, **claimed)
        texts.append(page.inner_text("#errors"))

    assert texts[0] == texts[1]


def test_a_child_is_led_to_the_guardian(sandbox: Sandbox, page: Page) -> None:
    """Under fourteen nothing is kept, and the page says what a guardian does (PIPL Art. 31)."""
    known = populate(crowd=0).persona("child")
    child = Citizen(known.name, known.kind, known.number, known.phone)
    page.goto(f"{sandbox.issuer}/register")
    code = steps.give_phone(page, "form#register-phone", sandbox, child.phone)
    steps.send(page, "form#sms-code", code=code)

    steps.tell_identity(page, "form#register-identity", child)

    expect(page.locator("h1")).to_contain_text("请由监护人办理")
    expect(page.locator("main")).to_contain_text("户口簿")
