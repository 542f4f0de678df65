"""The fund's API answers only to tokens that are meant for it and say enough (RFC 9068 §4)."""

import hmac
import json
import time
from base64 import urlsafe_b64encode
from typing import Any

import pytest
from joserfc.jwk import ECKey

from examples.housing_fund.access_tokens import (
    Bearer,
    Gate,
    InsufficientLevel,
    InsufficientScope,
    InvalidToken,
    NoToken,
)
from examples.relying_party.signing_keys import SigningKeys
from tests.examples.conftest import AUDIENCE, CLIENT_ID, Issuer

NOW = int(time.time())


@pytest.fixture
def gate(issuer: Issuer, keys: SigningKeys) -> Gate:
    return Gate(issuer.url, AUDIENCE, scope="profile", minimum_ial=3, keys=keys)


@pytest.mark.parametrize("kid", [0, 1])
def test_a_good_token_is_admitted(gate: Gate, issuer: Issuer, kid: int) -> None:
    """
    Both algorithms the provider signs with are believed.
    """
    token = issuer.sign(issuer.access_claims(), "at+jwt", issuer.keys[kid])

    assert Bearer("p1", CLIENT_ID) == gate.admit(f"Bearer {token}")


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "http://elsewhere.example"},
        {"aud": "https://another.example/api"},
        {"exp": NOW - 1},
        *({claim: None} for claim in ("iss", "aud", "exp", "iat", "sub", "jti")),
    ],
)
def test_each_claim_is_required_and_checked(gate: Gate, issuer: Issuer, changed: dict[str, Any]) -> None:
    """
    A claim that is wrong, or not there at all, makes the token invalid.
    """
    with pytest.raises(InvalidToken):
        gate.admit(f"Bearer {issuer.access_token(**changed)}")


def test_an_id_token_opens_no_api(gate: Gate, issuer: Issuer) -> None:
    """
    A token of another type is refused even if every claim fits.
    """
    with pytest.raises(InvalidToken):
        gate.admit(f"Bearer {issuer.sign(issuer.access_claims(), 'JWT')}")


def test_a_key_of_the_same_name_is_not_the_key(gate: Gate, issuer: Issuer) -> None:
    """
    Only the published key verifies.
    """
    stranger = ECKey.generate_key("P-256", {"kid": "ec", "alg": "ES256"})

    with pytest.raises(InvalidToken):
        gate.admit(f"Bearer {issuer.sign(issuer.access_claims(), 'at+jwt', stranger)}")


def test_a_public_key_is_no_shared_secret(gate: Gate, issuer: Issuer) -> None:
    """
    HMAC with the public key's text as secret, the classic confusion, is refused (RFC 8725 §2.1).
    """
    header = {"alg": "HS256", "kid": "rsa", "typ": "at+jwt"}
    signed = b".".join(base64url(json.dumps(part).encode()) for part in (header, issuer.access_claims()))
    mac = base64url(hmac.digest(issuer.keys[1].as_pem(private=False), signed, "sha256"))

    with pytest.raises(InvalidToken):
        gate.admit(f"Bearer {signed.decode()}.{mac.decode()}")


def base64url(octets: bytes) -> bytes:
    return urlsafe_b64encode(octets).rstrip(b"=")


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic dTpw"])
def test_nothing_shown_is_told_apart_from_something_wrong(gate: Gate, header: str) -> None:
    """
    Without a bearer token the challenge names no error (RFC 6750 §3.1).
    """
    with pytest.raises(NoToken) as refused:
        gate.admit(header)

    assert 'Bearer realm="housing-fund"' == refused.value.challenge()


@pytest.mark.parametrize("token", ["x", "a.b.c", "e30.e30.e30", "....", "é"])
def test_rubbish_is_an_invalid_token(gate: Gate, token: str) -> None:
    """
    What cannot be read is refused, never an error of ours.
    """
    with pytest.raises(InvalidToken):
        gate.admit(f"Bearer {token}")


def test_a_missing_scope_is_forbidden(gate: Gate, issuer: Issuer) -> None:
    """
    A token for less than this is refused with what it would take (RFC 6750 §3.1).
    """
    with pytest.raises(InsufficientScope) as refused:
        gate.admit(f"Bearer {issuer.access_token(scope='openid')}")

    assert (403, 'scope="profile"') == (refused.value.status, refused.value.challenge().split(", ")[-1])


@pytest.mark.parametrize("ial", [1, 2, None, "3"])
def test_a_low_level_is_told_which_level_would_do(gate: Gate, issuer: Issuer, ial: Any) -> None:
    """
    The challenge carries acr_values for the next sign-in (RFC 9470 §3).
    """
    with pytest.raises(InsufficientLevel) as refused:
        gate.admit(f"Bearer {issuer.access_token(ial=ial)}")

    assert (401, 'acr_values="ial3.aal1"') == (
        refused.value.status,
        refused.value.challenge().split(", ")[-1],
    )
