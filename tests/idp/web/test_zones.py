"""One provider in two networks: one issuer, endpoints and pages where the browser came from, two host names.

On a real server under the names 127.0.0.1 (the issuer's) and localhost (the extranet's).
"""

import json
import threading
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import UUID

import pytest
from playwright.sync_api import Browser
from werkzeug.serving import WSGIRequestHandler, make_server

import wsgi
from idp import clock
from idp.authenticators import password
from idp.clients import onboarding
from idp.clients.models import ClientClass
from idp.consents import rules as consents
from idp.consents import texts
from idp.consents.models import ConsentKind
from idp.crypto import jose, passwords
from idp.oauth.checks.pkce import challenge_of
from idp.saml.collaborators import Saml
from idp.services import Services
from idp.sessions import lifecycle
from idp.sessions.lifecycle import Achievement
from idp.settings import Settings, SettingsFault, load
from idp.zones import Zone, Zones
from tests import instances, servers
from tests.browser import visitor
from tests.idp.persons import people

CALLBACK = "https://portal.example.cn/callback"
VERIFIER = "a-verifier-that-is-long-enough-for-rfc-7636-by-far"
PASSWORD = "three quiet herons"
LOGIN = "lin-xiaoyun"
EXAMPLE = Path(__file__).parents[3] / "examples/zones/settings.toml"
ZONES = Zones(
    "https://id.example.gov.cn",
    (Zone("extranet", "https://id.ww.example.cn:8443", frozenset({"10.1.2.3:8443"})),),
)


class Silent(WSGIRequestHandler):
    def log_request(self, *_: object) -> None:
        """Addresses of these requests are nobody's business."""


@dataclass
class Answer:
    """What came back; redirects are not followed."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Networks:
    """The provider as the internet and as the extranet see it."""

    services: Services
    internet: str
    extranet: str
    person_id: UUID
    client_id: str
    secret: str

    def ask(self, base: str, path: str, form: Mapping[str, str] | None = None, **headers: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        data = urlencode(form).encode() if form is not None else None
        opener = urllib.request.build_opener(Unmoved)
        try:
            with opener.open(urllib.request.Request(base + path, data, named), timeout=60) as answer:
                return Answer(answer.status, dict(answer.headers.items()), answer.read())
        except urllib.error.HTTPError as refusal:
            return Answer(refusal.code, dict(refusal.headers.items()), refusal.read())

    def authorize(self, base: str, cookie: str = "") -> Answer:
        values = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": CALLBACK,
            "scope": "openid",
            "state": "s-1",
            "code_challenge": challenge_of(VERIFIER),
            "code_challenge_method": "S256",
        }
        return self.ask(base, "/oauth/authorize?" + urlencode(values), Cookie=cookie)

    def signed_in(self) -> str:
        """The cookie of a browser in which the person has proven themselves."""
        achieved = Achievement(self.person_id, frozenset({"pwd"}), clock.now())
        with self.services.database.writing() as db:
            handle = lifecycle.begin(db, achieved, absolute=timedelta(hours=1))[1]
        return f"{self.services.cookies.session_name}={handle}"

    def tokens(self, base: str, code: str) -> dict[str, str]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": CALLBACK,
            "code_verifier": VERIFIER,
        }
        basic = b64encode(f"{self.client_id}:{self.secret}".encode()).decode()
        found: dict[str, str] = self.ask(base, "/oauth/token", form, Authorization=f"Basic {basic}").json
        return found


class Unmoved(urllib.request.HTTPRedirectHandler):
    """A client that looks where it is sent and does not go."""

    def redirect_request(self, *_: object) -> None:
        return None


@pytest.fixture(scope="module")
def networks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Networks]:
    """A provider with an extranet, whose console is there alone; one person, one client."""
    port = servers.free_port()
    internet, extranet = f"http://127.0.0.1:{port}", f"http://localhost:{port}"
    settings = Settings(
        home=tmp_path_factory.mktemp("home"),
        issuer=internet,
        listen_port=port,
        zones={"extranet": {"base": extranet, "hosts": [f"gateway.test:{port}"]}},
        admin_hosts=[f"localhost:{port}"],
    )
    instances.settle(settings)
    services = wsgi.compose(settings)
    person_id, client_id, secret = _inhabited(services)
    server = make_server("127.0.0.1", port, wsgi.create_app(settings), True, request_handler=Silent)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield Networks(services, internet, extranet, person_id, client_id, secret)
    server.shutdown()
    server.server_close()
    thread.join()


def _inhabited(services: Services) -> tuple[UUID, str, str]:
    details = {"client_name": "门户", "redirect_uris": [CALLBACK], "scope": "openid"}
    with services.database.writing() as db:
        person = people.person(db, services.vault, 0)
        person.login_name = LOGIN
        password.set_hash(db, person.id, passwords.hash_password(PASSWORD), "registration", clock.now())
        client, secret = onboarding.create(db, details, ClientClass.GOVERNMENT, clock.now())
        consents.record(
            db,
            person.id,
            ConsentKind.PROVISION,
            texts.said("provision"),
            purpose="sign_in",
            now=clock.now(),
            client_id=client.id,
            scopes=("openid",),
        )
        assert secret is not None
        return person.id, client.id, secret


@pytest.mark.parametrize(
    ("host", "base"),
    [
        ("id.example.gov.cn", "https://id.example.gov.cn"),
        ("id.ww.example.cn:8443", "https://id.ww.example.cn:8443"),
        ("ID.WW.Example.cn:8443", "https://id.ww.example.cn:8443"),
        ("10.1.2.3:8443", "https://id.ww.example.cn:8443"),
        ("id.ww.example.cn", "https://id.example.gov.cn"),
        ("evil.example", "https://id.example.gov.cn"),
        ("", "https://id.example.gov.cn"),
    ],
)
def test_the_base_of_a_host(host: str, base: str) -> None:
    """Only names that are written down lead anywhere but to the issuer."""
    assert base == ZONES.base_for(host)


@pytest.mark.parametrize(
    ("zones", "fault"),
    [
        ({"a": {"base": "http://id.ww.example.cn"}}, "must be https"),
        ({"a": {"base": "https://id.example.gov.cn"}}, "another's"),
        ({"a": {"base": "https://x.cn"}, "b": {"base": "https://y.cn", "hosts": ["x.cn"]}}, "another's"),
        ({"a": {"base": "https://x.cn/path"}}, "must be an origin"),
    ],
)
def test_zones_that_cannot_be(tmp_path: Path, zones: Any, fault: str) -> None:
    """A zone is an origin of the issuer's scheme, and no two share a name."""
    with pytest.raises(SettingsFault, match=fault):
        load(home=tmp_path, issuer="https://id.example.gov.cn", zones=zones)


def test_the_example_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings that the guide shows are accepted, and mean what it says."""
    monkeypatch.setenv("IDP_SETTINGS", str(EXAMPLE))
    extranet = load(home=tmp_path).zones["extranet"]

    assert ("https://id.ww.example.gov.cn", ["10.1.2.3"]) == (extranet.base, extranet.hosts)


def test_discovery_names_the_endpoints_of_the_zone(networks: Networks) -> None:
    """The issuer is the same (RFC 8414 §3.3), every endpoint is where it was asked for."""
    for base in (networks.internet, networks.extranet):
        said = networks.ask(base, "/.well-known/openid-configuration").json
        endpoints = {value for name, value in said.items() if name.endswith(("_endpoint", "jwks_uri"))}

        assert networks.internet == said["issuer"]
        assert {base} == {f"{urlsplit(url).scheme}://{urlsplit(url).netloc}" for url in endpoints}


def test_another_name_of_a_zone_is_answered_for_it(networks: Networks) -> None:
    """A gateway of the extranet may have a name of its own."""
    host = f"gateway.test:{urlsplit(networks.extranet).port}"
    said = networks.ask(networks.internet, "/.well-known/openid-configuration", Host=host).json

    assert f"{networks.extranet}/oauth/token" == said["token_endpoint"]


def test_a_foreign_host_is_sent_to_the_issuer(networks: Networks) -> None:
    """What is not written down is no zone: nobody can make us link to them."""
    answer = networks.ask(networks.internet, "/oauth/jwks", Host="evil.example")

    assert (307, f"{networks.internet}/oauth/jwks") == (answer.status, answer.headers["Location"])


@pytest.mark.parametrize("zone", ["internet", "extranet"])
def test_a_sign_in_stays_in_its_zone(networks: Networks, zone: str) -> None:
    """Where the browser is sent has no host at all: it stays with the one whose cookies it has."""
    answer = networks.authorize(getattr(networks, zone))
    location = urlsplit(answer.headers["Location"])

    assert (303, "", "") == (answer.status, location.scheme, location.netloc)
    assert "Domain" not in answer.headers["Set-Cookie"]


def test_what_one_zone_gave_is_good_in_the_other(networks: Networks) -> None:
    """A code of the extranet is redeemed on the internet, its token used in both; `iss` is the issuer's."""
    answer = networks.authorize(networks.extranet, networks.signed_in())
    sent = parse_qs(urlsplit(answer.headers["Location"]).query)
    tokens = networks.tokens(networks.internet, sent["code"][0])
    bearer = f"Bearer {tokens['access_token']}"
    asked = [networks.ask(base, "/oauth/userinfo", Authorization=bearer) for base in _both(networks)]
    subs = {answer.json["sub"] for answer in asked}
    said = jose.unverified(tokens["id_token"])

    assert [networks.internet] == sent["iss"]
    assert networks.internet == said["iss"]
    assert {said["sub"]} == subs


def test_the_console_is_on_the_extranet_alone(networks: Networks) -> None:
    """On the internet there is no such page."""
    statuses = [networks.ask(base, "/admin").status for base in _both(networks)]

    assert [404, 303] == statuses


def test_no_page_is_ever_framed(networks: Networks) -> None:
    """Not by a portal either: whoever embeds us could have people click what they do not see (R2-16)."""
    for base in _both(networks):
        headers = networks.ask(base, "/account/sign-in").headers

        assert "DENY" == headers["X-Frame-Options"]
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


def test_a_person_signs_in_where_they_came(networks: Networks, browser: Browser) -> None:
    """In Chromium: signed in on the extranet, they stay there, and are nobody yet on the internet."""
    context = visitor(browser)
    page = context.new_page()
    page.goto(f"{networks.extranet}/account")
    page.get_by_label("手机号").fill(LOGIN)
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.wait_for_url(f"{networks.extranet}/account")
    page.goto(f"{networks.internet}/account")

    assert urlsplit(networks.internet).netloc == urlsplit(page.url).netloc
    assert page.get_by_label("密码", exact=True).is_visible()
    context.close()


def _both(networks: Networks) -> tuple[str, str]:
    return networks.internet, networks.extranet


def test_a_protected_site_leads_to_the_zone_of_its_proxy(networks: Networks) -> None:
    """To sign in, to sign out, and for who cannot be let in: its visitors are where the proxy is."""
    site = "https://archive.example.cn"
    details = {"client_name": "历史档案", "protocol": "proxy", "protects": [site], "scope": "openid"}
    with networks.services.database.writing() as db:
        onboarding.create(db, details, ClientClass.GOVERNMENT, clock.now())
    asked = f"{site}/files/7"
    for base in _both(networks):
        start = networks.ask(base, "/forward-auth/verify", X_Original_URL=asked)
        begun = networks.ask("", start.headers["X-Yitong-Start"])
        out = networks.ask(base, "/forward-auth/sign-out", X_Original_URL=asked)
        lost = networks.ask(base, "/forward-auth/callback?handover=made-up", X_Original_URL=asked)

        assert 401 == start.status
        assert begun.headers["Location"].startswith("/interaction/")
        for url in (start.headers["X-Yitong-Start"], out.headers["Location"], lost.headers["Location"]):
            assert url.startswith(f"{base}/")


def test_saml_metadata_names_the_endpoints_of_the_zone(networks: Networks) -> None:
    """One entity in both networks, each with its own addresses; a message may be meant for either."""
    for base in _both(networks):
        said = networks.ask(base, "/saml/metadata").body.decode()

        assert f'entityID="{networks.internet}/saml/metadata"' in said
        assert f'Location="{base}/saml/sso"' in said
    saml: Saml = networks.services.extras["saml"]
    foreign = saml.is_here("http://evil.example/saml/sso", saml.sso)
    here = [saml.is_here(f"{base}/saml/sso", saml.sso) for base in _both(networks)]

    assert ([True, True], False) == (here, foreign)
