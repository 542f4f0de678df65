"""Civil servants: the directory's password, a second factor from the first day, a session apart."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import ldap3
import pyotp
import pytest
from sqlalchemy import func, select, update

from connectors.simulator import directory as simulated
from connectors.simulator.directory import Official, dn_of
from idp import clock
from idp.account import staff_rounds
from idp.authenticators import totp
from idp.authenticators.models import Credential
from idp.departments import tree
from idp.departments.tree import Unit
from idp.persons.models import Person, PersonStatus, Staff
from idp.settings_tables import StaffDirectory
from tests import servers
from tests.idp.account.stage import Browser, Stage, newcomer, staged
from tests.idp.sign_in.test_totp import seed_shown
from tests.servers import DirectoryServer

PASSWORD = "seven quiet herons"
SECRET = "directory secret"
HERE, THERE, MAPPED = "210100-sj", "210100-gjj", "U-77"
LOGINS = (
    "wang_fang",
    "li_na",
    "zhao_min",
    "sun_li",
    "zhou_jie",
    "wu_hao",
    "chen_yu",
    "moving",
    "leaving",
    "off",
    "pair",
)


@pytest.fixture(scope="module")
def server() -> Iterator[DirectoryServer]:
    """The directory."""
    people = [Official(login, "王芳", HERE, "科员", PASSWORD) for login in LOGINS]
    people.append(Official("mapped", "李娜", MAPPED, "科长", PASSWORD))
    with servers.slapd(people, [HERE, THERE, MAPPED], SECRET) as started:
        yield started


@pytest.fixture(scope="module")
def stage(server: DirectoryServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A provider that asks it."""
    with staffed(server, tmp_path_factory.mktemp("home")) as stage:
        yield stage


@contextmanager
def staffed(server: DirectoryServer, home: Path, **settings: str) -> Iterator[Stage]:
    """A provider whose civil servants are in this directory, and the departments they work in."""
    directory = StaffDirectory(
        servers=[server.url], ca_file=str(server.slapd.ca_file), base=simulated.BASE,
        bind_dn=simulated.SERVICE, bind_password=SECRET, disabled_attribute="employeeType",
        disabled_values=["disabled"], units={MAPPED: HERE}, answers_within=20,
    )  # fmt: skip
    with staged(home, directory=directory, **settings) as stage:
        with stage.services.database.writing() as db:
            for unit in (
                Unit("210000", "示范省", "", "province", ""),
                Unit(HERE, "数据局", "Data Bureau", "city", "210000"),
                Unit(THERE, "公积金中心", "", "city", "210000"),
            ):
                tree.add(db, unit, clock.now())
        yield stage
        stage.services.extras["directory"].directory.close()


@contextmanager
def silent(stage: Stage, server: DirectoryServer) -> Iterator[None]:
    """It takes connections and says nothing meanwhile; only then nobody waits for it for long."""
    asked = stage.services.extras["directory"].directory.servers
    patience, asked.within = asked.within, 0.5
    server.pause()
    try:
        yield
    finally:
        server.resume()
        asked.within = patience
        for one in asked.all:
            one.breaker.worked()


@pytest.fixture(scope="module")
def root(server: DirectoryServer) -> Iterator[ldap3.Connection]:
    """Whoever looks after the directory."""
    tls = ldap3.Tls(ca_certs_file=str(server.slapd.ca_file))
    there = ldap3.Server("localhost", server.port, use_ssl=True, tls=tls, get_info=ldap3.NONE)
    connection = ldap3.Connection(there, simulated.ROOT, SECRET, auto_bind=True)
    yield connection
    connection.unbind()


def arrive(browser: Browser, login: str, password: str = PASSWORD) -> Browser:
    """As far as the directory's password leads."""
    return browser.get("/staff/sign-in").fill(login=login, password=password)


def settle(stage: Stage, login: str) -> tuple[Browser, str]:
    """A whole first sign-in; gives the browser and the app's seed."""
    browser = arrive(stage.browser(), login)
    seed = seed_shown(browser)
    browser.fill(code=pyotp.TOTP(seed).now()).get("/staff")
    assert "这些信息来自单位目录" in browser.text
    forget_steps(stage)
    return browser, seed


def forget_steps(stage: Stage) -> None:
    """Let codes of this half minute count anew."""
    with stage.services.database.writing() as db:
        db.execute(update(Credential).where(Credential.kind == totp.KIND).values(used=0))


def known(stage: Stage, login: str) -> tuple[Person, Staff]:
    with stage.services.database.reading() as db:
        found = select(Person, Staff).join(Staff, Staff.person_id == Person.id).where(Staff.login == login)
        person, staff = db.execute(found).one()
        db.expunge_all()
        return person, staff


def grow_old(stage: Stage) -> None:
    """Let everybody be asked about again."""
    with stage.services.database.writing() as db:
        db.execute(update(Staff).values(confirmed_at=clock.now().replace(year=2020)))


def test_the_first_sign_in_ends_with_a_second_factor(stage: Stage) -> None:
    """Password, app, recovery codes, and then the page one wanted; the person is of the staff realm."""
    browser = arrive(stage.browser(), "wang_fang")
    where = browser.path
    browser.fill(code=pyotp.TOTP(seed_shown(browser)).now())
    codes = re.findall(r"<code>([a-z0-9-]{14})</code>", browser.text)
    browser.get("/staff")
    person, staff = known(stage, "wang_fang")

    assert "/first-app" == where
    assert 10 == len(codes)
    assert "/staff" == browser.path
    assert "王芳" in browser.text
    assert "数据局" in browser.text
    assert ("staff", 2, HERE) == (person.realm, person.least_aal, staff.unit_code)
    assert person.login_name is None


def test_nobody_gets_past_the_second_factor(stage: Stage) -> None:
    """Neither the page itself nor another way in lets half a sign-in through."""
    browser = arrive(stage.browser(), "li_na")
    interaction = browser.address.removesuffix("/first-app")
    seen = [browser.get(f"{interaction}{path}").path for path in ("", "/notice", "/second-factor")]

    assert ["/first-app"] * 3 == seen
    assert "/first-app" == browser.get("/staff").path
    assert "/sign-in" == browser.get("/account").path


def test_the_next_sign_in_asks_for_the_app(stage: Stage) -> None:
    """The app is taken once; whoever has the password alone cannot take another."""
    _, seed = settle(stage, "zhao_min")
    browser = arrive(stage.browser(), "zhao_min")
    asked = browser.path
    again = browser.get(re.sub(r"/totp$", "/first-app", browser.address)).path
    browser.fill(code=pyotp.TOTP(seed).now())

    assert ("/totp", "/totp", "/staff") == (asked, again, browser.path)


def test_two_browsers_cannot_both_take_an_app(stage: Stage) -> None:
    """Of two first sign-ins at once the second is asked for the app of the first."""
    one, other = (arrive(stage.browser(), "pair") for _ in range(2))
    one.fill(code=pyotp.TOTP(seed_shown(one)).now())
    other.fill(code=pyotp.TOTP(seed_shown(other)).now())

    assert "/totp" == other.path
    with stage.services.database.reading() as db:
        person_id = known(stage, "pair")[0].id
        mine = (
            Credential.person_id == person_id,
            Credential.kind == totp.KIND,
            Credential.ended_at.is_(None),
        )
        assert 1 == db.scalar(select(func.count()).select_from(Credential).where(*mine))


def test_a_wrong_password_and_a_stranger_read_alike(stage: Stage) -> None:
    """Nobody learns who works here."""
    wrong = arrive(stage.browser(), "sun_li", "not this one").text
    nobody = arrive(stage.browser(), "nobody_at_all", "not this one").text

    assert without_tokens(wrong).replace("sun_li", "…") == without_tokens(nobody).replace(
        "nobody_at_all", "…"
    )


def without_tokens(text: str) -> str:
    return re.sub(r'value="[\w=-]{64}"|/interaction/[\w-]{43}', "", text)


@pytest.mark.parametrize("source", ["one", "many"])
def test_strangers_cannot_have_the_directory_lock_somebody(stage: Stage, source: str) -> None:
    """Our count ends before the directory's: whoever the password belongs to still gets in where known."""
    login = {"one": "zhou_jie", "many": "wu_hao"}[source]
    _, seed = settle(stage, login)
    for number in range(3 * simulated.LOCKED_AFTER):
        place = "192.0.2.66" if source == "one" else f"192.0.2.{100 + number}"
        spelled = (login, login.upper(), f" {login} ", login.replace("_", "＿"))[number % 4]
        arrive(stage.browser(place), spelled, "a guess")
    refused = arrive(stage.browser("192.0.2.250"), login).status
    own = arrive(stage.browser(), login)
    own.fill(code=pyotp.TOTP(seed).now())

    assert 429 == refused
    assert "/staff" == own.path


def test_citizens_do_not_enter_as_staff_nor_the_reverse(stage: Stage) -> None:
    """Each realm has its own ways, its own cookie and its own pages."""
    stage.browser().register(newcomer(2))
    citizen = stage.browser().sign_in(newcomer(2).phone)
    as_staff = citizen.get("/staff")
    asked = as_staff.path
    official, _ = settle(stage, "chen_yu")
    as_citizen = official.get("/account")
    with_password = stage.browser().sign_in("chen_yu", PASSWORD)

    assert "/staff" == asked
    assert "单位账号" in as_staff.text
    assert "/sign-in" == as_citizen.path
    assert "/sign-in" == with_password.path


def test_both_realms_are_signed_in_side_by_side(stage: Stage) -> None:
    """And leaving one leaves the other as it is."""
    stage.browser().register(newcomer(3))
    browser, seed = settle(stage, "sun_li")
    browser.sign_in(newcomer(3).phone)
    both = [browser.get(path).path for path in ("/account", "/staff")]
    browser.fill("/staff/sign-out")
    after = browser.get("/account").path
    browser.get("/staff")

    assert ["/account", "/staff"] == both
    assert "/account" == after
    assert "单位账号" in browser.text


def test_a_mapped_unit_is_its_department(stage: Stage) -> None:
    """Where the directory's codes are others than ours."""
    browser, _ = settle(stage, "mapped")

    assert "数据局" in browser.text


def test_whoever_moved_has_another_department(stage: Stage, root: ldap3.Connection) -> None:
    """The worker notices, and the version that portals see grows."""
    browser, _ = settle(stage, "moving")
    before, _ = known(stage, "moving")
    root.modify(dn_of("moving", HERE), {"departmentNumber": [(ldap3.MODIFY_REPLACE, [THERE])]})
    grow_old(stage)
    staff_rounds.go_round(stage.services)
    after, staff = known(stage, "moving")

    assert THERE == staff.unit_code
    assert before.version + 1 == after.version
    assert "公积金中心" in browser.get("/staff").text


@pytest.mark.parametrize(
    ("login", "reason"), [("leaving", "directory_removed"), ("off", "directory_disabled")]
)
def test_whoever_is_gone_is_shut_out_at_once(
    stage: Stage, root: ldap3.Connection, login: str, reason: str
) -> None:
    """Removed or disabled: the session ends with the worker's round."""
    browser, _ = settle(stage, login)
    if login == "leaving":
        root.delete(dn_of(login, HERE))
    else:
        root.modify(dn_of(login, HERE), {"employeeType": [(ldap3.MODIFY_REPLACE, ["disabled"])]})
    grow_old(stage)
    staff_rounds.go_round(stage.services)
    person, _ = known(stage, login)

    assert (PersonStatus.FROZEN, reason) == (person.status, person.status_reason)
    assert "单位账号" in browser.get("/staff").text


def test_whoever_is_enabled_again_enters_again(stage: Stage, root: ldap3.Connection) -> None:
    """The freeze was the directory's; one of an operator's would stay."""
    root.modify(dn_of("off", HERE), {"employeeType": [(ldap3.MODIFY_REPLACE, ["active"])]})
    browser = arrive(stage.browser(), "off")

    assert "/totp" == browser.path
    assert PersonStatus.ACTIVE == known(stage, "off")[0].status


def test_a_directory_that_seems_empty_shuts_nobody_out(stage: Stage, server: DirectoryServer) -> None:
    """An outage says nothing about anybody."""
    with silent(stage, server):
        grow_old(stage)
        staff_rounds.go_round(stage.services)

    assert PersonStatus.ACTIVE == known(stage, "wang_fang")[0].status
