"""The documents machines read first."""

import pytest

from idp import clock
from idp.api.description import OPERATIONS
from idp.clients.metadata import TOKEN_EXCHANGE
from idp.crypto import jose
from idp.keys import rotation
from idp.keys.custody import MasterKeyFile
from tests.idp.oauth.world import ISSUER, Registered, SignedIn, World

PATHS = ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server", "/oauth/jwks"]


@pytest.mark.parametrize("path", PATHS)
def test_a_document_may_be_kept_and_read_from_anywhere(world: World, path: str) -> None:
    """JSON with an age, a tag and no restriction of origin; unchanged it is not sent again."""
    answer = world.http.get(path)
    again = world.http.get(path, headers={"If-None-Match": answer.headers["ETag"]})

    assert ("application/json", "*") == (answer.content_type, answer.headers["Access-Control-Allow-Origin"])
    assert "public, max-age=300" == answer.headers["Cache-Control"]
    assert (304, b"") == (again.status_code, again.data)
    assert 405 == world.http.post(path).status_code


@pytest.mark.parametrize("path", PATHS)
def test_head_is_the_same_without_the_body(world: World, path: str) -> None:
    """RFC 9110 §9.3.2."""
    assert b"" == world.http.head(path).data


def test_only_what_works_and_is_safe_is_offered(world: World) -> None:
    """No `none`, no `plain`, no implicit, no password."""
    said = world.http.get(PATHS[0]).json or {}

    assert (["code"], ["S256"]) == (
        said["response_types_supported"],
        said["code_challenge_methods_supported"],
    )
    assert "none" not in said["id_token_signing_alg_values_supported"]
    grants = {"authorization_code", "refresh_token", "client_credentials", TOKEN_EXCHANGE}
    assert grants == set(said["grant_types_supported"])
    assert said["authorization_response_iss_parameter_supported"]


def test_every_scope_that_an_operation_asks_for_is_listed(world: World) -> None:
    """Whoever reads the guide finds in the document what it tells one to ask for (RFC 8414 §2)."""
    said = world.http.get(PATHS[0]).json or {}
    asked = {one.scope for one in OPERATIONS if one.scope}

    assert set() == asked - set(said["scopes_supported"])
    assert {"mandates", "subject_changes"} <= asked


def test_every_endpoint_that_is_named_answers(world: World) -> None:
    """None of the machines' addresses falls through to the pages."""
    said = world.http.get(PATHS[0]).json or {}
    names = (
        "token_endpoint",
        "userinfo_endpoint",
        "jwks_uri",
        "introspection_endpoint",
        "revocation_endpoint",
    )
    statuses = [world.http.get(said[name].removeprefix(ISSUER)).status_code for name in names]

    assert [405, 401, 200, 405, 405] == statuses


def test_nothing_secret_is_published(world: World) -> None:
    """Public halves only (RFC 7517)."""
    keys = (world.http.get("/oauth/jwks").json or {})["keys"]

    assert all(not {"d", "p", "q", "dp", "dq", "qi", "k"} & set(key) for key in keys)
    assert all({"kid", "alg", "use", "kty"} <= set(key) for key in keys)


def test_a_rotation_refuses_nothing_signed_before(
    world: World, portal: Registered, citizen: SignedIn, custody: MasterKeyFile
) -> None:
    """The retired key goes on verifying, and the document names the new one at once."""
    token = world.tokens(portal, citizen)["access_token"]
    with world.oauth.database.writing() as db:
        rotation.rotate(db, custody, clock.now(), "ES256", force=True)

    assert 200 == world.userinfo(token).status_code
    published = {key["kid"] for key in (world.http.get("/oauth/jwks").json or {})["keys"]}
    assert world.oauth.keyring.signing().kid in published


def test_a_withdrawn_key_is_believed_no_more(
    world: World, portal: Registered, citizen: SignedIn, custody: MasterKeyFile
) -> None:
    """Remembered signatures are forgotten with the key."""
    token = world.tokens(portal, citizen)["access_token"]
    old = world.oauth.keyring.signing().kid
    assert 200 == world.userinfo(token).status_code
    with world.oauth.database.writing() as db:
        rotation.rotate(db, custody, clock.now(), jose.OURS[0], force=True)
        rotation.withdraw(db, old)

    assert 401 == world.userinfo(token).status_code
