"""Guessing passwords, codes and identities: slowed down, counted before it is judged, telling nothing."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from idp.clients.models import ClientClass
from tests.attacks.whole import Visitor, Whole, standing
from tests.idp.account.stage import PASSWORD, Browser, Stage, identity, newcomer, passer_by


@pytest.fixture(scope="module")
def stage(whole: Whole) -> Stage:
    """The world behind the product."""
    return whole.stage


def tries(visitor: Visitor, login: str, count: int) -> list[int]:
    """Wrong passwords for this login, one after the other."""
    visitor.go("/sign-in")
    token = visitor.token
    return [
        visitor.ask(
            "POST", visitor.path, data={"login": login, "password": "wrong", "csrf_token": token}
        ).status_code
        for _ in range(count)
    ]


def test_two_logins_of_one_person_are_counted_apart(whole: Whole, stage: Stage) -> None:
    """Or who has been slowed down at one would learn that the other is the same registered person's."""
    known = newcomer(1)
    stage.browser().register(known)
    unknown = newcomer(2)
    after: list[tuple[int, list[int]]] = []
    for persona in (known, unknown):
        visitor = whole.visitor(f"198.51.100.{len(after)}")
        slowed = tries(visitor, persona.phone, 9)[-1]
        after.append((slowed, tries(visitor, persona.number, 1)))

    assert [(429, [200]), (429, [200])] == after


def test_spellings_of_one_number_are_counted_together(whole: Whole) -> None:
    """Blanks and full-width digits buy no further guesses."""
    visitor = whole.visitor("198.51.100.20")
    tries(visitor, "13811112222", 7)

    assert [429] == tries(visitor, "+86 138 1111 2222", 1)


def test_guesses_in_parallel_gain_nothing(whole: Whole) -> None:
    """Fifty at once are judged as fifty in a row would be (CVE-2024-4629)."""
    whole.resident("guessed-at")
    visitor = whole.visitor("198.51.100.30")
    visitor.go("/sign-in")
    token, place = visitor.token, visitor.path
    cookie = "; ".join(f"{kept.key}={kept.value}" for kept in visitor.kept())

    def guess(number: int) -> int:
        return whole.http.post(
            place,
            data={"login": "guessed-at", "password": f"guess {number}", "csrf_token": token},
            headers={"Cookie": cookie},
            environ_overrides={"REMOTE_ADDR": "198.51.100.30"},
        ).status_code

    with ThreadPoolExecutor(12) as together:
        heard = Counter(together.map(guess, range(50)))

    assert heard[200] <= 7
    assert {200, 429} == set(heard)


def test_an_attack_from_elsewhere_keeps_nobody_out_where_they_were_before(whole: Whole) -> None:
    """Delay, never a lock: whoever hammers a login takes no turns away from its owner's own place."""
    whole.resident("hammered")
    whole.visitor("203.0.113.1").sign_in("hammered")
    for source in range(5):
        tries(whole.visitor(f"198.51.100.{40 + source}"), "hammered", 6)
    owner = whole.visitor("203.0.113.1").sign_in("hammered")

    assert "/account" == owner.path


def test_a_portals_sign_in_is_judged_by_the_same_counts(whole: Whole) -> None:
    """There is no second door with guesses of its own."""
    whole.resident("two-doors")
    visitor = whole.visitor("198.51.100.60")
    tries(visitor, "two-doors", 8)
    portal = whole.client(kind=ClientClass.THIRD_PARTY)
    visitor.go(whole.request(portal)).fill(login="two-doors", password="wrong")

    assert 429 == visitor.status


@pytest.mark.parametrize("login", ["' or 1=1--", "{{7*7}}", "x" * 30_000, "1" * 30_000, "é" * 500, "../../x"])
def test_no_login_breaks_the_lookup(whole: Whole, login: str) -> None:
    """Whatever is typed is nobody, shown again escaped or not at all."""
    visitor = whole.visitor("198.51.100.70").go("/sign-in").fill(login=login, password="x")

    assert 200 == visitor.status
    assert ">49<" not in visitor.text and 'value="49"' not in visitor.text


def coded(stage: Stage, phone: str, path: str = "/register") -> tuple[Browser, str]:
    """A browser at the code page, and the code that was sent."""
    browser = stage.browser().get(path).fill(phone=phone)
    return browser, stage.messages(phone)[0]["code"]


def wrong(code: str, by: int = 1) -> str:
    return f"{(int(code) + by) % 1_000_000:06d}"


def test_five_wrong_codes_spend_the_right_one(stage: Stage) -> None:
    """The sixth guess is in vain, right or not (CVE-2025-64102)."""
    browser, code = coded(stage, stage.spare_phone())
    for by in range(1, 6):
        browser.fill(code=wrong(code, by))
    browser.fill(code=code)

    assert "/register/code" == browser.path


def test_fifty_codes_at_once_are_five_guesses(whole: Whole, stage: Stage) -> None:
    """They are counted before they are compared."""
    phone = stage.spare_phone()
    visitor = whole.visitor("198.51.100.80").go("/register").fill(phone=phone)
    code, token = stage.messages(phone)[0]["code"], visitor.token
    kept = visitor.http.get_cookie("yt-register-8000", domain="127.0.0.1", path="/register")
    assert kept is not None
    cookie = {"Cookie": f"{kept.key}={kept.value}"}

    def guess(by: int) -> str | None:
        data = {"code": wrong(code, by), "csrf_token": token}
        return whole.http.post("/register/code", data=data, headers=cookie).headers.get("Location")

    with ThreadPoolExecutor(12) as together:
        led_on = set(together.map(guess, range(1, 50)))
    visitor.fill(code=code)

    assert {None} == led_on
    assert "/register/code" == visitor.path


def test_a_code_serves_its_browser_phone_and_purpose(stage: Stage) -> None:
    """Not another browser, though it asked for the same phone; not another wizard."""
    phone = stage.spare_phone()
    first, code = coded(stage, phone)
    second, second_code = coded(stage, phone)
    recovering, third_code = coded(stage, phone, "/recover")
    if len({code, second_code, third_code}) < 3:
        pytest.skip("two codes happen to be equal")

    assert "/register/code" == second.fill(code=code).path
    assert "/recover/code" == recovering.fill(code=code).path
    assert "/register/identity" == first.fill(code=code).path


def test_one_phone_gets_three_messages_a_minute_whatever_its_spelling(stage: Stage) -> None:
    """From however many browsers, addresses and wizards they are asked for."""
    phone = stage.spare_phone()
    local = phone.removeprefix("+86")
    spellings = [phone, local, f"0086{local}", f"{local[:3]}-{local[3:]}", f"86 {local}", phone, local, phone]
    for number, spelling in enumerate(spellings):
        path = "/register" if number % 2 else "/recover"
        stage.browser(f"198.51.100.{100 + number}").get(path).fill(phone=spelling)

    assert 3 == len(stage.messages(phone))


@pytest.mark.parametrize(
    "phone",
    [
        "+19005551234",
        "+979123456789",
        "+88213000000",
        "02812345678",
        "+864001234567",
        "110",
        "95588",
        "+8610086",
    ],
)
def test_no_message_goes_to_a_number_that_earns(stage: Stage, phone: str) -> None:
    """Premium-rate, satellite, shared-cost, fixed and short numbers are no phones of a person's."""
    browser = stage.browser().get("/register").fill(phone=phone)

    assert (400, "/register") == (browser.status, browser.path)


def test_five_attempts_at_one_number_however_many_ask(stage: Stage) -> None:
    """Fifty browsers with fifty phones at once ask the authority five times."""
    victim = newcomer(3)
    browsers = [stage.browser(f"203.0.113.{n}").get("/register") for n in range(30)]
    for browser in browsers:
        browser.prove_phone(stage.spare_phone())
    before = stage.calls()
    with ThreadPoolExecutor(10) as together:
        answers = Counter(together.map(lambda b: b.fill(**identity(victim, name="王不是")).status, browsers))

    assert 5 >= stage.calls() - before
    assert 25 <= answers[429]


def test_fifty_registrations_of_one_number_make_one_person(stage: Stage) -> None:
    """All are checked before any has finished; one finishes (T5)."""
    persona = passer_by(4)
    browsers = []
    for number in range(50):
        browser = stage.browser(f"203.0.113.{number}").get("/register").prove_phone(stage.spare_phone())
        browsers.append(browser.fill(**identity(persona)))
    pages = [browser.get("/register/password") for browser in browsers]
    with ThreadPoolExecutor(10) as together:
        ended = Counter(together.map(lambda b: b.fill(password=PASSWORD).path, pages))

    assert 1 == ended["/account"]
    assert {"/account", "/register/password"} == set(ended)


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    """The product as it is delivered: a network address has little to ask for."""
    with standing(tmp_path_factory.mktemp("strict"), limit_source_per_minute=5) as strict:
        yield strict


def test_login_names_cannot_be_listed_at_the_end_of_a_registration(strict: Whole) -> None:
    """Whether a name is taken is told to who registers, a few times a minute."""
    browser = strict.stage.browser().get("/register").prove_phone(strict.stage.spare_phone())
    browser.fill(**identity(newcomer(5))).get("/register/password")
    answers = [browser.fill(login=f"somebody-{n}", password="short").status for n in range(8)]

    assert [400] * 5 + [429] * 3 == answers
