"""Recovery codes in place of a lost second factor."""

import re

import pyotp
import pytest

from connectors.simulator.personas import Persona
from idp.account import wizards
from tests.idp.account.stage import Browser, Stage
from tests.idp.sign_in.test_totp import forget_steps, seed_shown


@pytest.fixture(scope="module")
def codes(stage: Stage, resident: Persona) -> list[str]:
    """What the resident has printed, with an app added and two steps chosen."""
    browser = stage.browser().sign_in(resident.phone).get("/account/methods/totp")
    browser.fill(code=pyotp.TOTP(seed_shown(browser)).now(), two_steps="yes")
    browser.get("/account/methods/recovery-codes").fill()
    return re.findall(r"<code>([0-9a-z-]{14})</code>", browser.text)


def at_recovery_code(stage: Stage, resident: Persona) -> Browser:
    """A browser that has given the password and chosen the recovery code."""
    forget_steps(stage)
    browser = stage.browser().sign_in(resident.phone)
    return browser.get(browser.address.replace("/totp", "/recovery-code"))


def test_ten_are_shown_once(stage: Stage, resident: Persona, codes: list[str]) -> None:
    """Each differs, and none can be read again."""
    assert (10, 10) == (len(codes), len(set(codes)))


def test_each_is_good_once(stage: Stage, resident: Persona, codes: list[str]) -> None:
    """In any spelling; its person hears that it was used."""
    first = at_recovery_code(stage, resident).fill(recovery_code=codes[0].upper().replace("-", " "))
    second = at_recovery_code(stage, resident).fill(recovery_code=codes[0])
    stage.work()

    assert ("/account", "/recovery-code") == (first.path, second.path)
    assert "恢复码" in stage.messages(resident.phone)[0]["text"]


def test_new_ones_void_the_old(stage: Stage, resident: Persona, codes: list[str]) -> None:
    """A sheet that was lost is worth nothing any more; the new one says whose it is to who knows it."""
    browser = at_recovery_code(stage, resident).fill(recovery_code=codes[1])
    sheet = browser.get("/account/methods/recovery-codes").fill().text
    late = at_recovery_code(stage, resident).fill(recovery_code=codes[2])

    assert "/recovery-code" == late.path
    assert f"账号 {wizards.masked(resident.phone)}，" in sheet and "凭恢复码和证件也能找回" in sheet
