"""Questions no registry answers: the paper, the decision of one or two, and registering on paper."""

import re
from uuid import UUID

import pytest
from sqlalchemy import select

from admin_ui.models import Role
from idp import clock
from idp.notices.models import Notice
from idp.organisations import reviews, synthetic
from idp.organisations.claim import Claim
from idp.organisations.models import Organisation, OrganisationReview, ReviewKind
from tests.admin_ui.hall import PDF, Hall, file
from tests.admin_ui.stage import HERE, THERE
from tests.idp.account.stage import Browser, newcomer

PAGE, NEW = "/admin/reviews", "/admin/reviews/new/paper"


def decide(browser: Browser, review: UUID, **said: str) -> Browser:
    browser.client.get(f"{PAGE}/{review}/paper")
    return say(browser.get(f"{PAGE}/{review}/decide"), **said)


def say(browser: Browser, **said: str) -> Browser:
    """What is decided on the page that is shown."""
    shown = re.search(r'name="seen" value="([0-9a-f]{64})"', browser.text)
    values = {"answer": "approve", "grade": "A", "reason": "与原件一致", **said}
    return browser.fill(browser.path, seen=shown.group(1) if shown else "", **values)


def row(hall: Hall, review: UUID) -> OrganisationReview:
    with hall.console.services.database.reading() as db:
        return db.get_one(OrganisationReview, review)


def register(hall: Hall, browser: Browser, code: str, /, **changes: str) -> Browser:
    """The form of an operator with a certificate before them."""
    hall.town.person(2)
    values = {
        "code": code,
        "name": "和平村经济合作社",
        "kind": "register",
        "typed": newcomer(2).phone,
        "paper": file(PDF),
        "grade": "A",
        "reason": "登记证原件",
        **changes,
    }
    return browser.get(NEW).fill(NEW, **values)


def test_one_decides_whether_there_is_such_an_organisation(hall: Hall) -> None:
    """It is there then, and waits for its representative."""
    review, reviewer = hall.review(2), hall.operator(role=Role.REVIEWER)
    listed = f"{PAGE}/{review}" in reviewer.get(PAGE).text
    page = decide(reviewer, review)

    assert listed
    assert "已同意" in page.text
    assert "approved" == row(hall, review).status


def test_a_yes_is_to_the_paper_that_was_shown(hall: Hall) -> None:
    """Another one handed in behind an open page is looked at first; a forged form says yes to nothing."""
    review, reviewer = hall.review(2), hall.operator(role=Role.REVIEWER)
    page, services = reviewer.get(f"{PAGE}/{review}/decide"), hall.console.services
    forged = page.fill(page.path, answer="approve", grade="A", reason="x").status
    reviewer.get(f"{PAGE}/{review}/decide")
    with services.database.writing() as db:
        known, other = db.get_one(OrganisationReview, review), reviews.paper(PDF + b"another")
        claim, person_id = Claim(known.credit_code, known.name), hall.town.person(2).id
        reviews.hand_in(db, services.vault, ReviewKind.REGISTER, claim, person_id, other, clock.now())

    assert [409, 409] == [forged, say(page).status]
    assert "已换了材料" in page.text
    assert "open" == row(hall, review).status


def test_nobody_agrees_to_a_paper_they_have_not_opened(hall: Hall) -> None:
    """A no needs no reading."""
    review, reviewer = hall.review(2), hall.operator(role=Role.REVIEWER)
    page = say(reviewer.get(f"{PAGE}/{review}/decide"))
    refused = page.status, "请先打开材料" in page.text, row(hall, review).status
    say(page.get(f"{PAGE}/{review}/decide"), answer="refuse")

    assert refused == (409, True, "open")
    assert "refused" == row(hall, review).status


def test_a_representative_on_paper_takes_level_four(hall: Hall) -> None:
    """All four elements leak: who is known less well represents nobody."""
    review = hall.review(2, ReviewKind.REPRESENTATIVE)

    assert 409 == decide(hall.operator(), review).status
    assert "open" == row(hall, review).status


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"grade": "C"}, "这种材料不足以证明"),
        ({"reason": " "}, "请填写理由"),
        ({"answer": ""}, "请看一下这里"),
    ],
)
def test_a_yes_needs_a_good_paper_and_a_reason(hall: Hall, said: dict[str, str], words: str) -> None:
    """Nothing is decided otherwise."""
    review = hall.review(2)
    page = decide(hall.operator(), review, **said)

    assert page.status in {400, 409}
    assert words in page.text
    assert "open" == row(hall, review).status


def test_the_original_on_the_counter_makes_up_for_a_poor_copy(hall: Hall) -> None:
    """Whoever saw it says so."""
    review = hall.review(2)
    decide(hall.operator(), review, grade="C", original="yes")

    assert row(hall, review).seen_original


def test_another_county_has_nothing_to_decide(hall: Hall) -> None:
    """Neither in the list nor at its address."""
    review, clerk = hall.review(2), hall.operator(THERE)
    paths = [f"{PAGE}/{review}{act}" for act in ("", "/paper", "/decide")]

    assert str(review) not in clerk.get(PAGE).text
    assert [404] * 3 == [clerk.get(path).status for path in paths]
    assert "不在您的范围内" in register(hall, clerk, synthetic.credit_code(901, division=HERE)).text


def test_the_paper_is_a_file_in_a_sandbox(hall: Hall) -> None:
    """For whoever decides; an auditor reads what was decided."""
    review = hall.review(2)
    answer = hall.operator().client.get(f"{PAGE}/{review}/paper")

    assert PDF == answer.data
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert [403, 200] == [
        hall.operator(role=Role.AUDIT).get(f"{PAGE}/{review}{act}").status for act in ("/paper", "")
    ]


def test_who_registers_on_paper_is_the_first_of_two(hall: Hall) -> None:
    """The person hears of it at once; the first does not decide again; the second makes it so."""
    first, second, code = hall.operator(), hall.operator(), synthetic.credit_code(902, division=HERE)
    register(hall, first, code)
    review = UUID(first.path.rpartition("/")[2])
    forged = decide(first, review)
    said, status = forged.text, forged.status
    with hall.console.services.database.reading() as db:
        told = db.scalars(select(Notice.topic).where(Notice.person_id == hall.town.people[2].id)).all()
    decide(second, review)
    with hall.console.services.database.reading() as db:
        standing = db.scalars(select(Organisation.standing).where(Organisation.credit_code == code)).all()

    assert (409, "approved") == (status, row(hall, review).status)
    assert "您已经同意" in said
    assert "organisation.proposed" in told
    assert ["waiting"] == standing


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"code": "91210102"}, "统一社会信用代码有误"),
        ({"name": "x"}, "请填写证照上的单位名称"),
        ({"typed": "nobody_here"}, "没有账号用这个号码"),
        ({"paper": file(b"MZ")}, "只接受 PDF"),
        ({"kind": "representative"}, "申请人的可信等级不够"),
        ({"grade": "D"}, "这种材料不足以证明"),
    ],
    ids=["code", "name", "nobody", "file", "level", "grade"],
)
def test_what_cannot_be_registered_on_paper(hall: Hall, changes: dict[str, str], words: str) -> None:
    """And nothing is half done."""
    code = synthetic.credit_code(903, division=HERE)
    page = register(hall, hall.operator(), code, **changes)

    assert page.status in {400, 409}
    assert words in page.text
    with hall.console.services.database.reading() as db:
        assert not db.scalars(select(OrganisationReview).where(OrganisationReview.credit_code == code)).all()


def test_a_certificate_without_a_grade_is_asked_for_one(hall: Hall) -> None:
    """And for the file again, which was in order and is not kept."""
    page = register(hall, hall.operator(), synthetic.credit_code(950, division=HERE), grade="")

    assert 400 == page.status
    assert "请选择材料的证明力" in page.text
    assert "请再选择一次材料文件" in page.text
    assert 'value="登记证原件"' in page.text
