"""A person's own pages: what they show, what they let one do, and that they show nobody else's."""

import re
from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import select

from idp import clock
from idp.account import closing
from idp.clients.models import ClientRow
from idp.consents import rules, texts
from idp.consents.models import Consent, ConsentKind
from idp.oauth.models import Authorization, RefreshFamily
from idp.persons.models import Person
from idp.sessions.models import SignInSession
from tests.idp.account.stage import Browser, Stage, newcomer

PAGES = ("", "/profile", "/security", "/consents", "/activity", "/notices", "/close")


def client(stage: Stage, client_id: str, kind: str = "third_party", **details: object) -> None:
    """An online client with a home page."""
    from idp.storage import configuration

    now = clock.now()
    with stage.services.database.writing() as db:
        configuration.touch(db)
        db.add(
            ClientRow(
                id=client_id,
                client_class=kind,
                status="online",
                details={
                    "client_name": f"服务{client_id}",
                    "client_name#en": f"Service {client_id}",
                    "redirect_uris": [f"https://{client_id}.example.cn/callback"],
                    "client_uri": f"https://{client_id}.example.cn/",
                    "scope": "openid profile",
                    "grant_types": ["authorization_code", "refresh_token"],
                    **details,
                },
                created_at=now,
                changed_at=now,
            )
        )


def authorize(stage: Stage, person_id: object, client_id: str) -> None:
    """Let the client have what signing in there would give it."""
    now = clock.now()
    with stage.services.database.writing() as db:
        row = Authorization(
            person_id=person_id, client_id=client_id, sub="s", scopes={"openid"}, aal=1, amr={"pwd"},
            authenticated_at=now, created_at=now, offline=True,
        )  # fmt: skip
        db.add(row)
        db.flush()
        db.add(RefreshFamily(authorization_id=row.id, rotated_at=now, expires_at=now + timedelta(days=30)))


@pytest.fixture(scope="module")
def someone(stage: Stage) -> Person:
    stage.browser().register(newcomer(1))
    found = stage.person(newcomer(1).phone)
    assert found is not None
    return found


@pytest.fixture
def own(stage: Stage, someone: Person) -> Browser:
    return stage.browser(f"198.51.100.{next(stage.numbers) % 250}").sign_in(newcomer(1).phone)


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_in_both_languages(own: Browser, page: str, language: str) -> None:
    """Nothing is missing from the catalogues or the context."""
    own.get(f"/account{page}?lang={language}")

    assert (200, f"/account{page}") == (own.status, own.path)


@pytest.mark.parametrize("page", PAGES)
def test_strangers_are_asked_to_sign_in(browser: Browser, page: str) -> None:
    """Own pages are for their owner."""
    assert "/sign-in" == browser.get(f"/account{page}").path


def test_the_start_page_lists_services_with_the_level_they_need(stage: Stage, own: Browser) -> None:
    """A service in reach is a link, one out of reach says what it needs."""
    client(stage, "near")
    client(stage, "far", minimum_acr="ial4.aal1")
    client(stage, "hidden", client_uri=None)
    own.get("/account")

    assert 'href="https://near.example.cn/"' in own.text
    assert "服务far" in own.text and 'href="https://far.example.cn/"' not in own.text
    assert "服务hidden" not in own.text


def test_the_profile_masks_numbers(own: Browser) -> None:
    """Whoever looks over one's shoulder reads neither number nor phone."""
    persona = newcomer(1)
    own.get("/account/profile")

    assert persona.name in own.text
    assert [] == [secret for secret in (persona.number, persona.phone[3:]) if secret in own.text]


def test_one_session_can_be_ended_from_another(stage: Stage, own: Browser) -> None:
    """A browser left open elsewhere is closed from here."""
    elsewhere = stage.browser("198.51.100.251").sign_in(newcomer(1).phone)
    own.get("/account/security")
    ids = re.findall(r'name="end" value="([0-9a-f-]{36})"', own.text)
    for session_id in ids:
        own.fill("/account/security", end=session_id)

    assert "/sign-in" == elsewhere.get("/account").path
    assert "/account" == own.get("/account").path


def test_nobody_ends_anothers_session(stage: Stage, own: Browser) -> None:
    """Another person's session id is worth nothing (access across people)."""
    other = stage.browser().register(newcomer(2))
    found = stage.person(newcomer(2).phone)
    assert found is not None
    with stage.services.database.reading() as db:
        session_id = db.scalars(select(SignInSession.id).where(SignInSession.person_id == found.id)).one()
    own.get("/account/security").fill("/account/security", end=str(session_id))

    assert "/account" == other.get("/account").path


def test_withdrawing_consent_ends_what_the_client_has(stage: Stage, own: Browser, someone: Person) -> None:
    """Taking back is as easy as giving, and works at once (PIPL Art. 15)."""
    client(stage, "third")
    authorize(stage, someone.id, "third")
    said = texts.said("provision")
    with stage.services.database.writing() as db:
        rules.record(
            db, someone.id, ConsentKind.PROVISION, said,
            purpose="sign_in", now=clock.now(), client_id="third", scopes={"openid", "profile"},
        )  # fmt: skip
    own.get("/account/consents").fill("/account/consents", withdraw="third")

    with stage.services.database.reading() as db:
        consent = db.scalars(select(Consent).where(Consent.client_id == "third")).one()
        given = db.scalars(select(Authorization).where(Authorization.client_id == "third")).one()
        family = db.scalars(select(RefreshFamily).where(RefreshFamily.authorization_id == given.id)).one()
    assert None not in (consent.withdrawn_at, given.ended_at, family.ended_at)


def test_a_service_is_one_card_and_the_platforms_own_texts_are_one_table(
    stage: Stage, own: Browser, someone: Person
) -> None:
    """All acts towards a service stand together, with one way to take them back (PIPL Art. 15)."""
    client(stage, "twice", "third_party")
    with stage.services.database.writing() as db:
        for _ in range(2):
            rules.withdraw(db, someone.id, "twice", clock.now())
            rules.record(
                db, someone.id, ConsentKind.PROVISION, texts.said("provision"),
                purpose="sign_in", now=clock.now(), client_id="twice", scopes={"openid"},
            )  # fmt: skip
    page = own.get("/account/consents").text
    card = page.partition("<h2>服务twice</h2>")[2].partition("</section>")[0]

    assert (1, 2) == (page.count("<h2>服务twice</h2>"), card.count("</li>"))
    assert (1, 1) == (page.count('value="twice"'), page.count("<table"))


@pytest.mark.parametrize(
    ("department", "words"), [(True, "政府部门共用的您的编号"), (False, "只给该网站的您的编号")]
)
def test_whose_identifier_it_is_is_said(
    stage: Stage, own: Browser, someone: Person, department: bool, words: str
) -> None:
    """Departments know a person by one subject, others by one of their site: no page says otherwise."""
    name, kind = ("bureau", "government") if department else ("shop", "third_party")
    client(stage, name, kind)
    with stage.services.database.writing() as db:
        rules.record(
            db, someone.id, ConsentKind.NOTICE, texts.said("duty-notice"),
            purpose="sign_in", now=clock.now(), client_id=name, scopes={"openid", "profile"},
        )  # fmt: skip
    card = own.get("/account/consents").text.split(f"服务{name}")[1].split("</section>")[0]
    consent_id = re.findall(r"/account/consents/([0-9a-f-]{36})", card)[0]

    assert words in card
    assert words in own.get(f"/account/consents/{consent_id}").text


def test_an_agreement_that_outlives_the_sign_in_says_so(stage: Stage, own: Browser, someone: Person) -> None:
    """In the list and on its receipt, which is what a person keeps."""
    client(stage, "mailer", "third_party")
    with stage.services.database.writing() as db:
        rules.record(
            db, someone.id, ConsentKind.PROVISION, texts.said("provision"),
            purpose="sign_in", now=clock.now(), client_id="mailer", scopes={"openid", "offline_access"},
        )  # fmt: skip
    card = own.get("/account/consents").text.split("服务mailer")[1].split("</section>")[0]
    consent_id = re.findall(r"/account/consents/([0-9a-f-]{36})", card)[0]

    assert "您离开后继续查询上述信息" in card
    assert "您离开后继续查询上述信息" in own.get(f"/account/consents/{consent_id}").text


def test_activity_names_services_and_hides_machines(own: Browser) -> None:
    """Events come with words, networks are shortened, ids are shown to nobody."""
    own.get("/account/activity")

    assert "登录" in own.text
    assert "198.51.100.*" in own.text
    assert None is re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-7", own.text)


def test_activity_goes_on_page_by_page(stage: Stage, someone: Person) -> None:
    """However long the trail, a page is a keyset step; nothing is shown twice or skipped."""
    from idp.audit import trail
    from idp.audit.events import PasswordChanged

    with stage.services.database.writing() as db:
        for _ in range(120):
            trail.record(db, PasswordChanged(person_id=someone.id, because="test"))
    browser = stage.browser("198.51.100.252").sign_in(newcomer(1).phone).get("/account/activity")
    rows, pages = browser.text.count("<time"), 1
    while pages < 9 and (older := re.search(r'href="(/account/activity\?before=[^"]+)"', browser.text)):
        browser.get(older.group(1))
        rows, pages = rows + browser.text.count("<time"), pages + 1

    assert 3 <= pages < 9
    assert rows >= 120


def test_opened_notices_are_read(stage: Stage, own: Browser, someone: Person) -> None:
    """The count beside the link falls to nothing."""
    from idp.notices import telling

    with stage.services.database.writing() as db:
        telling.keep(db, someone.id, "password.changed", clock.now())
    before = "未读" in own.get("/account").text
    own.get("/account/notices")

    assert (True, False) == (before, "未读" in own.get("/account").text)


def named(activity: Browser) -> list[str]:
    """What the lines of the activity page call what happened."""
    return [one for one in ("已申请注销账号", "账号不再注销", "账号状态变化") if one in activity.text]


def test_closing_asks_for_the_password_and_signs_out(stage: Stage) -> None:
    """Sessions and tokens end at once; signing in takes it back."""
    persona = newcomer(3)
    browser = stage.browser().register(persona)
    found = stage.person(persona.phone)
    assert found is not None
    client(stage, "closing")
    authorize(stage, found.id, "closing")
    wrong = browser.get("/account/close").fill("/account/close", decision="close", password="no").status
    blamed = "密码不对" in browser.text and "忘记密码" not in browser.text
    browser.fill("/account/close", decision="close", password="three quiet herons")
    told = (
        "已申请注销" in browser.text
        and "在此之前完成一次登录，申请就自动收回；开启了两步验证的，两步都要完成" in browser.text
    )
    after = browser.get("/account").path
    with stage.services.database.reading() as db:
        given = db.scalars(select(Authorization).where(Authorization.person_id == found.id)).one()
    browser.sign_in(persona.phone)
    again = stage.person(persona.phone)

    assert (200, "/sign-in", "/account") == (wrong, after, browser.path)
    assert blamed and told
    assert "注销申请已经收回" in browser.text
    assert {"已申请注销账号", "账号不再注销"} <= set(named(browser.get("/account/activity")))
    assert given.ended_at is not None
    assert again is not None and "active" == again.status


def test_closing_takes_both_ways_of_who_has_two(stage: Stage) -> None:
    """A password alone does not end what an export of takes two for; taking it back asks for nothing."""
    persona = newcomer(9)
    registered = stage.browser().register(persona).get("/account/methods/totp")
    browser = stage.browser().sign_in(persona.phone).get("/account/close")
    (seed,) = re.findall(r'id="seed">([A-Z2-7 ]+)<', registered.text)
    app = pyotp.TOTP(seed.replace(" ", ""))
    registered.fill("/account/methods/totp", code=app.now())
    browser.fill("/account/close", decision="close", password="three quiet herons")
    named = "注销账号需要再用一种方式确认是您本人" in browser.text
    now = stage.person(persona.phone)

    assert now is not None and "active" == now.status
    assert named and "/account/close" != browser.path
    assert "/account/close" != browser.get("/account/close").path


def test_a_closing_that_is_due_erases_the_person(stage: Stage) -> None:
    """After the cooling-off period nothing tells who it was, and the same person may register anew."""
    persona = newcomer(4)
    browser = stage.browser().register(persona)
    browser.get("/account/close").fill("/account/close", decision="close", password="three quiet herons")
    closing.finish_due(stage.services.database, clock.now() + timedelta(days=16))
    gone = stage.browser().sign_in(persona.phone).path

    assert "/sign-in" == gone
    assert "/account" == stage.browser().register(persona).path


def test_a_frozen_person_is_out_at_once(stage: Stage) -> None:
    """The state on the row is read at every request."""
    from idp.persons import lifecycle

    persona = newcomer(5)
    browser = stage.browser().register(persona)
    found = stage.person(persona.phone)
    assert found is not None
    with stage.services.database.writing() as db:
        lifecycle.freeze(db, db.get_one(Person, found.id), "fraud", clock.now())

    assert "/sign-in" == browser.get("/account").path


@pytest.mark.parametrize("page", ["/security", "/consents", "/close"])
def test_a_form_without_its_token_changes_nothing(own: Browser, page: str) -> None:
    """Another site cannot act for somebody."""
    own.post(f"/account{page}", {"end": "others", "withdraw": "near", "decision": "close", "password": "x"})

    assert "/account" == own.get("/account").path


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("/account/?lang=en", (308, "/account?lang=en")),
        ("/nowhere/", (404, None)),
        ("/api/v1/nothing/", (404, None)),
        ("/%2felsewhere.example/", (404, None)),
        ("/interaction/a%0d%0aX-Mine:%20y/", (308, "/interaction/a%0D%0AX-Mine%3A%20y")),
    ],
)
def test_a_slash_behind_an_address_leads_to_its_page(
    stage: Stage, typed: str, expected: tuple[int, str | None]
) -> None:
    """Where there is one, and never to another host or into a header."""
    answer = stage.browser().client.get(typed)

    assert expected == (answer.status_code, answer.headers.get("Location"))
