"""`idp sandbox`: one command from an empty folder to a town one can walk through."""

import io
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyotp
import pytest
from rich.cells import cell_len
from rich.console import Console
from sqlalchemy import select

from admin_ui.models import Role
from idp import clock
from idp.authenticators import password, totp
from idp.cli.sandbox import apps, children, clients, home, parts, people, places, roster, table
from idp.cli.sandbox.admins import Official
from idp.cli.sandbox.children import Children, Part
from idp.cli.sandbox.children import Stopped as Ended
from idp.cli.sandbox.offices import Clerk
from idp.cli.sandbox.places import Places
from idp.clients import onboarding
from idp.clients.authentication import digest
from idp.crypto import passwords
from idp.persons.models import Person
from tests.idp.account.stage import Stage, staged
from tests.idp.cli.conftest import IDP, Idp
from tests.journeys.sandbox import free_base
from tests.waiting import eventually

READY_SECONDS = 60.0
STOP_SECONDS = 60.0


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The product composed in this process, with the simulator beside it."""
    with staged(tmp_path_factory.mktemp("home")) as stage:
        yield stage


@dataclass
class Sandbox:
    """A running sandbox."""

    environment: dict[str, str]
    process: "subprocess.Popen[str]"
    said: list[str] = field(default_factory=list)

    @property
    def home(self) -> Path:
        return Path(self.environment["IDP_HOME"])

    @property
    def told(self) -> dict[str, Any]:
        """What sandbox.json says."""
        told: dict[str, Any] = json.loads((self.home / "sandbox.json").read_text())
        return told

    def wait(self) -> "Sandbox":
        """Until it says that it is ready."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line)
            if line.startswith("Ready in"):
                return self
        raise AssertionError(self.process.communicate(timeout=STOP_SECONDS)[1])

    def stop(self, how: signal.Signals = signal.SIGTERM) -> str:
        """Ask it to stop; gives what it said at the end."""
        self.process.send_signal(how)
        return self.process.communicate(timeout=STOP_SECONDS)[1]


def begin(environment: dict[str, str]) -> Sandbox:
    process = subprocess.Popen(
        [IDP, "sandbox"],
        env=environment,
        cwd=Path(environment["IDP_HOME"]).parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    return Sandbox(environment, process)


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A folder and a range of ports of this module's own."""
    given = {name: value for name, value in os.environ.items() if not name.startswith("IDP_")}
    folder = tmp_path_factory.mktemp("sandbox") / "var"
    return {**given, "IDP_HOME": str(folder), "IDP_SANDBOX_PORT_BASE": str(free_base())}


def in_use(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@dataclass
class Stopped:
    """How the first run ended, by Ctrl-C, and what it had told."""

    told: dict[str, Any]
    exit_code: int
    ports_in_use: list[int]


@pytest.fixture(scope="module")
def first(environment: dict[str, str]) -> Stopped:
    """The first run in an empty folder, stopped by Ctrl-C."""
    running = begin(environment).wait()
    told = running.told
    running.stop(signal.SIGINT)
    left = [port for port in ports_of(running).values() if in_use(port)]
    return Stopped(told, running.process.returncode, left)


@pytest.fixture(scope="module")
def sandbox(environment: dict[str, str], first: Stopped) -> Iterator[Sandbox]:
    """The second run in the same folder, so that all tests see a restarted one."""
    again = begin(environment).wait()
    yield again
    if again.process.poll() is None:
        again.stop()


def get(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=60) as answer:
        return bytes(answer.read())


def test_the_document_has_exactly_the_promised_shape(sandbox: Sandbox) -> None:
    """Tools are written against these names."""
    told = sandbox.told

    assert [
        "issuer", "clients", "persons", "staff", "unregistered", "organisations",
        "unregistered_organisations", "registry_control", "sms_inbox", "province", "portals", "offices",
        "cas", "proxied", "saml", "devices", "operators", "matters", "admins",
    ] == list(told)  # fmt: skip
    assert {
        "name", "client_id", "client_secret", "token_endpoint_auth_method", "redirect_uris",
        "post_logout_redirect_uris", "scopes",
    } == set(told["clients"][0])  # fmt: skip
    assert ({"login", "services"}, {"sites", "verify"}) == (set(told["cas"]), set(told["proxied"]))
    assert {
        "persona", "login", "password", "name", "id_type", "id_number", "phone", "ial", "certificate",
    } == set(told["persons"][0])  # fmt: skip
    assert {"name", "id_type", "id_number", "phone"} == set(told["unregistered"][0])
    assert {
        "uscc", "name", "registry", "case", "status", "standing", "legal_representative", "represented",
        "agents",
    } == set(told["organisations"][0])  # fmt: skip
    assert {
        "persona", "organisation", "role", "matters", "actions", "until", "state",
    } == set(told["organisations"][0]["agents"][0])  # fmt: skip
    assert {"uscc", "name", "registry", "legal_representative"} == set(told["unregistered_organisations"][0])
    group = told["matters"]["groups"][0]
    assert ({"count", "groups"}, {"code", "name", "matters"}) == (set(told["matters"]), set(group))
    assert {"code", "name", "actions", "minimum_acr", "high_risk"} == set(group["matters"][0])


def test_the_cases_a_service_must_handle_are_among_the_people(sandbox: Sandbox) -> None:
    """A parent, a foreigner, a Hong Kong resident, unusual names, and somebody below level 3."""
    people = {person["persona"]: person for person in sandbox.told["persons"]}

    assert {"parent", "elder", "foreigner", "hong_kong", "rare_character", "middle_dot"} <= set(people)
    assert 8 <= len([person for person in people.values() if person["ial"] == 3])
    assert [2] == [person["ial"] for person in people.values() if person["ial"] < 3]
    assert {4} == {person["ial"] for person in people.values() if person["ial"] > 3}


def test_two_confidential_clients_and_a_public_one_are_free_for_tools(sandbox: Sandbox) -> None:
    """Their redirect addresses stay where they are, whatever the base."""
    clients = {client["redirect_uris"][0]: client for client in reversed(sandbox.told["clients"])}
    ports = ("8399", "8398")
    tools = [clients[f"http://127.0.0.1:{port}/callback"] for port in ports]
    own = [c for c in sandbox.told["clients"] if c["client_id"].startswith("tool-")]
    public = [c for c in own if c["token_endpoint_auth_method"] == "none"]

    assert ["client_secret_basic"] * 2 == [tool["token_endpoint_auth_method"] for tool in tools]
    assert {"openid", "identity_document", "offline_access"} <= set(tools[0]["scopes"])
    assert [None] == [client["client_secret"] for client in public]


def test_civil_servants_are_told_with_their_apps(sandbox: Sandbox) -> None:
    """So that a tool can sign in as them; the last one has yet to take an app."""
    staff = sandbox.told["staff"]

    assert {"login", "password", "name", "unit", "totp_secret"} == set(staff[0])
    assert [True, True, True, False] == [bool(one["totp_secret"]) for one in staff]


def test_administrators_of_every_role_are_told_with_their_apps(sandbox: Sandbox) -> None:
    """And printed; of those whom four eyes take, there are two, and an operator sees it all."""
    told, printed = sandbox.told["admins"], "".join(sandbox.said)
    roles = [one["role"] for one in told]

    assert {"login", "password", "totp_secret", "role", "department", "name", "url"} == set(told[0])
    assert set(Role) == set(roles)
    assert (2, 3) == (roles.count("security"), roles.count("operator"))
    assert [""] == [one["department"] for one in told if one["login"] == "admin_operator_all"]
    assert all(one["password"] in printed and one["totp_secret"] in printed for one in told)


def test_every_address_it_tells_answers(sandbox: Sandbox) -> None:
    """Provider, portals, inbox, control."""
    told = sandbox.told
    discovered = json.loads(get(f"{told['issuer']}/.well-known/openid-configuration"))

    assert told["issuer"] == discovered["issuer"]
    assert [] == json.loads(get(f"{told['sms_inbox']}?phone={told['persons'][0]['phone']}"))
    assert b"faults" in get(told["registry_control"])
    systems = [*(one.removesuffix("/mine") for one in told["cas"]["services"]), *told["proxied"]["sites"]]
    outsiders = [*told["portals"], *told["offices"], *systems]
    assert {b"ok\n"} == {get(f"{outsider}/healthz") for outsider in outsiders}


def test_a_tool_gets_a_token_with_the_secret_it_was_told(sandbox: Sandbox) -> None:
    """The secret in the file is the secret in the database."""
    told = sandbox.told
    tool = next(c for c in told["clients"] if c["redirect_uris"] == ["http://127.0.0.1:8398/callback"])
    passwords = urllib.request.HTTPPasswordMgrWithPriorAuth()
    passwords.add_password(
        None, told["issuer"], tool["client_id"], tool["client_secret"], is_authenticated=True
    )
    opener = urllib.request.build_opener(urllib.request.HTTPBasicAuthHandler(passwords))
    with opener.open(f"{told['issuer']}/oauth/token", b"grant_type=client_credentials") as answer:
        granted = json.loads(answer.read())

    assert "Bearer" == granted["token_type"]


def test_a_client_that_had_no_secret_gets_one(stage: Stage) -> None:
    """The offices were public clients before they had pages; a folder of then goes on."""
    with stage.services.database.writing() as db:
        clients.settle(db, Places(), {}, clock.now())
        before = {**clients.wanted(Places())[-1].details, "client_name": "审批系统"}
        onboarding.change(db, clients.APPROVALS, before, clock.now())
    with stage.services.database.writing() as db:
        told = {one["client_id"]: one for one in clients.settle(db, Places(), {}, clock.now())}
        row = onboarding.find(db, clients.APPROVALS)

        assert digest(str(told[clients.APPROVALS]["client_secret"])) == row.secret_digest
    assert [Places().approvals + "/callback"] == told[clients.APPROVALS]["redirect_uris"]


def test_a_restart_keeps_people_passwords_and_secrets(first: Stopped, sandbox: Sandbox) -> None:
    """What was told before the restart still holds."""
    assert first.told == sandbox.told


def test_passwords_and_keys_are_their_owners_alone(sandbox: Sandbox) -> None:
    """Both files have mode 0600."""
    files = [sandbox.home / name for name in ("sandbox.json", "settings.toml", "master.key")]

    assert [0o600] * 3 == [file.stat().st_mode & 0o777 for file in files]


def test_the_table_says_who_can_sign_in(sandbox: Sandbox) -> None:
    """A newcomer needs no other source: address, login and password are printed, and who may register."""
    printed = "".join(sandbox.said)
    told = sandbox.told

    assert all(person["login"] in printed and person["password"] in printed for person in told["persons"])
    assert told["issuer"] in printed
    assert told["unregistered"][0]["id_number"] in printed
    assert all(one["uscc"] in printed for one in told["organisations"])


def test_people_were_enrolled_by_the_rules(sandbox: Sandbox) -> None:
    """Each left the same trail as anybody who registers; no row holds a number in the open."""
    with sqlite3.connect(sandbox.home / "yitong.db") as connection:
        registered = connection.execute(
            "select count(*) from audit_events join persons on persons.id = person_id"
            " where topic = 'person.registered' and realm = 'citizen'"
        ).fetchone()[0]
    connection.close()
    told = sandbox.told
    kept = b"".join(file.read_bytes() for file in sandbox.home.glob("*.db*"))

    assert len(told["persons"]) == registered
    assert [] == [p["login"] for p in told["persons"] if p["id_number"].encode() in kept]


def test_a_second_one_in_the_same_folder_is_refused(sandbox: Sandbox) -> None:
    """Exit code 3, and which process holds the folder."""
    second = begin(sandbox.environment | {"IDP_SANDBOX_PORT_BASE": str(free_base())})
    _, said = second.process.communicate(timeout=READY_SECONDS)

    assert 3 == second.process.returncode
    assert f"another sandbox runs here (process {sandbox.process.pid})" in said


def test_the_end_of_a_part_is_the_end_of_all(sandbox: Sandbox) -> None:
    """Exit code 1; it says which part ended, how, and its last words, and leaves nothing running."""
    parts = children_of(sandbox.process.pid)
    simulator = next(pid for pid, words in parts.items() if "connectors.simulator" in words)
    os.kill(simulator, signal.SIGKILL)
    _, said = sandbox.process.communicate(timeout=STOP_SECONDS)

    assert 1 == sandbox.process.returncode
    assert "simulator was killed by SIGKILL; the end of its log:" in said
    assert not any(in_use(port) for port in ports_of(sandbox).values())


def test_ctrl_c_stops_everything(first: Stopped) -> None:
    """Exit code 0, every port free again."""
    assert 0 == first.exit_code
    assert [] == first.ports_in_use


def test_nothing_outlives_a_sandbox_that_was_killed(environment: dict[str, str], sandbox: Sandbox) -> None:
    """Its parts are told by the system."""
    if sandbox.process.poll() is None:
        sandbox.stop()
    running = begin(environment).wait()
    parts = children_of(running.process.pid)
    running.process.kill()
    running.process.communicate(timeout=STOP_SECONDS)

    assert eventually(lambda: not any(is_running(pid) for pid in parts))


def test_a_taken_port_is_named_before_anything_starts(idp: Idp) -> None:
    """Exit code 3: which port, for what, by whom, and how to move."""
    base = free_base()
    with socket.create_server(("127.0.0.1", base + 301)):
        refused = idp("sandbox", "--port-base", str(base))

    assert 3 == refused.exit_code
    assert f"port {base + 301}, for the city portal, is taken by process {os.getpid()}" in refused.stderr
    assert "before `make run` or `idp sandbox`" in refused.stderr
    assert "IDP_SANDBOX_PORT_BASE" in refused.stderr
    assert not (idp.home / "settings.toml").exists()


@pytest.mark.parametrize("base", [places.HIGHEST + 1, 32_768, 65_000])
def test_a_base_among_lent_ports_is_refused(idp: Idp, base: int) -> None:
    """An outgoing connection may hold any of them; the refusal says so, and what to choose."""
    refused = idp("sandbox", IDP_SANDBOX_PORT_BASE=str(base))

    assert 2 == refused.exit_code
    assert "lends ports to outgoing connections" in " ".join(refused.stderr.split())
    assert not idp.home.exists()


def test_the_highest_base_keeps_every_part_below_the_lent_ports() -> None:
    """Not one port more."""
    assert 32_767 == max(Places(places.HIGHEST).ports.values())


def test_a_password_somebody_changed_is_told_no_longer(stage: Stage) -> None:
    """The old one would not work and the new one is theirs alone; everybody else's is told as before."""
    first = {"persons": people.as_told(people.settle(stage.services, {}))}
    with stage.services.database.writing() as db:
        person = db.scalars(select(Person).where(Person.login_name == people.LOGINS["woman"])).one()
        password.set_hash(db, person.id, passwords.hash_password("quite-another-1"), "changed", clock.now())
    again = people.settle(stage.services, first)
    printed = Console(file=io.StringIO(), width=80)
    table.show(Places(), Path("/var"), again, [], printed)

    told = {one["persona"]: one["password"] for one in people.as_told(again)}
    assert {one["persona"]: one["password"] for one in first["persons"]} | {"woman": ""} == told
    assert 1 == said_by(printed).count("(changed)")


@pytest.fixture
def settled(tmp_path: Path) -> Iterator[tuple[Stage, list[dict[str, Any]]]]:
    """A provider in which the town has just settled, and what was told of its people."""
    with staged(tmp_path) as stage:
        yield stage, people.as_told(people.settle(stage.services, {}))


def test_a_tool_signs_in_as_a_citizen_with_password_and_app(
    settled: tuple[Stage, list[dict[str, Any]]],
) -> None:
    """The seed is told again at the next start, and its codes are right where two factors are asked for."""
    stage, first = settled
    again = people.as_told(people.settle(stage.services, {"persons": first}))
    told = next(one for one in again if "totp_secret" in one)
    browser = stage.browser().get("/sign-in?again=2").fill(login=told["login"], password=told["password"])
    asked = browser.path
    browser.fill(code=pyotp.TOTP(told["totp_secret"]).now())

    assert [one.get("totp_secret") for one in first] == [one.get("totp_secret") for one in again]
    assert ("/totp", "/account") == (asked, browser.path)


def test_an_app_somebody_took_themselves_is_told_no_longer(
    settled: tuple[Stage, list[dict[str, Any]]],
) -> None:
    """Its seed is theirs alone, and the one that was told opens nothing."""
    stage, first = settled
    (holder,) = apps.HOLDERS
    with stage.services.database.writing() as db:
        person = db.scalars(select(Person).where(Person.login_name == people.LOGINS[holder])).one()
        totp.enrol(db, person.id, pyotp.random_base32(), 0, "", clock.now())
    again = people.as_told(people.settle(stage.services, {"persons": first}))

    assert [""] == [one["totp_secret"] for one in again if "totp_secret" in one]


def test_an_address_or_path_is_never_broken(stage: Stage) -> None:
    """At 80 columns, and with a path longer than the terminal; everything else folds first."""
    folder = Path("/srv") / "a-rather-long-name-of-a-folder" / "and-another-one-that-is-longer-still" / "var"
    for home_ in (Path("/srv/yitong/var"), folder):
        printed = Console(file=io.StringIO(), width=80)
        inhabitants = people.settle(stage.services, {})
        table.show(Places(), home_, inhabitants, people.unregistered(stage.services), printed)
        words = said_by(printed).split()

        assert {Places().provider, Places().registry_control, Places().metrics} <= set(words)
        assert {str(home_ / "sandbox.json"), str(home_ / "log")} <= set(words)
    assert all(one.login in words for one in inhabitants)


def test_a_table_fits_a_terminal_of_80_columns(stage: Stage) -> None:
    """No line is longer, where the folder's name leaves room for it."""
    printed = Console(file=io.StringIO(), width=80)
    free, inhabitants = people.unregistered(stage.services), people.settle(stage.services, {})
    told = {"unregistered_organisations": roster.of_unregistered(stage.services)}
    table.show(Places(), Path("/srv/yitong/var"), inhabitants, free, printed, told=told)

    assert 80 >= max(map(cell_len, said_by(printed).splitlines()))


@pytest.mark.parametrize("width", (60, 80, 120))
def test_what_one_must_type_is_never_cut(width: int) -> None:
    """Secrets and logins stay whole words, and a company's name folds without losing a character."""
    seed, name = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", "沈阳市浑南区某某科技发展有限责任公司第一分公司"
    official = Official("admin_operator_all", "abcd-efgh-ijkl", seed, "operator", "", "贾文静", "")
    clerk = Clerk("window_lead", "abcd-efgh-mnop", "沈青", "政务服务中心", seed)
    company = {"uscc": "1" * 18, "legal_representative": {"persona": "x"}, "name": name, "case": "a company"}
    printed = Console(file=io.StringIO(), width=width)
    told = {"organisations": [company]}
    table.show(Places(), Path("/var"), [], [], printed, [clerk], [official], told)
    said = said_by(printed)

    assert 2 == said.split().count(seed)
    assert {"admin_operator_all", "abcd-efgh-ijkl", "window_lead", "1" * 18} <= set(said.split())
    assert "…" not in said
    assert name in "".join(re.findall("[\u4e00-\u9fff]", said))


def said_by(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_provider_that_dies_again_and_again_is_given_up_soon(tmp_path: Path, port: int) -> None:
    """Its processes end before it ever answered: its last words are shown long before patience ends."""
    dying = "while true; do echo ImportError; echo Unexpected exit from worker-1; sleep 0.1; done"
    part = Part(
        "provider", ["sh", "-c", dying], os.environ, tmp_path, f"http://127.0.0.1:{port}", parts.WORKER_DIED
    )
    with Children(tmp_path / "log") as running:
        running.start(part)
        with pytest.raises(Ended, match="again and again.*(?s:.*)ImportError"):
            running.wait(READY_SECONDS)


def test_what_does_not_go_when_it_is_asked_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody who stops a sandbox waits for a part that is deaf."""
    monkeypatch.setattr(children, "STOP_SECONDS", 0.2)
    deaf = "trap '' TERM; echo deaf; sleep 100"
    with Children(tmp_path) as running:
        running.start(Part("deaf", ["sh", "-c", deaf], os.environ, tmp_path))
        assert eventually(lambda: "deaf" in (tmp_path / "deaf.log").read_text())
        [(_, process)] = running._running

    assert not is_running(process.pid)


def test_what_died_in_an_earlier_run_does_not_count(tmp_path: Path, port: int) -> None:
    """The log goes on from run to run; only this one matters."""
    (tmp_path / "provider.log").write_text("Unexpected exit from worker-1\n" * 9)
    command = ["sleep", "60"]
    part = Part("provider", command, os.environ, tmp_path, f"http://127.0.0.1:{port}", parts.WORKER_DIED)
    with Children(tmp_path) as running:
        running.start(part)
        with pytest.raises(Ended, match="did not answer"):
            running.wait(0.2)


def test_the_settings_of_another_instance_are_not_touched(tmp_path: Path) -> None:
    """A real provider's folder is refused."""
    file = tmp_path / "settings.toml"
    file.write_text('issuer = "https://id.example.gov.cn"\n')

    with pytest.raises(home.NotOurs, match="belongs to another instance"):
        home.write_settings(tmp_path, Places())

    assert 'issuer = "https://id.example.gov.cn"\n' == file.read_text()


def test_one_base_moves_every_port() -> None:
    """8000 becomes 9000, 8302 becomes 9302."""
    moved = Places(9000)

    assert "http://localhost:9000" == moved.provider
    assert "http://127.0.0.1:9302" == moved.housing_fund
    assert {port + 1000 for port in Places().ports.values()} == set(moved.ports.values())
    assert places.BASE == Places().base


def children_of(pid: int) -> dict[int, list[str]]:
    """The parts of a sandbox, and the words of their commands."""
    listed = map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
    return {child: Path(f"/proc/{child}/cmdline").read_bytes().decode().split("\0") for child in listed}


def is_running(pid: int) -> bool:
    """Whether it has not ended, be it that nobody has asked how yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def ports_of(sandbox: Sandbox) -> dict[str, int]:
    return Places(int(sandbox.environment["IDP_SANDBOX_PORT_BASE"])).ports
