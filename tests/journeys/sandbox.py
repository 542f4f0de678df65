"""The sandbox as a newcomer starts it: one command, its own folder and ports, and the file it writes."""

import contextlib
import json
import os
import random
import socket
import subprocess
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests import nursery
from tests.waiting import eventually

ROOT = Path(__file__).parents[2]
DISTANCES = (0, 1, 100, 200, 301, 302, 303, 304, 305, 306, 307, 389)
"""Where the parts listen, counted from the base."""
BASES = range(12_000, 32_000, 10)
"""Below the ports that the kernel hands out by itself."""
START_SECONDS = 90.0
STOP_SECONDS = 60.0
OUTAGE = "error_500"


@dataclass(frozen=True)
class Citizen:
    """Somebody the sandbox made up: with a login and a password, or with neither yet."""

    name: str
    id_type: str
    id_number: str = field(repr=False)
    phone: str = field(repr=False)
    login: str = ""
    password: str = field(default="", repr=False)
    ial: int = 0
    persona: str = ""
    certificate: dict[str, str] | None = field(default=None, repr=False)
    passkey: dict[str, str] = field(default_factory=dict, repr=False)
    totp_secret: str = field(default="", repr=False)


class Sandbox:
    """What `sandbox.json` says, and what a newcomer does with it."""

    def __init__(self, document: dict[str, Any], home: Path) -> None:
        self.home = home
        self.issuer: str = document["issuer"]
        self.city, self.fund = document["portals"]
        self.approvals, self.archive = document["offices"]
        self.cas: dict[str, Any] = document["cas"]
        self.pension: str = self.cas["services"][0].removesuffix("/mine")
        self.proxied: dict[str, Any] = document["proxied"]
        self.property: str = self.proxied["sites"][0]
        self.estate: str = document["saml"]["systems"][0]["url"]
        self.inbox: str = document["sms_inbox"]
        self.clients: list[dict[str, Any]] = document["clients"]
        self.control: str = document["registry_control"]
        self.staff: list[dict[str, str]] = [{**one, "home": str(home)} for one in document["staff"]]
        self.admins = {one["login"]: one for one in document["admins"]}
        self.devices: list[dict[str, str]] = document["devices"]
        self.operators: list[dict[str, str]] = document["operators"]
        self.people = {person["persona"]: Citizen(**person) for person in document["persons"]}
        self.organisations: list[dict[str, Any]] = document["organisations"]
        self.unregistered_organisations: list[dict[str, Any]] = document["unregistered_organisations"]
        self.province: str = document["province"]["issuer"]
        self.provincials = {one["key"]: one for one in document["province"]["people"]}
        elsewhere = {one["number"] for one in self.provincials.values()}
        self._newcomers = [
            Citizen(**person)
            for person in document["unregistered"]
            if person["id_type"] == "resident_id_18" and person["id_number"] not in elsewhere
        ]

    def newcomer(self) -> Citizen:
        """A citizen who may still register; nobody else gets the same one."""
        return self._newcomers.pop(0)

    def registered_names(self) -> list[str]:
        """The names of all organisations that any registry knows, whoever has registered them by now."""
        with urllib.request.urlopen(f"{self.control}/organisations", timeout=60) as answer:
            told: Any = json.load(answer)
        return [one["name"] for one in told]

    def organisation(self, case: str) -> dict[str, Any]:
        """The organisation that is there to show this."""
        return next(one for one in self.organisations if case in one["case"])

    def registry_says(self, uscc: str, **change: object) -> None:
        """Let the registry have something else of an organisation from now on."""
        body = json.dumps({"credit_code": uscc, **change}).encode()
        request = urllib.request.Request(f"{self.control}/organisations", body)
        urllib.request.urlopen(request, timeout=60).close()

    def command(self, *arguments: str) -> str:
        """Run `idp …` on this instance, and give what it printed."""
        return nursery.run(arguments, nursery.environment(IDP_HOME=str(self.home)), ROOT)

    def public_client(self) -> str:
        """The id of the client without a secret, whose callback may be on any port of the loopback."""
        return str(next(c for c in self.clients if c["token_endpoint_auth_method"] == "none")["client_id"])

    def messages(self, phone: str) -> list[dict[str, str]]:
        """The text messages to a phone, newest first."""
        with urllib.request.urlopen(f"{self.inbox}?phone={phone.removeprefix('+')}", timeout=60) as answer:
            return list(json.load(answer))

    def fault(self, kind: str, match: str = "", times: int = -1) -> None:
        """Order a fault of the registry; `none` lifts it."""
        body = json.dumps({"fault": kind, "match": match, "times": times}).encode()
        request = urllib.request.Request(self.control, body, {"Content-Type": "application/json"})
        urllib.request.urlopen(request, timeout=60).close()

    def province_meets(self, fault: str, step: str = "", times: int = -1) -> None:
        """Order a fault of the province's identity provider; `none` lifts it."""
        body = json.dumps({"fault": fault, "step": step, "times": times}).encode()
        urllib.request.urlopen(urllib.request.Request(f"{self.province}/control", body), timeout=60).close()

    def province_knows(self, citizen: Citizen, key: str, case: str = "") -> None:
        """Give somebody an account at the province, at level 3."""
        account = {"key": key, "case": case, "name": citizen.name, "kind": citizen.id_type}
        account |= {"number": citizen.id_number, "phone": citizen.phone}
        request = urllib.request.Request(f"{self.province}/control/people", json.dumps(account).encode())
        urllib.request.urlopen(request, timeout=60).close()

    def logged(self, word: str, most: int = 20) -> str:
        """The last lines of its log that have this word, for a test that fails to show."""
        lines = (self.home / "sandbox.log").read_text(errors="replace").splitlines()
        return "\n".join([line for line in lines if word in line][-most:])

    @contextlib.contextmanager
    def outage(self) -> Iterator[None]:
        """The registry answers nobody meanwhile."""
        self.fault(OUTAGE)
        try:
            yield
        finally:
            self.fault("none")

    @contextlib.contextmanager
    def next_message(self, phone: str) -> Iterator[Callable[[], dict[str, str]]]:
        """Gives, once the block is over, the message that arrived since it began."""
        before = len(self.messages(phone))

        def newest() -> dict[str, str]:
            assert eventually(lambda: len(self.messages(phone)) > before)
            return self.messages(phone)[0]

        yield newest


@contextlib.contextmanager
def running(
    home: Path, preferred: int | None = None, more: Callable[[int], Mapping[str, str]] | None = None
) -> Iterator[Sandbox]:
    """`idp sandbox` in a folder of its own, ready, and stopped by the process that leads it.

    Its ports begin at the preferred base if that is free, or else at any; `more` of its environment may
    depend on where they begin.
    """
    written = home / "sandbox.json"
    written.unlink(missing_ok=True)
    base = free_base(preferred)
    own = {"IDP_HOME": str(home), "IDP_SANDBOX_PORT_BASE": str(base)}
    environment = nursery.environment(**own, **(more(base) if more else {}))
    process = nursery.start(["sandbox"], environment, ROOT, home / "sandbox.log")
    try:
        eventually(lambda: _is_ready(home) or process.poll() is not None, START_SECONDS)
        if process.poll() is not None or not _is_ready(home):
            said = (home / "sandbox.log").read_text(errors="replace")[-4000:]
            raise RuntimeError(f"the sandbox did not start:\n{said}")
        yield read(home)
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def read(home: Path) -> Sandbox:
    """A sandbox that runs, by the file in its folder."""
    return Sandbox(json.loads((home / "sandbox.json").read_text(encoding="utf-8")), home)


def free_base(preferred: int | None = None) -> int:
    """A base at which every part finds its port free."""
    ours = _bases(os.environ)
    for base in [*([preferred] if preferred else []), *random.sample(ours, len(ours))]:
        if all(_is_free(base + distance) for distance in DISTANCES):
            return base
    raise RuntimeError("no free ports for the sandbox")


def _bases(environment: Mapping[str, str]) -> range:
    """Those of this worker of the run: two that looked for free ports at once could find the same ones."""
    worker = int(environment.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    share = len(BASES) // int(environment.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    return BASES[worker * share :][:share]


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def _is_ready(home: Path) -> bool:
    """The sandbox writes its file first and says so at the end, when every part answers."""
    written = home / "sandbox.json"
    if not written.exists():
        return False
    try:
        document = json.loads(written.read_text(encoding="utf-8"))
    except ValueError:
        return False
    systems = [service.rpartition("/")[0] for service in document["cas"]["services"]]
    departments = (f"{url}/healthz" for url in (*systems, *document["proxied"]["sites"]))
    outsiders = (*document["portals"], *document["offices"], *departments)
    return all(_answers(url) for url in (f"{document['issuer']}/readyz", *outsiders))


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=10):
            return True
    except OSError:
        return False
