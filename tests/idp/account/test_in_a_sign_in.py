"""Registration and recovery inside a portal's sign-in lead back to that portal."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select, update

from idp import clock
from idp.assurance import NOTHING, Level, authentication_level
from idp.interaction.record import Demand, Interaction
from idp.persons.models import Person
from idp.sessions.models import SignInSession
from tests import instances, servers
from tests.idp.account.stage import PASSWORD, Browser, Stage, identity, newcomer, staged
from tests.idp.account.test_own_pages import client
from tests.idp.account.test_verify import drop_checks


def begun(stage: Stage, browser: Browser, level: Level = NOTHING) -> str:
    """An interaction of a portal in this browser."""
    demand = Demand(client_id="portal", scopes=frozenset({"openid"}), level=level)
    request = {"redirect_uri": "https://portal.example.cn/callback", "state": "s"}
    interaction = Interaction(demand, "oauth", request, clock.now())
    handle = stage.services.interactions.add(interaction)
    cookies = stage.services.cookies
    browser.client.set_cookie(cookies.interaction_prefix + handle[:8], handle, path=f"/interaction/{handle}")
    return handle


@pytest.fixture(scope="module", autouse=True)
def portal(stage: Stage) -> None:
    """The portal, before anybody asks for it."""
    client(stage, "portal")


def test_registering_leads_back_to_the_portal(stage: Stage, browser: Browser) -> None:
    """The wizard says where it leads, and ends at the portal's consent page."""
    handle, persona = begun(stage, browser), newcomer(1)
    browser.get(f"/register?interaction={handle}")
    named = "服务portal" in browser.text
    browser.prove_phone(persona.phone).fill(**identity(persona))
    browser.get("/register/password").fill(password="three quiet herons")

    assert (True, True) == (named, browser.address.startswith(f"/interaction/{handle}"))


@pytest.mark.parametrize(("channel", "code"), [("text", "sms"), ("voice", "tel")])
def test_a_registration_rests_on_phone_and_password(stage: Stage, channel: str, code: str) -> None:
    """Two kinds were shown in one go, so a portal that asks for two lets the person on (AAL 2)."""
    browser, persona = stage.browser(), newcomer({"sms": 5, "tel": 6}[code])
    handle = begun(stage, browser, Level(3, 2))
    browser.get(f"/register?interaction={handle}").fill(phone=persona.phone, send=channel)
    browser.fill(code=stage.messages(persona.phone)[0]["code"]).fill(**identity(persona))
    browser.get("/register/password").fill(password="three quiet herons")
    found = stage.person(persona.phone)
    assert found is not None

    with stage.services.database.reading() as db:
        session = db.scalars(select(SignInSession).where(SignInSession.person_id == found.id)).one()
    assert ({"pwd", code}, 2) == (set(session.amr), session.aal)
    assert "/consent" == browser.path


def test_phone_and_app_are_one_kind_for_who_signs_in_later(stage: Stage) -> None:
    """Only a registration has shown the password too: both of these are what somebody has."""
    assert 1 == authentication_level({"sms", "otp"})
    assert 2 == authentication_level({"sms", "otp", "pwd"})


def test_a_service_that_asks_for_two_is_named(stage: Stage) -> None:
    """Beside its level, so that nobody wonders what the portal has to do with their own settings."""
    persona = newcomer(7)
    stage.browser().register(persona)
    browser = stage.browser()
    handle = begun(stage, browser, Level(1, 3))
    browser.get(f"/interaction/{handle}/sign-in").fill(login=persona.phone, password=PASSWORD)

    assert "“服务portal”要求用通行密钥或数字证书登录" in browser.text
    assert "还缺：通行密钥或数字证书" in browser.text
    assert "不登录，返回“服务portal”" in browser.text


def test_verifying_leads_back_to_the_portal(stage: Stage, browser: Browser) -> None:
    """Whoever was sent up a level is in the portal's sign-in again."""
    persona = newcomer(2)
    stage.order("error_500", persona.key, -1)
    browser.register(persona)
    stage.order("clear", persona.key)
    drop_checks(stage)
    handle = begun(stage, browser, Level(3, 1))
    fields = identity(persona)
    browser.get(f"/account/verify?interaction={handle}")
    browser.fill(
        f"/account/verify?interaction={handle}",
        **{name: fields[name] for name in ("kind", "name", "number")},
    )

    assert browser.address.startswith(f"/interaction/{handle}")


def test_who_waits_for_the_registry_can_look_again(stage: Stage, browser: Browser) -> None:
    """The page looks again by itself and by its link, and goes on as soon as the check has ended."""
    persona = newcomer(8)
    stage.order("error_500", persona.key, -1)
    browser.register(persona)
    handle = begun(stage, browser, Level(3, 1))
    browser.get(f"/interaction/{handle}")
    assert browser.page is not None
    waits = (
        browser.path,
        browser.page.headers["Refresh"],
        f'href="/interaction/{handle}">再看一次' in browser.text,
    )
    stage.order("clear", persona.key)
    stage.pass_pauses()
    stage.work()

    assert ("/step-up", f"15; url=/interaction/{handle}", True) == waits
    assert "/consent" == browser.get(f"/interaction/{handle}").path


def test_recovery_ends_at_the_portals_sign_in(stage: Stage, browser: Browser) -> None:
    """The new password is used where it was missed."""
    persona = newcomer(3)
    stage.browser().register(persona)
    handle = begun(stage, browser)
    browser.get(f"/recover?interaction={handle}").prove_phone(persona.phone)
    browser.fill(**identity(persona)).fill(password="four new herons")

    assert f'href="/interaction/{handle}/sign-in"' in browser.text


@pytest.mark.parametrize("handle", ["", "x", "../../evil", "A" * 43])
def test_an_unknown_sign_in_is_no_dead_end(stage: Stage, handle: str) -> None:
    """Registration goes on by itself."""
    assert 200 == stage.browser().get(f"/register?interaction={handle}").status


@pytest.fixture(scope="module")
def big_stage(
    tmp_path_factory: pytest.TempPathFactory,
    postgres_server: servers.PostgresServer,
    redis_server: servers.RedisServer,
) -> Iterator[Stage]:
    """The same provider on PostgreSQL and Redis."""
    home = tmp_path_factory.mktemp("big")
    url = instances.on_postgresql(instances.provider, postgres_server)
    with staged(home, database_url=url, state_url=servers.fresh_memory(redis_server)) as stage:
        yield stage


def test_everything_works_on_postgresql_and_redis(big_stage: Stage) -> None:
    """Register, be refused again, recover, close – on the stores of a province."""
    persona = newcomer(4)
    first = big_stage.browser().register(persona).path
    again = big_stage.browser().register(persona, phone=big_stage.spare_phone()).text
    recovery = big_stage.browser().get("/recover").prove_phone(persona.phone)
    recovery.fill(**identity(persona)).fill(password="four new herons")
    browser = big_stage.browser().sign_in(persona.phone, "four new herons")
    signed_in = browser.path
    for page in ("profile", "security", "consents", "activity", "notices"):
        assert 200 == browser.get(f"/account/{page}").status
    with big_stage.services.database.writing() as db:
        db.execute(update(Person).values(held_until=None))  # a recovery lets closing wait a day
    browser.get("/account/close").fill("/account/close", decision="close", password="four new herons")
    big_stage.work()

    assert ("/account", "/account", True) == (first, signed_in, "请查看您的短信" in again)
    assert "申请注销" in big_stage.messages(persona.phone)[0]["text"]
