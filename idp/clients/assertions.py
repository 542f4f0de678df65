"""Client assertions: a JWT signed by the client instead of a secret (RFC 7523 §3, OIDC Core §9)."""

from collections.abc import Collection, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

from idp.clients.metadata import Client
from idp.crypto import jose
from idp.storage.state import StateStore

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LONGEST_LIFE = 600
"""Seconds an assertion may still be good for."""
SKEW = 30
"""Seconds a client's clock may be wrong."""
LONGEST_JTI = 255


class AssertionRefused(jose.Refused):
    """An assertion whose signature is right and whose claims are not."""

    def __init__(self, detail: str) -> None:
        super().__init__(jose.Reason.MALFORMED)
        self.args = (detail,)


def check(
    assertion: str, client: Client, state: StateStore, now: datetime, audience: Collection[str]
) -> None:
    """Believe an assertion once; raises jose.Refused.

    The id is spent last but one: only what is otherwise right can use it up, and the store's epoch is looked
    at afterwards, because a store that forgot may have seen everything issued before (`StateStore`).
    """
    claims = jose.verify(assertion, client.keys, jose.THEIRS)
    if not claims.get("iss") == claims.get("sub") == client.id:
        raise AssertionRefused("iss and sub must be the client_id")
    addressed = claims.get("aud")
    if not isinstance(addressed, str) or addressed not in audience:
        raise AssertionRefused("aud must be exactly the issuer or the token endpoint")
    jose.check_times(claims, now, SKEW)
    expires = jose.seconds(claims, "exp") or 0
    if expires > now.timestamp() + LONGEST_LIFE + SKEW:
        raise AssertionRefused("exp is too far ahead")
    issued = _issued(claims, expires)
    if issued > now.timestamp() + SKEW:
        raise AssertionRefused("iat lies ahead")
    if not state.once(_spent(client, claims), expires + SKEW - now.timestamp() + 1):
        raise AssertionRefused("jti was already used")
    if issued < state.epoch().timestamp():
        raise AssertionRefused("issued before the store's memory begins")


def _issued(claims: Mapping[str, Any], expires: float) -> float:
    """When it was made; without `iat`, the earliest moment its `exp` allows."""
    issued = jose.seconds(claims, "iat")
    return expires - LONGEST_LIFE - SKEW if issued is None else issued


def _spent(client: Client, claims: Mapping[str, Any]) -> str:
    jti = claims.get("jti")
    if not isinstance(jti, str) or not 0 < len(jti) <= LONGEST_JTI:
        raise AssertionRefused("jti is missing")
    return "assertion:" + sha256(f"{client.id}\x00{jti}".encode("utf-8", "surrogatepass")).hexdigest()
