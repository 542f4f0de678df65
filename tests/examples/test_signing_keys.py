"""Keys are fetched when they must be, and not whenever somebody invents a name."""

import pytest
import requests
from joserfc.jwk import ECKey

from examples.relying_party.signing_keys import SigningKeys, published_by
from tests.examples.conftest import Issuer


def test_a_known_key_is_fetched_once(issuer: Issuer, keys: SigningKeys) -> None:
    """
    Verifying costs no request to the provider.
    """
    found = [keys.find("ec") for _ in range(3)]

    assert (1, True) == (issuer.fetches, all(found))


def test_a_new_key_is_found_without_a_restart(issuer: Issuer) -> None:
    """
    A token that names a key not seen yet makes the set be fetched again: that is how a rotation arrives.
    """
    keys = SigningKeys(issuer.published, pause=0)
    keys.find("ec")
    issuer.keys.append(ECKey.generate_key("P-256", {"kid": "next", "alg": "ES256"}))

    assert keys.find("next") is not None


def test_invented_names_do_not_hammer_the_provider(issuer: Issuer, keys: SigningKeys) -> None:
    """
    Unknown names fetch at most once in the pause.
    """
    found = [keys.find(f"invented-{number}") for number in range(50)]

    assert (1, False) == (issuer.fetches, any(found))


def test_a_withdrawn_key_is_forgotten(issuer: Issuer) -> None:
    """
    A key that is no longer published stops being believed when the set has aged.
    """
    keys = SigningKeys(issuer.published, lifetime=0)
    keys.find("ec")
    issuer.keys = issuer.keys[1:]

    assert keys.find("ec") is None


def test_the_key_set_is_found_through_the_configuration(served: Issuer) -> None:
    """
    Nothing but the issuer's address has to be known.
    """
    assert ["ec", "rsa"] == [key["kid"] for key in published_by(served.url)]


def test_an_unreachable_provider_is_an_error_not_an_empty_set(issuer: Issuer) -> None:
    """
    Not knowing the keys is not the same as there being none.
    """
    with pytest.raises(requests.RequestException):
        published_by(issuer.url)
