"""Registering an organisation: what each answer of a registry leads to, and who sees what waits."""

import io

import pytest
from sqlalchemy import select

from connectors.simulator.registered import RegisteredOrganisation, organisations
from idp import clock
from idp.account import organisations as work
from idp.consents.models import Consent, ConsentKind
from idp.evidence.models import Evidence
from idp.mandates.models import Role
from idp.organisations import synthetic
from idp.organisations.models import (
    ApplicationStatus,
    Organisation,
    OrganisationApplication,
    OrganisationReview,
    Standing,
)
from idp.outbox import worker
from tests.idp.account.enterprises.firm import LIST, Town
from tests.idp.account.stage import POPULATION, Browser
from tests.idp.organisations.desk import prove

PAGE = f"{LIST}/register"
KNOWN = {one.key: one for one in organisations(POPULATION)}
PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 100


def register(browser: Browser, one: RegisteredOrganisation, **changes: str) -> Browser:
    """Fill the form in as the certificate says."""
    fields = {"number": one.credit_code, "name": one.name, "sensitive": "yes", **changes}
    return browser.get(PAGE).fill(PAGE, **{name: value for name, value in fields.items() if value})


def rise(town: Town, index: int) -> None:
    """Let somebody show their face."""
    person_id = town.person(index).id
    with town.stage.services.database.writing() as db:
        prove(db, person_id, clock.now())


def organisation(town: Town, key: str) -> Organisation | None:
    with town.stage.services.database.reading() as db:
        return db.scalar(select(Organisation).where(Organisation.credit_code == KNOWN[key].credit_code))


def application(town: Town, index: int, key: str) -> OrganisationApplication:
    with town.stage.services.database.reading() as db:
        query = select(OrganisationApplication).where(
            OrganisationApplication.person_id == town.person(index).id,
            OrganisationApplication.credit_code == KNOWN[key].credit_code,
        )
        return db.scalars(query.order_by(OrganisationApplication.created_at.desc())).first() or pytest.fail(
            key
        )


def test_a_representative_registers(town: Town) -> None:
    """Four elements and level 4: they are at its page and may invite; what they agreed to is recorded."""
    rise(town, 1)
    browser = register(town.enter(1), KNOWN["company-14"])
    made = organisation(town, "company-14")
    assert made is not None
    with town.stage.services.database.reading() as db:
        agreed = db.scalars(select(Consent).where(Consent.person_id == town.person(1).id)).all()

    assert (f"{LIST}/{made.id}", Standing.ACTIVE) == (browser.address, made.standing)
    assert "登记成功" in browser.text and "邀请办事人员" in browser.text
    assert Role.REPRESENTATIVE.value == town.latest(made.id).role
    past = browser.get(f"{LIST}/{made.id}/history").text
    assert [True, False, False] == [
        words in past for words in ("在本平台登记", "登记信息有变化", "能否办事有变化")
    ]
    purposes = {(one.kind, one.text_key) for one in agreed if one.purpose == "organisation_registration"}
    assert {
        (ConsentKind.NOTICE, "organisation-verification"),
        (ConsentKind.SENSITIVE, "identity-number"),
    } == purposes


def test_below_level_4_the_page_leads_up_and_goes_on(town: Town) -> None:
    """What was typed waits; with the level it is registered without being filled in again."""
    browser = register(town.enter(2), KNOWN["company-15"])
    place, said = browser.address, browser.text
    before = organisation(town, "company-15")
    rise(town, 2)
    browser.get(place)

    assert "提升后自动完成登记" in said and "known=4" in said
    assert before is not None and Standing.WAITING == before.standing
    assert "登记成功" in browser.text


def test_who_is_not_the_representative_waits_for_them(town: Town) -> None:
    """The page says whom it waits for; nobody acts meanwhile."""
    browser = register(town.enter(2), KNOWN["company-17"])
    made = organisation(town, "company-17")

    assert "等待法定代表人确认" in browser.text
    assert made is not None and Standing.WAITING == made.standing
    assert 404 == browser.get(f"{LIST}/{made.id}").status
    assert KNOWN["company-17"].name in browser.get(LIST).text


@pytest.mark.parametrize(
    ("key", "changes", "said"),
    [
        ("company-01", {"name": "别的有限公司"}, "没有核对一致"),
        ("company-deregistered", {}, "已经注销或撤销"),
        ("company-01", {"number": synthetic.credit_code(7, "A", "1")}, "军队单位不在网上登记"),
        ("company-01", {"number": synthetic.business_licence(9876)}, "没有找到这个旧号码"),
        ("company-01", {"number": "91210000YY0000011A"}, "代码有误"),
        ("company-01", {"name": ""}, "请填写登记证照上的单位名称"),
        ("company-01", {"sensitive": ""}, "不同意处理证件号码"),
    ],
)
def test_what_cannot_be_registered_is_said(town: Town, key: str, changes: dict[str, str], said: str) -> None:
    """In words that help, with what was typed still there; nothing comes into being."""
    browser = register(town.enter(3), KNOWN[key], **changes)

    assert (PAGE, True) == (browser.address, said in browser.text)
    assert None is organisation(town, key)


def test_every_field_that_is_wrong_is_told_at_once(town: Town) -> None:
    """Code, name, old number and consent in one answer, each at its field."""
    wrong = {"number": "91210000YY0000011A", "name": "", "licence": "12", "sensitive": ""}
    browser = register(town.enter(3), KNOWN["company-01"], **wrong)
    fields = ("number", "name", "licence", "sensitive")

    assert [True] * 4 == [f'id="{field}-error"' in browser.text for field in fields]


def test_wrong_names_are_few_a_day(town: Town) -> None:
    """Fifteen of one person's, on whatever codes; then the page asks to come back tomorrow."""
    browser = town.enter(5)
    statuses = [register(browser, KNOWN["company-03"], name=f"第{n}公司").status for n in range(16)]

    assert [200] * 15 + [429] == statuses
    assert "今天核对的次数已用完" in browser.text


def test_an_outage_queues_and_says_so(town: Town) -> None:
    """Nothing is typed again: the worker asks, and the organisation is there once the registry answers."""
    rise(town, 3)
    town.stage.order("error_500", "company-16", -1)
    browser = register(town.enter(3), KNOWN["company-16"])
    said, before = browser.text, application(town, 3, "company-16").status
    town.stage.order("clear", "company-16")
    town.stage.pass_pauses()
    while worker.work(town.stage.services.database, work.topics(town.stage.services)):
        pass

    assert "登记机关暂时没有回应" in said
    assert (ApplicationStatus.QUEUED, ApplicationStatus.CONFIRMED) == (
        before,
        application(town, 3, "company-16").status,
    )
    assert KNOWN["company-16"].name in browser.get(LIST).text


def test_without_a_registry_staff_look_at_the_paper(town: Town) -> None:
    """A temple is in no registry that is online: the certificate is handed in and can be replaced."""
    one = KNOWN["temple-01"]
    browser = register(town.enter(3), one)
    place = browser.address
    hand_in(browser, place, PNG)
    handed = reviews(town, 3)
    hand_in(browser, place, PNG + b"better")

    assert "需要查看证照" in browser.text
    assert ["image/png"] == [review.media_type for review in handed]
    assert [len(PNG) + 6] == [review.file_size for review in reviews(town, 3)]


def hand_in(browser: Browser, place: str, content: bytes, kind: str = "register") -> None:
    form = browser.get(place).text.partition('id="paper"')[2]
    token = form.partition('name="csrf_token" value="')[2].partition('"')[0]
    data = {"csrf_token": token, "kind": kind, "file": (io.BytesIO(content), "x")}
    browser.page = browser.client.post(
        f"{place}/paper", data=data, follow_redirects=True, environ_overrides={"REMOTE_ADDR": browser.source}
    )


def reviews(town: Town, index: int) -> list[OrganisationReview]:
    """What somebody has handed in and nobody decided on."""
    with town.stage.services.database.reading() as db:
        query = select(OrganisationReview).where(OrganisationReview.applicant_id == town.person(index).id)
        return list(db.scalars(query.where(OrganisationReview.settled_at.is_(None))))


@pytest.mark.parametrize(
    ("content", "kind", "said"),
    [
        (b"", "register", "请选择材料文件"),
        (b"<script>", "register", "只接受 PDF、PNG 或 JPEG"),
        (PNG, "represent", "要求可信等级达到四级"),
        (PNG, "", "请选择一项"),
    ],
)
def test_papers_that_are_not_taken(town: Town, content: bytes, kind: str, said: str) -> None:
    """Each for its reason; what a file is called counts for nothing."""
    browser = register(town.enter(4), KNOWN["temple-01"])
    place = f"{PAGE}/{application(town, 4, 'temple-01').id}"
    hand_in(browser, place, content, kind)

    assert said in browser.text
    assert [] == reviews(town, 4)


def test_an_application_is_withdrawn_with_its_paper(town: Town) -> None:
    """Nobody looks at it any more."""
    browser = register(town.enter(2), KNOWN["union-01"])
    place = browser.address
    hand_in(browser, place, PNG)
    browser.get(place).fill(f"{place}/withdraw")

    assert [] == reviews(town, 2)
    assert ApplicationStatus.WITHDRAWN == application(town, 2, "union-01").status
    assert KNOWN["union-01"].name not in browser.text


def test_nobody_sees_anothers_application(town: Town) -> None:
    """An id of somebody else's is an id of nobody's."""
    place = register(town.enter(2), KNOWN["law-firm-02"]).address
    other = town.enter(4)

    assert place.startswith(f"{PAGE}/")
    assert 404 == other.get(place).status
    for what in ("paper", "withdraw"):
        assert 404 == other.post(f"{place}/{what}", {"csrf_token": "x", "kind": "register"}).status
    assert application(town, 2, "law-firm-02").settled_at is None


def test_somebody_unverified_verifies_first(town: Town) -> None:
    """Below level 3 there is no form, and the way up comes back."""
    browser = town.enter(4)
    with town.stage.services.database.writing() as db:
        for one in db.scalars(select(Evidence).where(Evidence.person_id == town.person(4).id)):
            one.withdrawn_at = clock.now()
    text = browser.get(PAGE).text
    with town.stage.services.database.writing() as db:
        for one in db.scalars(select(Evidence).where(Evidence.person_id == town.person(4).id)):
            one.withdrawn_at = None

    assert "先核验您的身份" in text and "known=3" in text and 'id="organisation"' not in text


def test_registering_takes_two_factors(town: Town) -> None:
    """A password alone registers nothing."""
    assert town.enter(1, twice=False).get(PAGE).address.startswith("/interaction/")


def test_a_known_organisation_is_not_registered_twice(town: Town) -> None:
    """Its representative is at its page again; a stranger is told whom to ask."""
    rise(town, 1)
    register(town.enter(1), KNOWN["company-18"])
    again = register(town.enter(1), KNOWN["company-18"])
    stranger = register(town.enter(3), KNOWN["company-18"])
    made = organisation(town, "company-18")
    assert made is not None

    assert f"{LIST}/{made.id}" == again.address
    assert "这个单位已经登记" in stranger.text
