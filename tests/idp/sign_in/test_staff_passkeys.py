"""Passkeys of civil servants: after the directory's password, never in its place, as far as AAL 3."""

import re
from collections.abc import Iterator

import ldap3
import pytest
from sqlalchemy import update

from connectors.simulator.directory import dn_of
from idp import clock
from idp.account import staff_rounds
from idp.account.staff_guard import RECENT
from idp.authenticators import passkey
from idp.persons.models import PersonStatus
from idp.sessions.models import SignInSession
from tests.device import Device, encoded
from tests.idp.account.stage import Browser, Stage
from tests.idp.sign_in.test_passkey import answer, options, session
from tests.idp.sign_in.test_staff import HERE, arrive, grow_old, known, root, server, settle, staffed
from tests.servers import DirectoryServer

__all__ = ["root", "server"]
ADD = "/staff/passkeys"


@pytest.fixture(scope="module")
def stage(server: DirectoryServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A provider with a host name: browsers make passkeys for no bare address."""
    with staffed(server, tmp_path_factory.mktemp("home"), issuer="http://localhost") as stage:
        yield stage


def add(browser: Browser, device: Device, name: str = "安全密钥") -> Browser:
    """Add the device's passkey, the civil servant being signed in."""
    browser.get(ADD)
    return browser.fill(credential=device.create(options(browser)), name=name)


def one_of(browser: Browser) -> str:
    """Where the first passkey of the own page is changed."""
    found = re.search(r'href="(/staff/passkeys/[0-9a-f-]{36})"', browser.get("/staff").text)
    assert found is not None
    return found.group(1)


@pytest.mark.parametrize(
    ("login", "synced", "reached"), [("wang_fang", False, 3), ("li_na", True, 2)], ids=["bound", "copied"]
)
def test_password_and_passkey_make_what_the_passkey_is_worth(
    stage: Stage, login: str, synced: bool, reached: int
) -> None:
    """AAL 3 where it cannot leave its device, AAL 2 where it may be copied (`idp.assurance`)."""
    browser, _ = settle(stage, login)
    device = Device(synced=synced)
    add(browser, device)
    again = arrive(stage.browser(), login)
    asked = again.path
    answer(again, device)

    assert ("/passkey", "/staff") == (asked, again.path)
    assert (frozenset({"pwd", "swk" if synced else "hwk"}), reached) == (
        session(stage).amr,
        session(stage).aal,
    )


def test_adding_one_is_a_proof_and_the_page_names_it(stage: Stage) -> None:
    """The session is worth AAL 3 from then on, under a new handle."""
    browser, _ = settle(stage, "zhao_min")
    add(browser, Device(), "办公室的密钥")

    assert ("/staff", True) == (browser.path, "办公室的密钥" in browser.text)
    assert (frozenset({"pwd", "otp", "hwk"}), 3) == (session(stage).amr, session(stage).aal)


def test_several_are_named_and_taken_away(stage: Stage) -> None:
    """One that was removed is offered and accepted no longer."""
    browser, _ = settle(stage, "sun_li")
    lost, kept = Device(), Device()
    add(browser, lost, "旧密钥")
    add(browser, kept, "新密钥")
    browser.get(one_of(browser)).fill(name="丢了的密钥")
    named = browser.text
    browser.get(one_of(browser)).fill(decision="end")
    again = arrive(stage.browser(), "sun_li")
    offered = [one["id"] for one in options(again)["allowCredentials"]]
    answer(again, lost)

    assert ("丢了的密钥" in named, "丢了的密钥" in browser.text, "新密钥" in browser.text) == (
        True,
        False,
        True,
    )
    assert [encoded(kept.id)] == offered
    assert "/passkey" == again.path


def test_a_passkey_does_not_stand_in_for_the_directory(stage: Stage) -> None:
    """Before the password nobody is asked for one, and an answer is not looked at."""
    browser = stage.browser().get("/staff/sign-in")
    place = browser.address.replace("/staff", "/passkey")
    asked = browser.get(place).path
    browser.post(place, {"credential": "{}"})

    assert ("/staff", "/staff") == (asked, browser.path)
    assert "/passkey" not in browser.text


def test_an_old_proof_changes_nothing(stage: Stage) -> None:
    """Whoever finds an open browser cannot make themselves at home in it."""
    browser, _ = settle(stage, "zhou_jie")
    add(browser, Device())
    change = one_of(browser)
    with stage.services.database.writing() as db:
        db.execute(update(SignInSession).values(authenticated_at=clock.now() - 2 * RECENT))
    places = [browser.get(path).path for path in (ADD, change)]

    assert ["/staff", "/staff"] == places
    assert 'name="login"' in browser.text


def test_another_ones_passkey_confirms_nobody(stage: Stage) -> None:
    """The same civil servant gives both proofs."""
    mine, theirs = Device(), Device()
    add(settle(stage, "wu_hao")[0], mine)
    add(settle(stage, "chen_yu")[0], theirs)
    browser = arrive(stage.browser(), "wu_hao")
    answer(browser, theirs)

    assert "/passkey" == browser.path
    assert "要由同一个人确认" in browser.text


def test_without_scripts_the_app_stays(stage: Stage) -> None:
    """Adding and confirming say what is missing, and lead to the app."""
    browser, _ = settle(stage, "pair")
    adding = browser.get(ADD).text
    add(browser, Device())
    confirming = arrive(stage.browser(), "pair")
    missing = confirming.text
    others = confirming.get(re.sub(r"/passkey$", "/second-factor?all", confirming.address)).text

    assert all("没有启用脚本" in text for text in (adding, missing))
    assert 'href="/staff/app"' in adding
    assert "/totp" in others


def test_whoever_is_disabled_is_shut_out_passkey_or_not(stage: Stage, root: ldap3.Connection) -> None:
    """The directory is asked at every sign-in and by the worker in between."""
    browser, _ = settle(stage, "off")
    add(browser, Device())
    root.modify(dn_of("off", HERE), {"employeeType": [(ldap3.MODIFY_REPLACE, ["disabled"])]})
    grow_old(stage)
    staff_rounds.go_round(stage.services)
    again = arrive(stage.browser(), "off")
    person, _ = known(stage, "off")
    with stage.services.database.reading() as db:
        kept = passkey.of(db, person.id)

    assert ("/staff", "/staff") == (browser.get("/staff").path, again.path)
    assert "已停用" in again.text
    assert (PersonStatus.FROZEN, 1) == (person.status, len(kept))
