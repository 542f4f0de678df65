"""Everything a person takes home: whole, theirs alone, freshly proven, and recorded."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import inspect, select, update

from idp import clock
from idp.account import everything
from idp.audit.models import AuditEvent
from idp.persons.models import Person
from idp.sessions.models import SignInSession
from idp.storage.base import Base
from tests.idp.account.stage import PASSWORD, Browser, Stage, newcomer

PAGE = "/account/export"


@pytest.fixture(scope="module")
def someone(stage: Stage) -> Person:
    stage.browser().register(newcomer(1))
    stage.browser().register(newcomer(2))
    found = stage.person(newcomer(1).phone)
    assert found is not None
    return found


@pytest.fixture
def own(stage: Stage, someone: Person) -> Browser:
    return stage.browser(f"198.51.100.{next(stage.numbers) % 250}").sign_in(newcomer(1).phone)


def taken(browser: Browser) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(browser.get(PAGE).fill(PAGE, format="json").text)
    return found


def test_the_file_holds_everything_unmasked(own: Browser) -> None:
    """It is theirs: name, number and phone as they are (PIPL Art. 45)."""
    persona, file = newcomer(1), taken(own)

    assert (persona.name, persona.phone) == (file["person"][0]["name"], file["person"][0]["phone"])
    assert persona.number == file["documents"][0]["number"]
    for section in ("evidence", "consents", "credentials", "sessions", "activity"):
        assert file[section], section


def test_no_secret_leaves(own: Browser) -> None:
    """Neither hashes nor digests of handles nor sealed values."""
    text = own.get(PAGE).fill(PAGE, format="json").text

    assert [] == [word for word in ("argon2", "sealed", "secret", '"digest"', PASSWORD) if word in text]


def test_nothing_of_others_is_in_it(own: Browser) -> None:
    """Another person's name and number are nowhere (access across people)."""
    text = own.get(PAGE).fill(PAGE, format="json").text

    assert [] == [secret for secret in (newcomer(2).name, newcomer(2).number) if secret in text]


@pytest.mark.parametrize("kind", ["json", "html"])
def test_the_file_is_saved_and_kept_nowhere(own: Browser, kind: str) -> None:
    """An attachment that no cache keeps, no browser shows in our name, and no script runs in."""
    own.get(PAGE).fill(PAGE, format=kind)
    assert own.page is not None
    headers = own.page.headers

    assert headers["Content-Disposition"].startswith("attachment;")
    assert "no-store" == headers["Cache-Control"]
    assert "sandbox" in headers["Content-Security-Policy"]
    assert "<script" not in own.text


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_the_page_reads_in_both_languages(own: Browser, language: str) -> None:
    """Every column has a name."""
    own.get(f"{PAGE}?lang={language}").fill(PAGE, format="html")
    columns = {column for _, _, _, columns in everything.TABLES for column in columns}

    assert newcomer(1).number in own.text
    assert [] == [column for column in columns if f">{column}</th>" in own.text]


def test_the_page_has_words_for_codes(own: Browser) -> None:
    """What other pages say in words is said so here; only the file for programs has the codes."""
    own.get(f"{PAGE}?lang=zh-Hans").fill(PAGE, format="html")
    cells = set(re.findall("<td[^>]*>([^<]*)</td>", own.text))

    assert {"个人", "正常", "网上注册", "中文", "本人", "密码"} <= cells
    codes = {"M", "F", "citizen", "active", "portal", "zh-Hans", "self", "staff", "pwd", "password", "web"}
    assert set() == cells & (codes | {"registry_phone_match", "phone_code", "sms pwd", "agreement", "notice"})


def test_the_page_leaves_out_what_is_not_known_and_names_each_value(own: Browser) -> None:
    """No empty rows about the person; in lists a phone shows every value below its column's name."""
    own.get(f"{PAGE}?lang=zh-Hans").fill(PAGE, format="html")
    person, _, documents, *_ = own.text.split("</table>")

    assert [] == re.findall(r"<td>\s*</td>", person)
    assert f'<td data-label="号码">{newcomer(1).number}</td>' in own.text
    assert documents.count("<td ") == documents.count("<td data-label=")


def test_a_stale_session_proves_itself_first(stage: Stage, own: Browser, someone: Person) -> None:
    """Whoever finds an open browser does not take everything home."""
    own.get(PAGE)
    with stage.services.database.writing() as db:
        db.execute(
            update(SignInSession)
            .where(SignInSession.person_id == someone.id)
            .values(authenticated_at=clock.now() - timedelta(hours=1))
        )
    own.fill(PAGE, format="json")

    assert "/sign-in" == own.path
    assert newcomer(1).number not in own.text


def test_a_form_from_elsewhere_exports_nothing(own: Browser) -> None:
    """Without its token (CSRF)."""
    own.post(PAGE, {"format": "json"})

    assert 400 == own.status


def test_an_export_is_recorded(stage: Stage, own: Browser, someone: Person) -> None:
    """In the trail and the inbox, so that one made by somebody else is seen."""
    taken(own)
    with stage.services.database.reading() as db:
        events = select(AuditEvent).where(
            AuditEvent.person_id == someone.id, AuditEvent.topic == "data.exported"
        )
        kinds = {event.details["kind"] for event in db.scalars(events)}

    assert "json" in kinds
    assert "导出了全部资料" in own.get("/account/notices").text


def test_no_table_about_a_person_is_forgotten() -> None:
    """A new table with a person's id is exported, or named here with the reason why not."""
    exported = {table.__tablename__ for _, table, _, _ in everything.TABLES}
    elsewhere = {"documents", "sessions", "audit_events", "authorizations"}
    finds_only = {"phone_indexes", "known_devices"}
    others_rooms = {"staff", "window_operators", "window_slips", "administrators"}
    about = {
        mapper.local_table.name  # type: ignore[attr-defined]  # every mapper of ours has a table
        for mapper in Base.registry.mappers
        if "person_id" in inspect(mapper.class_).columns
    }

    assert set() == about - exported - elsewhere - finds_only - others_rooms
