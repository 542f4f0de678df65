"""The line of time: whose it is, what it can be asked for, page by page and as a file."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from idp import clock
from idp.account import timeline
from idp.account.timeline import Kind, Place, Wanted
from idp.audit import attribution, events, scope, trail
from idp.audit.events import SignInRefused
from idp.audit.models import AuditEvent
from idp.oauth import reads
from idp.oauth.models import Authorization
from idp.persons.models import Person
from idp.web import downloads
from idp.windows.events import VisitBegun, VisitUsed
from tests.idp.account.stage import Browser, Stage, newcomer
from tests.idp.account.test_own_pages import client

AGREED, HELPED = "You let an officer at a counter help", "An officer at a counter did something for"


@pytest.fixture(scope="module")
def someone(stage: Stage) -> Person:
    stage.browser().register(newcomer(1))
    found = stage.person(newcomer(1).phone)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def given(stage: Stage, someone: Person) -> str:
    """A client with a treacherous name that was given something."""
    client(stage, "sly", **{"client_name#en": "=HYPERLINK(1)"})
    now = clock.now()
    with stage.services.database.writing() as db:
        db.add(
            Authorization(
                person_id=someone.id,
                client_id="sly",
                sub="s",
                scopes={"openid", "identity_document"},
                aal=1,
                amr={"pwd"},
                authenticated_at=now,
                created_at=now,
            )  # fmt: skip
        )
    return "sly"


@pytest.fixture
def own(stage: Stage, someone: Person) -> Iterator[Browser]:
    yield stage.browser(f"198.51.100.{next(stage.numbers) % 250}").sign_in(newcomer(1).phone)


def rows(browser: Browser, query: str = "") -> list[dict[str, str]]:
    """The file as a spreadsheet reads it."""
    browser.get(f"/account/activity/file.csv?lang=en{query}")
    return list(csv.DictReader(io.StringIO(browser.text.removeprefix(downloads.BOM))))


def test_what_a_service_was_given_is_told_in_kinds(own: Browser, given: str) -> None:
    """Who saw what, since when: a number and its kind, and never the value (PIPL Art. 44)."""
    own.get("/account/activity?kind=received")

    assert "取得您的信息" in own.text and "证件号码" in own.text
    assert newcomer(1).number not in own.text


def test_what_was_agreed_to_is_named(own: Browser) -> None:
    """An act of agreeing says which text it was, under the day it happened on."""
    own.get("/account/activity?kind=consent")
    day, _, acts = own.text.partition('scope="rowgroup"')[2].partition("</th>")

    assert f"{clock.day(clock.now()).year}年" in day
    assert "用户服务协议" in acts and "隐私政策" in acts


def test_what_a_service_read_is_listed_by_day(
    stage: Stage, own: Browser, someone: Person, given: str
) -> None:
    """Who, on which day, how often and what, from the counts that the worker added up."""
    with stage.services.database.reading() as db:
        yes = db.scalars(select(Authorization.id).where(Authorization.client_id == given)).one()
    hour = str(int(clock.now().timestamp()) // reads.HOUR)
    with stage.services.database.writing() as db:
        reads.keep(db, [((yes.hex, "identity_document openid", hour), 3)])
    (row,) = [one for one in rows(own, "&kind=received") if one["What"] == "Read your data"]

    assert ("3", "=HYPERLINK(1)") == (row["Times"], row["Service"].strip("'"))
    assert "document number" in row["Information"].lower()
    assert "当天 3 次" in own.get("/account/activity?kind=received&lang=zh-Hans").text


def test_the_address_narrows(own: Browser, given: str) -> None:
    """By service and kind; a kind nobody knows narrows nothing."""
    received = {"Was given your data", "Read your data"}
    assert received >= {row["What"] for row in rows(own, "&kind=received")} > set()
    assert {"=HYPERLINK(1)"} == {row["Service"].strip("'") for row in rows(own, f"&service={given}")}
    assert 2 <= len({row["What"] for row in rows(own, "&kind=whatever")})


def test_days_are_those_of_beijing(own: Browser) -> None:
    """Today is in until today, and gone until yesterday."""
    today = clock.today()

    assert rows(own, f"&since={today}&until={today}")
    assert [] == rows(own, f"&until={today - timedelta(days=1)}")


def test_no_cell_becomes_a_formula(own: Browser, given: str) -> None:
    """A service's name is not run by the spreadsheet that opens the file (CSV injection)."""
    services = {row["Service"] for row in rows(own, f"&service={given}")}

    assert {"'=HYPERLINK(1)"} == services
    assert own.page is not None
    assert own.page.headers["Content-Disposition"].startswith("attachment;")
    assert "no-store" == own.page.headers["Cache-Control"]
    assert own.text.startswith(downloads.BOM)


@pytest.mark.parametrize(
    "cell", ["=1", "+1", "-1", "@x", "\t=1", "  =1", "\r=1", "＝1", "\u3000＋1", "－1", "＠x", "﹦1"]
)
def test_what_begins_a_formula_is_text(cell: str) -> None:
    """Every beginning spreadsheets know, behind spaces too, and the wide ones of Chinese keyboards."""
    assert f"'{cell}" == downloads.guarded(cell)


def test_pages_follow_one_another(stage: Stage, someone: Person) -> None:
    """Walking page by page shows every entry once, however many share a moment."""
    now = clock.now()
    with stage.services.database.writing() as db:
        for _ in range(7):
            event = SignInRefused(person_id=someone.id, method="pwd", reason="wrong")
            db.add(AuditEvent(topic=event.topic, at=now, person_id=someone.id, actor="self", details={}))
    walked, place = [], None
    with stage.services.database.reading() as db:
        while page := timeline.page(db, someone.id, Wanted(), place, 3):
            walked += [entry.id for entry in page]
            place = Place(page[-1].at, page[-1].id)
        whole = [entry.id for entry in timeline.everything(db, someone.id, Wanted(), 1000)]

    assert whole == walked and len(set(walked)) == len(walked)


@pytest.mark.parametrize("text", ["", "x", "1", "1.x", "9" * 30 + "." + "a" * 32, "-1." + "a" * 32])
def test_a_place_that_is_none_is_the_beginning(text: str) -> None:
    """Whatever somebody writes into the address, the page opens."""
    assert timeline.place(text) is None


def test_nobody_reads_anothers_line(stage: Stage, someone: Person, given: str) -> None:
    """A place in another's line and another's service open nothing of theirs (access across people)."""
    other = stage.browser().register(newcomer(2))
    with stage.services.database.reading() as db:
        first = timeline.page(db, someone.id, Wanted(), None, 1)[0]
    other.get(f"/account/activity?service={given}&before={Place(first.at, first.id)}")

    assert "取得您的信息</th>" not in re.sub(r"\s", "", other.text.split("<tbody>")[-1])
    assert not rows(other, f"&service={given}")


def test_who_did_it_is_whoever_was_proven(stage: Stage, own: Browser, someone: Person) -> None:
    """A stranger's guess is no act of the holder; their yes at a desk is one; what was done is named."""
    desk = scope.Scope("at-a-desk", "203.0.113.9", f"{scope.ADMINISTRATOR}{someone.id}")
    act = someone.id.hex
    with stage.services.database.writing() as db:
        with scope.within(scope.Scope("a-guess", "203.0.113.8")):
            trail.record(db, SignInRefused(person_id=someone.id, method="pwd", reason="wrong"))
        with scope.within(desk):
            trail.record(db, VisitBegun(person_id=someone.id, act=act))
            trail.record(db, VisitUsed(person_id=someone.id, matter="gone-1", action="pay", act=act))
    told = {row["What"]: row for row in rows(own)}
    begun, used = (told[f"{one} you"] for one in (AGREED, HELPED))

    assert "Somebody not identified" == told["Sign-in failed"]["Who"]
    assert ("You", "") == (begun["Who"], begun["Network"])
    assert ("Staff", "gone-1", "pay") == (used["Who"], used["Matter"], used["Step"])
    assert "gone-1，缴费" in own.get("/account/activity?lang=zh-Hans").text


def test_what_is_read_otherwise_happens() -> None:
    """Every topic that is told of somebody else than its scope names is one."""
    assert {*attribution.READ_AS, *attribution.THEIR_WORD} <= events.topics()


def test_every_kind_has_a_name(own: Browser) -> None:
    """One can choose what there is."""
    own.get("/account/activity")

    assert all(f'value="{kind}"' in own.text for kind in Kind)
