"""A portal ends sessions for its provider alone (Back-Channel Logout 1.0 §2.6)."""

import time
from typing import Any

import pytest
from joserfc.jwk import ECKey

from examples.relying_party.logout_tokens import Departure, LogoutTokenRefused, Reason, SeenTokens, verify
from examples.relying_party.signing_keys import SigningKeys
from tests.examples.conftest import CLIENT_ID, Issuer

NOW = int(time.time())


def refusal(token: str, keys: SigningKeys, issuer: Issuer, seen: SeenTokens | None = None) -> Reason:
    with pytest.raises(LogoutTokenRefused) as refused:
        verify(token, keys, issuer.url, CLIENT_ID, seen or SeenTokens())
    return refused.value.reason


@pytest.mark.parametrize("kid", [0, 1])
def test_a_good_token_names_the_session_that_ended(issuer: Issuer, keys: SigningKeys, kid: int) -> None:
    """
    Tokens signed by either published key are believed, ES256 as well as RS256.
    """
    issuer.keys = [issuer.keys[kid]]

    departure = verify(issuer.logout_token(), keys, issuer.url, CLIENT_ID, SeenTokens())

    assert Departure(sid="s1", sub="p1") == departure


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"iss": "http://elsewhere.example"}, Reason.ISSUER),
        ({"iss": None}, Reason.ISSUER),
        ({"aud": "another"}, Reason.AUDIENCE),
        ({"aud": ["another", "third"]}, Reason.AUDIENCE),
        ({"iat": NOW - 3600, "exp": NOW + 60}, Reason.TIME),
        ({"iat": NOW + 86_400, "exp": NOW + 86_500}, Reason.TIME),
        ({"exp": NOW - 120}, Reason.TIME),
        ({"exp": None}, Reason.TIME),
        ({"iat": "now"}, Reason.TIME),
        ({"events": None}, Reason.EVENT),
        ({"events": {"http://schemas.openid.net/event/other": {}}}, Reason.EVENT),
        ({"events": ["http://schemas.openid.net/event/backchannel-logout"]}, Reason.EVENT),
        ({"nonce": "n"}, Reason.NONCE),
        ({"sid": None, "sub": None}, Reason.SUBJECT),
        ({"sid": 5}, Reason.SUBJECT),
        ({"jti": None}, Reason.REPLAYED),
    ],
)
def test_each_claim_is_checked(
    issuer: Issuer, keys: SigningKeys, changed: dict[str, Any], reason: Reason
) -> None:
    """
    A token wrong in a single claim ends nothing.
    """
    assert reason == refusal(issuer.logout_token(**changed), keys, issuer)


def test_a_token_ends_sessions_once(issuer: Issuer, keys: SigningKeys) -> None:
    """
    A token seen before is refused, whoever sends it again.
    """
    seen, token = SeenTokens(), issuer.logout_token()
    verify(token, keys, issuer.url, CLIENT_ID, seen)

    assert Reason.REPLAYED == refusal(token, keys, issuer, seen)


def test_a_stranger_with_our_key_name_is_refused(issuer: Issuer, keys: SigningKeys) -> None:
    """
    The signature must be by the published key of that name, not merely claim to be.
    """
    stranger = ECKey.generate_key("P-256", {"kid": "ec", "alg": "ES256"})
    token = issuer.sign({"iss": issuer.url}, "logout+jwt", stranger)

    assert Reason.SIGNATURE == refusal(token, keys, issuer)


@pytest.mark.parametrize("token", ["", "a.b.c", "e30.e30.", "eyJhbGciOiJub25lIn0.e30."])
def test_unsigned_and_broken_tokens_are_refused(issuer: Issuer, keys: SigningKeys, token: str) -> None:
    """
    What is no signed token at all is refused like a forged one.
    """
    assert Reason.SIGNATURE == refusal(token, keys, issuer)


def test_an_access_token_is_no_logout_token(issuer: Issuer, keys: SigningKeys) -> None:
    """
    The type in the header keeps the provider's kinds of token apart (RFC 8725 §3.11).
    """
    assert Reason.TYPE == refusal(issuer.access_token(aud=CLIENT_ID), keys, issuer)
