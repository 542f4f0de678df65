"""One press tells everything that is wrong with a form: at its field, in the summary, with what was typed."""

import re
from collections.abc import Mapping

import pytest

from tests.idp.account.stage import PASSWORD, Browser, Stage, identity, newcomer

DOCUMENT = {"kind": "resident_id_18", "number": "210000199001019002", "name": "12345"}
"""A check digit that does not fit, and a name of digits."""
SECRET = "/account/security/password"  # noqa: S105 – a page


def told(browser: Browser) -> dict[str, bool]:
    """The fields the summary leads to, and whether each has its own words beside it."""
    summary = browser.text.partition('id="errors"')[2].partition("</ul>")[0]
    fields = re.findall(r'href="#([a-z_]+)"', summary)
    return {field: f'id="{field}-error"' in browser.text for field in fields}


def at_identity(stage: Stage, wizard: str, phone: str) -> Browser:
    return stage.browser().get(f"/{wizard}").prove_phone(phone)


def test_registration_names_number_name_and_both_ticks_at_once(stage: Stage) -> None:
    """Check digit, name, agreement, the separate consent: four lines, and nothing is asked of anybody."""
    before, browser = stage.calls(), at_identity(stage, "register", stage.spare_phone())
    browser.fill(**DOCUMENT)

    assert dict.fromkeys(("name", "number", "agreement", "sensitive"), True) == told(browser)
    assert (400, before) == (browser.status, stage.calls())
    assert DOCUMENT["number"] in browser.text and DOCUMENT["name"] in browser.text


def test_a_tick_that_was_set_stays_set(stage: Stage) -> None:
    """Nothing is asked twice (WCAG 3.3.7)."""
    browser = at_identity(stage, "register", stage.spare_phone())
    browser.fill(**DOCUMENT, agreement="yes")
    box = re.findall(r'<input id="agreement"[^>]*>', browser.text)[0]

    assert {"name", "number", "sensitive"} == set(told(browser))
    assert "checked" in box


def test_a_passport_lacks_its_country_and_more(stage: Stage) -> None:
    """The number is looked at without the country too."""
    browser = at_identity(stage, "register", stage.spare_phone())
    browser.fill(kind="foreign_passport", number="A1", name="12345")

    assert {"country", "name", "number", "agreement", "sensitive"} == set(told(browser))


def test_login_name_and_password_are_told_together(stage: Stage) -> None:
    """A login name that is none, and a password anybody would guess."""
    browser = at_identity(stage, "register", newcomer(11).phone).fill(**identity(newcomer(11)))
    browser.get("/register/password").fill(login="1", password="short")

    assert {"login": True, "password": True} == told(browser)


def test_recovery_names_number_and_name(stage: Stage) -> None:
    """By phone as well as without it, where login and code belong to the same form."""
    by_phone = at_identity(stage, "recover", stage.spare_phone()).fill(**DOCUMENT)
    without = stage.browser().get("/recover/without-phone")
    without.fill("/recover/without-phone", **DOCUMENT, login="", code="1")

    assert {"name", "number"} == set(told(by_phone))
    assert {"login", "name", "number", "code"} == set(told(without))


@pytest.fixture(scope="module")
def grown(stage: Stage) -> Browser:
    """Somebody signed in."""
    return stage.browser().register(newcomer(12))


@pytest.mark.parametrize(
    ("page", "posted", "fields"),
    [
        ("/account/family/add", DOCUMENT, {"name", "number", "relation", "agreement", "sensitive"}),
        ("/account/profile/renaming", DOCUMENT, {"name", "number"}),
        (
            "/account/security/password",
            {"current": "not it at all", "password": "short"},
            {"current", "password"},
        ),
        (
            "/account/security/password",
            {"current": "not it at all", "password": "password1"},
            {"current", "password"},
        ),
    ],
)
def test_so_do_the_persons_own_pages(
    grown: Browser, page: str, posted: Mapping[str, str], fields: set[str]
) -> None:
    """A child, a new name, a new password."""
    grown.get(page).fill(page, **posted)

    assert fields == set(told(grown))
    assert PASSWORD not in grown.text
