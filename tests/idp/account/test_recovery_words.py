"""What people read around a recovery is true of the way it went, and says in time what waits after it."""

import re
from dataclasses import dataclass
from datetime import datetime

import pyotp
import pytest

from idp import clock
from idp.account import recovered_by
from idp.authenticators import catalogue, recovery_codes, totp
from idp.notices import texts
from idp.persons import hold
from idp.persons.models import Person
from tests.idp.account.stage import Browser, Stage, identity, newcomer

NEW = "five patient cranes"
PAGE = "/recover/without-phone"
TOTP = "/account/methods/totp"


@dataclass
class Recovered:
    """Somebody who recovered by a printed code and signed in, and the pages they read on the way."""

    phone: str
    asked: str
    done: str
    browser: Browser


@pytest.fixture(scope="module")
def recovered(stage: Stage) -> Recovered:
    """Phone, password and a sheet of codes are all they have."""
    person = newcomer(1)
    there = stage.browser().register(person).get("/account/methods/recovery-codes")
    code = re.findall(r"<code>([0-9a-z-]{14})</code>", there.fill("/account/methods/recovery-codes").text)[0]
    typed = {key: value for key, value in identity(person).items() if key in {"kind", "name", "number"}}
    at = stage.browser().get(PAGE).fill(PAGE, login=person.phone, code=code, **typed)
    asked = at.text
    done = at.fill("/recover/password", password=NEW).text
    stage.work()
    return Recovered(person.phone, asked, done, stage.browser().sign_in(person.phone, NEW))


@pytest.mark.parametrize("means", [totp.AMR, recovery_codes.AMR])
@pytest.mark.parametrize("told", ["recovery.started", "password.recovered"])
def test_a_recovery_without_the_phone_has_words_of_its_own(told: str, means: frozenset[str]) -> None:
    """Only whoever needed a code by SMS may read that nothing changes without one."""
    topic = recovered_by.topic(told, means)

    assert topic != told
    assert texts.has_text(topic)
    assert told == recovered_by.topic(told, frozenset({"sms"}))


def test_no_notice_promises_what_is_not_so(stage: Stage, recovered: Recovered) -> None:
    """Messages and inbox name the printed code, and what to do if it was somebody else."""
    said = [one["text"] for one in stage.messages(recovered.phone)][:2]
    inbox = recovered.browser.get("/account/notices").text

    assert all("恢复码" in text and "12345" in text for text in said)
    assert "短信验证码告诉" not in "".join(said)
    assert "无须处理" not in inbox
    assert "用短信再次找回密码" in inbox


def test_no_step_is_marked_done_that_was_not_taken(recovered: Recovered) -> None:
    """Nobody proved a phone."""
    assert "手机验证" not in recovered.asked
    assert "1. 身份核对" in recovered.asked


def test_what_waits_is_said_before_and_while_it_does(recovered: Recovered) -> None:
    """At the new password, after it, and at home and 登录与安全 until when."""
    pages = [recovered.browser.get(path).text for path in ("/account", "/account/security")]

    assert "找回后 24 小时内" in recovered.asked
    assert "找回后 24 小时内" in recovered.done
    assert all('id="waiting"' in page for page in pages)


def test_nothing_is_offered_that_cannot_work(stage: Stage, recovered: Recovered) -> None:
    """The phone would be asked for a second way itself; a certificate is nobody's who has added none."""
    everything = {way.needs for way in catalogue.WAYS if way.needs}

    def ways(at: datetime) -> list[str]:
        with stage.services.database.reading() as db:
            person = db.get_one(Person, stage.person(recovered.phone).id)  # type: ignore[union-attr]
            return [way.name for way in catalogue.further(db, person, {"pwd"}, 2, everything, at)]

    assert [] == ways(clock.now())
    assert ["sms", "recovery-code", "qr"] == ways(clock.now() + hold.LENGTH)


def test_the_page_names_nothing_they_lack(recovered: Recovered) -> None:
    """And leads into no circle."""
    page = recovered.browser.get("/sign-in?again=2&next=/account/levels").text

    assert "需要两种方式的，请在这之后再办" in page
    assert "先输入密码" not in page
    assert "通行密钥" not in page


def test_closing_is_refused_before_the_password_is_asked(recovered: Recovered) -> None:
    """Nobody types it for nothing."""
    page = recovered.browser.get("/account/close")

    assert (403, False) == (page.status, 'name="password"' in page.text)


def test_words_of_messages_stay_with_messages(stage: Stage) -> None:
    """An app sends none: neither where it is added nor where its code is wrong."""
    person = newcomer(2)
    browser = stage.browser().register(person).get(TOTP)
    seed = re.findall(r'id="seed">([A-Z2-7 ]+)<', browser.text)[0].replace(" ", "")
    empty = browser.fill(TOTP, code="").text
    browser.fill(TOTP, code=pyotp.TOTP(seed).now(), two_steps="yes")
    again = stage.browser().sign_in(person.phone)
    wrong = again.fill(code="000000").text

    assert "验证器应用显示的 6 位数字" in empty
    assert "动态码不对" in wrong
    assert "短信" not in wrong.partition('id="errors"')[2].partition("</ul>")[0]


def test_an_empty_form_names_its_fields_in_their_order(stage: Stage) -> None:
    """And does not call a code wrong that nobody typed (WCAG 3.3.1)."""
    page = stage.browser().get(PAGE).fill(PAGE, kind="foreign_passport").text
    summary = page.partition('id="errors"')[2].partition("</ul>")[0]

    assert ["login", "name", "country", "number", "code"] == re.findall(r'href="#([a-z_]+)"', summary)
    assert "请填写恢复码或动态码" in summary
