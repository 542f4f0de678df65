"""Taking somebody's identity: prepared accounts, recycled phones, names that are not what they seem."""

import pytest

from tests.attacks.whole import Whole
from tests.idp.account.stage import PASSWORD, Browser, Stage, identity, newcomer, passer_by


@pytest.fixture(scope="module")
def stage(whole: Whole) -> Stage:
    """The world behind the product."""
    return whole.stage


def at_identity(stage: Stage) -> Browser:
    """A browser with a proven phone."""
    return stage.browser().get("/register").prove_phone(stage.spare_phone())


def test_an_account_prepared_in_an_outage_keeps_nobody_out(stage: Stage) -> None:
    """An unproven claim holds no number: its owner proves it, and the prepared claim comes to nothing."""
    victim, prepared = newcomer(1), stage.spare_phone()
    stage.order("error_500", victim.key, -1)
    stage.browser().register(victim, phone=prepared)
    stage.order("clear", victim.key)
    owner = stage.browser().register(victim)
    stage.pass_pauses()
    stage.work()

    assert "/account" == owner.path
    assert (3, 2) == (stage.level(victim.number), stage.level(prepared))
    assert stage.person(victim.number) != stage.person(prepared)


def test_name_and_number_are_not_an_identity(stage: Stage) -> None:
    """Whoever knows them, and has a phone of their own, stays at level 2 and keeps nobody out."""
    victim, own = newcomer(7), stage.spare_phone()
    attacker = stage.browser().register(victim, phone=own)
    attacker.get("/account/verify").fill("/account/verify", **identity(victim))
    owner = stage.browser().register(victim)

    assert 2 == stage.level(own)
    assert ("/account", 3) == (owner.path, stage.level(victim.number))
    assert stage.person(victim.number) != stage.person(own)


def test_an_outage_does_not_make_a_phone_ones_own(stage: Stage) -> None:
    """The queued check sends the same phone, and no document moves."""
    victim, own = newcomer(8), stage.spare_phone()
    stage.order("error_500", victim.key, -1)
    stage.browser().register(victim, phone=own)
    stage.order("clear", victim.key)
    stage.pass_pauses()
    stage.work()

    assert 2 == stage.level(own)
    assert None is stage.person(victim.number)


def test_giving_the_phone_away_does_not_get_rid_of_its_comparison(stage: Stage) -> None:
    """A second account of the attacker's takes the phone over; the first is asked about no more."""
    victim, accomplice, own = newcomer(9), passer_by(9), stage.spare_phone()
    attacker = stage.browser().register(victim, phone=own)
    prepared = stage.person(own)
    stage.browser().register(accomplice, phone=own)
    before = stage.calls()
    attacker.get("/account/verify").fill("/account/verify", **identity(victim))

    assert prepared is not None and prepared != stage.person(own)
    assert "没有确认全部信息" in attacker.text
    assert (before, None) == (stage.calls(), stage.person(victim.number))


def test_ones_own_phone_is_tried_five_times_a_day(stage: Stage) -> None:
    """Name and number right, phone after phone: each costs an attempt, and the sixth asks nobody."""
    victim = newcomer(10)
    for _ in range(5):
        at_identity(stage).fill(**identity(victim))
    before = stage.calls()
    sixth = at_identity(stage).fill(**identity(victim))

    assert (429, before) == (sixth.status, stage.calls())


def test_ones_own_phone_tells_nothing_of_an_account(stage: Stage) -> None:
    """Where somebody holds the document, the page is the one for whoever matched name and number."""
    victim = newcomer(11)
    stage.browser().register(victim)
    pages = [stage.browser().register(victim, phone=phone) for phone in (victim.phone, stage.spare_phone())]

    assert ["请查看您的短信" in page.text for page in pages] == [True, True]


def test_a_recycled_phone_opens_nobodys_account(stage: Stage) -> None:
    """Its new owner can read its codes and knows no document."""
    former = newcomer(2)
    stage.browser().register(former)
    newcomer_there = stage.browser().get("/recover").prove_phone(former.phone)
    newcomer_there.fill(**identity(newcomer(3)))

    assert 200 == newcomer_there.status
    assert "/recover/identity" == newcomer_there.path
    assert stage.browser().sign_in(former.phone).path == "/account"


@pytest.mark.parametrize(
    "name",
    [
        "A\u202eB",
        "A\u2066B",
        "A\u200bB",
        "\ufeffAB",
        "A\u200dB",
        "A\x1bB",
        "A😀",
        "<script>alert(1)</script>",
        "{{7*7}}",
        "=cmd()",
        "A" * 101,
        "\u0301\u0301",
        "12345",
    ],
)
def test_a_name_is_what_it_looks_like(stage: Stage, name: str) -> None:
    """Neither controls nor what turns, hides or draws: it will stand on other people's pages."""
    browser = at_identity(stage)
    browser.fill(
        kind="foreign_passport",
        name=name,
        number="TEST90001",
        country="FRA",
        agreement="yes",
        sensitive="yes",
    )

    assert (400, "/register/identity") == (browser.status, browser.path)


@pytest.mark.parametrize(
    "name", ["O'Neil", "阿依古丽·麦麦提", "林𠮷安", "Müller-Lüdenscheidt", "⿰亻艾明", "\ue000明"]
)
def test_a_name_that_is_unusual_is_a_name(stage: Stage, name: str) -> None:
    """Rare characters, and descriptions of characters that have no code yet, stay."""
    browser = at_identity(stage)
    number = f"TEST{abs(hash(name)) % 90000 + 10000}"
    browser.fill(
        kind="foreign_passport", name=name, number=number, country="FRA", agreement="yes", sensitive="yes"
    )

    assert "/register/verifying" == browser.path


@pytest.mark.parametrize(
    "extra",
    [
        {"phone_proven": "1", "code": "000000"},
        {"person_id": "0" * 32, "level": "3"},
        {"checked": "1", "outcome": "verified"},
    ],
)
def test_a_form_holds_what_its_page_shows(stage: Stage, extra: dict[str, str]) -> None:
    """Further fields are nothing (mass assignment)."""
    browser = stage.browser().get("/register").fill(phone=stage.spare_phone())
    browser.fill(**{"code": "000000", **extra})

    assert "/register/code" == browser.path


@pytest.mark.parametrize("step", ["identity", "verifying", "password"])
def test_a_step_posted_out_of_turn_leads_back(stage: Stage, step: str) -> None:
    """With the token of the step one is at, everything sent."""
    persona = newcomer(6)
    browser = stage.browser().get("/register").fill(phone=stage.spare_phone())
    token = browser.text.split('name="csrf_token" value="')[1].split('"')[0]
    browser.post(f"/register/{step}", {**identity(persona), "password": PASSWORD, "csrf_token": token})

    assert browser.status in {200, 405}
    assert stage.person(persona.number) is None


def test_a_wizard_stays_in_its_browser(whole: Whole, stage: Stage) -> None:
    """Another browser at the same address, even with the other's form, begins anew."""
    phone = stage.spare_phone()
    mine = whole.visitor().go("/register").fill(phone=phone)
    token, code = mine.token, stage.messages(phone)[0]["code"]
    theirs = whole.visitor().post("/register/code", csrf_token=token, code=code)

    assert "/register" == theirs.path


@pytest.mark.parametrize("number", ["1" * 30_000, "' or 1=1--", "<script>", "٢١٠٠٠٠١٩٦٢٠٢٠٢٩٨٠٢", "A" * 5000])
@pytest.mark.parametrize("kind", ["resident_id_18", "foreign_passport", "nonsense"])
def test_no_number_breaks_the_check(stage: Stage, kind: str, number: str) -> None:
    """It is malformed, and nobody is asked."""
    before = stage.calls()
    browser = at_identity(stage).fill(
        kind=kind, name="王明", number=number, country="FRA", agreement="yes", sensitive="yes"
    )

    assert (400, before) == (browser.status, stage.calls())
