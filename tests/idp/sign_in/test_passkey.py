"""Passkeys on the pages: added, used to begin and to confirm, renamed and taken away."""

import json
import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest

from connectors.simulator.personas import Persona
from idp.audit.models import AuditEvent
from idp.authenticators import passkey
from idp.authenticators.models import Credential
from idp.persons.models import Person
from idp.sessions.models import SignInSession
from tests.device import Device
from tests.idp.account.stage import Browser, Stage, newcomer, staged

METHODS = "/account/methods"
ADD = f"{METHODS}/passkey"


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A provider with a host name: browsers make passkeys for no bare address."""
    with staged(tmp_path_factory.mktemp("home"), issuer="http://localhost") as stage:
        yield stage


@pytest.fixture(scope="module")
def neighbour(stage: Stage) -> Persona:
    """Somebody else."""
    stage.browser().register(newcomer(2))
    return newcomer(2)


@pytest.fixture
def device(stage: Stage, resident: Persona) -> Iterator[Device]:
    """The resident's phone, with a passkey on it for the length of a test."""
    device = Device()
    add(stage.browser().sign_in(resident.phone), device)
    yield device
    with stage.services.database.writing() as db:
        db.query(Credential).filter_by(kind=passkey.KIND).delete()
        db.query(Person).update({"least_aal": 1})


def options(browser: Browser) -> dict[str, Any]:
    """What the page's script would hand to the device."""
    found = re.search(r"data-(?:get|create)='([^']*)'", browser.text)
    assert found is not None, browser.text
    asked: dict[str, Any] = json.loads(unescape(found.group(1)))
    return asked


def add(browser: Browser, device: Device, name: str = "我的手机") -> Browser:
    """Add the device's passkey, the person being signed in."""
    browser.get(ADD)
    return browser.fill(credential=device.create(options(browser)), name=name)


def answer(browser: Browser, device: Device) -> Browser:
    """Let the device answer the page it is on, whose form leads to the passkey's."""
    action = re.search(r'action="(/interaction/[\w-]{43}/passkey)"', browser.text)
    assert action is not None
    return browser.fill(action.group(1), credential=device.get(options(browser)))


def at_passkey(stage: Stage, source: str = "192.0.2.1") -> Browser:
    """A browser at the button."""
    browser = stage.browser(source).get("/sign-in")
    return browser.get(browser.address.replace("/sign-in", "/passkey"))


def session(stage: Stage) -> SignInSession:
    """The session that was proven last."""
    with stage.services.database.reading() as db:
        found = db.query(SignInSession).order_by(SignInSession.authenticated_at.desc()).first()
        assert found is not None
        db.expunge(found)
        return found


def test_adding_one_counts_as_a_proof(stage: Stage, resident: Persona, device: Device) -> None:
    """It was unlocked a moment ago; recovery codes come next, for the day it is lost."""
    browser = stage.browser().sign_in(resident.phone)
    answer(browser.get("/sign-in?next=/account&again=2"), device)
    add(browser, Device(), "办公电脑")
    where = browser.path
    browser.get(METHODS)

    assert (METHODS + "/recovery-codes", True, True) == (
        where,
        "我的手机" in browser.text,
        "办公电脑" in browser.text,
    )
    assert {"hwk"} <= session(stage).amr


@pytest.mark.parametrize("page", ["the sign-in page", "the button"])
def test_a_passkey_signs_in_without_a_name(stage: Stage, device: Device, page: str) -> None:
    """From the autofill of the first page as from a page of its own, at AAL 3 in one step."""
    browser = at_passkey(stage) if page == "the button" else stage.browser().get("/sign-in")
    answer(browser, device)

    assert "/account" == browser.path
    assert (frozenset({"hwk"}), 3) == (session(stage).amr, session(stage).aal)


def test_nothing_tells_who_has_one(stage: Stage, resident: Persona, device: Device) -> None:
    """Before anybody is known no id is named, whatever login was typed."""
    browser = stage.browser().get("/sign-in").fill(login=resident.phone, password="not the password")

    assert [] == options(browser)["allowCredentials"]
    assert [] == options(at_passkey(stage))["allowCredentials"]


def test_the_login_field_invites_passkeys(stage: Stage, resident: Persona) -> None:
    """`webauthn` is the last word of its autocomplete (HTML, autofill; WebAuthn §5.1.4)."""
    assert 'autocomplete="username webauthn"' in stage.browser().get("/sign-in").text


def test_without_scripts_the_page_says_what_is_missing(stage: Stage, device: Device) -> None:
    """The button is hidden, the sentence is not, and other ways stay."""
    text = at_passkey(stage).text

    assert re.search(r"data-missing>[^<]*没有启用脚本", text)
    assert "data-ready hidden" in text
    assert "换一种方式" in text


def test_it_confirms_whoever_has_given_a_password(stage: Stage, resident: Persona, device: Device) -> None:
    """Two steps chosen: the password alone leads to the passkey, which names its person's own."""
    choose_two_steps(stage, resident)
    browser = stage.browser().sign_in(resident.phone)
    asked, where = options(browser), browser.path
    answer(browser, device)

    assert ("/passkey", 1, "/account") == (where, len(asked["allowCredentials"]), browser.path)
    assert frozenset({"pwd", "hwk"}) == session(stage).amr


def test_somebody_elses_passkey_confirms_nobody(
    stage: Stage, resident: Persona, neighbour: Persona, device: Device
) -> None:
    """A thief with the password and a passkey of their own stays outside."""
    thiefs = Device()
    add(stage.browser().sign_in(neighbour.phone), thiefs)
    choose_two_steps(stage, resident)
    browser = answer(stage.browser().sign_in(resident.phone), thiefs)

    assert "/passkey" == browser.path
    assert "同一个人" in browser.text


def test_an_answer_cannot_be_replayed(stage: Stage, device: Device) -> None:
    """Neither in the same browser nor, with the question it was shown, in another."""
    first, other = at_passkey(stage), at_passkey(stage)
    posted = device.get(options(first))
    other.fill(credential=posted)
    refused = other.path
    first.fill(credential=posted)

    assert ("/passkey", "/account") == (refused, first.path)
    again = at_passkey(stage).fill(credential=posted)
    assert "/passkey" == again.path


def test_a_copied_passkey_is_stopped_and_told(stage: Stage, resident: Persona, device: Device) -> None:
    """By text message and inbox, and the page says which way is left."""
    answer(at_passkey(stage), device)
    device.count = 0
    browser = answer(at_passkey(stage), device)
    stage.work()

    assert "可能已被复制" in browser.text
    assert "可能已被复制" in stage.messages(resident.phone)[0]["text"]


def test_a_frozen_person_stays_outside(stage: Stage, resident: Persona, device: Device) -> None:
    """A passkey proves who somebody is, not that they may enter."""
    with stage.services.database.writing() as db:
        db.query(Person).filter_by(id=person_id(stage, resident)).update({"status": "frozen"})
    browser = answer(at_passkey(stage), device)
    with stage.services.database.writing() as db:
        db.query(Person).filter_by(id=person_id(stage, resident)).update({"status": "active"})

    assert (403, "/passkey") == (browser.status, browser.path)


def test_it_is_made_in_the_session_that_was_invited(
    stage: Stage, resident: Persona, neighbour: Persona
) -> None:
    """Whoever gets another browser to post their own device's answer has added nothing there."""
    victim, thief = stage.browser().sign_in(resident.phone), stage.browser().sign_in(neighbour.phone)
    posted = Device().create(options(thief.get(ADD)))
    victim.get(ADD).fill(credential=posted, name="不是我的")

    assert (400, ADD) == (victim.status, victim.path)
    victim.post(ADD, {"credential": posted, "name": "不是我的"})
    assert 400 == victim.status


def test_adding_takes_a_fresh_proof_at_the_level_it_guards(
    stage: Stage, resident: Persona, device: Device
) -> None:
    """Whoever has a passkey adds another with it, not with the password alone."""
    browser = stage.browser().sign_in(resident.phone).get(ADD)

    assert "/passkey" == browser.path


def test_a_known_passkey_is_not_added_again(stage: Stage, neighbour: Persona, device: Device) -> None:
    """Somebody else's id under one's own key would take their sign-in over (§7.1)."""
    browser = stage.browser().sign_in(neighbour.phone)
    add(browser, Device(id=device.id))

    assert (400, True) == (browser.status, "已经添加过" in browser.text)


def test_renaming_and_taking_away(stage: Stage, resident: Persona, device: Device) -> None:
    """Nobody else's can be reached; one that was taken away opens nothing."""
    browser = answer(at_passkey(stage), device).get(METHODS)
    rename = re.search(rf'href="({ADD}/[0-9a-f-]+)"', browser.text)
    end = re.search(r'name="end" value="([0-9a-f-]{36})"', browser.text)
    assert rename is not None and end is not None
    browser.get(rename.group(1)).fill(name="  旧手机  ")
    renamed = "旧手机" in browser.text
    strangers = stage.browser().sign_in(newcomer(2).phone).get(rename.group(1)).status
    browser.fill(METHODS, end=end.group(1))

    assert (True, 404) == (renamed, strangers)
    assert "/passkey" == answer(at_passkey(stage), device).path


def test_the_trail_has_it_all(stage: Stage, resident: Persona, device: Device) -> None:
    """Added, used, refused: each is an event of its person."""
    answer(at_passkey(stage), device)
    answer(at_passkey(stage), Device(id=device.id, user=device.user))
    with stage.services.database.reading() as db:
        found = db.query(AuditEvent).filter_by(person_id=person_id(stage, resident)).all()
        told = {(one.topic, one.details.get("method") or one.details.get("kind")) for one in found}

    assert {("credential.added", "passkey"), ("session.begun", "hwk"), ("sign_in.refused", "passkey")} <= told


def test_no_passkeys_where_the_issuer_is_an_address(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Browsers refuse to make one there, so nothing of it is shown."""
    with staged(tmp_path_factory.mktemp("home"), issuer="http://127.0.0.1:8000") as bare:
        browser = bare.browser().get("/sign-in")

        assert [] == re.findall("passkey|webauthn", browser.text)


def choose_two_steps(stage: Stage, persona: Persona) -> None:
    with stage.services.database.writing() as db:
        db.query(Person).filter_by(id=person_id(stage, persona)).update({"least_aal": 2})


def person_id(stage: Stage, persona: Persona) -> Any:
    found = stage.person(persona.phone)
    assert found is not None
    return found.id
