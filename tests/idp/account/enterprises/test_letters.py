"""授权委托书: who may make one, what is on it, and what whoever is shown it can learn."""

import html
import re
from collections.abc import Callable
from uuid import UUID

import pytest

from idp import clock
from idp.mandates import ending
from idp.mandates.models import Letter, Mandate
from idp.organisations.models import Organisation, Standing
from tests.idp.account.enterprises.firm import LIST, Town, in_days
from tests.idp.account.stage import Browser, newcomer

VERIFY = "/verify/mandate"


@pytest.fixture
def company(town: Town) -> UUID:
    return town.company()


def place(company: UUID, mandate: UUID, what: str = "/letter") -> str:
    return f"{LIST}/{company}/mandates/{mandate}{what}"


def made(browser: Browser, company: UUID, mandate: UUID) -> str:
    """The code of a letter."""
    browser.get(place(company, mandate)).fill(place(company, mandate))
    (code,) = re.findall(r"<b>([0-9A-Z]{4}(?:-[0-9A-Z]{4}){3})</b>", browser.text)
    return str(code)


def asked(town: Town, code: str) -> Browser:
    """What a stranger is told."""
    browser = town.stage.browser(f"203.0.113.{next(town.stage.numbers) % 250}")
    return browser.get(VERIFY).fill(VERIFY, code=code)


def test_a_letter_says_the_sentence_in_both_languages(town: Town, company: UUID) -> None:
    """With both parties in full, the code and its picture."""
    mandate = town.grant(1, 2, company)
    browser = town.enter(1)
    made(browser, company, mandate)
    page = html.unescape(browser.text)

    said = ("办理以下事项：公积金中的缴存登记", "to handle: Housing fund: Enrolment", newcomer(2).name)
    assert [] == [words for words in said if words not in page]
    assert town.organisation(company).credit_code in page
    assert "<svg" in page


def test_the_agent_prints_it_without_the_grantors_name(town: Town, company: UUID) -> None:
    """And the same letter again, not another."""
    mandate = town.grant(1, 2, company)
    code = made(town.enter(1), company, mandate)
    browser = town.enter(2).get(place(company, mandate))

    assert code in browser.text
    assert newcomer(1).name not in browser.text


def test_whoever_has_the_code_learns_whether_it_holds(town: Town, company: UUID) -> None:
    """And the organisation in full, which is public; of a person no more than the first character."""
    code = made(town.enter(1), company, town.grant(1, 2, company))
    told = asked(town, code)

    assert "这份授权现在有效" in told.text and "缴存登记" in told.text
    assert newcomer(2).name[0] in told.text
    assert newcomer(2).name not in told.text
    assert town.name(company) in told.text and town.organisation(company).credit_code in told.text


@pytest.mark.parametrize("spell", [str.lower, lambda code: code.replace("-", " "), lambda code: f" {code} "])
def test_a_code_is_read_as_people_type_it(town: Town, company: UUID, spell: Callable[[str], str]) -> None:
    """Small letters, spaces, without dashes."""
    code = made(town.enter(1), company, town.grant(1, 2, company))

    assert "这份授权现在有效" in asked(town, spell(code)).text


@pytest.mark.parametrize("code", ["", "0000-0000-0000-0000", "x" * 5000, "授权"])
def test_other_codes_say_nothing(town: Town, code: str) -> None:
    """Neither of anybody nor whether there is anything."""
    told = asked(town, code)

    assert 404 == told.status
    assert "没有这个验证码的授权委托书" in told.text


def test_an_ended_mandate_is_said_to_be(town: Town, company: UUID) -> None:
    """At once, and without what it allowed."""
    mandate = town.grant(1, 2, company)
    browser = town.enter(1)
    code = made(browser, company, mandate)
    browser.get(place(company, mandate, "/end")).fill(place(company, mandate, "/end"))
    told = asked(town, code)

    assert "这份授权现在不能使用" in told.text and "缴存登记" not in told.text
    assert 404 == browser.get(place(company, mandate)).status


def test_a_narrowed_mandate_makes_the_letter_old(town: Town, company: UUID) -> None:
    """Whoever is shown the old one is told what holds now; the new letter has another code."""
    mandate = town.grant(1, 2, company, matter=["f-1", "t-1"])
    browser = town.enter(1)
    old = made(browser, company, mandate)
    narrow = place(company, mandate, "/narrow")
    browser.get(narrow).fill(narrow, matter=["t-1"], action=["apply"], until=in_days(5))
    told = asked(town, old)

    assert "在出具之后有变化" in told.text
    assert "发票申领" in told.text and "缴存登记" not in told.text
    assert old != made(browser, company, mandate)


def test_a_letter_outlives_a_rest(town: Town, company: UUID) -> None:
    """While the mandate rests it says no; once it goes on, the same paper holds and is printed again."""
    mandate = town.grant(1, 2, company)
    browser = town.enter(1)
    code = made(browser, company, mandate)
    with town.stage.services.database.writing() as db:
        ending.suspend(db, [db.get_one(Mandate, mandate)], "person_frozen", clock.now())
    resting = asked(town, code).text
    with town.stage.services.database.writing() as db:
        ending.resume(db, [db.get_one(Mandate, mandate)], "person_frozen", clock.now())

    assert "这份授权现在不能使用" in resting
    assert "这份授权现在有效" in asked(town, code).text
    assert code in browser.get(place(company, mandate)).text


def test_a_letter_falls_with_what_it_rests_on(town: Town, company: UUID) -> None:
    """Whether the organisation may act at all counts too."""
    code = made(town.enter(1), company, town.grant(1, 2, company))
    with town.stage.services.database.writing() as db:
        db.get_one(Organisation, company).standing = Standing.SUSPENDED

    assert "这份授权现在不能使用" in asked(town, code).text


def test_a_letter_of_an_agency_holds_while_it_does(town: Town, company: UUID) -> None:
    """An organisation that is the agent of another has letters as well."""
    agency = town.company(representative=3)
    code = town.organisation(agency).credit_code
    town.invite(town.enter(1), company, newcomer(2), whom="organisation", code=code)
    town.enter(3).get(f"/account/invitations/{town.latest(company).id}").fill(decision="accept")

    assert "这份授权现在有效" in asked(town, made(town.enter(1), company, town.latest(company).id)).text


def test_codes_are_kept_sealed(town: Town, company: UUID) -> None:
    """The table holds a digest and what only the vault opens."""
    mandate = town.grant(1, 2, company)
    code = made(town.enter(1), company, mandate).replace("-", "")
    with town.stage.services.database.reading() as db:
        (letter,) = db.query(Letter).where(Letter.mandate_id == mandate).all()
        kept = (letter.code_digest, letter.code_sealed)
        assert code == letter.code

    assert code not in kept[0] and code.encode() not in (kept[1] or b"")


def test_guesses_are_slowed(town: Town) -> None:
    """Thirty wrong ones an hour from one place."""
    browser = town.stage.browser("203.0.113.251").get(VERIFY)
    statuses = [browser.post(VERIFY, {"code": f"{one:016d}"}).status for one in range(32)]

    assert [404] * 30 + [429] * 2 == statuses


def test_only_a_mandate_in_force_has_a_letter(town: Town, company: UUID) -> None:
    """Not an offer, and not the representative's own role, which is the registry's to say."""
    town.invite(town.enter(1), company, newcomer(2))
    browser = town.enter(1)

    for mandate in town.mandates(company):
        assert 404 == browser.get(place(company, mandate.id)).status
