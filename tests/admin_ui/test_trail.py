"""The trail as auditors read it: filtered, page by page, within their subtree, and changed by nothing."""

import re
import sys
from collections.abc import Iterator
from dataclasses import fields
from datetime import timedelta
from html import unescape
from types import FrameType
from typing import Any

import pytest
from markupsafe import Markup
from sqlalchemy import event, func, select, update

from admin_ui import reading, searching
from admin_ui.models import Role
from federation.cases import DECISIONS
from federation.matching import Disagreement
from federation.trust import Doubt
from idp import clock
from idp.audit import chain, scope, trail
from idp.audit.events import ConfigurationChanged, Event, PasswordChanged, SignedIn, SignInRefused
from idp.audit.models import AuditEvent
from idp.clients import onboarding
from idp.clients.models import ClientClass
from idp.departments import tree
from idp.mandates.rules import Reason as Verdict
from idp.matters.models import Matter, MatterGroup
from idp.persons.registry import MismatchReason, UnavailableReason
from idp.windows.assertions import Reason as NotBelieved
from idp.windows.events import SlipIssued, VisitBegun, VisitEnded, VisitUsed
from idp.windows.models import WindowOperator
from tests.admin_ui.stage import HERE, THERE, Console
from tests.idp.account.stage import Browser

pytestmark = pytest.mark.parametrize("console", ["embedded", "servers"], indirect=True)
PAGE = "/admin/trail"
SINCE = dict.fromkeys(("listed_since", "grouped_since", "changed_at"), clock.now())
APPLICATION = {
    "client_name": "和平县办事大厅",
    "client_name#en": "Heping service hall",
    "purpose": "办事",
    "purpose#en": "services",
    "redirect_uris": ["https://hall.example.gov.cn/back"],
    "token_endpoint_auth_method": "client_secret_basic",
}


@pytest.fixture(scope="module")
def hall(console: Console) -> str:
    """An application of the county, for which somebody was refused."""
    with console.services.database.writing() as db:
        county = tree.find(db, HERE)
        row, _ = onboarding.create(db, APPLICATION, ClientClass.GOVERNMENT, clock.now(), department=county)
        trail.record(db, SignInRefused(client_id=row.id, method="pwd", reason="wrong"))
        return row.id


@pytest.fixture
def auditor(console: Console, hall: str) -> Browser:
    return console.as_role(Role.AUDIT)


def lines(browser: Browser) -> int:
    return browser.text.count("<time datetime=")


def test_an_application_is_called_by_its_name(console: Console, auditor: Browser, hall: str) -> None:
    """And sought by it; its id is in the address alone."""
    auditor.get(f"{PAGE}?client={hall}&topic=sign_in.refused")
    rows = auditor.text.split("<tbody>")[1]

    assert 1 == lines(auditor)
    assert "和平县办事大厅" in rows
    assert hall not in rows


def test_each_filter_narrows(console: Console, auditor: Browser) -> None:
    """By what, about whom, in which request, on which day."""
    person_id = console.civil_servant("about.whom")
    with (
        scope.within(scope.Scope("request-of-this-test", "192.0.2.9")),
        console.services.database.writing() as db,
    ):
        trail.record(db, PasswordChanged(person_id=person_id, because="own_wish"))
    today = clock.day(clock.now())
    found = {
        query: lines(auditor.get(f"{PAGE}?{query}"))
        for query in (
            f"person={person_id}&topic=password.changed",
            "request=request-of-this-test",
            f"request=request-of-this-test&since={today}&until={today}",
            f"request=request-of-this-test&until={today - timedelta(days=1)}",
            f"person={person_id}&topic=code.reused",
            "person=12",
        )
    }

    assert [1, 1, 1, 0, 0, 0] == list(found.values())
    assert "about.whom" in auditor.get(f"{PAGE}?request=request-of-this-test").text


def test_pages_follow_one_another_without_gap_or_repetition(
    console: Console, auditor: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By time and id: what happens meanwhile shifts nothing."""
    with console.services.database.writing() as db:
        for number in range(12):
            trail.record(db, SignInRefused(method="pwd", reason=f"page-{number}"))
    monkeypatch.setattr(reading, "SHOWN", 5)
    auditor.get(f"{PAGE}?topic=sign_in.refused")
    seen = []
    while True:
        seen += re.findall(r'title="reason=page-(\d+)"', auditor.text)
        older = (
            auditor.text.partition('rel="next"')[0].rpartition('href="')[2].rstrip('" ').replace("&amp;", "&")
        )
        if 'rel="next"' not in auditor.text:
            break
        auditor.get(older)

    assert [str(number) for number in reversed(range(12))] == seen


def test_numbers_fall_from_line_to_line(console: Console, auditor: Browser) -> None:
    """Events of one moment stand in the order in which they were numbered."""
    with console.services.database.writing() as db:
        for number in range(40):
            trail.record(db, SignInRefused(method="pwd", reason=f"order-{number}"))
    while chain.seal(console.services.database, console.services.vault.service_key("audit")):
        pass
    auditor.get(f"{PAGE}?topic=sign_in.refused")
    numbers = [int(found) for found in re.findall(r"第 (\d+) 号", auditor.text)]

    assert len(numbers) >= 40
    assert numbers == sorted(numbers, reverse=True)


@pytest.mark.parametrize(
    ("language", "own"), [("zh-Hans", r"您|贵单位"), ("en", r"\b[Yy]ours?\b|\b[Yy]ou\b")]
)
def test_topics_are_told_to_an_auditor(console: Console, auditor: Browser, language: str, own: str) -> None:
    """Nobody is spoken to as the person whom it is about, and the list goes by its words."""
    auditor.get(f"{PAGE}?lang={language}")
    options = re.findall(r"<option[^>]*>([^<]+)", auditor.text.split('id="topic"')[1].split("</select>")[0])
    words = [unescape(one) for one in options[1:]]

    assert [] == [one for one in words if re.search(own, one)]
    assert sorted(words) == sorted(set(words))
    assert words == [one for one, _ in reading.as_listed([(one, one) for one in words])]
    assert len(words) > 90


def test_details_are_told_in_words(console: Console, auditor: Browser) -> None:
    """What somebody proved themselves by, why they were refused; the trail's own words are in the title."""
    with console.services.database.writing() as db:
        trail.record(db, SignedIn(method="otp+pwd", aal=2))
        trail.record(db, SignInRefused(method="sc", reason="certificate_revoked"))
    begun = auditor.get(f"{PAGE}?topic=session.begun&lang=zh-Hans").text
    refused = auditor.get(f"{PAGE}?topic=sign_in.refused&lang=en").text

    assert '<span title="method=otp+pwd">方式：验证器应用的动态码、密码</span>' in begun
    assert '<span title="aal=2">登录强度：两种方式</span>' in begun
    assert '<span title="reason=certificate_revoked">Reason: ' in refused


@pytest.mark.parametrize(
    ("what", "change", "words"),
    [
        ("departments", "3 added, 2 renamed", "新增 3、更名 2"),
        ("matters", "3 added, 2 changed, 1 withdrawn", "新增 3、更新 2、停用 1"),
        ("matters", "3 split, 2", "split 3、 2"),
    ],
)
def test_a_file_is_told_as_what_it_did(
    console: Console, auditor: Browser, what: str, change: str, words: str
) -> None:
    """Renamed units are none that were withdrawn; what has no word, from another version, stays as it is."""
    with console.services.database.writing() as db:
        trail.record(db, ConfigurationChanged(what=what, change=change))
    page = auditor.get(f"{PAGE}?topic=configuration.changed&lang=zh-Hans").text

    assert f'<span title="change={change}">更改：{words}</span>' in page


def test_ids_are_told_as_names(console: Console, auditor: Browser, hall: str) -> None:
    """An application, a civil servant and a matter by what they are called; without a name by their id."""
    person_id = console.civil_servant("at.the.desk")
    with (
        scope.within(scope.Scope("with-names", "192.0.2.9", f"{scope.ADMINISTRATOR}{person_id}")),
        console.services.database.writing() as db,
    ):
        db.merge(MatterGroup(code="named", name="有名", position=1))
        db.merge(Matter(code="n-1", name="缴存登记", group_code="named", actions=frozenset({"pay"}), **SINCE))
        trail.record(db, VisitUsed(matter="n-1", action="pay", act=person_id.hex))
        trail.record(db, VisitUsed(matter="gone-2", action="pay", act="0" * 32))
        trail.record(db, ConfigurationChanged(what=f"client {hall}", change="client changed"))
    page = auditor.get(f"{PAGE}?request=with-names&lang=zh-Hans").text

    assert f'<span title="act={person_id.hex}">窗口工作人员：at.the.desk</span>' in page
    assert '<span title="matter=n-1">事项：缴存登记</span>' in page
    assert '<span title="matter=gone-2">事项：gone-2</span>' in page
    assert f'<span title="what=client {hall}">内容：接入应用 和平县办事大厅</span>' in page


def test_a_window_operator_is_no_login_on_the_machine(console: Console, auditor: Browser, hall: str) -> None:
    """Who acts at their own page came from somewhere, and is called by their login; so is the detail."""
    person_id = console.civil_servant("of.the.window")
    with console.services.database.writing() as db:
        db.add(WindowOperator(number="W-77", person_id=person_id, created_at=clock.now()))
        for source, actor in (("192.0.2.9", "operator:W-77"), ("", "operator:W-77"), ("", f"client:{hall}")):
            with scope.within(scope.Scope("by-operators", source, actor)):
                trail.record(db, SlipIssued(operator="W-77", hold=1))
    page = auditor.get(f"{PAGE}?request=by-operators&lang=zh-Hans").text
    acting = re.findall(r'<span[^>]* title="(?:operator|client):[^"]+">([^<]+)</span>', page)

    assert {"of.the.window", "系统主机上的 W-77", "和平县办事大厅"} == set(acting)
    assert 3 == page.count('<span title="operator=W-77">窗口操作员：of.the.window</span>')


def test_names_cost_a_statement_for_each_kind(console: Console, auditor: Browser) -> None:
    """Not one for each line."""
    person_id, statements = console.civil_servant(), list[object]()
    auditor.get(PAGE)
    event.listen(
        console.services.database.engine, "before_cursor_execute", lambda *said: statements.append(said)
    )

    def asked(request: str, number: int) -> int:
        with (
            scope.within(scope.Scope(request, "192.0.2.9", f"{scope.ADMINISTRATOR}{person_id}")),
            console.services.database.writing() as db,
        ):
            for one in range(number):
                trail.record(db, VisitUsed(matter=f"m-{one}", action="pay", act=person_id.hex))
        looks = []
        for _ in range(3):  # once a second a page asks for the newest configuration too
            before = len(statements)
            auditor.get(f"{PAGE}?request={request}")
            looks.append(len(statements) - before)
        return min(looks)

    few, many = asked("one-line", 1), asked("many-lines", 9)

    assert 0 < few == many


def test_who_acted_is_whoever_was_proven(console: Console, auditor: Browser) -> None:
    """And the page speaks of the person, to somebody else."""
    person_id = console.civil_servant()
    with console.services.database.writing() as db:
        with scope.within(scope.Scope("who-acted", "192.0.2.9")):
            trail.record(db, PasswordChanged(person_id=person_id, because="own_wish"))
            trail.record(db, SignInRefused(person_id=person_id, method="pwd", reason="wrong"))
        with scope.within(scope.Scope("who-acted", "192.0.2.9", f"{scope.ADMINISTRATOR}{person_id}")):
            trail.record(db, VisitBegun(person_id=person_id, act=person_id.hex))
            trail.record(db, VisitEnded(person_id=person_id, by="person"))
    page = auditor.get(f"{PAGE}?request=who-acted&lang=en").text

    assert 2 == len(re.findall(r'<span class="nobr" title="(?:self|admin:[^"]+)">The person</span>', page))
    assert '<span title="self">Somebody not identified</span>' in page
    assert '<span title="by=person">By: The person</span>' in page


def test_a_persons_id_that_is_none_is_told_at_its_field(console: Console, auditor: Browser) -> None:
    """With what was typed, to be mended; nothing is sought, which would show everybody's."""
    page = auditor.get(f"{PAGE}?person=%2012-zz&lang=zh-Hans")

    assert page.page is not None and 400 == page.page.status_code
    assert 'value="12-zz"' in page.text and 'id="person-error"' in page.text
    assert '<a href="#person">个人编号不完整，请核对。</a>' in page.text
    assert 0 == lines(page)


def kinds(of: type[Event] = Event) -> Iterator[type[Event]]:
    """Every kind of event."""
    for kind in of.__subclasses__():
        yield kind
        yield from kinds(kind)


def test_every_detail_has_a_name(console: Console) -> None:
    """No column of the trail is read by the name that the program gives it."""
    names = {field.name for kind in kinds() for field in fields(kind)} - {
        field.name for field in fields(Event)
    }
    codes = {*Verdict, *NotBelieved, *Doubt, *Disagreement, *DECISIONS, *MismatchReason, *UnavailableReason}
    with console.app.test_request_context(headers={"Accept-Language": "zh"}):
        words: Any = console.app.jinja_env.get_template("admin/_details.html").module
        bare = [name for name in names if name == str(words.detail_name(name))]
        unsaid = [code for code in codes if code == str(words.reason_word(code))]

    assert [] == [*bare, *unsaid]


def said(auditor: Browser, address: str) -> tuple[int, int]:
    """How many pieces of text a page was made of, and how many lines it shows."""
    pieces = 0

    def watch(frame: FrameType, event: str, _: object) -> None:
        nonlocal pieces
        pieces += event == "call" and frame.f_code is Markup.__new__.__code__

    sys.setprofile(watch)
    auditor.get(address)
    sys.setprofile(None)
    return pieces, lines(auditor)


def test_a_page_says_what_it_shows(console: Console, auditor: Browser) -> None:
    """A line costs its own words, not those of every topic there is: those are more than ninety."""
    auditor.get(PAGE)
    (all_pieces, all_lines), (few_pieces, few_lines) = (
        said(auditor, address) for address in (PAGE, f"{PAGE}?topic={PasswordChanged.topic}")
    )

    assert 0 <= few_lines < all_lines
    assert 0 < all_pieces - few_pieces < 60 * (all_lines - few_lines)


def test_a_county_sees_its_own_part(console: Console, hall: str) -> None:
    """Its applications, its civil servants, its administrators; nothing of its neighbour's."""
    here, there = (console.as_role(Role.AUDIT, code) for code in (HERE, THERE))
    operator = console.as_role(Role.OPERATOR, HERE)
    operator.get("/admin/persons").fill("/admin/persons", typed="nobody_here", purpose="counter")
    looked = [lines(one.get(f"{PAGE}?topic=person.looked_up")) for one in (here, there)]
    refused = [lines(one.get(f"{PAGE}?client={hall}&topic=sign_in.refused")) for one in (here, there)]

    assert [1, 0] == looked
    assert [1, 0] == refused
    assert "和平县办事大厅" not in there.get(PAGE).text


def test_reading_about_one_person_is_kept_and_looking_around_is_not(
    console: Console, auditor: Browser
) -> None:
    """Who watches is watched."""
    person_id = console.civil_servant()
    auditor.get(PAGE)
    auditor.get(f"{PAGE}?person={person_id}&topic=session.begun")
    with console.services.database.reading() as db:
        kept = db.scalars(select(AuditEvent).where(AuditEvent.topic == "trail.searched")).all()

    assert {"about": person_id.hex, "filters": "topic person"} == kept[-1].details
    assert all(one.details["about"] for one in kept)


def test_a_changed_event_is_found(console: Console, auditor: Browser) -> None:
    """And a trail that is whole is said to be."""
    key = console.services.vault.service_key("audit")
    while chain.seal(console.services.database, key):
        pass
    whole = auditor.get(f"{PAGE}/verify").text
    with console.services.database.writing() as db:
        last = db.scalar(select(func.max(AuditEvent.sequence)))
        topic = db.scalar(select(AuditEvent.topic).where(AuditEvent.sequence == last))
        db.execute(update(AuditEvent).where(AuditEvent.sequence == last).values(topic="nothing.happened"))
    broken = auditor.get(f"{PAGE}/verify").text
    with console.services.database.writing() as db:
        db.execute(update(AuditEvent).where(AuditEvent.sequence == last).values(topic=topic))

    assert "记录完整" in whole
    assert "记录不完整" in broken
    assert f"第 {last} 号" in broken


def test_the_end_of_a_long_chain_is_verified_from_its_middle(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many events as were said, and none is skipped."""
    key = console.services.vault.service_key("audit")
    with console.services.database.writing() as db:
        for _ in range(8):
            trail.record(db, SignInRefused(method="pwd", reason="wrong"))
    while chain.seal(console.services.database, key):
        pass
    monkeypatch.setattr(searching, "LATELY", 5)
    with console.services.database.reading() as db:
        report = searching.verified_lately(db, key)

    assert (5, None) == (report.verified, report.fault)


def test_nothing_about_the_trail_can_be_posted(console: Console, auditor: Browser) -> None:
    """Auditors change nothing: there is no address to."""
    posts = [
        rule.rule
        for rule in console.app.url_map.iter_rules()
        if rule.rule.startswith(PAGE) and "POST" in (rule.methods or ())
    ]

    assert [] == posts


@pytest.mark.parametrize(
    "spoken",
    [
        {"protocol": "cas", "services": [{"prefix": "https://old.example.gov.cn/mine"}]},
        {"protocol": "proxy", "protects": ["https://old.example.gov.cn"]},
    ],
    ids=["cas", "proxy"],
)
def test_systems_of_other_protocols_are_called_by_their_names_too(
    console: Console, auditor: Browser, spoken: dict[str, object]
) -> None:
    """Whoever reads need not know what a system speaks."""
    name = f"旧{spoken['protocol']}系统"
    details = {"client_name": name, "client_name#en": "Old", "purpose": "办事", "purpose#en": "services"}
    with console.services.database.writing() as db:
        known = details | {"client_uri": "https://old.example.gov.cn/", "scope": "openid profile"} | spoken
        row, _ = onboarding.create(db, known, ClientClass.GOVERNMENT, clock.now())
        trail.record(db, SignInRefused(client_id=row.id, method="pwd", reason="wrong"))
        client_id = row.id
    auditor.get(f"{PAGE}?client={client_id}&topic=sign_in.refused")
    rows = auditor.text.split("<tbody>")[1]

    assert name in rows
    assert client_id not in rows
