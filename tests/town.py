"""A sandbox on chosen stores, for suites that look behind it: its processes, its log files, its databases."""

import contextlib
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx2

from tests import nursery
from tests.journeys.sandbox import ROOT, free_base
from tests.waiting import eventually

STOP_SECONDS = 60.0
READY = b"Ready in"
"""As bytes, because what is there while somebody writes may end within a character."""
TOOL = "http://127.0.0.1:8399/callback"
VERIFIER = "a-verifier-of-at-least-forty-three-characters-long"
CHALLENGE = "IVwqw-RbcfSCohPiwFj5_rcK5SITNl8PHeuEfqi9ouM"


@dataclass
class Town:
    """A running sandbox."""

    home: Path
    environment: dict[str, str]
    process: nursery.Child
    told: dict[str, Any]

    @property
    def issuer(self) -> str:
        return str(self.told["issuer"])

    @property
    def tool(self) -> dict[str, Any]:
        """The confidential client whose callback nobody needs to listen on."""
        return next(client for client in self.told["clients"] if TOOL in client["redirect_uris"])

    def person(self, persona: str) -> dict[str, Any]:
        """Somebody who can sign in."""
        return next(person for person in self.told["persons"] if person["persona"] == persona)

    def request(self, scope: str = "openid profile", **more: str) -> str:
        """Where the tool sends a browser."""
        asked = {
            "response_type": "code",
            "client_id": self.tool["client_id"],
            "redirect_uri": TOOL,
            "scope": scope,
            "state": "s-1",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        }
        return f"{self.issuer}/oauth/authorize?{urlencode(asked | more)}"

    def command(self, *arguments: str) -> str:
        """Run `idp …` on this instance."""
        return nursery.run(arguments, self.environment, ROOT)

    def userinfo(self, access_token: str) -> httpx2.Response:
        """Ask who the token is about."""
        bearer = {"Authorization": f"Bearer {access_token}"}
        return httpx2.get(f"{self.issuer}/oauth/userinfo", headers=bearer, trust_env=False, timeout=30)

    def post(self, path: str, **form: str) -> httpx2.Response:
        """Call an endpoint as the tool."""
        secret = (self.tool["client_id"], self.tool["client_secret"])
        return httpx2.post(f"{self.issuer}{path}", data=form, auth=secret, trust_env=False, timeout=30)

    def redeem(self, code: str) -> httpx2.Response:
        """Exchange a code of the tool."""
        return self.post(
            "/oauth/token",
            grant_type="authorization_code",
            code=code,
            redirect_uri=TOOL,
            code_verifier=VERIFIER,
        )

    def workers(self) -> list[int]:
        """The server's processes that answer requests."""
        return [pid for pid in _descendants(self._part("idp serve")) if _is_server(pid)]

    @property
    def worker(self) -> int:
        """The process that works off what is due."""
        return self._part("idp worker")

    def _part(self, name: str) -> int:
        return next(pid for pid in _children(self.process.pid) if name == _name(pid))


@contextlib.contextmanager
def living(home: Path, **settings: str) -> Iterator[Town]:
    """A sandbox in this folder, with further settings, ready; stopped at the end."""
    own = {"IDP_HOME": str(home), "IDP_SANDBOX_PORT_BASE": str(free_base())}
    environment = nursery.environment(**own, **settings)
    said = home / "said"
    home.mkdir(parents=True, exist_ok=True)
    said.unlink(missing_ok=True)
    process = nursery.start(["sandbox"], environment, ROOT, said)
    try:
        assert eventually(
            lambda: process.poll() is not None or (said.exists() and READY in said.read_bytes())
        )
        if process.poll() is not None:
            raise AssertionError(said.read_text()[-4000:])
        yield Town(home, environment, process, json.loads((home / "sandbox.json").read_text()))
        assert process.poll() is None, said.read_text()[-4000:]
    finally:
        process.terminate()
        process.wait(STOP_SECONDS)


def answers(url: str, status: int = 200) -> bool:
    """Whether it answers with that status."""
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return bool(answer.status == status)
    except urllib.error.HTTPError as refusal:
        return refusal.code == status
    except OSError:
        return False


def _descendants(pid: int) -> list[int]:
    return [one for child in _children(pid) for one in (child, *_descendants(child))]


def _children(pid: int) -> list[int]:
    try:
        return [
            int(child)
            for task in Path(f"/proc/{pid}/task").iterdir()
            for child in (task / "children").read_text().split()
        ]
    except OSError:
        return []


def _name(pid: int) -> str:
    return Path(f"/proc/{pid}/comm").read_text().strip()


def _words(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
    except OSError:
        return []


def _is_server(pid: int) -> bool:
    return not any("resource_tracker" in word for word in _words(pid))
