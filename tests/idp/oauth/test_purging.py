"""What nothing can come from any more is forgotten; what lives, or could be reused, stays."""

from datetime import timedelta

from sqlalchemy import func, select

from idp import clock
from idp.oauth import purging
from idp.oauth.models import Authorization, OpaqueToken, RefreshFamily, RevokedToken
from idp.sessions import purging as session_purging
from idp.sessions.models import Participant, SignInSession
from idp.storage.base import Base
from tests.idp.oauth.world import World

DAY = timedelta(days=1)


def left(world: World, table: type[Base]) -> int:
    with world.oauth.database.reading() as db:
        return db.scalar(select(func.count()).select_from(table)) or 0


def purge(world: World, later: timedelta) -> None:
    session_purging.purge(world.oauth.database, clock.now() + later)
    purging.purge(world.oauth.database, clock.now() + later)


def test_what_lives_is_kept(each_world: World) -> None:
    """Nothing that was given a moment ago is forgotten."""
    portal = each_world.client()
    tokens = each_world.tokens(portal, scope="openid offline_access")
    purge(each_world, timedelta(0))

    assert 200 == each_world.refresh(portal, tokens["refresh_token"]).status_code
    assert 200 == each_world.userinfo(tokens["access_token"]).status_code


def test_an_offline_authorization_lives_as_long_as_its_refresh_token(each_world: World) -> None:
    """Its session may be forgotten before."""
    portal = each_world.client()
    each_world.tokens(portal, scope="openid offline_access")
    purge(each_world, timedelta(days=29))
    during = left(each_world, Authorization), left(each_world, RefreshFamily)
    purge(each_world, timedelta(days=32))

    assert (1, 1) == during
    assert (0, 0) == (left(each_world, Authorization), left(each_world, RefreshFamily))


def test_ended_sessions_are_forgotten_with_their_participants(each_world: World) -> None:
    """After a month, in which their person still finds them."""
    portal = each_world.client()
    citizen = each_world.known(portal)
    each_world.tokens(portal, citizen)
    each_world.end_session(citizen)
    purge(each_world, 29 * DAY)
    during = left(each_world, SignInSession)
    purge(each_world, 31 * DAY)

    assert 1 == during
    assert (0, 0) == (left(each_world, SignInSession), left(each_world, Participant))


def test_a_tombstone_stays_for_a_month(each_world: World) -> None:
    """A reused code must find that its authorization has ended."""
    portal = each_world.client()
    citizen = each_world.known(portal)
    code = each_world.code(portal, citizen)
    each_world.redeem(portal, code)
    each_world.redeem(portal, code)
    purge(each_world, 29 * DAY)
    during = left(each_world, Authorization)
    purge(each_world, 62 * DAY)

    assert (1, 0) == (during, left(each_world, Authorization))


def test_tokens_that_ran_out_need_not_be_remembered(each_world: World) -> None:
    """Revoked ones and opaque ones alike."""
    opaque = each_world.client(access_token_format="opaque")
    each_world.tokens(opaque)
    portal = each_world.client()
    given = each_world.post("/oauth/token", portal, grant_type="client_credentials").json or {}
    each_world.post("/oauth/revoke", portal, token=given["access_token"])
    during = left(each_world, RevokedToken), left(each_world, OpaqueToken)
    purge(each_world, DAY)

    assert (1, 1) == during
    assert (0, 0) == (left(each_world, RevokedToken), left(each_world, OpaqueToken))
