"""What a client is told about a person, and what it is never told."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from idp import clock
from idp.clients.models import ClientClass
from idp.crypto import jose
from idp.evidence.models import Evidence
from idp.oauth import access_tokens
from idp.storage.base import new_id
from tests.idp.oauth.world import ISSUER, Registered, SignedIn, World, claims_of


def told(world: World, scope: str, level: int = 3) -> dict[str, object]:
    portal = world.client()
    token = world.tokens(portal, world.known(portal, person_id=world.person(level)), scope=scope)
    answer = world.userinfo(token["access_token"])
    assert answer.json is not None, answer.text
    return dict(answer.json)


@pytest.mark.parametrize(
    ("scope", "claims"),
    [
        ("openid", set()),
        ("openid profile", {"name", "gender", "birthdate", "updated_at", "verified_claims"}),
        ("openid phone", {"phone_number", "phone_number_verified"}),
        ("openid address", {"address"}),
        ("openid identity_document", {"id_type", "id_number", "verified_claims"}),
    ],
)
def test_a_scope_gives_its_claims_and_no_others(each_world: World, scope: str, claims: set[str]) -> None:
    """The identity number by its own scope alone."""
    always = {"sub", "auth_time", "acr", "ial", "aal"}

    assert always | claims == set(told(each_world, scope))


def test_the_claims_are_the_persons(each_world: World) -> None:
    """In the words of OIDC Core §5.1."""
    said = told(each_world, "openid profile phone")

    assert ("王小明", "female", "1990-03-07") == (said["name"], said["gender"], said["birthdate"])
    assert ("+8613800000000", True) == (said["phone_number"], said["phone_number_verified"])


def test_verified_claims_name_their_source(each_world: World) -> None:
    """Who confirmed it, and when (OpenID Identity Assurance)."""
    verified = told(each_world, "openid profile")["verified_claims"]
    assert isinstance(verified, dict)
    verification = verified["verification"]

    assert ("cn_gov_identity", "ial3") == (verification["trust_framework"], verification["assurance_level"])
    assert "public_security" == verification["evidence"][0]["record"]["source"]["name"]
    assert {"name", "gender", "birthdate"} == set(verified["claims"])


def test_what_no_authority_confirmed_is_not_verified(world: World) -> None:
    """A well-formed number is no proof."""
    assert "verified_claims" not in told(world, "openid profile", level=2)


def test_the_level_falls_when_evidence_expires(each_world: World) -> None:
    """Levels are the sum of valid evidence at this moment."""
    portal = each_world.client()
    token = each_world.tokens(portal)["access_token"]
    with each_world.oauth.database.writing() as db:
        db.execute(update(Evidence).values(expires_at=clock.now() - timedelta(seconds=1)))
    said = each_world.userinfo(token).json or {}

    assert (0, False) == (said["ial"], "verified_claims" in said)


def test_the_strongest_evidence_is_told_and_the_newest_of_equals(each_world: World) -> None:
    """However many pieces count, and in whatever order they are found."""
    portal = each_world.client()
    person_id = each_world.person(3)
    now = clock.now()
    with each_world.oauth.database.writing() as db:
        for level, authority, days in ((4, "older", 2), (4, "newer", 1), (2, "weaker", 0)):
            at = now - timedelta(days=days)
            kept = {"method": "window", "request_id": None, "expires_at": None, "withdrawn_at": None}
            db.add(
                Evidence(id=new_id(), person_id=person_id, level=level, authority=authority, at=at, **kept)
            )
    token = each_world.tokens(portal, each_world.known(portal, person_id=person_id), scope="openid profile")
    said = each_world.userinfo(token["access_token"]).json or {}
    record = said["verified_claims"]["verification"]["evidence"][0]["record"]

    assert (4, "newer") == (said["ial"], record["source"]["name"])
    assert 4 == each_world.introspect(portal, token["access_token"])["ial"]


def test_post_works_too_but_no_token_in_body_or_query(
    world: World, portal: Registered, citizen: SignedIn
) -> None:
    """The header only (RFC 9700 §4.3.2)."""
    token = world.tokens(portal, citizen)["access_token"]
    bearer = {"Authorization": f"Bearer {token}"}

    assert 200 == world.http.post("/oauth/userinfo", headers=bearer).status_code
    assert 401 == world.http.post("/oauth/userinfo", data={"access_token": token}).status_code
    assert 401 == world.http.get(f"/oauth/userinfo?access_token={token}").status_code


def test_other_tokens_of_ours_are_no_access_tokens(
    world: World, portal: Registered, citizen: SignedIn
) -> None:
    """An ID or refresh token opens nothing (RFC 8725 §3.11); the challenge says so."""
    tokens = world.tokens(portal, citizen)
    answers = [world.userinfo(tokens[name]) for name in ("id_token", "refresh_token")]

    assert [401, 401] == [answer.status_code for answer in answers]
    assert 'error="invalid_token"' in answers[0].headers["WWW-Authenticate"]


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer  ", "Basic x", "Bearer a.b", "Bearer é", "Bearer ...."]
)
def test_nonsense_is_challenged(world: World, header: str) -> None:
    """401, whatever it is (RFC 6750 §3)."""
    assert 401 == world.http.get("/oauth/userinfo", headers={"Authorization": header}).status_code


def forged(world: World, token: str, how: str) -> str:
    header, payload, signature = token.split(".")
    if how == "signature":
        return f"{header}.{payload}.{'A' * len(signature)}"
    if how == "payload":
        return f"{header}.{payload[:-4]}AAAA.{signature}"
    if how == "none":
        return f"eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0.{payload}."
    foreign = jose.generate("ES256", world.oauth.keyring.signing().kid)
    return jose.sign(claims_of(token), foreign, access_tokens.TYPE)


@pytest.mark.parametrize("how", ["signature", "payload", "none", "foreign key"])
def test_a_forged_token_is_refused(world: World, portal: Registered, citizen: SignedIn, how: str) -> None:
    """Also when the good one has just been seen and is remembered."""
    token = world.tokens(portal, citizen)["access_token"]
    assert 200 == world.userinfo(token).status_code

    assert 401 == world.userinfo(forged(world, token, how)).status_code


@pytest.mark.parametrize("change", [{"exp": 1}, {"iss": "https://other.example"}, {"cgen": 99}])
def test_a_token_out_of_place_is_refused(
    world: World, portal: Registered, citizen: SignedIn, change: dict[str, object]
) -> None:
    """Expired, of another issuer, or from before its client was reset – however well it is signed."""
    said = claims_of(world.tokens(portal, citizen)["access_token"]) | change
    token = jose.sign(said, world.oauth.keyring.signing(), access_tokens.TYPE)

    assert 401 == world.userinfo(token).status_code
    assert 401 == world.userinfo(token).status_code


def test_departments_share_a_subject_and_others_do_not(each_world: World) -> None:
    """Government is one sector; everybody else gets a pairwise subject (OIDC Core §8.1)."""
    person = each_world.person()
    shop = {"kind": ClientClass.THIRD_PARTY}
    clients = [each_world.client(), each_world.client(), each_world.client(**shop), each_world.client(**shop)]
    subs = []
    for client in clients:
        token = each_world.tokens(client, each_world.known(client, person_id=person), scope="openid")
        subs.append(claims_of(token["id_token"])["sub"])

    assert subs[0] == subs[1]
    assert 3 == len(set(subs))


def test_two_clients_know_one_session_by_two_names(world: World) -> None:
    """`sid` must not join what pairwise subjects keep apart."""
    first, second = world.client(kind=ClientClass.THIRD_PARTY), world.client(kind=ClientClass.THIRD_PARTY)
    signed_in = world.known(first)
    world.agree(signed_in, second)
    sids = {claims_of(world.tokens(client, signed_in)["id_token"])["sid"] for client in (first, second)}

    assert 2 == len(sids)


def test_the_issuer_is_configured(world: World, portal: Registered, citizen: SignedIn) -> None:
    """Never taken from Host."""
    answer = world.http.get("/.well-known/openid-configuration", headers={"Host": "evil.example"})

    assert ISSUER == (answer.json or {})["issuer"]
