"""Whatever is sent, the answer is a refusal in the endpoint's own words: never a defect, never an echo."""

import json
from typing import Any

import pytest

from idp.clients.metadata import TOKEN_EXCHANGE
from tests.attacks.whole import Visitor, Whole
from tests.idp.oauth.world import CALLBACK, ISSUER, Registered

LONG = "x" * 20_000
STRANGE = ('"\\', "é中\U0001f600", "\r\nSet-Cookie: a=b", "<script>alert(1)</script>", "\x7f\x01", LONG)
PARAMETERS = (
    "acr_values",
    "claims",
    "code_challenge",
    "code_challenge_method",
    "display",
    "id_token_hint",
    "login_hint",
    "max_age",
    "nonce",
    "prompt",
    "registration",
    "request",
    "request_uri",
    "resource",
    "response_mode",
    "response_type",
    "scope",
    "state",
    "ui_locales",
)
CLAIMS = (
    "[]",
    "{",
    "[" * 15_000,
    "1" * 5000,
    '{"id_token":{"acr":5}}',
    '{"id_token":{"acr":{"values":5,"value":{}}}}',
    '{"id_token":{"acr":{"values":[[],{},null,1]}}}',
    '{"id_token":{"acr":{"values":["\\ud800"],"essential":true}}}',
)
FORMS = (
    "/sign-in",
    "/sign-out",
    "/register",
    "/register/code",
    "/register/identity",
    "/register/password",
    "/recover",
    "/recover/code",
    "/recover/identity",
    "/recover/password",
    "/oauth/logout",
    "/oauth/logout/confirm",
    "/account/security",
    "/account/consents",
    "/account/verify",
    "/account/close",
    "/interaction/x/sign-in",
    "/interaction/x/consent",
)
MACHINES = ("/oauth/authorize", "/oauth/token", "/oauth/introspect", "/oauth/revoke", "/oauth/userinfo")
BODIES: tuple[tuple[str, Any], ...] = (
    ("application/json", b'{"grant_type":"client_credentials"}'),
    ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n"),
    ("multipart/form-data", b"--x"),
    ("application/x-www-form-urlencoded", b"\xff\xfe=\xff"),
    ("application/x-www-form-urlencoded", b"client_id=%ff&login=%ff&token=%00"),
    ("application/x-www-form-urlencoded", b"a=1&" * 200),
    ("text/plain", b"client_id=x"),
    ("", b"client_id=x"),
)


@pytest.mark.parametrize("strange", STRANGE, ids=range(len(STRANGE)))
@pytest.mark.parametrize("parameter", PARAMETERS)
@pytest.mark.parametrize("prompt", ["none", None])
def test_no_parameter_of_an_authorization_request_breaks_it(
    whole: Whole, visitor: Visitor, parameter: str, strange: str, prompt: str | None
) -> None:
    """The client is answered, with `iss` and without what was sent, or the person is asked."""
    sent = {"prompt": prompt, parameter: strange}
    visitor.ask("GET", whole.request(_portal(whole), **sent))

    assert visitor.status in {200, 303}, (parameter, visitor.status)
    if visitor.location.startswith(CALLBACK):
        assert ISSUER == visitor.answer["iss"]
        assert strange not in visitor.answer.get("error_description", "")
    else:
        assert visitor.location.startswith("/interaction/")


@pytest.mark.parametrize("claims", CLAIMS, ids=range(len(CLAIMS)))
def test_no_claims_document_breaks_it(whole: Whole, visitor: Visitor, claims: str) -> None:
    """Deep, long, of the wrong shape: refused or ignored (OIDC Core §5.5)."""
    visitor.ask("GET", whole.request(_portal(whole), claims=claims, prompt="none"))

    assert visitor.answer["error"] in {
        "invalid_request",
        "login_required",
        "unmet_authentication_requirements",
    }


@pytest.mark.parametrize(("kind", "body"), BODIES, ids=range(len(BODIES)))
@pytest.mark.parametrize("path", FORMS + MACHINES)
def test_no_body_breaks_an_endpoint(visitor: Visitor, path: str, kind: str, body: bytes) -> None:
    """JSON, multipart, not UTF-8, a NUL, far too many parameters: a refusal."""
    visitor.ask("POST", path, data=body, content_type=kind)

    assert visitor.status < 500, visitor.text


@pytest.mark.parametrize("method", ["HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "FOO"])
@pytest.mark.parametrize("path", [*FORMS[:8], *MACHINES, "/oauth/jwks", "/account", "/healthz", "/nowhere"])
def test_no_method_breaks_a_path(visitor: Visitor, path: str, method: str) -> None:
    """And none is echoed (TRACE)."""
    visitor.ask(method, path, headers={"X-Mine": "echo-me"})

    assert visitor.status < 500
    assert "echo-me" not in visitor.text


@pytest.mark.parametrize(
    "path",
    [
        "//oauth/token",
        "/oauth/token/",
        "/oauth/../oauth/token",
        "/OAUTH/token",
        "/oauth/token;x",
        "/oauth/token%00",
        "/static/../settings.toml",
        "/static/%2e%2e/%2e%2e/etc/passwd",
        "/static/..%5c..%5csettings.toml",
        "/legal/%2e%2e%2fsettings",
        "/interaction/a%0d%0aX-Mine:%20y/register",
        "/interaction/%00/sign-in",
        "/interaction/%ff%fe/sign-in",
        "/register?interaction=%0d%0aX-Mine:y",
        "/sign-in?lang=../../x&care=%ff",
    ],
)
def test_no_spelling_of_a_path_leads_elsewhere(visitor: Visitor, path: str) -> None:
    """A path is itself, or nothing; a line break in it never becomes a header."""
    visitor.ask("GET", path)

    assert visitor.status in {200, 400, 404, 410} or visitor.location.startswith("/interaction/")
    assert "X-Mine" not in visitor.page.headers


@pytest.mark.parametrize("field", ["login", "password"])
def test_a_nul_is_refused_before_any_page_sees_it(visitor: Visitor, field: str) -> None:
    """No database keeps one, and none is asked to."""
    visitor.go("/sign-in").fill(**{"login": "somebody", "password": "x", field: "a\0b"})

    assert 400 == visitor.status


def test_a_password_of_a_megabyte_costs_nothing(visitor: Visitor) -> None:
    """It is refused by its length before anything is computed (CVE-2013-1443)."""
    visitor.go("/sign-in").fill(login="somebody", password="x" * 1_000_000)

    assert 413 == visitor.status


@pytest.mark.parametrize("path", ["/saml/sso", "/saml/slo", "/saml/soap"])
def test_a_message_of_ten_megabytes_is_not_read(whole: Whole, path: str) -> None:
    """The edge has refused it before anybody parses XML."""
    visitor = whole.visitor()

    visitor.ask("POST", path, data={"SAMLRequest": "x" * 10_000_000})

    assert 413 == visitor.status


def test_a_long_password_is_wrong_and_no_more(visitor: Visitor) -> None:
    """Beyond the limit nothing is hashed."""
    visitor.go("/sign-in").fill(login="somebody", password="x" * 60_000)

    assert visitor.status in {200, 400}


def test_discovery_offers_nothing_weak(whole: Whole) -> None:
    """No implicit, no password grant, no alg none, no plain (RFC 9700)."""
    told = json.loads(whole.http.get("/.well-known/openid-configuration").data)

    assert ["code"] == told["response_types_supported"]
    grants = {"authorization_code", "refresh_token", "client_credentials", TOKEN_EXCHANGE}
    assert grants == set(told["grant_types_supported"])
    assert ["S256"] == told["code_challenge_methods_supported"]
    assert "none" not in json.dumps([v for k, v in told.items() if k.endswith("alg_values_supported")])


def _portal(whole: Whole) -> Registered:
    """One client for all of these; they change nothing."""
    found = getattr(whole, "_portal", None)
    if found is None:
        found = whole._portal = whole.client()  # type: ignore[attr-defined]
    return found
