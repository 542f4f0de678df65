"""The provider's public keys, kept by `kid`, so that a key rotation needs no restart and no phone call."""

import time
from collections.abc import Callable
from threading import Lock
from typing import Any

import requests

JWK = dict[str, Any]

ALGORITHMS = ("ES256", "RS256")


class SigningKeys:
    """Finds a public key by the `kid` a token names.

    The set is fetched again when it is older than `lifetime` seconds, or when a token names a key not in it;
    the latter at most once in `pause` seconds, so that invented names cannot make us hammer the provider.
    """

    def __init__(self, fetch: Callable[[], list[JWK]], lifetime: float = 600, pause: float = 10) -> None:
        self._fetch = fetch
        self._lifetime = lifetime
        self._pause = pause
        self._keys: dict[str, JWK] = {}
        self._fetched_at = float("-inf")
        self._lock = Lock()

    def find(self, kid: str) -> JWK | None:
        with self._lock:
            age = time.monotonic() - self._fetched_at
            if age > self._lifetime or (kid not in self._keys and age > self._pause):
                self._keys = {key["kid"]: key for key in self._fetch() if "kid" in key}
                self._fetched_at = time.monotonic()
            return self._keys.get(kid)


def published_by(issuer: str, timeout: float = 5) -> list[JWK]:
    """Fetch the key set that the issuer's own configuration names (OpenID Connect Discovery 1.0 §4)."""
    configuration = requests.get(f"{issuer}/.well-known/openid-configuration", timeout=timeout)
    configuration.raise_for_status()
    keys = requests.get(configuration.json()["jwks_uri"], timeout=timeout)
    keys.raise_for_status()
    return list(keys.json()["keys"])
