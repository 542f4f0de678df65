"""Linking an agent at the window: the steps of the first operator, the letter, the second pair of eyes."""

import io
import re
from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import select
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from admin_ui.models import Role
from idp.audit.models import AuditEvent
from idp.mandates.models import Mandate
from idp.notices.models import Notice
from idp.organisations import reviews
from tests.admin_ui.hall import PDF, PNG, Hall, file
from tests.admin_ui.stage import THERE, Visitor
from tests.idp.account.enterprises.firm import in_days
from tests.idp.account.stage import Browser, newcomer

PAGE, NEW = "/admin/links", "/admin/links/new"
NAMED: dict[str, str | list[str]] = {"matter": ["f-1"], "action": ["apply", "query"], "until": in_days(30)}


@pytest.fixture(scope="module")
def company(hall: Hall) -> UUID:
    """Represented by somebody who is not here."""
    return hall.company(1)


def begin(hall: Hall, company: UUID, browser: Browser, whom: str = newcomer(2).phone) -> Browser:
    hall.town.person(2)
    return browser.get(NEW).fill(NEW, code=hall.code(company), typed=whom)


def upload(browser: Browser, content: bytes = PDF, **changes: str) -> Browser:
    """The last step: the form at which the browser is, with a file."""
    values = {"grade": "A", "reason": "函〔2026〕1号", "letter": file(content), **changes}
    return browser.fill("", **values)


def opened(hall: Hall, company: UUID, browser: Browser, content: bytes = PDF) -> UUID:
    """All three steps."""
    begin(hall, company, browser).fill("", **NAMED)
    upload(browser, content)
    found = re.fullmatch(rf"{PAGE}/([0-9a-f-]{{36}})", browser.path)
    assert found is not None, browser.text
    return UUID(found.group(1))


def decide(browser: Browser, case: UUID, how: str = "approve", reason: str = "印章与备案一致") -> Browser:
    path = f"{PAGE}/{case}/{how}"
    browser.client.get(f"{PAGE}/{case}/letter")
    return compared(browser, case).get(path).fill(path, reason=reason)


def compared(browser: Browser, case: UUID) -> Browser:
    """Look at the agent's document, where one may."""
    path = f"{PAGE}/{case}/agent"
    return browser.fill(path) if browser.get(path).path == path else browser


def test_two_operators_link_an_agent_and_its_people_are_told(hall: Hall, company: UUID) -> None:
    """The first opens, the second approves; then it cools off, and the representative knows."""
    first, second = hall.operator(), hall.operator(role=Role.REVIEWER)
    case = opened(hall, company, first)
    waiting = f"{PAGE}/{case}" in second.get(PAGE).text
    page = decide(second, case)
    with hall.console.services.database.reading() as db:
        told = {(one.person_id, one.topic) for one in db.scalars(select(Notice))}
    people = hall.town.people

    assert waiting
    assert "公示期" in page.text
    assert "cooling" == hall.state(case)
    assert {(people[1].id, "mandate.linked"), (people[2].id, "mandate.cooling")} <= told


def test_an_operator_looks_for_matters_at_a_pace(
    hall: Hall, company: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One search too many in a minute finds nothing, and the draft goes on as it was filled in."""
    services = hall.console.services
    few = replace(services, limits=replace(services.limits, source_per_minute=3))
    browser = begin(hall, company, hall.operator())
    monkeypatch.setitem(hall.console.app.extensions, "yitong", few)
    found = [browser.fill("", **NAMED, q="提取", find="yes").status for _ in range(4)]

    assert [200, 200, 200, 429] == found
    assert "尝试次数较多" in browser.text and 'value="f-1" checked' in browser.text


def test_the_sentence_is_shown_before_and_kept_without_a_name(hall: Hall, company: UUID) -> None:
    """What is signed is what the second operator reads."""
    browser = hall.operator()
    begin(hall, company, browser).fill("", **NAMED)
    before = browser.text
    upload(browser)
    with hall.console.services.database.reading() as db:
        kept = db.scalars(select(Mandate).order_by(Mandate.created_at.desc())).first()

    assert f"授权经办人{newcomer(2).name[0]}*" in before
    assert newcomer(2).name not in before + browser.text
    assert kept is not None
    assert "授权经办人○○○" in kept.statement


def test_nobody_is_their_own_second_pair_of_eyes(hall: Hall, company: UUID) -> None:
    """Said in words, and refused where the form is forged."""
    browser = hall.operator()
    case = opened(hall, company, browser)
    shown = browser.get(f"{PAGE}/{case}").text
    page = browser.get(f"{PAGE}/{case}/approve").text
    forged = decide(browser, case)

    assert f"{PAGE}/{case}/approve" not in shown
    assert "受理人不能批准自己受理的关联" in page
    assert 409 == forged.status
    assert "draft" == hall.state(case)


def test_nobody_approves_a_letter_they_have_not_opened(hall: Hall, company: UUID) -> None:
    """Somebody else's look does not count; what was typed stays; to refuse, nothing must be read."""
    case, second, third = opened(hall, company, hall.operator()), hall.operator(), hall.operator()
    third.client.get(f"{PAGE}/{case}/letter")
    compared(second, case)
    path = f"{PAGE}/{case}/approve"
    page = second.get(path).fill(path, reason="印章与备案一致")
    status, said, state = page.status, page.text, hall.state(case)
    second.client.get(f"{PAGE}/{case}/letter")
    second.fill(path, reason="印章与备案一致")

    assert (status, state) == (409, "draft")
    assert "请先打开函件" in said and 'value="印章与备案一致"' in said
    assert "cooling" == hall.state(case)


def test_nobody_approves_an_agent_whose_document_they_have_not_compared(hall: Hall, company: UUID) -> None:
    """The first found the agent by it; the second looks at it too, and nobody else's look counts."""
    case, second, third = opened(hall, company, hall.operator()), hall.operator(), hall.operator()
    compared(third, case)
    second.client.get(f"{PAGE}/{case}/letter")
    second.get(f"{PAGE}/{case}/agent")
    path = f"{PAGE}/{case}/approve"
    page = second.get(path).fill(path, reason="印章与备案一致")
    status, said, state = page.status, page.text, hall.state(case)
    compared(second, case).get(path).fill(path, reason="印章与备案一致")

    assert (status, state) == (409, "draft")
    assert "请先核对经办人的证件" in said and 'value="印章与备案一致"' in said
    assert "cooling" == hall.state(case)


def test_a_case_is_decided_once(hall: Hall, company: UUID) -> None:
    """Whoever comes later finds it decided."""
    case = opened(hall, company, hall.operator())
    second, third = hall.operator(), hall.operator()
    third.get(f"{PAGE}/{case}/refuse")
    decide(second, case)

    assert 409 == third.fill(f"{PAGE}/{case}/refuse", reason="重复").status
    assert "cooling" == hall.state(case)


def test_the_first_operator_may_take_it_back(hall: Hall, company: UUID) -> None:
    """A mistake is undone without a second."""
    browser = hall.operator()
    case = opened(hall, company, browser)
    decide(browser, case, "refuse", "选错了单位")

    assert "cancelled" == hall.state(case)


@pytest.mark.parametrize("how", ["approve", "refuse"])
def test_a_decision_has_a_reason(hall: Hall, company: UUID, how: str) -> None:
    """Nobody decides without one."""
    case = opened(hall, company, hall.operator())

    assert 400 == decide(hall.operator(), case, how, " ").status
    assert "draft" == hall.state(case)


def test_a_clerk_of_another_county_finds_neither_company_nor_case(hall: Hall, company: UUID) -> None:
    """Nothing of it is there for them, with the right token of the form either."""
    case, clerk = opened(hall, company, hall.operator()), hall.operator(THERE)
    paths = [f"{PAGE}/{case}", *(f"{PAGE}/{case}/{act}" for act in ("letter", "approve", "refuse"))]
    page = begin(hall, company, clerk)

    assert "您的范围内没有这个代码的单位" in page.text
    assert str(case) not in clerk.get(PAGE).text
    assert [404] * 4 == [clerk.get(path).status for path in paths]
    assert 404 == clerk.post(paths[2], {"csrf_token": clerk.token(paths[2]), "reason": "x"}).status


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "请选择材料文件"),
        (b"MZ a program", "只接受 PDF、PNG 或 JPEG"),
        (b"<html>%PDF-", "只接受 PDF、PNG 或 JPEG"),
    ],
    ids=["nothing", "program", "page"],
)
def test_a_file_that_is_no_paper_is_not_taken(hall: Hall, company: UUID, content: bytes, said: str) -> None:
    """Its first bytes say what it is."""
    browser = hall.operator()
    begin(hall, company, browser).fill("", **NAMED)
    page = upload(browser, content)

    assert 400 == page.status
    assert said in page.text


def test_a_file_of_more_than_two_megabytes_is_not_taken(hall: Hall, company: UUID) -> None:
    """What is a little too large is told at its field; what is far too large does not get past the edge."""
    browser = hall.operator()
    begin(hall, company, browser).fill("", **NAMED)
    large = PDF + b" " * reviews.MOST_BYTES
    values = {"csrf_token": browser.token(browser.path), "letter": FileStorage(io.BytesIO(large), "a.pdf")}
    boundary, body = encode_multipart(values)
    answer = browser.client.post(
        browser.path, data=body, content_type=f"multipart/form-data; boundary={boundary}"
    )

    assert 400 == answer.status_code
    assert "文件超过 2 MB" in answer.get_data(as_text=True)


def test_a_letter_without_a_grade_is_asked_for_one(hall: Hall, company: UUID) -> None:
    """At the field, in words; what was typed stays, and the file, which cannot, is asked for again."""
    browser = hall.operator()
    begin(hall, company, browser).fill("", **NAMED)
    page = browser.fill("", reason="函〔2026〕7号", letter=file(PDF))

    assert 400 == page.status
    assert "请选择材料的证明力" in page.text.split('id="grade-error"')[1].split("</span>")[0]
    assert "请再选择一次材料文件" in page.text.split('id="letter-error"')[1].split("</span>")[0]
    assert 'value="函〔2026〕7号"' in page.text
    assert "填写的内容有误" not in page.text


@pytest.mark.parametrize("grade", ["C", "D"])
def test_a_paper_of_a_low_grade_opens_nothing(hall: Hall, company: UUID, grade: str) -> None:
    """And the case can go on with a better one."""
    browser = hall.operator()
    begin(hall, company, browser).fill("", **NAMED)
    refused = upload(browser, grade=grade)
    said, status = refused.text, refused.status
    upload(browser)

    assert 409 == status
    assert "这种材料不足以证明" in said
    assert re.fullmatch(rf"{PAGE}/[0-9a-f-]{{36}}", browser.path)


@pytest.mark.parametrize(
    "changes",
    [
        {"matter": []},
        {"action": []},
        {"matter": ["no-such"]},
        {"everything": "yes"},
        {"until": in_days(-1)},
        {"until": in_days(400)},
    ],
    ids=["nothing", "no action", "unknown", "everything", "past", "too long"],
)
def test_what_a_letter_cannot_grant(hall: Hall, company: UUID, changes: dict[str, str | list[str]]) -> None:
    """Nothing named is nothing allowed; all at once is the representative's alone; a year at most."""
    page = begin(hall, company, hall.operator()).fill("", **{**NAMED, **changes})

    assert 400 == page.status


@pytest.mark.parametrize(("whom", "said"), [("nobody_here", "没有账号用这个号码"), ("", "请填写")])
def test_an_agent_is_somebody_known(hall: Hall, company: UUID, whom: str, said: str) -> None:
    """Found by exactly what they give."""
    page = begin(hall, company, hall.operator(), whom)

    assert 400 == page.status
    assert said in page.text


def test_a_draft_is_its_operators_alone(hall: Hall, company: UUID) -> None:
    """Another who has its address begins anew."""
    first, other = hall.operator(), hall.operator()
    begin(hall, company, first)
    other.get(first.path)

    assert NEW == other.path


def test_the_letter_is_shown_as_nothing_that_could_act_and_its_reading_is_kept(
    hall: Hall, company: UUID
) -> None:
    """A picture in a sandbox, a PDF as a file; auditors do not read it."""
    case = opened(hall, company, hall.operator(), PNG)
    path, reader = f"{PAGE}/{case}/letter", hall.operator(role=Role.REVIEWER)
    answer = reader.client.get(path)
    pdf = reader.client.get(f"{PAGE}/{opened(hall, company, hall.operator())}/letter")
    with hall.console.services.database.reading() as db:
        kept = db.scalars(select(AuditEvent).where(AuditEvent.topic == "letter.read")).all()

    assert PNG == answer.data
    assert "default-src 'none'; sandbox" == answer.headers["Content-Security-Policy"]
    assert ["inline", "attachment"] == [
        one.headers["Content-Disposition"].split(";")[0] for one in (answer, pdf)
    ]
    assert str(case) in [one.details["case"] for one in kept]
    assert hall.case(case).file_sha256 in reader.get(f"{PAGE}/{case}").text
    assert 403 == hall.operator(role=Role.AUDIT).get(path).status


def test_an_auditor_reads_and_a_reviewer_opens_nothing(hall: Hall, company: UUID) -> None:
    """Each role its own part."""
    case = opened(hall, company, hall.operator())
    auditor, reviewer = hall.operator(role=Role.AUDIT), hall.operator(role=Role.REVIEWER)

    assert 200 == auditor.get(f"{PAGE}/{case}").status
    assert 403 == auditor.get(f"{PAGE}/{case}/approve").status
    assert 403 == reviewer.get(NEW).status


def test_a_forged_form_decides_nothing(hall: Hall, company: UUID) -> None:
    """Without the token of its own address and session."""
    case = opened(hall, company, hall.operator())
    browser: Visitor = hall.operator()
    path = f"{PAGE}/{case}/approve"
    tokens = ["", browser.token(f"{PAGE}/{case}/refuse"), hall.operator().token(path)]

    assert [400] * 3 == [browser.post(path, {"csrf_token": one, "reason": "x"}).status for one in tokens]
    assert "draft" == hall.state(case)


def test_the_second_operator_compares_the_document(hall: Hall, company: UUID) -> None:
    """Name in full, of the number its place and end; the agent reads of it; a look is one line."""
    case = opened(hall, company, hall.operator())
    browser = hall.operator(role=Role.REVIEWER)
    path, agent = f"{PAGE}/{case}/agent", newcomer(2)
    asked = browser.get(path).text
    told = browser.fill(path).text
    with hall.console.services.database.reading() as db:
        query = select(AuditEvent).where(AuditEvent.topic == "document.compared")
        looks = [event for event in db.scalars(query) if event.details["case"] == str(case)]

    assert agent.name not in asked
    assert agent.name in told and f"{agent.number[:6]}********{agent.number[-4:]}" in told
    assert agent.number not in told
    assert [hall.town.person(2).id] == [one.person_id for one in looks]


def test_a_document_is_not_looked_at_without_a_case_to_decide(hall: Hall, company: UUID) -> None:
    """Neither by whoever opened the case, nor once it is decided."""
    first, second = hall.operator(), hall.operator()
    case = opened(hall, company, first)
    own = first.get(f"{PAGE}/{case}/agent").path
    decide(second, case)
    later = second.get(f"{PAGE}/{case}/agent").path

    assert [f"{PAGE}/{case}"] * 2 == [own, later]
