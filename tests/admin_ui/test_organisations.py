"""Organisations in the console: found within one's part of the country, masked, explained link by link."""

from uuid import UUID

import pytest

from admin_ui import divisions
from admin_ui.models import Role
from idp import clock
from idp.organisations import history
from tests.admin_ui.hall import Hall
from tests.admin_ui.stage import HERE, THERE
from tests.idp.account.enterprises.firm import Town
from tests.idp.account.stage import Browser, newcomer

PAGE = "/admin/organisations"


@pytest.fixture(scope="module")
def company(hall: Hall) -> UUID:
    """Somebody represents it, somebody else is an agent in one matter."""
    made = hall.company(1, name="和平粮油贸易有限公司")
    hall.town.grant(1, 2, made)
    return made


def find(browser: Browser, typed: str) -> Browser:
    return browser.get(PAGE).fill(PAGE, typed=typed)


def ask(browser: Browser, company: UUID, **question: str) -> Browser:
    path = f"{PAGE}/{company}/why"
    return browser.get(path).fill(path, **{"purpose": "dispute", "action": "apply", **question})


@pytest.mark.parametrize(
    ("path", "begins"),
    [
        ("210000/", "21"),
        ("210000/210100/", "2101"),
        ("210000/210100/210102/210102-zw/", "210102"),
        ("210000/210100/210102/210102001/", "210102"),
        ("210000/210100/housing/", "2101"),
        ("bureau/", None),
    ],
)
def test_a_department_serves_the_division_of_the_nearest_unit_with_a_code(
    path: str, begins: str | None
) -> None:
    """Whoever has none sees no organisation."""
    assert begins == divisions.of_top(path)


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.REVIEWER, Role.AUDIT])
def test_it_is_found_by_code_and_by_a_part_of_its_name(hall: Hall, company: UUID, role: Role) -> None:
    """By whoever's part of the country it is in."""
    browser = hall.operator(role=role)
    found = [
        f"{PAGE}/{company}" in find(browser, typed).text
        for typed in (
            hall.code(company),
            hall.code(company).lower(),
            "粮油贸易",
            "%",
            hall.code(company)[:10],
        )
    ]

    assert [True, True, True, False, False] == found


def test_a_matter_is_named_beside_its_code(hall: Hall, company: UUID) -> None:
    """What the catalogue does not know stays a code."""
    with hall.console.services.database.writing() as db:
        for code in ("f-1", "gone-1"):
            history.note(db, company, "act.permitted", clock.now(), matter=code)
    page = hall.operator().get(f"{PAGE}/{company}").text

    assert "缴存登记 f-1" in page
    assert ">gone-1<" in page


def test_another_county_finds_nothing(hall: Hall, company: UUID) -> None:
    """Neither by code nor by name, nor at its address."""
    clerk = hall.operator(THERE)
    found = [f"{PAGE}/{company}" in find(clerk, typed).text for typed in (hall.code(company), "粮油贸易")]

    assert [False, False] == found
    assert [404, 404] == [clerk.get(f"{PAGE}/{company}{more}").status for more in ("", "/why")]


@pytest.mark.parametrize(("top", "status"), [("210000", 200), ("210100", 200), (None, 200), (THERE, 404)])
def test_whoever_is_above_a_county_sees_its_companies(
    hall: Hall, company: UUID, top: str | None, status: int
) -> None:
    """City, province and the whole instance."""
    assert status == hall.console.as_role(Role.OPERATOR, top).get(f"{PAGE}/{company}").status


def test_people_are_masked_in_table_drawing_and_history(hall: Hall, company: UUID) -> None:
    """Their names are nobody's business at a counter; their roles are."""
    page = hall.operator().get(f"{PAGE}/{company}").text

    assert not {newcomer(1).name, newcomer(2).name} & set(page.replace("<", " ").replace(">", " ").split())
    assert newcomer(1).name not in page
    assert newcomer(2).name not in page
    assert page.count(newcomer(2).name[0] + "*") >= 3
    assert '<svg class="graph"' in page


def test_the_way_of_an_agent_is_told_link_by_link(hall: Hall, company: UUID) -> None:
    """Who granted it, as what, until when, naming what; of a phone that was typed, too."""
    page = ask(hall.operator(), company, typed=newcomer(2).phone, matter="f-1")
    answer = page.text.split('id="answer"')[1].split("</section>")[0]

    assert "可以代表该单位办理" in answer
    assert "登记机关确认" in answer
    assert "授权" in answer
    assert "缴存登记" in answer
    assert 2 == answer.count("<li>")


@pytest.mark.parametrize(
    ("matter", "action", "said"),
    [
        ("t-1", "apply", "授权范围里没有这个事项"),
        ("f-1", "pay", "这个事项没有这种办理环节"),
        ("no-such", "apply", "事项目录里没有这个事项"),
    ],
)
def test_why_not_is_said_in_words(hall: Hall, company: UUID, matter: str, action: str, said: str) -> None:
    """With the way that comes nearest."""
    page = ask(hall.operator(), company, typed=newcomer(2).phone, matter=matter, action=action)

    assert said in page.text
    assert "不可以" in page.text


def test_a_stranger_has_no_way(hall: Hall, company: UUID) -> None:
    """Nothing granted is nothing allowed."""
    hall.town.person(3)

    assert (
        "没有得到该单位的任何授权"
        in ask(hall.operator(), company, typed=newcomer(3).phone, matter="f-1").text
    )


def test_an_auditor_chooses_from_the_table_and_looks_nobody_up(hall: Hall, company: UUID) -> None:
    """What they type is nobody."""
    auditor, town = hall.operator(role=Role.AUDIT), hall.town
    chosen = ask(auditor, company, member=str(town.latest(company).id), matter="f-1").text
    typed = ask(auditor, company, typed=newcomer(2).phone, matter="f-1").text

    assert "可以代表该单位办理" in chosen
    assert 'id="answer"' not in typed


def test_a_mandate_of_another_company_is_no_key_to_this_one(hall: Hall, company: UUID) -> None:
    """Ids are guessed; who is not of this table is nobody."""
    other: Town = hall.town
    elsewhere = other.mandates(hall.company(4, THERE))[0]

    assert 'id="answer"' not in ask(hall.operator(HERE), company, member=str(elsewhere.id), matter="f-1").text
