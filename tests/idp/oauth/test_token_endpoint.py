"""The token endpoint against everything that is not a proper request."""

from typing import Any

import pytest

from idp import clock
from idp.clients import onboarding
from idp.clients.metadata import TOKEN_EXCHANGE
from idp.storage.database import DatabaseUnavailable
from tests.idp.oauth.world import Registered, SignedIn, World, claims_of, header_of

FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", FORM),
        (b"{}", "application/json"),
        (b"--x\r\n\r\n--x--", "multipart/form-data; boundary=x"),
        (b"grant_type=client_credentials", "text/plain"),
        (b"\xff\xfe", FORM),
        (b"grant_type=%FF", FORM),
        (b"grant_type=" + b"x" * 70_000, FORM),
        (b"grant_type=", FORM),
        (b"grant_type=client_credentials&grant_type=client_credentials", FORM),
        (b"&".join(b"a%d=1" % n for n in range(99)), FORM),
    ],
)
def test_a_malformed_request_is_an_invalid_one(
    world: World, portal: Registered, body: bytes, content_type: str
) -> None:
    """400 in the protocol's own form, never 500 (RFC 6749 §5.2)."""
    answer = world.http.post("/oauth/token", data=body, content_type=content_type, headers=portal.basic)

    assert answer.status_code in (400, 413)
    assert "invalid_request" == (answer.json or {})["error"]


@pytest.mark.parametrize(
    "grant", ["password", "implicit", 'x"\\é', "urn:ietf:params:oauth:grant-type:jwt-bearer"]
)
def test_other_grants_are_not_supported(world: World, portal: Registered, grant: str) -> None:
    """Whatever they contain; which ones are is said in words that never change."""
    grants = f"authorization_code, refresh_token, client_credentials, {TOKEN_EXCHANGE}"
    description = f"grant_type must be one of {grants}"
    refused = world.post("/oauth/token", portal, grant_type=grant).json

    assert {"error": "unsupported_grant_type", "error_description": description} == refused


def test_a_client_uses_only_its_grants(world: World) -> None:
    """Registration decides (RFC 6749 §5.2, unauthorized_client)."""
    portal = world.client(grant_types=["authorization_code"])
    refused = world.post("/oauth/token", portal, grant_type="client_credentials")

    assert "unauthorized_client" == (refused.json or {})["error"]


@pytest.mark.parametrize("header", ["Basic %%%", "Basic /////w==", "Basic Og==", "Basic", "Bearer x", "é"])
def test_bad_credentials_are_an_invalid_client(world: World, header: str) -> None:
    """401 with a challenge where the header was used, and one description whatever was wrong."""
    answer = world.http.post(
        "/oauth/token", data={"grant_type": "client_credentials"}, headers={"Authorization": header}
    )

    description = "the client is unknown, or did not prove itself by the method it registered"
    told = {"error": "invalid_client", "error_description": description}
    assert (401, told) == (answer.status_code, answer.json)
    assert "Basic" in answer.headers["WWW-Authenticate"]


def test_two_methods_are_one_too_many(world: World, portal: Registered) -> None:
    """Exactly one way of authenticating (RFC 6749 §2.3)."""
    secret = portal.secret
    refused = world.post(
        "/oauth/token", portal, grant_type="client_credentials", client_id=portal.id, client_secret=secret
    )

    assert "invalid_request" == (refused.json or {})["error"]


def test_a_client_acts_for_itself(each_world: World) -> None:
    """An access token about nobody: no refresh token, nothing written, no user information."""
    portal = each_world.client()
    tokens = each_world.post("/oauth/token", portal, grant_type="client_credentials").json or {}
    said = claims_of(tokens["access_token"])

    assert {"access_token", "token_type", "expires_in"} == set(tokens)
    assert (portal.id, portal.id) == (said["sub"], said["client_id"])
    assert each_world.introspect(portal, tokens["access_token"])["active"]
    assert 403 == each_world.userinfo(tokens["access_token"]).status_code


def test_scopes_about_people_mean_nothing_without_one(world: World) -> None:
    """A client's own token carries the client's own scopes only."""
    portal = world.client(scope="openid profile statistics:read")
    tokens = world.post(
        "/oauth/token", portal, grant_type="client_credentials", scope="openid statistics:read"
    )

    assert "statistics:read" == (tokens.json or {})["scope"]


def test_what_is_never_given_unasked_is_asked_for_by_name(world: World) -> None:
    """Every client may ask about its own subjects, and no token says so that was not meant to."""
    portal = world.client(scope="openid statistics:read subject_changes")
    unasked = world.post("/oauth/token", portal, grant_type="client_credentials")
    asked = world.post(
        "/oauth/token", world.client(), grant_type="client_credentials", scope="subject_changes"
    )

    assert ["statistics:read", "subject_changes"] == [(one.json or {})["scope"] for one in (unasked, asked)]


@pytest.mark.parametrize(
    ("resource", "kind"),
    [("https://elsewhere.example/api", "jwt"), ("https://housing.example/api", "opaque")],
)
def test_a_token_is_only_for_what_the_registration_names(world: World, resource: str, kind: str) -> None:
    """RFC 8707 §2: `invalid_target`, also where a token could not be bound to one."""
    portal = world.client(resources=["https://housing.example/api"], access_token_format=kind)
    answer = world.post("/oauth/token", portal, grant_type="client_credentials", resource=resource)

    assert (400, "invalid_target") == (answer.status_code, (answer.json or {})["error"])


A, B = "https://housing.example/api", "https://pension.example/api"


def test_a_persons_token_can_be_for_one_resource(each_world: World) -> None:
    """At the code and at each refresh (RFC 8707 §2.2): for it alone, neither for others nor for us."""
    portal = each_world.client(resources=[A, B])
    code = each_world.code(portal, each_world.known(portal))
    first = each_world.redeem(portal, code, resource=A).json or {}
    second = each_world.refresh(portal, first["refresh_token"], resource=B).json or {}
    third = each_world.refresh(portal, second["refresh_token"]).json or {}

    everywhere = [each_world.oauth.issuer, A, B]
    assert [A, B, everywhere] == [claims_of(one["access_token"])["aud"] for one in (first, second, third)]
    statuses = [each_world.userinfo(one["access_token"]).status_code for one in (first, second, third)]
    assert [401, 401, 200] == statuses


@pytest.mark.parametrize(("resource", "kind"), [(f"{A}/", "jwt"), (B, "jwt"), (A, "opaque")])
def test_another_resource_spends_nothing(world: World, resource: str, kind: str) -> None:
    """`invalid_target`, and the code and the refresh token are good afterwards."""
    portal = world.client(resources=[A], access_token_format=kind)
    code = world.code(portal, world.known(portal))
    refused = [world.redeem(portal, code, resource=resource)]
    tokens = world.redeem(portal, code).json or {}
    refused += [world.refresh(portal, tokens["refresh_token"], resource=resource)]
    renewed = world.refresh(portal, tokens["refresh_token"])

    assert [(400, "invalid_target")] * 2 == [(one.status_code, (one.json or {})["error"]) for one in refused]
    assert 200 == renewed.status_code


def test_tokens_of_a_suspended_client_die(each_world: World) -> None:
    """At once, its own and those about people."""
    portal, api = each_world.client(), each_world.client()
    own = (each_world.post("/oauth/token", portal, grant_type="client_credentials").json or {})[
        "access_token"
    ]
    about = each_world.tokens(portal)["access_token"]
    with each_world.oauth.database.writing() as db:
        onboarding.suspend(db, portal.id, clock.now())

    assert 401 == each_world.userinfo(about).status_code
    assert not each_world.introspect(api, own)["active"]


def test_answers_are_kept_by_nobody(world: World, portal: Registered) -> None:
    """RFC 6749 §5.1."""
    answer = world.post("/oauth/token", portal, grant_type="client_credentials")

    assert ("no-store", "application/json") == (answer.headers["Cache-Control"], answer.content_type)


def test_only_post(world: World) -> None:
    """A secret in a URL would be logged."""
    assert (405, "POST") == ((answer := world.http.get("/oauth/token")).status_code, answer.headers["Allow"])


def test_an_outage_is_an_answer(world: World, portal: Registered, monkeypatch: pytest.MonkeyPatch) -> None:
    """503 with a hint when to come back; nothing was acknowledged."""

    def away(*_: Any) -> None:
        raise DatabaseUnavailable("away")

    token = world.tokens(portal)["access_token"]
    monkeypatch.setattr(type(world.oauth.prepared), "all", away)

    assert (503, "2") == ((answer := world.userinfo(token)).status_code, answer.headers["Retry-After"])


def test_routine_events_are_recorded_without_tokens(
    world: World, portal: Registered, citizen: SignedIn
) -> None:
    """What, outcome, client."""
    world.tokens(portal, citizen)

    assert [("authorization_code", "issued", portal.id)] == [
        (event.what, event.outcome, event.client_id) for event in world.events
    ]


def test_an_access_token_has_the_profile(world: World, portal: Registered, citizen: SignedIn) -> None:
    """RFC 9068 §2: type, issuer, audience, subject, client, times and an id."""
    token = world.tokens(portal, citizen)["access_token"]
    header = header_of(token)
    said = claims_of(token)

    assert ("at+jwt", "ES256") == (header["typ"], header["alg"])
    assert {"iss", "aud", "sub", "client_id", "iat", "exp", "jti", "scope", "auth_time", "acr"} <= set(said)
    assert 300 == said["exp"] - said["iat"]


def test_an_opaque_token_works_the_same(each_world: World) -> None:
    """By client's choice; only its digest is kept."""
    portal = each_world.client(access_token_format="opaque")
    tokens = each_world.tokens(portal)
    own = each_world.post("/oauth/token", portal, grant_type="client_credentials").json or {}

    assert 43 == len(tokens["access_token"])
    assert 200 == each_world.userinfo(tokens["access_token"]).status_code
    assert each_world.introspect(portal, tokens["access_token"])["active"]
    assert each_world.introspect(portal, own["access_token"])["active"]
    each_world.post("/oauth/revoke", portal, token=tokens["access_token"])
    assert 401 == each_world.userinfo(tokens["access_token"]).status_code


def test_rs256_by_registration(world: World) -> None:
    """Always offered (OIDC Core §15.1)."""
    portal = world.client(id_token_signed_response_alg="RS256")
    token = world.tokens(portal)["id_token"]
    header = header_of(token)

    assert "RS256" == header["alg"]
    assert {"ES256", "RS256"} == {key["alg"] for key in (world.http.get("/oauth/jwks").json or {})["keys"]}
