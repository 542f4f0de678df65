"""A child in one's care, another phone, everything taken home: in a browser, without scripts."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from connectors.simulator.population import populate
from tests.journeys import steps
from tests.journeys.conftest import Visit
from tests.journeys.sandbox import Citizen, Sandbox
from tests.waiting import eventually

pytestmark = pytest.mark.journey
CHILD = populate(crowd=0).persona("child")
"""Whom the registry of the sandbox knows, and who cannot register alone."""
NEW_PHONE = "+8619900009{:03d}"


@pytest.fixture
def registered(sandbox: Sandbox, visit: Visit) -> tuple[Page, Citizen]:
    """Somebody who has just registered, in a browser without scripts."""
    page, person = visit(scripts=False), sandbox.newcomer()
    page.goto(f"{sandbox.city}/register")
    steps.register(page, sandbox, person)
    steps.agree(page)
    return page, person


def test_a_guardian_lists_a_child(sandbox: Sandbox, registered: tuple[Page, Citizen]) -> None:
    """Name and number are checked, and the page says what a window still has to."""
    page, _ = registered
    page.goto(f"{sandbox.issuer}/account/family")
    steps.press(page, "a[href='/account/family/add']")

    steps.send(
        page, "form#child", kind=CHILD.kind, name=CHILD.name, number=CHILD.number,
        relation="52", agreement="yes", sensitive="yes",
    )  # fmt: skip

    expect(page.locator(".panel.good")).to_be_visible()
    expect(page.locator("main")).to_contain_text(CHILD.name)
    expect(page.locator("main")).not_to_contain_text(CHILD.number)


def test_a_phone_is_changed(sandbox: Sandbox, registered: tuple[Page, Citizen]) -> None:
    """A code to each phone, and both hear of it."""
    page, person = registered
    new = NEW_PHONE.format(int(person.phone[-3:]))
    page.goto(f"{sandbox.issuer}/account/profile")
    steps.press(page, "a[href='/account/phone']")
    with sandbox.next_message(new) as sent_to_new, sandbox.next_message(person.phone) as sent_to_old:
        steps.send(page, "form#new-phone", phone=new)
    with sandbox.next_message(person.phone) as told:
        steps.send(page, "form#codes", new=sent_to_new()["code"], old=sent_to_old()["code"])

    expect(page.locator(".panel.good")).to_be_visible()
    assert "24小时" in told()["text"]


def test_everything_is_taken_home(sandbox: Sandbox, registered: tuple[Page, Citizen], tmp_path: Path) -> None:
    """A file that opens by itself, with what is theirs."""
    page, person = registered
    page.goto(f"{sandbox.issuer}/account/export")
    with page.expect_download() as download:
        page.locator("form#export button[value=json]").click()
    download.value.save_as(tmp_path / "mine.json")
    file = json.loads((tmp_path / "mine.json").read_text())

    assert person.id_number == file["documents"][0]["number"]
    assert download.value.suggested_filename.endswith(".json")


def test_portals_that_answered_are_shown(sandbox: Sandbox, visit: Visit) -> None:
    """Ending another sign-in shows which services know, and looking again shows more."""
    here, there, person = visit(scripts=False), visit(), sandbox.people["elder"]
    steps.enter(there, sandbox.city, person)
    steps.enter(here, sandbox.city, person)
    here.goto(f"{sandbox.issuer}/account/security")
    steps.press(here, "form#sessions button[name=end][value=others]")

    def answered() -> bool:
        here.goto(f"{sandbox.issuer}/account/security/ended")
        return here.locator("main section .tag.good").count() > 0

    assert eventually(answered)
