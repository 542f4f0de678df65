"""Codes and tokens shown by the wrong client, at the wrong place, twice, or made up."""

import hmac
import json
from base64 import urlsafe_b64encode
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from joserfc.jwk import ECKey, RSAKey

from idp.oauth.checks.pkce import challenge_of
from tests.attacks.whole import Whole, told
from tests.idp.oauth.world import VERIFIER, Registered, claims_of, header_of

OTHER_VERIFIER = VERIFIER + "x"


@pytest.fixture
def other(whole: Whole) -> Registered:
    """Another client, with the same callback as everybody here."""
    return whole.client()


@pytest.mark.parametrize(
    "changes",
    [
        {"code_verifier": OTHER_VERIFIER},
        {"code_verifier": None},
        {"code_verifier": challenge_of(VERIFIER)},
        {"code_verifier": "x" * 60_000},
        {"code_verifier": "é" * 50},
        {"redirect_uri": "http://127.0.0.1:8399/"},
        {"redirect_uri": None},
    ],
)
def test_who_cannot_prove_it_changes_nothing(
    whole: Whole, portal: Registered, changes: dict[str, str | None]
) -> None:
    """A leaked code is worth nothing and is not used up (CVE-2023-48228); its owner still can."""
    code = whole.code(portal, whole.known(portal))

    assert 400 == whole.redeem(portal, code, **changes).status_code
    assert 200 == whole.redeem(portal, code).status_code


def test_a_code_of_another_client_is_no_code(whole: Whole, portal: Registered, other: Registered) -> None:
    """Neither before its redemption nor after does a stranger touch what it gives."""
    code = whole.code(portal, whole.known(portal))
    stranger, public = whole.redeem(other, code), whole.redeem(whole.public_client(), code)
    tokens = told(whole.redeem(portal, code))
    again = whole.redeem(other, code)

    assert [400, 400, 400] == [answer.status_code for answer in (stranger, public, again)]
    assert 200 == whole.userinfo(tokens["access_token"]).status_code


def test_a_second_use_counts_only_when_proven(whole: Whole, portal: Registered) -> None:
    """With a wrong verifier nothing dies; with the right one everything does (RFC 6749 §4.1.2)."""
    code = whole.code(portal, whole.known(portal))
    tokens = told(whole.redeem(portal, code))
    whole.redeem(portal, code, code_verifier=OTHER_VERIFIER)
    alive = whole.userinfo(tokens["access_token"]).status_code
    whole.redeem(portal, code)

    assert (200, 401) == (alive, whole.userinfo(tokens["access_token"]).status_code)
    assert 400 == whole.refresh(portal, tokens["refresh_token"]).status_code


@pytest.mark.parametrize("format", ["jwt", "opaque"])
def test_fifty_redemptions_are_one(whole: Whole, format: str) -> None:
    """Of many at once one succeeds."""
    portal = whole.client(access_token_format=format)
    code = whole.code(portal, whole.known(portal))
    with ThreadPoolExecutor(16) as together:
        statuses = list(together.map(lambda _: whole.redeem(portal, code).status_code, range(50)))

    assert (1, 49) == (statuses.count(200), statuses.count(400))


def test_pkce_is_not_talked_away(whole: Whole) -> None:
    """A verifier without a challenge, and a challenge without a verifier, are downgrades (RFC 9700 §4.8)."""
    excused = whole.client(require_pkce=False)
    without = whole.code(excused, whole.known(excused), code_challenge=None, code_challenge_method=None)
    with_one = whole.code(excused, whole.known(excused))

    assert 400 == whole.redeem(excused, without).status_code
    assert 400 == whole.redeem(excused, with_one, code_verifier=None).status_code


def test_a_refresh_token_of_another_client_is_left_alone(
    whole: Whole, portal: Registered, other: Registered
) -> None:
    """A stranger can neither use, nor revoke, nor learn about it."""
    token = whole.tokens(portal)["refresh_token"]
    refused = whole.refresh(other, token)
    whole.post("/oauth/revoke", other, token=token)

    assert 400 == refused.status_code
    assert {"active": False} == whole.introspect(other, token)
    assert 200 == whole.refresh(portal, token).status_code


@pytest.mark.parametrize("change", [".2.", ".01.", ".0.", ".-1.", ".1e0.", ".999999999."])
def test_a_refresh_token_cannot_be_advanced_by_hand(whole: Whole, portal: Registered, change: str) -> None:
    """The MAC covers the generation."""
    token = whole.tokens(portal)["refresh_token"]

    assert 400 == whole.refresh(portal, token.replace(".1.", change)).status_code
    assert 200 == whole.refresh(portal, token).status_code


def test_scope_never_grows(whole: Whole, portal: Registered) -> None:
    """A refresh asks for less or the same (RFC 6749 §6)."""
    token = whole.tokens(portal, scope="openid profile")["refresh_token"]

    assert 400 == whole.refresh(portal, token, scope="openid identity_document").status_code


@pytest.mark.parametrize("kind", ["id_token", "refresh_token"])
def test_other_tokens_are_no_access_tokens(whole: Whole, portal: Registered, kind: str) -> None:
    """An ID token tells, a refresh token renews; neither opens anything."""
    assert 401 == whole.userinfo(whole.tokens(portal)[kind]).status_code


def test_an_access_token_is_no_id_token_hint(whole: Whole, portal: Registered) -> None:
    """`typ` keeps the kinds apart (RFC 8725 §3.11)."""
    signed_in = whole.known(portal)
    tokens = whole.tokens(portal, signed_in)

    assert (
        "invalid_request"
        == whole.authorize(portal, signed_in, prompt="none", id_token_hint=tokens["access_token"]).error
    )


def test_somebody_elses_hint_gets_no_answer(whole: Whole, portal: Registered, other: Registered) -> None:
    """Nobody answers for another, and another client's hint is none."""
    hint = whole.tokens(portal)["id_token"]
    someone_else = whole.known(portal)
    whole.agree(someone_else, other)

    assert "login_required" == whole.authorize(portal, someone_else, prompt="none", id_token_hint=hint).error
    assert "invalid_request" == whole.authorize(other, someone_else, prompt="none", id_token_hint=hint).error


def test_a_client_for_itself_is_no_person(whole: Whole, portal: Registered) -> None:
    """Client credentials open no person's claims."""
    token = told(whole.post("/oauth/token", portal, grant_type="client_credentials"))["access_token"]

    assert 403 == whole.userinfo(token).status_code


@pytest.mark.parametrize("kind", ["access_token", "refresh_token", "id_token"])
def test_strangers_learn_nothing_of_a_token(
    whole: Whole, portal: Registered, other: Registered, kind: str
) -> None:
    """Introspection by another client, a public one, or nobody (RFC 7662 §4)."""
    token = whole.tokens(portal)[kind]
    nobody = whole.post("/oauth/introspect", None, token=token)
    public = whole.post("/oauth/introspect", whole.public_client(), token=token)

    assert {"active": False} == whole.introspect(other, token)
    assert (401, 401) == (nobody.status_code, public.status_code)


def test_a_stranger_revokes_nothing(whole: Whole, portal: Registered, other: Registered) -> None:
    """RFC 7009 §2.1: the answer is 200, the token lives."""
    opaque = whole.client(access_token_format="opaque")
    for owner in (portal, opaque):
        token = whole.tokens(owner)["access_token"]

        assert 200 == whole.post("/oauth/revoke", other, token=token).status_code
        assert 200 == whole.userinfo(token).status_code


def test_a_token_travels_in_the_header_only(whole: Whole, portal: Registered) -> None:
    """Neither in an address nor in a body (domain: access_token in query strings)."""
    token = whole.tokens(portal)["access_token"]
    in_query = whole.http.get("/oauth/userinfo", query_string={"access_token": token})
    in_body = whole.http.post("/oauth/userinfo", data={"access_token": token})

    assert (401, 401) == (in_query.status_code, in_body.status_code)


def test_a_client_is_told_no_more_than_it_asked_and_was_given(whole: Whole, portal: Registered) -> None:
    """The number is in nothing but its own scope, whatever `claims` asks for."""
    asked = json.dumps({"userinfo": {"id_number": {"essential": True}}, "id_token": {"id_number": None}})
    tokens = whole.tokens(portal, scope="openid profile", claims=asked)

    assert "id_number" not in told(whole.userinfo(tokens["access_token"]))
    assert not {"id_number", "name", "phone_number"} & set(claims_of(tokens["id_token"]))


@pytest.mark.parametrize("alg", ["none", "HS256", "HS384", "HS512", "RS256", "ES384"])
def test_a_forged_access_token_is_refused(whole: Whole, portal: Registered, alg: str) -> None:
    """Under every published key, as HMAC with its PEM, or with no signature at all."""
    token = whole.tokens(portal)["access_token"]
    for jwk in told(whole.http.get("/oauth/jwks"))["keys"]:
        key = (ECKey if jwk["kty"] == "EC" else RSAKey).import_key(jwk)
        message = _joined(header_of(token) | {"alg": alg, "kid": jwk["kid"]}, claims_of(token))
        mark = hmac.digest(key.as_pem(private=False), message.encode(), "sha256")

        assert 401 == whole.userinfo(f"{message}.{_base64(mark)}").status_code
        assert 401 == whole.userinfo(f"{message}.").status_code


def test_another_payload_under_the_same_signature_is_refused(whole: Whole, portal: Registered) -> None:
    """Also when the real token has just been seen and is remembered."""
    token = whole.tokens(portal)["access_token"]
    whole.userinfo(token)
    header, _, mark = token.split(".")
    payload = claims_of(token) | {"scope": "openid identity_document"}
    forged = f"{header}.{_base64(json.dumps(payload).encode())}.{mark}"

    assert 401 == whole.userinfo(forged).status_code


@pytest.mark.parametrize(
    "shown", ["", " ", "x", "a.b.c", "\t", '"\\', "x" * 60_000, "\xff\xfe.\xe9.\x80", "a b", "..", "."]
)
def test_junk_is_no_token(whole: Whole, portal: Registered, shown: str) -> None:
    """At userinfo, introspection, revocation and refresh."""
    header = {"Authorization": f"Bearer {shown}"}

    assert 401 == whole.http.get("/oauth/userinfo", headers=header).status_code
    assert whole.post("/oauth/introspect", portal, token=shown).status_code in {200, 400}
    assert whole.post("/oauth/revoke", portal, token=shown).status_code in {200, 400}
    assert 400 == whole.refresh(portal, shown).status_code


def _joined(header: dict[str, Any], claims: dict[str, Any]) -> str:
    return f"{_base64(json.dumps(header).encode())}.{_base64(json.dumps(claims).encode())}"


def _base64(octets: bytes) -> str:
    return urlsafe_b64encode(octets).rstrip(b"=").decode()


def test_two_resources_are_not_one_of_them(whole: Whole) -> None:
    """None is made for the first while whoever reads the last believes it is for that (RFC 8707 §2)."""
    here, there = "https://housing.example/api", "https://archive.example/api"
    client = whole.client(resources=[here, there])
    sent = {"headers": client.basic, "content_type": "application/x-www-form-urlencoded"}
    named = [
        whole.http.post(
            "/oauth/token", data=f"grant_type=client_credentials&resource={one}&resource={here}", **sent
        )
        for one in (here, there)
    ]

    assert [200, 400] == [answer.status_code for answer in named]
    assert "invalid_target" == told(named[1])["error"]
