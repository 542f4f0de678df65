"""Signatures already checked, so that a token shown a hundred times is verified once.

Only the signature is remembered, under the token's digest. Expiry, client, authorization, session and person
are asked every time, so nothing lives longer by being remembered; a change of keys empties the memory.
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from idp.crypto import jose
from idp.keys.keyring import Keyring

MOST_REMEMBERED = 4096
"""Tokens; beyond that the memory starts anew."""


class Verified:
    """The claims of access tokens whose signatures this process has checked."""

    def __init__(self, most: int = MOST_REMEMBERED) -> None:
        self._most = most
        self._known: dict[bytes, Mapping[str, Any]] = {}
        self._keys: object = None

    def claims(self, token: str, keyring: Keyring, typ: str) -> Mapping[str, Any]:
        """The claims of a token of ours; raises jose.Refused."""
        known, name = self._current(keyring), _name(token)
        found = known.get(name)
        if found is None:
            found = known[name] = jose.verify(token, keyring, typ=typ)
        return found

    def signed(self, claims: Mapping[str, Any], keyring: Keyring, typ: str) -> str:
        """A token signed just now, remembered because it is likely to be shown at once."""
        known = self._current(keyring)  # before the key is chosen: a key withdrawn since is forgotten with it
        token = jose.sign(claims, keyring.signing(), typ)
        known[_name(token)] = claims
        return token

    def _current(self, keyring: Keyring) -> dict[bytes, Mapping[str, Any]]:
        keys = keyring.public_jwks()  # another object as soon as a key comes or goes
        if keys is not self._keys or len(self._known) >= self._most:
            self._known, self._keys = {}, keys
        return self._known


def _name(token: str) -> bytes:
    return sha256(token.encode("utf-8", "surrogatepass")).digest()
