"""The CAS endpoints in the small world of the OAuth ones: services, and what a CAS client asks."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from werkzeug.test import Client as Http
from werkzeug.test import TestResponse

from idp import clock
from idp.cas import machine
from idp.cas.tickets import Cas, create_cas
from idp.clients import onboarding
from idp.clients.models import ClientClass
from idp.oauth.machine import ANSWER, create_machine
from tests.idp.oauth.world import Registered, SignedIn, World

SERVICE = "https://pension.example.gov.cn/app"
CALLBACK = "https://pension.example.gov.cn/proxy"


@dataclass
class Called:
    """The other end of registered addresses: what was asked there, and what they say."""

    status: int = 200
    urls: list[str] = field(default_factory=list)
    forms: list[dict[str, str]] = field(default_factory=list)

    def get(self, url: str) -> int:
        self.urls.append(url)
        return self.status

    def post(self, url: str, form: Any) -> int:
        self.urls.append(url)
        self.forms.append(dict(form))
        return self.status

    def push(self, url: str, body: bytes, media_type: str) -> int:
        raise AssertionError("CAS pushes nothing")

    def ask(self, url: str, body: bytes, media_type: str) -> tuple[int, bytes]:
        raise AssertionError("nor does it read what is answered")


@dataclass
class CasWorld:
    """What a test needs of the CAS endpoints."""

    world: World
    called: Called = field(default_factory=Called)
    shown: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.cas: Cas = create_cas(self.world.oauth, self.called)
        app = create_machine(self.world.oauth, self._pages, machine.routes(self.cas))
        self.http = Http(app, use_cookies=False)

    def _pages(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        self.shown.append(environ.get(ANSWER))
        start_response("400 Bad Request", [("Content-Type", "text/html")])
        return [b"a page"]

    def service(self, url: str = SERVICE, **metadata: Any) -> Registered:
        """A registered CAS client with everything below one address."""
        given = {"protocol": "cas", "services": [{"prefix": url}], "scope": "openid profile"}
        details = {"client_name": "养老服务", **given, **metadata}
        with self.world.oauth.database.writing() as db:
            row, secret = onboarding.create(db, details, ClientClass.GOVERNMENT, clock.now())
        found = self.world.oauth.clients.find(row.id)
        assert found is not None
        return Registered(found, secret)

    def citizen(self, service: Registered, **session: Any) -> SignedIn:
        """Somebody signed in who has been told what the service is told."""
        signed_in = self.world.sign_in(**session)
        self.world.agree(signed_in, service, "openid profile")
        return signed_in

    def login(
        self, signed_in: SignedIn | None = None, service: str | None = SERVICE, **sent: str
    ) -> TestResponse:
        """Ask for a ticket."""
        values = {"service": service, **sent} if service is not None else sent
        headers = {"Cookie": f"{self.world.cookie}={signed_in.handle}"} if signed_in else {}
        self.shown.clear()
        return self.http.get("/cas/login", query_string=urlencode(values), headers=headers)

    def ticket(self, signed_in: SignedIn, service: str = SERVICE, **sent: str) -> str:
        """A fresh ticket."""
        location = self.login(signed_in, service, **sent).headers["Location"]
        return parse_qs(urlsplit(location).query)["ticket"][0]

    def validate(
        self, ticket: str, service: str = SERVICE, path: str = "p3/serviceValidate", **sent: str
    ) -> Any:
        """Validate by JSON: the success, or the failure's code."""
        query = urlencode({"ticket": ticket, "service": service, "format": "JSON", **sent})
        said = self.http.get(f"/cas/{path}", query_string=query).get_json()["serviceResponse"]
        return said["authenticationSuccess"] if "authenticationSuccess" in said else failure(said)

    def proxy(self, pgt: str, target: str) -> str:
        """A proxy ticket, or the failure's code."""
        query = urlencode({"pgt": pgt, "targetService": target})
        text = self.http.get("/cas/proxy", query_string=query).text
        found = re.search(r"<cas:proxyTicket>(.*?)<", text) or re.search(r'code="(\w+)"', text)
        assert found
        return found[1]

    def granting(self) -> str:
        """The proxy-granting ticket that was sent to a callback last."""
        return parse_qs(urlsplit(self.called.urls[-1]).query)["pgtId"][0]


def failure(said: Any) -> str:
    code: str = said["authenticationFailure"]["code"]
    return code
