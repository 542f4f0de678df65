"""The whole product in one process – edge, machines' routes, pages – and the visitors who mean it ill."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import unescape
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from werkzeug.test import Client, Cookie, TestResponse

from idp import clock
from idp.authenticators import password
from idp.crypto import passwords
from idp.oauth.checks.pkce import challenge_of
from idp.oauth.machine import create_machine
from idp.web.edge import create_edge, gate_of
from idp.web.health import create_health
from tests.idp.account.stage import PASSWORD, Stage, staged
from tests.idp.oauth.world import CALLBACK, ISSUER, VERIFIER, Registered, World

HASHED = passwords.hash_password(PASSWORD)
TOKEN = re.compile(r'name="csrf_token" value="([^"]*)"')
ACTION = re.compile(r'<form[^>]* action="([^"]*)"')
SESSION = "yt-session-8000"
HOPS = 12


class AtHome(Client):
    """Asks under the provider's own name unless told otherwise."""

    home = ISSUER

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        kwargs.setdefault("base_url", self.home)
        return super().open(*args, **kwargs)


@dataclass
class Whole(World):
    """Clients, people and tokens as the OAuth tests know them, behind the edge and with the pages."""

    stage: Stage = field(kw_only=True)

    def __post_init__(self) -> None:
        services = self.stage.services
        machine = create_machine(self.oauth, self.stage.app.wsgi_app)
        gate = gate_of(services.settings.issuer, [ip_network("10.9.0.0/16")])
        self.front = create_edge(machine, gate, create_health(services), lambda *_: None)
        self.http = AtHome(self.front, use_cookies=False)
        self.http.home = services.settings.issuer
        self.cookie = services.cookies.session_name

    def visitor(self, source: str = "192.0.2.1") -> "Visitor":
        """A browser with its own cookies at this address."""
        return Visitor(self, AtHome(self.front), source)

    def resident(self, login: str) -> Any:
        """Somebody at level 3 with a login name and the password of these tests."""
        person_id = self.person(login_name=login)
        with self.oauth.database.writing() as db:
            password.set_hash(db, person_id, HASHED, "registration", clock.now())
        return person_id

    def request(self, registered: Registered, **sent: str | None) -> str:
        """Where the client sends a browser."""
        values = {
            "response_type": "code",
            "client_id": registered.id,
            "redirect_uri": CALLBACK,
            "scope": "openid profile",
            "state": "s-1",
            "code_challenge": challenge_of(VERIFIER),
            "code_challenge_method": "S256",
            **sent,
        }
        return "/oauth/authorize?" + urlencode({k: v for k, v in values.items() if v is not None})


@dataclass
class Visitor:
    """A browser: keeps cookies, follows redirects on this site, fills in the form of the page it is on."""

    whole: Whole
    http: AtHome
    source: str
    page: TestResponse = field(init=False)

    @property
    def text(self) -> str:
        return self.page.get_data(as_text=True)

    @property
    def status(self) -> int:
        return self.page.status_code

    @property
    def location(self) -> str:
        """Where the last answer leads away to."""
        return self.page.headers.get("Location", "")

    @property
    def answer(self) -> dict[str, str]:
        """What the client is told."""
        return dict(parse_qsl(urlsplit(self.location).query))

    @property
    def path(self) -> str:
        return self.page.request.path

    @property
    def token(self) -> str:
        """The token of the page's own form."""
        return unescape(TOKEN.findall(self.text)[-1])

    @property
    def session(self) -> str | None:
        """What its session cookie holds."""
        cookie = self.http.get_cookie(SESSION, domain="127.0.0.1")
        return cookie.value if cookie else None

    def kept(self) -> list[Cookie]:
        """Every cookie it has."""
        return list((self.http._cookies or {}).values())

    def ask(self, method: str, path: str, **given: Any) -> TestResponse:
        """One request, no redirect followed."""
        given.setdefault("environ_overrides", {"REMOTE_ADDR": self.source})
        self.page = self.http.open(path, method=method, **given)
        return self.page

    def go(self, path: str) -> "Visitor":
        """Open a page, wherever on this site it leads."""
        self.ask("GET", path)
        return self._arrive()

    def post(self, path: str, **values: Any) -> "Visitor":
        """Post exactly these values, then go where it leads."""
        self.ask("POST", path, data=values)
        return self._arrive()

    def fill(self, **values: Any) -> "Visitor":
        """Post the form of this page."""
        actions = [unescape(one) for one in ACTION.findall(self.text) if "sign-out" not in one]
        place = (actions or [""])[-1] or self.path
        return self.post(place, **{"csrf_token": self.token, **values})

    def sign_in(self, login: str, typed: str = PASSWORD) -> "Visitor":
        """At the provider's own page."""
        return self.go("/sign-in").fill(login=login, password=typed)

    def take(self, handle: str) -> "Visitor":
        """Put this session handle into the cookie jar, as somebody who copied or planted it would."""
        self.http.set_cookie(SESSION, handle, domain="127.0.0.1")
        return self

    def _arrive(self) -> "Visitor":
        for _ in range(HOPS):
            leads_to = self.location
            if self.status not in {301, 302, 303, 307, 308} or not leads_to.startswith(("/", ISSUER)):
                return self
            self.ask("GET", leads_to.removeprefix(ISSUER) or "/")
        raise AssertionError(f"round and round at {self.path}")


@contextmanager
def standing(home: Path, **settings: Any) -> Iterator[Whole]:
    """The whole product with the simulated world around it."""
    with staged(home, **settings) as stage:
        whole = Whole(stage.services.extras["oauth"], stage=stage)
        yield whole
        whole.oauth.prepared.close()


def told(answer: TestResponse) -> Any:
    """What an endpoint answered in JSON."""
    return answer.json
