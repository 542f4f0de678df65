"""Registration through the pages: what a newcomer sees, and what nobody learns."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import select

from idp import clock
from idp.account import registering, wizards
from idp.account.records import Registration
from idp.consents.models import Consent
from idp.crypto import passwords
from idp.crypto.handles import new_handle
from idp.evidence import levels
from idp.notices.models import Notice
from idp.persons import hold, synthetic
from idp.persons import lifecycle as persons
from idp.persons.models import Person
from idp.sessions import lifecycle
from tests.idp.account.stage import PASSWORD, POPULATION, Browser, Stage, identity, newcomer, passer_by

NOBODY_KNOWN = re.compile(r'name="csrf_token" value="[^"]*"')


def neutral(page: str) -> str:
    """A page without what differs between any two showings."""
    return NOBODY_KNOWN.sub("", page)


def test_a_newcomer_registers_and_arrives_at_the_start_page(stage: Stage, browser: Browser) -> None:
    """Phone, code, identity, password – verified, signed in, at the list of services."""
    persona = newcomer(1)

    browser.register(persona)

    assert ("/account", 200) == (browser.path, browser.status)
    assert persona.name in browser.text
    assert 3 == stage.level(persona.phone)


def test_what_was_agreed_is_recorded_with_its_version(stage: Stage, browser: Browser) -> None:
    """Agreement, privacy policy, the separate consent to the number, the notice of the check."""
    browser.register(newcomer(2))
    found = stage.person(newcomer(2).phone)
    assert found is not None

    with stage.services.database.reading() as db:
        rows = db.scalars(select(Consent).where(Consent.person_id == found.id)).all()
    assert {
        ("agreement", "service-agreement"),
        ("agreement", "privacy-policy"),
        ("sensitive", "identity-number"),
        ("notice", "verification"),
    } == {(row.kind, row.text_key) for row in rows}
    assert all(row.text_version and len(row.text_digest) == 64 for row in rows)


@pytest.mark.parametrize("missing", ["agreement", "sensitive"])
def test_without_consent_nothing_is_asked_of_anybody(stage: Stage, browser: Browser, missing: str) -> None:
    """The registry hears of nobody who has not agreed; what was typed stays (WCAG 3.3.7)."""
    persona, before = newcomer(3), stage.calls()
    browser.get("/register").prove_phone(stage.spare_phone())
    browser.fill(**{name: value for name, value in identity(persona).items() if name != missing})

    assert (400, before) == (browser.status, stage.calls())
    assert persona.number in browser.text


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("number", "210000199001019", "位数不对"),
        ("number", "210000199013019005", "出生日期不存在"),
        ("name", "12345", "不应出现的字符"),
    ],
)
def test_a_typing_error_is_told_at_the_field(
    stage: Stage, browser: Browser, field: str, value: str, reason: str
) -> None:
    """Which check failed is said at once, and costs no attempt."""
    browser.get("/register").prove_phone(stage.spare_phone())
    browser.fill(**identity(newcomer(3), **{field: value}))

    assert reason in browser.text


def test_a_wrong_name_and_an_unknown_number_are_one_page(stage: Stage) -> None:
    """NAME and NOT_FOUND read the same, whether the number is registered or not."""
    known = newcomer(4)
    stage.browser().register(known)
    unknown = synthetic.resident_id(date(1971, 1, 1), "M", "210000", 49)
    pages = []
    for number in (known.number, newcomer(5).number, unknown):
        browser = stage.browser()
        browser.get("/register").prove_phone(stage.spare_phone())
        browser.fill(**identity(known, number=number, name="王不是"))
        pages.append((browser.status, neutral(browser.text).replace(number, "")))

    assert pages[0] == pages[1] == pages[2]


def test_a_code_is_asked_for_known_and_unknown_phones_alike(stage: Stage) -> None:
    """Status, words and message are the same for a phone with an account."""
    known = newcomer(6)
    stage.browser().register(known)
    pages = []
    for phone in (known.phone, stage.spare_phone()):
        browser = stage.browser().get("/register").fill(phone=phone)
        shown = neutral(browser.text).replace(phone[-4:], "")
        text = re.sub(r"\d{6}", "", stage.messages(phone)[0]["text"])
        pages.append((browser.status, browser.path, shown, text))

    assert pages[0] == pages[1]


def test_another_phone_on_file_ends_at_level_two(stage: Stage, browser: Browser) -> None:
    """The account can be used; the page and the phone hear what to do, not which of the three differs."""
    persona, other = newcomer(19), stage.spare_phone()
    browser.get("/register").prove_phone(other).fill(**identity(persona))
    page = browser.text
    browser.get("/register/password").fill(password="three quiet herons")
    stage.work()

    assert ("/account", 2) == (browser.path, stage.level(other))
    assert "没有确认全部信息" in page and "重新注册" in page
    assert "带证件到政务服务窗口" in stage.messages(other)[0]["text"]
    assert None is stage.person(persona.number)


def test_who_has_the_phone_on_file_is_kept_out_by_nobody(stage: Stage) -> None:
    """The account of somebody who knew name and number holds nothing: the holder registers as ever."""
    persona, other = passer_by(3), stage.spare_phone()
    stage.order("phone_mismatch", persona.number)
    stage.browser().register(persona, phone=other)
    owner = stage.browser().register(persona)

    assert (2, 3) == (stage.level(other), stage.level(persona.number))
    assert "/account" == owner.path


def test_a_confirmed_phone_is_in_the_evidence(stage: Stage, browser: Browser) -> None:
    """Whether the registry knew the phone is recorded with the verification."""
    known, unknown = newcomer(20), passer_by(4)
    methods = []
    for persona in (known, unknown):
        stage.browser().register(persona)
        found = stage.person(persona.number)
        assert found is not None
        with stage.services.database.reading() as db:
            records = levels.of_person(db, found.id, clock.now())
            methods.append(max(records, key=lambda record: record.level).method)

    assert ["registry_phone_match", "registry_match"] == methods


def test_a_known_document_ends_with_a_message_to_its_holder(stage: Stage) -> None:
    """Whoever matched everything sees a neutral page; the phone they proved hears how to go on."""
    holder, stranger = newcomer(7), stage.spare_phone()
    stage.browser().register(holder)
    browser = stage.browser().register(holder, phone=stranger)
    stage.work()

    assert "请查看您的短信" in browser.text
    assert "您已有账号" in stage.messages(holder.phone)[0]["text"]
    assert "注册没有完成。您若注册过" in stage.messages(stranger)[0]["text"]
    assert stage.person(stranger) is None


def test_a_phone_hears_once_an_hour_how_to_go_on(stage: Stage) -> None:
    """However many documents of others are tried with it; the holder of each is told nevertheless."""
    holders, stranger = [newcomer(30), newcomer(31)], stage.spare_phone()
    for holder in holders:
        stage.browser().register(holder)
        stage.browser().register(holder, phone=stranger)
    stage.work()

    told = [one["text"] for one in stage.messages(stranger) if "注册没有完成" in one["text"]]
    assert 1 == len(told)
    assert all("您已有账号" in stage.messages(holder.phone)[0]["text"] for holder in holders)


def test_registering_again_with_ones_own_phone_is_the_same_page(stage: Stage) -> None:
    """Known document or known document and phone: one page, one message to the holder."""
    holder = newcomer(8)
    stage.browser().register(holder)
    again = stage.browser().register(holder)
    stranger = stage.spare_phone()
    other = stage.browser().register(holder, phone=stranger)

    shown = [
        neutral(page.text).replace(wizards.masked(phone), "")
        for page, phone in ((again, holder.phone), (other, stranger))
    ]
    assert shown[0] == shown[1]


def test_a_reclaimed_phone_goes_to_who_proves_it_with_a_document(stage: Stage) -> None:
    """The new owner registers; the former one keeps number and password and finds a notice."""
    former, owner = newcomer(9), passer_by(1)
    stage.browser().register(former)
    stage.browser().register(owner, phone=former.phone)
    browser = stage.browser().sign_in(former.number)

    found = stage.person(former.phone)
    with stage.services.database.reading() as db:
        topics = set(db.scalars(select(Notice.topic)))
    assert found is not None
    assert ("/account", True) == (browser.path, "phone.reclaimed" in topics)


def test_an_outage_registers_at_level_two_and_rises_later(stage: Stage, browser: Browser) -> None:
    """The person goes on, is told, and reaches level 3 when the registry answers."""
    persona = newcomer(11)
    stage.order("error_500", persona.key, -1)
    browser.register(persona)
    before = stage.level(persona.phone)
    stage.order("clear", persona.key)
    stage.pass_pauses()
    stage.work()

    assert "核验服务暂时没有回应" in "".join(m["text"] for m in stage.messages(persona.phone))
    assert (2, 3) == (before, stage.level(persona.phone))


def test_the_deceased_are_sent_to_a_window(browser: Browser) -> None:
    """No reason is given that a stranger could use."""
    persona = POPULATION.persona("deceased")
    browser.register(persona)

    assert "网上无法核验" in browser.text


def test_children_are_shown_the_guardian_path(stage: Stage, browser: Browser) -> None:
    """Under fourteen nothing is asked of the registry and nothing is kept."""
    child, before = POPULATION.persona("child"), stage.calls()
    browser.register(child)

    assert "监护人" in browser.text
    assert (before, None) == (stage.calls(), stage.person(child.phone))


def test_a_passport_stays_at_level_two(stage: Stage, browser: Browser) -> None:
    """No registry knows it: a window proves it later. Its country is asked for when it matters."""
    passport = POPULATION.persona("passport")
    browser.get("/register").prove_phone(passport.phone)
    browser.fill(**identity(passport))
    asked = 'name="country"' in browser.text
    browser.fill(**identity(passport, country="FRA"))
    browser.get("/register/password").fill(password="three quiet herons")

    assert (True, "/account", 2) == (asked, browser.path, stage.level(passport.phone))


def test_five_wrong_names_and_no_sixth(stage: Stage) -> None:
    """The number's attempts of the day are counted over all browsers and phones."""
    persona = newcomer(12)
    for _ in range(5):
        browser = stage.browser()
        browser.get("/register").prove_phone(stage.spare_phone())
        browser.fill(**identity(persona, name="王不是"))
    before = stage.calls()
    browser = stage.browser()
    browser.get("/register").prove_phone(stage.spare_phone()).fill(**identity(persona))

    assert "今天的核验次数已用完" in browser.text
    assert (429, before) == (browser.status, stage.calls())


def test_a_code_belongs_to_one_browser(stage: Stage) -> None:
    """A code read from a phone is worth nothing in another browser."""
    phone = stage.spare_phone()
    stage.browser().get("/register").fill(phone=phone)
    code = stage.messages(phone)[0]["code"]
    thief = stage.browser().get("/register").fill(phone=phone).fill(code=code)

    assert "验证码不对" in thief.text


def test_a_code_is_used_once(stage: Stage) -> None:
    """Going back and sending the code again leads on, and proves nothing new."""
    phone = stage.spare_phone()
    browser = stage.browser().get("/register")
    browser.fill(phone=phone)
    form = browser.text
    code = stage.messages(phone)[0]["code"]
    browser.fill(code=code)
    token = re.search(r'csrf_token" value="([^"]+)', form)
    assert token
    browser.post("/register/code", {"csrf_token": token.group(1), "code": code})

    assert "/register/identity" == browser.path


def test_no_step_can_be_skipped(browser: Browser) -> None:
    """Later pages lead back to where the wizard is."""
    places = []
    for step in ("code", "identity", "verifying", "password"):
        places.append(browser.get(f"/register/{step}").path)

    assert ["/register"] * 4 == places


@pytest.mark.parametrize("step", ["/register", "/register/code", "/register/identity"])
def test_a_form_without_its_token_changes_nothing(stage: Stage, step: str) -> None:
    """Another site cannot fill the wizard for somebody."""
    browser, phone = stage.browser().get("/register"), stage.spare_phone()
    if step != "/register":
        browser.fill(phone=phone)
    if step.endswith("identity"):
        browser.fill(code=stage.messages(phone)[0]["code"])
    browser.post(step, {"phone": phone, "code": "000000", **identity(newcomer(3))})

    assert 400 == browser.status


def test_a_taken_login_name_is_said_at_the_field(stage: Stage) -> None:
    """Everything else is kept; another name goes through."""
    for index, login in ((13, "quiet-heron"), (14, "quiet-heron")):
        browser, persona = stage.browser(), newcomer(index)
        browser.get("/register").prove_phone(persona.phone).fill(**identity(persona))
        browser.get("/register/password").fill(password="three quiet herons", login=login)

    assert "这个登录名不能用" in browser.text
    assert "/account" == browser.fill(password="three quiet herons", login="other-heron").path


@pytest.mark.parametrize(
    ("password", "reason"),
    [("short", "太短"), ("password1", "太常见"), ("my {phone}!", "手机号码、证件号码或登录名")],
)
def test_a_weak_password_is_refused(stage: Stage, password: str, reason: str) -> None:
    """Length, the commonest, and one's own phone are what matters (no composition rules)."""
    browser, persona = stage.browser(), newcomer(15)
    phone = stage.spare_phone()
    browser.get("/register").prove_phone(phone).fill(**identity(persona))
    browser.get("/register/password").fill(password=password.format(phone=phone[3:]))

    assert reason in browser.text


def test_ten_browsers_at_once_make_one_person(stage: Stage) -> None:
    """The same person in ten browsers: one account, the others see the neutral page, nothing crashes."""
    persona = passer_by(2)
    browsers = [stage.browser() for _ in range(10)]
    for browser in browsers:
        browser.get("/register").prove_phone(stage.spare_phone()).fill(**identity(persona))
        browser.get("/register/password")

    def finish(browser: Browser) -> str:
        return browser.fill(password="three quiet herons").text

    with ThreadPoolExecutor(10) as pool:
        pages = list(pool.map(finish, browsers))

    with stage.services.database.reading() as db:
        names = [person.name for person in db.scalars(select(Person))]
    assert 1 == names.count(persona.name)
    assert 9 == sum("请查看您的短信" in page for page in pages)


def test_a_phone_that_stays_with_its_holder_is_told_how_to_go_on(stage: Stage) -> None:
    """Without proof of a document nobody takes a phone over; the phone itself hears what to do."""
    holder, passport = newcomer(17), POPULATION.persona("taiwan")
    stage.browser().register(holder)
    browser = stage.browser().register(passport, phone=holder.phone)
    stage.work()

    assert "请查看您的短信" in browser.text
    assert "这个手机号已有账号" in stage.messages(holder.phone)[0]["text"]
    assert 3 == stage.level(holder.phone)


def test_what_nobody_confirmed_may_be_corrected(stage: Stage, browser: Browser) -> None:
    """A passport typed wrong is typed again; a verified document is not."""
    passport, verified = POPULATION.persona("taiwan"), newcomer(18)
    browser.get("/register").prove_phone(stage.spare_phone()).fill(**identity(passport))
    other = stage.browser().get("/register").prove_phone(stage.spare_phone()).fill(**identity(verified))

    assert "/register/identity" == browser.get("/register/identity").path
    assert "/register/password" == other.get("/register/identity").path


def test_the_code_can_be_read_out(stage: Stage, browser: Browser) -> None:
    """Who cannot read a message is called, and the page says that the telephone rings (WCAG 1.1.1)."""
    phone = stage.spare_phone()
    browser.get("/register").fill(phone=phone, send="voice")
    said = stage.messages(phone)[0]

    assert "voice" == said["channel"]
    assert "正在拨打" in browser.text
    assert "/register/identity" == browser.fill(code=said["code"]).path


def test_a_call_counts_as_a_message_does(stage: Stage, browser: Browser) -> None:
    """A minute between two, whatever channel: nobody is called as often as somebody else likes."""
    phone = stage.spare_phone()
    browser.get("/register").fill(phone=phone, send="text")
    browser.fill(send="voice")

    assert 429 == browser.status
    assert ["text"] == [message["channel"] for message in stage.messages(phone)]
    assert "验证码已发往" in browser.text


def test_who_presses_twice_is_registered_once_and_told_nothing(stage: Stage, browser: Browser) -> None:
    """Both presses arrive where one does; nobody writes that a stranger used their phone."""
    persona = newcomer(15)
    browser.get("/register").prove_phone(persona.phone).fill(**identity(persona)).get("/register/password")
    again = browser.twin()
    with ThreadPoolExecutor(2) as presses:
        typed = {"login": "pressed_twice", "password": "three quiet herons"}
        ends = list(presses.map(lambda one: one.fill(**typed).path, (browser, again)))
    stage.work()

    assert {"/account"} == set(ends)
    assert not any("有人用您的手机号" in message["text"] for message in stage.messages(persona.phone))


def at_the_password(stage: Stage, index: int) -> tuple[Browser, str, Registration]:
    """A browser at the last step, the handle of its registration, and the record."""
    persona = newcomer(index)
    browser = stage.browser().get("/register").prove_phone(persona.phone).fill(**identity(persona))
    browser.get("/register/password")
    cookies = (browser.client._cookies or {}).values()
    handle = next(cookie.value for cookie in cookies if "register" in cookie.key)
    record = stage.services.extras["desk"].registrations.find(handle)
    return browser, handle, record


def made(stage: Stage, handle: str, record: Registration, login: str) -> UUID:
    """The account as the press of another browser, or of the same, has just made it."""
    with stage.app.test_request_context("/"):
        stage.app.preprocess_request()
        registering.create(handle, record, login, passwords.hash_password(PASSWORD))
    found = stage.person(record.phone)
    assert found is not None
    return found.id


def sessions(stage: Stage, person_id: UUID) -> int:
    with stage.services.database.reading() as db:
        return len(lifecycle.live(db, person_id, clock.now()))


@pytest.mark.parametrize(("index", "typed"), [(41, "made_elsewhere"), (42, "")])
def test_a_registration_is_no_way_into_an_account_that_is_there(stage: Stage, index: int, typed: str) -> None:
    """Who came as far as the password before the owner did enters by nothing, not even the right one."""
    spy, _, record = at_the_password(stage, index)
    person_id = made(stage, new_handle(), record, typed or "made_otherwise")
    spy.fill(login=typed, password=PASSWORD)

    assert 1 == sessions(stage, person_id)
    assert "/sign-in" == spy.get("/account").path


def test_another_press_with_another_password_ends_the_registration(stage: Stage) -> None:
    """Nobody tries passwords where they are not counted: the next one, though right, is too late."""
    browser, handle, record = at_the_password(stage, 43)
    person_id = made(stage, handle, record, "tried_twice")
    browser.fill(login="tried_twice", password="four louder herons")
    browser.fill(login="tried_twice", password=PASSWORD)

    assert "/register" == browser.path
    assert 1 == sessions(stage, person_id)


@pytest.mark.parametrize(("index", "kept_out"), [(44, "frozen"), (45, "held")])
def test_another_press_lets_in_nobody_whom_signing_in_would_not(
    stage: Stage, index: int, kept_out: str
) -> None:
    """The account was frozen, or recovered, since it was made."""
    browser, handle, record = at_the_password(stage, index)
    person_id = made(stage, handle, record, f"made_and_{kept_out}")
    with stage.services.database.writing() as db:
        person = db.get_one(Person, person_id)
        if kept_out == "held":
            hold.begin(person, clock.now())
        else:
            persons.freeze(db, person, "phone lost", clock.now())
    browser.fill(login=f"made_and_{kept_out}", password=PASSWORD)

    assert 1 == sessions(stage, person_id)
    assert "/sign-in" == browser.get("/account").path
