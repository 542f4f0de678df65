"""Looking tokens up and giving them back."""

import pytest

from idp.oauth.counters import Counters
from tests.idp.oauth.world import Registered, SignedIn, World


def test_a_client_sees_its_own_token(each_world: World) -> None:
    """With its scope, times and the level of this moment, and none of our own ids (RFC 7662 §2.2)."""
    portal = each_world.client()
    told = each_world.introspect(portal, each_world.tokens(portal)["access_token"])

    assert (True, portal.id, "openid profile", 3) == (
        told["active"], told["client_id"], told["scope"], told["ial"]
    )  # fmt: skip
    assert not {"azid", "cgen"} & set(told)


def test_a_stranger_sees_nothing(world: World, portal: Registered, citizen: SignedIn) -> None:
    """Not even that the token exists (RFC 7662 §4)."""
    tokens = world.tokens(portal, citizen)
    stranger = world.client()
    told = [
        world.introspect(stranger, tokens[name]) for name in ("access_token", "refresh_token", "id_token")
    ]

    assert [{"active": False}] * 3 == told


def test_an_approved_resource_server_sees_the_token_made_for_it(world: World) -> None:
    """By registration on both sides: the client's `resources`, the server's `serves`."""
    portal = world.client(resources=["https://housing.example/api"])
    api = world.client(serves=["https://housing.example/api"])
    token = world.tokens(portal)["access_token"]

    assert world.introspect(api, token)["active"]


@pytest.mark.parametrize("path", ["/oauth/introspect", "/oauth/revoke"])
def test_callers_prove_who_they_are(world: World, path: str) -> None:
    """RFC 7662 §2.1, RFC 7009 §2.1."""
    answer = world.http.post(path, data={"token": "x"})

    assert (401, "invalid_client") == (answer.status_code, (answer.json or {})["error"])


@pytest.mark.parametrize(("path", "name"), [("introspect", "introspection"), ("revoke", "revocation")])
def test_a_refusal_is_counted_under_its_own_endpoint(world: World, path: str, name: str) -> None:
    """Not under the token endpoint's, where somebody would look for it in vain."""
    world.http.post(f"/oauth/{path}", data={"token": "x"})
    assert isinstance(world.oauth.count, Counters)
    counts = world.oauth.count.snapshot()

    assert (1, 0) == (counts[name, "invalid_client"], counts.get(("token", "invalid_client"), 0))


def test_a_public_client_cannot_introspect(world: World) -> None:
    """Anybody could claim to be it."""
    app = world.public_client()

    assert 401 == world.post("/oauth/introspect", app, token="x").status_code


@pytest.mark.parametrize("path", ["/oauth/introspect", "/oauth/revoke"])
@pytest.mark.parametrize("body", ["", "token=", "token=a&token=a", "token=%FF"])
def test_a_malformed_request_is_refused(world: World, portal: Registered, path: str, body: str) -> None:
    """A token, once."""
    form = "application/x-www-form-urlencoded"
    answer = world.http.post(path, data=body, content_type=form, headers=portal.basic)

    assert (400, "invalid_request") == (answer.status_code, (answer.json or {})["error"])


@pytest.mark.parametrize("token", ["x", "a.b.c", "x" * 9000, "é", "0" * 32 + ".1." + "A" * 43])
def test_nonsense_is_inactive_and_revoked_without_a_word(
    world: World, portal: Registered, token: str
) -> None:
    """Nothing to see, nothing to do."""
    assert {"active": False} == world.introspect(portal, token)
    assert 200 == world.post("/oauth/revoke", portal, token=token).status_code


def test_an_access_token_dies_alone(each_world: World) -> None:
    """Its siblings live on (RFC 7009 §2.1)."""
    portal = each_world.client()
    tokens = each_world.tokens(portal)
    each_world.post("/oauth/revoke", portal, token=tokens["access_token"], token_type_hint="refresh_token")

    assert 401 == each_world.userinfo(tokens["access_token"]).status_code
    assert 200 == each_world.refresh(portal, tokens["refresh_token"]).status_code


def test_a_client_token_can_be_revoked(each_world: World) -> None:
    """Although it was never stored."""
    portal = each_world.client()
    tokens = each_world.post("/oauth/token", portal, grant_type="client_credentials").json or {}
    each_world.post("/oauth/revoke", portal, token=tokens["access_token"])

    assert not each_world.introspect(portal, tokens["access_token"])["active"]


def test_a_refresh_token_takes_everything_along(each_world: World) -> None:
    """Family, authorization and access tokens."""
    portal = each_world.client()
    tokens = each_world.tokens(portal)
    each_world.post("/oauth/revoke", portal, token=tokens["refresh_token"])

    assert 400 == each_world.refresh(portal, tokens["refresh_token"]).status_code
    assert 401 == each_world.userinfo(tokens["access_token"]).status_code


def test_others_tokens_cannot_be_revoked(world: World, portal: Registered, citizen: SignedIn) -> None:
    """200, and nothing happens (RFC 7009 §2.2)."""
    tokens = world.tokens(portal, citizen)
    stranger = world.client()
    for name in ("access_token", "refresh_token"):
        assert 200 == world.post("/oauth/revoke", stranger, token=tokens[name]).status_code

    assert 200 == world.userinfo(tokens["access_token"]).status_code
    assert 200 == world.refresh(portal, tokens["refresh_token"]).status_code


def test_a_public_client_can_revoke_its_own(world: World) -> None:
    """Signing out of an app (RFC 7009 §2.1)."""
    app = world.public_client()
    tokens = world.tokens(app)
    world.post("/oauth/revoke", app, token=tokens["refresh_token"])

    assert 401 == world.userinfo(tokens["access_token"]).status_code
