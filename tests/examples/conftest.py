"""An issuer's public side: keys, published over HTTP on a port of its own, and tokens signed with them."""

import json
import time
from collections.abc import Iterator
from threading import Thread
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import ECKey, RSAKey
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from examples.city_portal.app import create_app as create_city_portal
from examples.housing_fund.app import create_app as create_housing_fund
from examples.relying_party.settings import PortalSettings
from examples.relying_party.signing_keys import SigningKeys

Claims = dict[str, Any]

CLIENT_ID = "portal"
AUDIENCE = "https://fund.example/api"


class Issuer:
    """Signs tokens; publishes what verifies them once it is served."""

    def __init__(self) -> None:
        self.url = "http://127.0.0.1:1"  # nothing listens there until the issuer is served
        self.keys: list[ECKey | RSAKey] = [
            ECKey.generate_key("P-256", {"kid": "ec", "alg": "ES256", "use": "sig"}),
            RSAKey.generate_key(2048, {"kid": "rsa", "alg": "RS256", "use": "sig"}),
        ]
        self.fetches = 0

    def published(self) -> list[Claims]:
        self.fetches += 1
        return [dict(key.as_dict(private=False)) for key in self.keys]

    def sign(self, claims: Claims, typ: str, key: ECKey | RSAKey | None = None, **header: str) -> str:
        key = key or self.keys[0]
        protected = {"alg": str(key.get("alg")), "kid": str(key.kid), "typ": typ, **header}
        return jws.serialize_compact(protected, json.dumps(claims), key, algorithms=["ES256", "RS256"])

    def logout_token(self, **changed: Any) -> str:
        """A good logout token, but for `changed`; a claim given as None is left out."""
        now = int(time.time())
        claims = {"iss": self.url, "aud": CLIENT_ID, "iat": now, "exp": now + 120, "jti": "one", "sid": "s1"}
        events: Claims = {"http://schemas.openid.net/event/backchannel-logout": {}}
        return self.sign(without_none(claims | {"events": events, "sub": "p1"} | changed), "logout+jwt")

    def access_claims(self, **changed: Any) -> Claims:
        now = int(time.time())
        claims = {
            "iss": self.url,
            "aud": [self.url, AUDIENCE],
            "sub": "p1",
            "client_id": CLIENT_ID,
            "jti": "t",
        }
        levels = {"acr": "ial3.aal1", "ial": 3, "aal": 1, "auth_time": now}
        scope = {"iat": now, "exp": now + 300, "scope": "openid profile"}
        return without_none(claims | levels | scope | changed)

    def access_token(self, **changed: Any) -> str:
        """A good access token, but for `changed`."""
        return self.sign(self.access_claims(**changed), "at+jwt")


class Silent(WSGIRequestHandler):
    """Keeps the test's output clean."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing."""


def without_none(claims: Claims) -> Claims:
    return {name: value for name, value in claims.items() if value is not None}


@pytest.fixture(scope="session")
def _keys_made_once() -> Issuer:
    return Issuer()


@pytest.fixture
def issuer(_keys_made_once: Issuer) -> Issuer:
    """An issuer that cannot be reached."""
    fresh = object.__new__(Issuer)
    fresh.__dict__.update(_keys_made_once.__dict__, keys=list(_keys_made_once.keys), fetches=0)
    return fresh


@pytest.fixture
def served(issuer: Issuer) -> Iterator[Issuer]:
    """An issuer whose configuration and keys can be fetched."""
    server = make_server("127.0.0.1", 0, publishing(issuer), request_handler=Silent)
    issuer.url = f"http://127.0.0.1:{server.port}"
    yield from while_serving(server, issuer)


def while_serving(server: BaseWSGIServer, issuer: Issuer) -> Iterator[Issuer]:
    thread = Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield issuer
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def publishing(issuer: Issuer) -> Any:
    @Request.application
    def answer(request: Request) -> Response:
        if request.path == "/jwks":
            return Response(json.dumps({"keys": issuer.published()}), mimetype="application/json")
        endpoints = {
            name: f"{issuer.url}/{name}" for name in ("authorization_endpoint", "end_session_endpoint")
        }
        configuration = {"issuer": issuer.url, "jwks_uri": f"{issuer.url}/jwks", **endpoints}
        return Response(json.dumps(configuration), mimetype="application/json")

    return answer


@pytest.fixture
def keys(issuer: Issuer) -> SigningKeys:
    """The issuer's keys as a portal holds them."""
    return SigningKeys(issuer.published)


@pytest.fixture
def settings(issuer: Issuer) -> PortalSettings:
    """A portal of this issuer."""
    return PortalSettings(issuer.url, CLIENT_ID, "secret", "127.0.0.1", 8301, "http://127.0.0.1:8301")


@pytest.fixture(params=["city_portal", "housing_fund"])
def portal(request: pytest.FixtureRequest, settings: PortalSettings) -> Any:
    """Each portal's application in turn."""
    if request.param == "city_portal":
        return create_city_portal(settings, "http://127.0.0.1:8302")
    return create_housing_fund(settings, AUDIENCE, "http://127.0.0.1:8301")
