"""Rotation, grace and reuse of refresh tokens."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from idp.oauth.collaborators import Lifetimes
from idp.oauth.models import RefreshFamily
from tests.idp.oauth.world import Registered, SignedIn, World


def without_grace(world: World) -> World:
    return World(replace(world.oauth, lifetimes=Lifetimes(grace=timedelta(seconds=-1))))


def test_each_use_makes_a_successor(each_world: World) -> None:
    """New access token, new refresh token, the same family."""
    portal = each_world.client()
    first = each_world.tokens(portal)
    second = each_world.refresh(portal, first["refresh_token"]).json or {}

    assert first["refresh_token"] != second["refresh_token"]
    assert first["refresh_token"][:32] == second["refresh_token"][:32]
    assert 200 == each_world.userinfo(second["access_token"]).status_code


def test_fifty_uses_at_once_give_one_successor(each_world: World) -> None:
    """Whoever lost the race within the grace gets the winner's successor, so nothing forks."""
    portal = each_world.client()
    token = each_world.tokens(portal)["refresh_token"]
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: each_world.refresh(portal, token), range(50)))

    assert {200} == {answer.status_code for answer in answers}
    assert 1 == len({(answer.json or {})["refresh_token"] for answer in answers})


def test_a_lost_answer_can_be_asked_again(each_world: World) -> None:
    """The predecessor works for ten seconds and gives the same successor."""
    portal = each_world.client()
    token = each_world.tokens(portal)["refresh_token"]
    first, again = each_world.refresh(portal, token).json or {}, each_world.refresh(portal, token).json or {}

    assert first["refresh_token"] == again["refresh_token"]


def test_an_outdated_token_ends_everything(each_world: World) -> None:
    """Reuse ends the family and the authorization (RFC 9700 §4.14.2)."""
    portal = each_world.client()
    first = each_world.tokens(portal)
    second = each_world.refresh(portal, first["refresh_token"]).json or {}
    third = each_world.refresh(portal, second["refresh_token"]).json or {}

    assert "invalid_grant" == (each_world.refresh(portal, first["refresh_token"]).json or {})["error"]
    assert 400 == each_world.refresh(portal, third["refresh_token"]).status_code
    assert 401 == each_world.userinfo(third["access_token"]).status_code


def test_after_the_grace_the_predecessor_is_outdated(world: World) -> None:
    """Ten seconds, no more."""
    portal = world.client()
    strict = without_grace(world)
    token = strict.tokens(portal)["refresh_token"]
    successor = strict.refresh(portal, token).json or {}

    assert 400 == strict.refresh(portal, token).status_code
    assert 400 == strict.refresh(portal, successor["refresh_token"]).status_code


def test_a_rotation_lost_in_a_crash_loses_nobody_their_token(each_world: World) -> None:
    """The newest token is proof enough that it was given; the row follows it, and older ones stay theft."""
    portal = each_world.client()
    strict = without_grace(each_world)
    first = strict.tokens(portal)["refresh_token"]
    second = (strict.refresh(portal, first).json or {})["refresh_token"]
    third = (strict.refresh(portal, second).json or {})["refresh_token"]
    with each_world.oauth.database.writing() as db:
        db.execute(update(RefreshFamily).values(generation=1))

    assert 200 == strict.refresh(portal, third).status_code
    assert 400 == strict.refresh(portal, second).status_code
    assert 400 == strict.refresh(portal, third).status_code


def test_another_client_cannot_use_or_end_it(world: World) -> None:
    """A stolen token is worth nothing without its client, and harms nobody."""
    portal, thief = world.client(), world.client()
    token = world.tokens(portal)["refresh_token"]

    assert 400 == world.refresh(thief, token).status_code
    assert 200 == world.refresh(portal, token).status_code


@pytest.mark.parametrize("change", ["generation", "mac", "family", "garbage", "unicode"])
def test_a_forged_token_is_refused(world: World, portal: Registered, citizen: SignedIn, change: str) -> None:
    """Every part is under the MAC."""
    family, generation, mac = world.tokens(portal, citizen)["refresh_token"].split(".")
    forged = {
        "generation": f"{family}.{int(generation) + 1}.{mac}",
        "mac": f"{family}.{generation}.{'A' * 43}",
        "family": f"{'0' * 32}.{generation}.{mac}",
        "garbage": "x" * 5000,
        "unicode": f"{family}.١.{mac}",
    }[change]

    assert "invalid_grant" == (world.refresh(portal, forged).json or {})["error"]


def test_a_scope_can_shrink_and_not_grow(world: World, portal: Registered, citizen: SignedIn) -> None:
    """Narrower for one access token; never wider (RFC 6749 §6); a refusal spends nothing."""
    token = world.tokens(portal, citizen)["refresh_token"]
    wider = world.refresh(portal, token, scope="openid phone")
    narrow = world.refresh(portal, token, scope="openid").json or {}

    assert "invalid_scope" == (wider.json or {})["error"]
    assert "openid" == narrow["scope"]
    assert "openid profile" == (world.refresh(portal, narrow["refresh_token"]).json or {})["scope"]


def test_signing_out_ends_it_unless_offline(each_world: World) -> None:
    """A session's family ends with it; an offline one is there to survive it."""
    portal = each_world.client()
    signed_in = each_world.known(portal)
    bound = each_world.tokens(portal, signed_in)
    offline = each_world.tokens(portal, signed_in, scope="openid offline_access")
    each_world.end_session(signed_in)

    assert 400 == each_world.refresh(portal, bound["refresh_token"]).status_code
    assert 401 == each_world.userinfo(bound["access_token"]).status_code
    assert 200 == each_world.refresh(portal, offline["refresh_token"]).status_code


def test_freezing_ends_every_token(each_world: World) -> None:
    """Offline ones too."""
    portal = each_world.client()
    signed_in = each_world.known(portal)
    tokens = each_world.tokens(portal, signed_in, scope="openid offline_access")
    each_world.set_status(signed_in.person_id, "frozen")

    assert 400 == each_world.refresh(portal, tokens["refresh_token"]).status_code
    assert 401 == each_world.userinfo(tokens["access_token"]).status_code
    assert not each_world.introspect(portal, tokens["access_token"])["active"]
