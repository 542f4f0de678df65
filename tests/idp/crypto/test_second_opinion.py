"""python-jose as a portal would use it: it must read our tokens, and nothing else is asked of it."""

import pytest
from joserfc.jwk import OctKey

from idp.crypto import jose, second_opinion

CLAIMS = {"iss": "https://id.example.gov.cn", "sub": "abc", "aud": ["a", "b"], "exp": 4_000_000_000}


@pytest.mark.parametrize("alg", jose.OURS)
def test_python_jose_reads_what_we_sign(alg: str) -> None:
    """A portal that verifies with python-jose and our published key accepts us."""
    key = jose.generate(alg, "key-1")

    assert CLAIMS == second_opinion.claims_of(jose.sign(CLAIMS, key, "at+jwt"), key.public)


@pytest.mark.parametrize("alg", jose.OURS)
def test_another_key_is_rejected(alg: str) -> None:
    """The wrong key is no opinion."""
    token = jose.sign(CLAIMS, jose.generate(alg, "key-1"), "JWT")

    assert second_opinion.claims_of(token, jose.generate(alg, "key-1").public) is None


def test_secrets_and_private_keys_are_not_tried() -> None:
    """It is asked about RS256 and ES256 with public keys only."""
    key = jose.generate("ES256", "key-1")
    token = jose.sign(CLAIMS, key, "JWT")

    assert second_opinion.claims_of(token, {**OctKey.generate_key(256).as_dict(), "alg": "HS256"}) is None
    assert second_opinion.claims_of(token, {**key.public, "d": "AA"}) is None
    assert second_opinion.claims_of("a.b.c", key.public) is None
