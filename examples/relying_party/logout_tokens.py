"""Is this really our provider saying that a session ended? (OpenID Connect Back-Channel Logout 1.0 §2.6)"""

import json
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from threading import Lock
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import import_key

from examples.relying_party.signing_keys import ALGORITHMS, SigningKeys

EVENT = "http://schemas.openid.net/event/backchannel-logout"
TYPES = ("logout+jwt", "jwt")
SKEW = 60
OLDEST = 300


class Reason(StrEnum):
    """Why a logout token was refused."""

    SIGNATURE = "signature"
    TYPE = "type"
    ISSUER = "issuer"
    AUDIENCE = "audience"
    TIME = "time"
    EVENT = "event"
    NONCE = "nonce"
    SUBJECT = "subject"
    REPLAYED = "replayed"


class LogoutTokenRefused(Exception):
    """The token does not prove that a session of ours ended."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True)
class Departure:
    """Whose session ended: a subject's in one session (`sid` and `sub`), a session, or all of a subject's."""

    sid: str | None
    sub: str | None


@dataclass
class SeenTokens:
    """The `jti` values met so far, each remembered until its token could no longer pass."""

    _until: dict[str, float] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def first_time(self, jti: str, until: float, now: float) -> bool:
        with self._lock:
            self._until = {known: end for known, end in self._until.items() if end > now}
            if jti in self._until:
                return False
            self._until[jti] = until
            return True


def verify(token: str, keys: SigningKeys, issuer: str, client_id: str, seen: SeenTokens) -> Departure:
    """Return whose session ended; raise LogoutTokenRefused for a token that proves nothing."""
    claims = signed_claims(token, keys, TYPES)
    now = time.time()
    for holds, reason in (
        (claims.get("iss") == issuer, Reason.ISSUER),
        (is_for(claims, client_id), Reason.AUDIENCE),
        (is_fresh(claims, now), Reason.TIME),
        (isinstance(events(claims).get(EVENT), Mapping), Reason.EVENT),
        ("nonce" not in claims, Reason.NONCE),  # an ID token must never pass for a logout token
        (names_somebody(claims), Reason.SUBJECT),
        (isinstance(claims.get("jti"), str), Reason.REPLAYED),
    ):
        if not holds:
            raise LogoutTokenRefused(reason)
    if not seen.first_time(claims["jti"], now + OLDEST + 2 * SKEW, now):
        raise LogoutTokenRefused(Reason.REPLAYED)
    return Departure(claims.get("sid"), claims.get("sub"))


def signed_claims(token: str, keys: SigningKeys, types: Collection[str]) -> dict[str, Any]:
    """Return the claims of a token of such a type, signed by a published key, by an algorithm we chose."""
    try:
        header = jws.extract_compact(token.encode()).headers()
        key = keys.find(str(header.get("kid")))
        if key is None:
            raise LogoutTokenRefused(Reason.SIGNATURE)
        payload = jws.deserialize_compact(token, import_key(key), algorithms=list(ALGORITHMS)).payload
        claims = json.loads(payload)
    except (JoseError, ValueError) as error:
        raise LogoutTokenRefused(Reason.SIGNATURE) from error
    if header.get("typ", "JWT").lower() not in types or not isinstance(claims, dict):
        raise LogoutTokenRefused(Reason.TYPE)
    return claims


def is_for(claims: Mapping[str, Any], client_id: str) -> bool:
    audience = claims.get("aud")
    return audience == client_id or (isinstance(audience, list) and client_id in audience)


def is_fresh(claims: Mapping[str, Any], now: float) -> bool:
    """Issued within five minutes and not yet expired, give or take a minute between our clocks."""
    issued, expires = claims.get("iat"), claims.get("exp")
    if not isinstance(issued, int | float) or not isinstance(expires, int | float):
        return False
    return now - OLDEST - SKEW <= issued <= now + SKEW and now - SKEW < expires


def events(claims: Mapping[str, Any]) -> Mapping[str, Any]:
    named = claims.get("events")
    return named if isinstance(named, Mapping) else {}


def names_somebody(claims: Mapping[str, Any]) -> bool:
    named = [claims[key] for key in ("sid", "sub") if key in claims]
    return bool(named) and all(isinstance(value, str) and value for value in named)
