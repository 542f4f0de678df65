"""What strangers could learn: from pages, from work done, from what is written down anywhere."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, text

from idp import clock
from idp.account import wizards
from tests.idp.account.stage import Browser, Stage, identity, newcomer, staged

WITHOUT_PHONE = "/recover/without-phone"
TOKEN = re.compile(r'name="csrf_token" value="[^"]*"')


class Work:
    """Counts what a request costs: statements to the database, questions to the registry."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.statements = stage, 0
        event.listen(stage.services.database.engine, "before_cursor_execute", self._count)

    def _count(self, *_: object) -> None:
        self.statements += 1

    def of(self, act: Callable[[], object]) -> tuple[int, int]:
        before = self.statements, self.stage.calls()
        act()
        return self.statements - before[0], self.stage.calls() - before[1]


def shown(browser: Browser, phone: str = "", number: str = "") -> tuple[int, str]:
    page = TOKEN.sub("", browser.text).replace(wizards.masked(phone), "")
    return browser.status, page.replace(number, "") if number else page


def test_the_same_work_is_done_for_known_and_unknown_phones(stage: Stage) -> None:
    """Asking for a code costs the same, so that time tells nothing; recovery too."""
    known = newcomer(1)
    stage.browser().register(known)
    work = Work(stage)
    for path in ("/register", "/recover"):
        first, second = stage.browser().get(path), stage.browser().get(path)

        assert work.of(lambda b=first: b.fill(phone=known.phone)) == work.of(  # type: ignore[misc]
            lambda b=second: b.fill(phone=stage.spare_phone())  # type: ignore[misc]
        )


def test_the_same_work_is_done_for_known_and_unknown_numbers(stage: Stage) -> None:
    """A wrong name costs one question to the registry, whether we know the number or not."""
    known, unknown = newcomer(2), newcomer(3)
    stage.browser().register(known)
    work, costs, pages = Work(stage), [], []
    for persona in (known, unknown):
        browser = stage.browser().get("/register").prove_phone(stage.spare_phone())
        costs.append(work.of(lambda b=browser, p=persona: b.fill(**identity(p, name="王不是"))))  # type: ignore[misc]
        pages.append(shown(browser, number=persona.number))

    assert costs[0] == costs[1]
    assert pages[0] == pages[1]


def test_recovery_does_the_same_for_wrong_documents_and_unknown_phones(stage: Stage) -> None:
    """One page and one message queued, whoever the phone belongs to."""
    known, phone = newcomer(4), stage.spare_phone()
    stage.browser().register(known)
    pages = []
    for asked in (known.phone, phone):
        browser = stage.browser().get("/recover").prove_phone(asked)
        browser.fill(**identity(newcomer(5)))
        pages.append(shown(browser, asked))

    assert pages[0] == pages[1]


def test_a_wrong_document_costs_the_same_for_known_and_unknown_phones(stage: Stage) -> None:
    """Somebody else's record is compared in vain where there is none."""
    known, phone = newcomer(14), stage.spare_phone()
    stage.browser().register(known)
    work, costs = Work(stage), []
    for asked in (known.phone, phone):
        browser = stage.browser().get("/recover").prove_phone(asked)
        costs.append(work.of(lambda b=browser: b.fill(**identity(newcomer(5)))))  # type: ignore[misc]

    assert costs[0] == costs[1]


@pytest.mark.parametrize("login", ["phone", "number"])
def test_a_wrong_code_without_the_phone_costs_the_same_for_strangers(stage: Stage, login: str) -> None:
    """Neither a login nor the right document of somebody shows whether they have an account."""
    known, unknown = {"phone": (15, 16), "number": (17, 18)}[login]
    stage.browser().register(newcomer(known))
    work, costs, pages = Work(stage), [], []
    for one in (newcomer(known), newcomer(unknown)):
        browser = stage.browser().get(WITHOUT_PHONE)
        said = {k: v for k, v in identity(one).items() if k in {"kind", "name", "number"}}
        said |= {"login": getattr(one, login), "code": "a" * 12}
        costs.append(work.of(lambda b=browser, s=said: b.fill(WITHOUT_PHONE, **s)))  # type: ignore[misc]
        pages.append(browser.status)

    assert costs[0] == costs[1]
    assert [200, 200] == pages


def test_a_wrong_code_by_text_costs_the_same_for_known_and_unknown_phones(stage: Stage) -> None:
    """Whoever does not have the phone learns nothing of it by signing in with a guess."""
    known, phone = newcomer(20), stage.spare_phone()
    stage.browser().register(known)
    work, costs = Work(stage), []
    for asked in (known.phone, phone):
        browser = stage.browser().get("/sign-in")
        browser.get(browser.address.replace("/sign-in", "/sms")).fill(phone=asked)
        wrong = f"{(int(stage.messages(asked)[0]['code']) + 1) % 1_000_000:06d}"
        costs.append(work.of(lambda b=browser, c=wrong: b.fill(code=c)))  # type: ignore[misc]

    assert costs[0] == costs[1]


def use_up_guesses(stage: Stage, phone: str) -> None:
    """Two codes asked for and guessed at, as far as pauses allow."""
    for _ in range(2):
        pass_the_pause(stage)
        browser = stage.browser().get("/recover").fill(phone=phone)
        code = int(stage.messages(phone)[0]["code"])
        for by in range(1, 6):
            browser.fill(code=f"{(code + by) % 1_000_000:06d}")
    pass_the_pause(stage)


def pass_the_pause(stage: Stage) -> None:
    """Have the store let go of what it would forget within a minute."""
    stage.services.state.purge(clock.now() + timedelta(seconds=61))


@pytest.mark.parametrize("path", ["/register", "/recover"])
def test_a_phone_that_must_wait_is_refused_alike(stage: Stage, path: str) -> None:
    """The fourth message within a minute: one status, one page, one pause, whoever the phone belongs to."""
    known, unknown, pages = newcomer(10), stage.spare_phone(), []
    if stage.person(known.phone) is None:
        stage.browser().register(known)
    for phone in (known.phone, unknown):
        for _ in range(3):
            stage.browser().get("/register").fill(phone=phone)
        browser = stage.browser().get(path).fill(phone=phone)
        pages.append((browser.status, TOKEN.sub("", browser.text).replace(phone, "")))

    assert pages[0] == pages[1]
    assert 429 == pages[0][0]
    assert 'data-seconds="60"' in pages[0][1] and "请等 60 秒" in pages[0][1]


def test_a_phone_whose_guesses_are_used_up_is_told_and_the_browser_is_not(stage: Stage) -> None:
    """The page is the one after any code, for known and unknown phones; the message names the ways left."""
    known, unknown, pages = newcomer(11), stage.spare_phone(), []
    stage.browser("203.0.113.7").register(known)
    for phone in (known.phone, unknown):
        use_up_guesses(stage, phone)
        browser = stage.browser().get("/recover").fill(phone=phone)
        pages.append(shown(browser, phone))

    assert pages[0] == pages[1]
    assert ["暂停发送" in stage.messages(phone)[0]["text"] for phone in (known.phone, unknown)] == [True] * 2


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """Everything a full run leaves on disk, and every secret of the people in it."""
    home = tmp_path_factory.mktemp("canary")
    people = [newcomer(index) for index in (6, 7, 8, 12, 13)]
    with staged(home) as stage:
        stage.browser().register(people[0])
        stage.browser().register(people[0], phone=people[2].phone)
        stage.browser().register(people[3], phone=people[4].phone)
        stage.order("error_500", people[1].key, -1)
        stage.browser().register(people[1])
        recovery = stage.browser().get("/recover").prove_phone(people[0].phone)
        recovery.fill(**identity(people[0])).fill(password="four new herons")
        stage.browser().get("/recover").prove_phone(people[2].phone).fill(**identity(people[1]))
        stage.browser().sign_in(people[0].number, "wrong herons")
        with stage.services.database.writing() as db:
            db.execute(text("select 1"))
    secrets = [value for one in people for value in (one.name, one.number, one.phone[3:])]
    return home, secrets


def test_nothing_written_names_anybody(written: tuple[Path, list[str]]) -> None:
    """Database, state store, outbox and trail hold no name, number or phone (canary)."""
    home, secrets = written
    files = [path for path in home.rglob("*") if path.is_file()]
    content = {path.name: path.read_bytes() for path in files}

    assert [] == [
        (name, secret) for name, blob in content.items() for secret in secrets if secret.encode() in blob
    ]


def test_nothing_logged_names_anybody(stage: Stage, capfd: pytest.CaptureFixture[str]) -> None:
    """Nor does any log line or address."""
    persona, visited = newcomer(9), []
    browser = stage.browser()
    browser.register(persona)
    for path in ("", "/profile", "/activity", "/consents"):
        browser.get(f"/account{path}")
        assert browser.page is not None
        visited.append(browser.page.request.url)
    stage.work()
    written = "".join(capfd.readouterr()) + "".join(visited)

    assert [] == [s for s in (persona.name, persona.number, persona.phone[3:]) if s in written]
