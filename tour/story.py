"""What is shown, in order: a citizen from the first page to the last, then the same for everybody else."""

from playwright.sync_api import Page

from tests.browser import PHONE
from tests.journeys import relying_party, steps
from tests.journeys.sandbox import Citizen
from tests.waiting import eventually
from tour.certificate import a_certificate_signs_in
from tour.company import (
    an_agent_acts_for_a_company,
    another_representative_takes_over,
    the_registry_closes_a_company,
)
from tour.face import a_face_raises_the_level
from tour.offices import a_civil_servant_enters_two_offices
from tour.pairing import a_phone_signs_a_screen_in
from tour.passkey import a_passkey_signs_in
from tour.phone_code import a_code_signs_in
from tour.stage import Stage
from tour.whole import the_whole_story
from tour.window import an_operator_stands_by_a_reading


def play(stage: Stage) -> None:
    """Every scene in turn."""
    page, citizen = stage.window(), stage.sandbox.newcomer()
    for scene in (_arrives, _registers, _enters_both, _looks_at_own_pages, _leaves_both, _mistypes):
        scene(stage, page, citizen)
    page.context.close()
    for appendix in (
        the_whole_story,
        _agrees_with_a_third_party,
        a_code_signs_in,
        a_passkey_signs_in,
        a_phone_signs_a_screen_in,
        a_certificate_signs_in,
        a_face_raises_the_level,
        an_agent_acts_for_a_company,
        another_representative_takes_over,
        the_registry_closes_a_company,
        a_civil_servant_enters_two_offices,
        an_operator_stands_by_a_reading,
        _in_english,
        _large,
        _on_a_phone,
        _in_an_outage,
    ):
        appendix(stage)


def _arrives(stage: Stage, page: Page, _: Citizen) -> None:
    page.goto(stage.sandbox.city)
    stage.album.take(page, "portal")
    steps.press(page, "#portal-sign-in")
    stage.album.take(page, "sign-in")


def _registers(stage: Stage, page: Page, citizen: Citizen) -> None:
    sandbox, album = stage.sandbox, stage.album
    steps.press(page, "a[href*='/register']")
    steps.fill_in(page, "form#register-phone", phone=citizen.phone.removeprefix("+86"))
    album.take(page, "register-phone")
    with sandbox.next_message(citizen.phone) as message:
        steps.submit(page, "form#register-phone")
    code = message()["code"]
    _read_messages(stage, page)
    steps.fill_in(page, "form#sms-code", code=code)
    album.take(page, "register-code")
    steps.submit(page, "form#sms-code")
    fields = {"kind": citizen.id_type, "name": citizen.name, "number": citizen.id_number}
    steps.fill_in(page, "form#register-identity", **fields, agreement="yes", sensitive="yes")
    album.take(page, "register-identity")
    steps.submit(page, "form#register-identity")
    album.take(page, "register-verifying")
    steps.press(page, steps.ONWARD)
    steps.fill_in(page, "form#register-password", password=steps.NEW_PASSWORD)
    album.take(page, "register-password")
    steps.submit(page, "form#register-password")


def _read_messages(stage: Stage, page: Page) -> None:
    inbox = page.context.new_page()
    inbox.goto(stage.inbox)
    stage.album.take(inbox, "messages", whole=False)
    inbox.close()


def _enters_both(stage: Stage, page: Page, _: Citizen) -> None:
    album = stage.album
    if page.locator("#consent-accept").count():
        album.take(page, "notice")
        steps.agree(page)
    album.take(page, "portal-signed-in")
    page.goto(f"{stage.sandbox.city}/me")
    album.take(page, "portal-facts")
    page.goto(stage.sandbox.city)
    steps.press(page, "#to-housing-fund")
    album.take(page, "fund")


def _looks_at_own_pages(stage: Stage, page: Page, _: Citizen) -> None:
    for own in ("", "/security", "/consents", "/activity", "/family/add", "/preferences"):
        page.goto(f"{stage.sandbox.issuer}/account{own}")
        stage.album.take(page, f"account{own.replace('/', '-')}")


def _leaves_both(stage: Stage, page: Page, _: Citizen) -> None:
    page.goto(f"{stage.sandbox.fund}/account")
    steps.press(page, "form#portal-sign-out button")
    stage.album.take(page, "signed-out")
    eventually(lambda: steps.is_out(page, stage.sandbox.city))
    page.goto(stage.sandbox.city)
    stage.album.take(page, "signed-out-everywhere")


def _mistypes(stage: Stage, page: Page, citizen: Citizen) -> None:
    page.goto(f"{stage.sandbox.city}/sign-in")
    steps.sign_in(page, citizen.phone.removeprefix("+86"), "not the password")
    stage.album.take(page, "wrong-password")


def _agrees_with_a_third_party(stage: Stage) -> None:
    page, person = stage.window(), stage.sandbox.people["foreigner"]
    with relying_party.listening(stage.sandbox.issuer, stage.sandbox.public_client()) as application:
        page.goto(application.request())
        steps.sign_in(page, person.login, person.password)
        stage.album.take(page, "consent")
    page.context.close()


def _in_english(stage: Stage) -> None:
    page = stage.window(language="en-GB")
    page.goto(f"{stage.sandbox.fund}?lang=en")
    page.goto(f"{stage.sandbox.fund}/sign-in")
    stage.album.take(page, "english")
    page.context.close()


def _large(stage: Stage) -> None:
    page = stage.window()
    page.goto(f"{stage.sandbox.city}/sign-in")
    steps.press(page, ".switches a.care")
    stage.album.take(page, "care")
    page.context.close()


def _on_a_phone(stage: Stage) -> None:
    page, person = stage.window(size=PHONE), stage.sandbox.people["woman"]
    page.goto(f"{stage.sandbox.city}/sign-in")
    stage.album.take(page, "phone-sign-in")
    steps.sign_in(page, person.login, person.password)
    steps.agree(page)
    stage.album.take(page, "phone-portal")
    page.goto(f"{stage.sandbox.issuer}/account")
    stage.album.take(page, "phone-account")
    page.context.close()


def _in_an_outage(stage: Stage) -> None:
    page, citizen, album = stage.window(), stage.sandbox.newcomer(), stage.album
    page.goto(f"{stage.sandbox.city}/register")
    with stage.sandbox.outage():
        code = steps.give_phone(page, "form#register-phone", stage.sandbox, citizen.phone)
        steps.send(page, "form#sms-code", code=code)
        steps.tell_identity(page, "form#register-identity", citizen)
        album.take(page, "outage")
        steps.press(page, steps.ONWARD)
        steps.send(page, "form#register-password", password=steps.NEW_PASSWORD)
        steps.agree(page)
        page.goto(f"{stage.sandbox.fund}/account")
        album.take(page, "step-up")
        waiting = page.url
    eventually(lambda: any("三级" in one["text"] for one in stage.sandbox.messages(citizen.phone)), 60)
    page.goto(waiting)
    steps.agree(page)
    album.take(page, "outage-over")
    page.context.close()
