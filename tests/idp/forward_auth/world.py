"""The endpoints for proxies in the small world of the OAuth ones: sites, and browsers before them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from werkzeug.http import parse_cookie
from werkzeug.test import Client as Http
from werkzeug.test import TestResponse

from idp import clock
from idp.clients import onboarding
from idp.clients.entrances import Entrances
from idp.clients.models import ClientClass
from idp.forward_auth import machine
from idp.forward_auth.verdicts import create_forward_auth
from idp.forward_auth.visits import cookie_name
from idp.oauth.machine import ANSWER, create_machine
from tests.idp.oauth.world import Registered, SignedIn, World

SITE = "https://archive.example.gov.cn"


@dataclass
class ForwardWorld:
    """What a test needs of the endpoints for proxies; `seconds` is what the cache takes for the time."""

    world: World
    seconds: float = 0.0
    shown: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        oauth = self.world.oauth
        self.forward = create_forward_auth(oauth, Entrances(oauth.database, oauth.clients))
        self.forward.tick = lambda: self.seconds
        self.http = Http(create_machine(oauth, self._pages, machine.routes(self.forward)), use_cookies=False)

    def _pages(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        self.shown.append(environ.get(ANSWER))
        start_response("400 Bad Request", [("Content-Type", "text/html")])
        return [b"a page"]

    def site(self, origin: str = SITE, **metadata: Any) -> Registered:
        """A registered site."""
        given = {"protocol": "proxy", "protects": [origin], "scope": "openid profile"}
        details = {"client_name": "历史档案", **given, **metadata}
        with self.world.oauth.database.writing() as db:
            row, secret = onboarding.create(db, details, ClientClass.GOVERNMENT, clock.now())
        found = self.world.oauth.clients.find(row.id)
        assert found is not None
        return Registered(found, secret)

    def citizen(self, site: Registered, **session: Any) -> SignedIn:
        """Somebody signed in who has been told what the site is told."""
        signed_in = self.world.sign_in(**session)
        self.world.agree(signed_in, site, "openid profile")
        return signed_in


@dataclass
class Surfer:
    """A browser before a protected site whose proxy is nginx, or Traefik."""

    forward: ForwardWorld
    signed_in: SignedIn | None = None
    origin: str = SITE
    traefik: bool = False
    cookies: dict[str, str] = field(default_factory=dict)

    def ask(self, target: str = "/", **headers: str) -> TestResponse:
        """What the proxy is told about a request."""
        parts = urlsplit(self.origin)
        if self.traefik:
            said = {
                "X-Forwarded-Method": "GET",
                "X-Forwarded-Proto": parts.scheme,
                "X-Forwarded-Host": parts.netloc,
                "X-Forwarded-Uri": target,
            }
            return self._get("/forward-auth/verify?proxy=traefik", said | headers)
        return self._get("/forward-auth/verify", {"X-Original-URL": self.origin + target} | headers)

    def start(self, asked: TestResponse) -> TestResponse:
        """Follow the way in, at the provider."""
        parts = urlsplit(asked.headers["X-Yitong-Start"])
        cookie = f"{self.forward.world.cookie}={self.signed_in.handle}" if self.signed_in else ""
        return self.forward.http.get(parts.path, query_string=parts.query, headers={"Cookie": cookie})

    def arrive(self, handed_over: TestResponse) -> TestResponse:
        """Follow the way back, at the protected site."""
        parts = urlsplit(handed_over.headers["Location"])
        assert self.origin == f"{parts.scheme}://{parts.netloc}"
        if self.traefik:
            return self.ask(f"{parts.path}?{parts.query}")
        said = {"X-Original-URL": f"{self.origin}{parts.path}?{parts.query}"}
        return self._get(f"/forward-auth/callback?{parts.query}", said)

    def enter(self, target: str = "/") -> TestResponse:
        """All the way to the deep link; gives the last redirect."""
        return self.arrive(self.start(self.ask(target)))

    @property
    def handle(self) -> str:
        """The cookie of the site."""
        return self.cookies[cookie_name(self.origin, "visit")]

    def _get(self, path: str, headers: dict[str, str]) -> TestResponse:
        sent = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        response = self.forward.http.get(path, headers={"Cookie": sent, **headers})
        for kept in response.headers.getlist("Set-Cookie"):
            self.cookies |= dict(parse_cookie(kept.partition(";")[0]).items())
        return response
