"""From a signed-in browser to tokens."""

from concurrent.futures import ThreadPoolExecutor

from tests.idp.oauth.world import CALLBACK, ISSUER, VERIFIER, World, claims_of


def test_a_signed_in_person_is_sent_back_with_a_code_at_once(each_world: World) -> None:
    """When nothing must be asked no page is shown, and the answer names its issuer (RFC 9207)."""
    portal = each_world.client()
    answered = each_world.authorize(portal, each_world.known(portal))

    assert 303 == answered.response.status_code
    assert answered.location.startswith(CALLBACK + "?")
    assert ("s-1", ISSUER) == (answered.values["state"], answered.values["iss"])


def test_a_code_gives_tokens(each_world: World) -> None:
    """Access token, ID token and refresh token; the ID token answers the request's nonce."""
    portal = each_world.client()
    tokens = each_world.tokens(portal)

    assert ("Bearer", 300, "openid profile") == (tokens["token_type"], tokens["expires_in"], tokens["scope"])
    said = claims_of(tokens["id_token"])
    assert ("n-1", portal.id, ISSUER) == (said["nonce"], said["aud"], said["iss"])
    assert ("ial3.aal1", ["pwd"]) == (said["acr"], said["amr"])
    assert each_world.introspect(portal, tokens["refresh_token"])["active"]


def test_fifty_redemptions_at_once_give_one_success(each_world: World) -> None:
    """Exactly one caller spends the code, on every store; the others' reuse ends what it obtained."""
    portal = each_world.client()
    code = each_world.code(portal, each_world.known(portal))
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: each_world.redeem(portal, code), range(50)))

    assert [200] + [400] * 49 == sorted(answer.status_code for answer in answers)
    (won,) = [answer.json for answer in answers if answer.status_code == 200]
    assert not each_world.introspect(portal, won["access_token"])["active"]  # type: ignore[index]
    assert 400 == each_world.refresh(portal, won["refresh_token"]).status_code  # type: ignore[index]


def test_second_use_revokes_what_the_first_obtained(each_world: World) -> None:
    """A code presented twice is refused, and every token of its authorization dies (RFC 6749 §4.1.2)."""
    portal = each_world.client()
    code = each_world.code(portal, each_world.known(portal))
    tokens = each_world.redeem(portal, code).json
    assert tokens is not None

    assert "invalid_grant" == (each_world.redeem(portal, code).json or {})["error"]
    assert 401 == each_world.userinfo(tokens["access_token"]).status_code
    assert "invalid_grant" == (each_world.refresh(portal, tokens["refresh_token"]).json or {})["error"]


def test_a_stranger_cannot_spend_or_revoke_with_a_leaked_code(world: World) -> None:
    """Only a proven use counts: another client, redirect URI or verifier changes nothing."""
    portal, other = world.client(), world.client()
    code = world.code(portal, world.known(portal))

    assert 400 == world.redeem(other, code).status_code
    assert 400 == world.redeem(portal, code, redirect_uri=CALLBACK + "/").status_code
    assert 400 == world.redeem(portal, code, redirect_uri=None).status_code
    assert 400 == world.redeem(portal, code, code_verifier="x" * 43).status_code
    assert 400 == world.redeem(portal, code, code_verifier=None).status_code
    assert 200 == world.redeem(portal, code).status_code


def test_a_stranger_cannot_end_tokens_with_a_spent_code(world: World) -> None:
    """A code of another client is no code, spent or not."""
    portal, other = world.client(), world.client()
    code = world.code(portal, world.known(portal))
    tokens = world.redeem(portal, code).json or {}
    world.redeem(other, code)

    assert 200 == world.userinfo(tokens["access_token"]).status_code


def test_a_code_dies_with_the_session(each_world: World) -> None:
    """Whoever signs out before the code is redeemed has signed out."""
    portal = each_world.client()
    signed_in = each_world.known(portal)
    code = each_world.code(portal, signed_in)
    each_world.end_session(signed_in)

    assert "invalid_grant" == (each_world.redeem(portal, code).json or {})["error"]
    assert [] == each_world.authorizations()


def test_a_code_of_a_frozen_person_is_worth_nothing(each_world: World) -> None:
    """Freezing takes effect between the two halves of a flow."""
    portal = each_world.client()
    signed_in = each_world.known(portal)
    code = each_world.code(portal, signed_in)
    each_world.set_status(signed_in.person_id, "frozen")

    assert 400 == each_world.redeem(portal, code).status_code


def test_tokens_of_one_second_differ(world: World) -> None:
    """Every token has an id of its own."""
    portal = world.client()
    signed_in = world.known(portal)

    assert 1 < len({world.tokens(portal, signed_in)["access_token"] for _ in range(3)})


def test_without_openid_there_is_no_id_token(world: World) -> None:
    """An ID token answers an OpenID request only (OIDC Core §3.1.2.1)."""
    tokens = world.tokens(world.client(), scope="profile")

    assert "id_token" not in tokens
    assert 403 == world.userinfo(tokens["access_token"]).status_code


def test_the_code_is_bound_to_the_verifier_even_for_public_clients(world: World) -> None:
    """A public client proves itself by nothing else (RFC 7636)."""
    app = world.public_client()
    signed_in = world.known(app)
    refused = world.redeem(app, world.code(app, signed_in), code_verifier="x" * 43)

    assert "invalid_grant" == (refused.json or {})["error"]
    assert 200 == world.redeem(app, world.code(app, signed_in), code_verifier=VERIFIER).status_code
