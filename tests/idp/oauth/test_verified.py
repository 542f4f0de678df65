"""What is remembered of a token, and that nothing lives longer by it."""

from datetime import timedelta

import pytest

from idp import clock
from idp.crypto import jose
from idp.oauth.access_tokens import TYPE
from idp.oauth.endpoints import userinfo
from idp.oauth.errors import Challenged
from idp.oauth.message import Request
from idp.oauth.verified import Verified
from tests.idp.oauth.world import Registered, SignedIn, World


@pytest.fixture
def tokens(world: World) -> list[str]:
    """Three of ours, signed elsewhere."""
    return [jose.sign({"jti": name}, world.oauth.keyring.signing(), TYPE) for name in "abc"]


def test_a_signature_is_checked_once(world: World, tokens: list[str]) -> None:
    """The claims are the very ones of the first time, of whichever process signed it."""
    verified, keyring = Verified(), world.oauth.keyring
    signed = verified.signed({"jti": "d"}, keyring, TYPE)

    assert verified.claims(tokens[0], keyring, TYPE) is verified.claims(tokens[0], keyring, TYPE)
    assert {"jti": "d"} == verified.claims(signed, keyring, TYPE) == Verified().claims(signed, keyring, TYPE)


def test_the_memory_is_bounded(world: World, tokens: list[str]) -> None:
    """It starts anew when it is full."""
    verified, keyring = Verified(most=2), world.oauth.keyring
    first, *_ = [verified.claims(token, keyring, TYPE) for token in tokens]

    assert first is not verified.claims(tokens[0], keyring, TYPE)


def test_a_refusal_is_not_remembered(world: World, tokens: list[str]) -> None:
    """Nor does it push out what is, however many come."""
    verified, keyring = Verified(most=2), world.oauth.keyring
    known = verified.claims(tokens[0], keyring, TYPE)
    body, _, signature = tokens[0].rpartition(".")
    for number in range(10):
        with pytest.raises(jose.Refused):
            verified.claims(f"{body}.{number}{signature[1:-1]}", keyring, TYPE)

    assert known is verified.claims(tokens[0], keyring, TYPE)


def test_one_type_does_not_pass_for_another(world: World) -> None:
    """An ID token that an ID token's reader has seen is no access token."""
    hint = jose.sign({"jti": "e"}, world.oauth.keyring.signing(), "JWT")
    jose.verify(hint, world.oauth.keyring, typ="JWT")
    with pytest.raises(jose.Refused):
        world.oauth.verified.claims(hint, world.oauth.keyring, TYPE)


def test_what_is_remembered_expires(world: World, portal: Registered, citizen: SignedIn) -> None:
    """Its time is looked at on every use."""
    token = world.tokens(portal, citizen)["access_token"]
    shown = Request("GET", authorization=f"Bearer {token}")
    assert 200 == userinfo.answer(world.oauth, shown, clock.now()).status
    with pytest.raises(Challenged):
        userinfo.answer(world.oauth, shown, clock.now() + timedelta(seconds=301))


def test_what_is_remembered_dies_at_once(each_world: World) -> None:
    """Revoked by itself, and with its session: the very next use is refused."""
    portal = each_world.client()
    someone = each_world.known(portal)
    alone, along = (each_world.tokens(portal, someone)["access_token"] for _ in range(2))
    seen = [each_world.userinfo(token).status_code for token in (alone, along)]
    each_world.post("/oauth/revoke", portal, token=alone)
    then = [each_world.userinfo(token).status_code for token in (alone, along)]
    each_world.end_session(someone)

    assert ([200, 200], [401, 200]) == (seen, then)
    assert 401 == each_world.userinfo(along).status_code
    assert not each_world.introspect(portal, along)["active"]
