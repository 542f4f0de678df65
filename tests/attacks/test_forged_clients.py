"""Proving to be a client without being it: forged, borrowed, replayed and doubled credentials."""

import hmac
import json
import time
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from werkzeug.test import TestResponse

from tests.attacks.whole import Whole, told
from tests.idp.oauth.world import ISSUER, Registered

KIND = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
HUGE = 10**400


@dataclass
class Signer:
    """A client with a key of its own."""

    whole: Whole
    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256", parameters={"kid": "k1"}))

    def __post_init__(self) -> None:
        jwks = {"keys": [self.key.as_dict(private=False)]}
        self.client = self.whole.client(token_endpoint_auth_method="private_key_jwt", jwks=jwks)

    def claims(self, **changes: Any) -> dict[str, Any]:
        now = time.time()
        said = {"iss": self.client.id, "sub": self.client.id, "aud": ISSUER, "exp": now + 60, "iat": now}
        return {k: v for k, v in (said | {"jti": str(uuid4())} | changes).items() if v is not None}

    def assertion(self, claims: dict[str, Any], key: ECKey | None = None, **header: Any) -> str:
        return jws.serialize_compact(
            {"alg": "ES256", "kid": "k1", **header}, json.dumps(claims).encode(), key or self.key,
            registry=jws.JWSRegistry(strict_check_header=False),
        )  # fmt: skip

    def show(self, assertion: str, **more: str) -> TestResponse:
        sent = {"client_assertion": assertion, "client_assertion_type": KIND, **more}
        return self.whole.post("/oauth/token", None, grant_type="client_credentials", **sent)


@pytest.fixture(scope="module")
def signer(whole: Whole) -> Signer:
    return Signer(whole)


def unsigned(claims: dict[str, Any], **header: Any) -> str:
    return ".".join(_base64(json.dumps(part).encode()) for part in (header, claims))


def _base64(octets: bytes) -> str:
    return urlsafe_b64encode(octets).rstrip(b"=").decode()


def test_the_real_one_is_believed(signer: Signer) -> None:
    """So that the refusals below mean something."""
    assert 200 == signer.show(signer.assertion(signer.claims())).status_code


FAULTS: dict[str, dict[str, Any]] = {
    "aud as a list": {"aud": [ISSUER]},
    "aud with a stranger": {"aud": [ISSUER, "https://evil.example"]},
    "aud of another": {"aud": "https://evil.example"},
    "aud with a slash": {"aud": f"{ISSUER}/"},
    "no aud": {"aud": None},
    "ten years": {"exp": int(time.time()) + 315_000_000},
    "no exp": {"exp": None},
    "expired": {"exp": 1},
    "exp as text": {"exp": "9999999999"},
    "exp beyond every number": {"exp": HUGE},
    "exp below every number": {"exp": -HUGE},
    "exp infinite": {"exp": float("inf")},
    "exp not a number": {"exp": float("nan")},
    "iat ahead": {"iat": int(time.time()) + 86_400},
    "iat beyond every number": {"iat": HUGE},
    "nbf ahead": {"nbf": int(time.time()) + 86_400},
    "nbf beyond every number": {"nbf": HUGE},
    "no jti": {"jti": None},
    "jti a number": {"jti": 5},
    "jti very long": {"jti": "x" * 3000},
    "sub of another": {"sub": "somebody-else"},
    "iss of another": {"iss": "somebody-else"},
    "iss a list": {"iss": ["somebody-else"]},
    "no iss": {"iss": None},
}


@pytest.mark.parametrize("changes", FAULTS.values(), ids=FAULTS.keys())
def test_a_well_signed_lie_is_refused(signer: Signer, changes: dict[str, Any]) -> None:
    """Audience, times, names and numbers: each exactly as RFC 7523 §3 and we ask."""
    refused = signer.show(signer.assertion(signer.claims(**changes)))

    description = "the client is unknown, or did not prove itself by the method it registered"
    wanted = {"error": "invalid_client", "error_description": description}
    assert (401, wanted) == (refused.status_code, refused.json)


HEADERS: dict[str, dict[str, Any]] = {
    "kid of nobody": {"kid": "k2"},
    "kid a path": {"kid": "../../../../dev/null"},
    "kid a number": {"kid": 1},
    "crit": {"crit": ["x"], "x": 1},
    "b64": {"b64": False},
    "typ of an access token": {"typ": "at+jwt"},
    "jku": {"jku": "http://127.0.0.1:1/keys", "kid": "k9"},
}


@pytest.mark.parametrize("header", HEADERS.values(), ids=HEADERS.keys())
def test_a_header_that_asks_for_more_is_refused(signer: Signer, header: dict[str, Any]) -> None:
    """A token chooses neither its key nor its rules (RFC 8725 §3)."""
    try:
        assertion = signer.assertion(signer.claims(), **header)
    except JoseError:  # the library will not even write it
        assertion = unsigned(signer.claims(), alg="ES256", **{"kid": "k1", **header}) + ".c2ln"

    assert 401 == signer.show(assertion).status_code


def test_a_key_brought_along_is_not_looked_at(signer: Signer) -> None:
    """`jwk` in the header is a stranger's word (CVE-2026-27962)."""
    own = ECKey.generate_key("P-256")
    assertion = signer.assertion(signer.claims(), own, jwk=own.as_dict(private=False))

    assert 401 == signer.show(assertion).status_code


@pytest.mark.parametrize("alg", ["none", "None", "HS256", "HS512", "RS256", "ES384", "dir", 5, None])
@pytest.mark.parametrize("shape", ["pem", "jwk", "empty"])
def test_no_other_algorithm_passes(signer: Signer, alg: object, shape: str) -> None:
    """Neither none nor an HMAC keyed with what is public (CVE-2024-37568, CVE-2024-33663)."""
    public = signer.key.as_dict(private=False)
    secret = {"pem": signer.key.as_pem(private=False), "jwk": json.dumps(public).encode(), "empty": b""}[
        shape
    ]
    message = unsigned(signer.claims(), alg=alg, kid="k1")
    mark = _base64(hmac.digest(secret, message.encode(), "sha256")) if secret else ""

    assert 401 == signer.show(f"{message}.{mark}").status_code


@pytest.mark.parametrize("junk", ["x", "..", "a.b.c", "a.b.c.d.e", "é.x.y", "a" * 60_000, "e30.e30.e30"])
def test_junk_is_no_assertion(signer: Signer, junk: str) -> None:
    """Whatever it is, it is answered in the protocol's form."""
    assert 401 == signer.show(junk).status_code


def test_an_assertion_works_once(signer: Signer) -> None:
    """Also when fifty show it at the same moment (CVE-2020-5300)."""
    assertion = signer.assertion(signer.claims())
    with ThreadPoolExecutor(16) as together:
        statuses = list(together.map(lambda _: signer.show(assertion).status_code, range(50)))

    assert (1, 49) == (statuses.count(200), statuses.count(401))


def test_one_name_is_spent_whatever_else_is_said(signer: Signer) -> None:
    """A `jti` with another expiry is the same `jti`."""
    claims = signer.claims()
    signer.show(signer.assertion(claims))

    assert 401 == signer.show(signer.assertion(claims | {"exp": claims["exp"] + 5})).status_code


def test_two_methods_at_once_are_none(whole: Whole, signer: Signer, portal: Registered) -> None:
    """RFC 6749 §2.3."""
    assertion = signer.assertion(signer.claims())
    both = [
        signer.show(assertion, client_secret="x"),
        whole.post("/oauth/token", portal, grant_type="client_credentials", client_assertion=assertion),
        whole.post("/oauth/token", portal, grant_type="client_credentials", client_secret=str(portal.secret)),
    ]

    assert [400, 400, 400] == [answer.status_code for answer in both]


def test_the_client_id_beside_it_must_agree(whole: Whole, signer: Signer, portal: Registered) -> None:
    """A name that differs from the proof is no slip."""
    by_assertion = signer.show(signer.assertion(signer.claims()), client_id=portal.id)
    by_secret = whole.post(
        "/oauth/token", portal, grant_type="client_credentials", client_id=signer.client.id
    )

    assert (401, 401) == (by_assertion.status_code, by_secret.status_code)


METHODS: dict[str, Callable[[Registered], dict[str, Any]]] = {
    "secret in the body": lambda c: {"data": {"client_id": c.id, "client_secret": c.secret}},
    "no secret": lambda c: {"data": {"client_id": c.id}},
    "not UTF-8": lambda _: {"headers": {"Authorization": "Basic " + b64encode(b"\xff:\xfe").decode()}},
    "escaped not UTF-8": lambda _: {"headers": {"Authorization": "Basic " + b64encode(b"%ff:%fe").decode()}},
    "not base64": lambda _: {"headers": {"Authorization": "Basic !!!"}},
    "empty": lambda _: {"headers": {"Authorization": "Basic "}},
    "no colon": lambda c: {"headers": {"Authorization": "Basic " + b64encode(c.id.encode()).decode()}},
    "a NUL": lambda c: {
        "headers": {"Authorization": "Basic " + b64encode(f"{c.id}%00:{c.secret}".encode()).decode()}
    },
    "a long secret": lambda c: {"data": {"client_id": c.id, "client_secret": "x" * 60_000}},
    "bearer": lambda _: {"headers": {"Authorization": "Bearer x"}},
}


@pytest.mark.parametrize("given", METHODS.values(), ids=METHODS.keys())
def test_only_the_registered_method_proves(
    whole: Whole, portal: Registered, given: Callable[[Registered], dict[str, Any]]
) -> None:
    """And a header that cannot be read is a wrong one, not a defect."""
    sent = given(portal)
    data = {"grant_type": "client_credentials", **sent.pop("data", {})}
    refused = whole.http.post("/oauth/token", data=data, **sent)

    assert (401, "invalid_client") == (refused.status_code, told(refused)["error"])


@pytest.mark.parametrize("format", ["jwt", "opaque"])
def test_tokens_of_one_second_differ(whole: Whole, format: str) -> None:
    """Sixty at once are sixty."""
    portal = whole.client(access_token_format=format)
    with ThreadPoolExecutor(8) as together:
        given = list(
            together.map(
                lambda _: told(whole.post("/oauth/token", portal, grant_type="client_credentials")), range(60)
            )
        )

    assert 60 == len({tokens["access_token"] for tokens in given})
