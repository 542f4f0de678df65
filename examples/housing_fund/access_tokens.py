"""Whether an access token opens this API (RFC 9068 §4), judged with python-jose as many portals do.

python-jose checks a claim only if it is there, and believes the header's algorithm if none is given:
so every claim is required by name, and algorithm and key are ours to choose.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from jose import jwt  # noqa: TID251  portals choose their own library; this is the common choice
from jose.exceptions import JWTError  # noqa: TID251

from examples.relying_party.levels import acr_for, authentication_level, identity_level
from examples.relying_party.signing_keys import ALGORITHMS, SigningKeys

REQUIRED = {f"require_{claim}": True for claim in ("iss", "aud", "exp", "iat", "sub", "jti")}


@dataclass(frozen=True)
class Bearer:
    """Who is asking, through which client."""

    sub: str
    client_id: str


class Refused(Exception):
    """Why the API does not answer: the status and the WWW-Authenticate challenge (RFC 6750 §3)."""

    status = 401
    error = ""
    description = ""

    def challenge(self) -> str:
        parts = {
            "realm": "housing-fund",
            "error": self.error,
            "error_description": self.description,
            **self.details(),
        }
        return "Bearer " + ", ".join(f'{name}="{value}"' for name, value in parts.items() if value)

    def details(self) -> Mapping[str, str]:
        return {}


class NoToken(Refused):
    """No credentials came: the challenge names the scheme alone (RFC 6750 §3.1)."""


class InvalidToken(Refused):
    """Forged, expired, meant for somebody else, or not an access token."""

    error = "invalid_token"
    description = "the access token is not valid here"


class InsufficientScope(Refused):
    """The person did not let this client do that."""

    status = 403
    error = "insufficient_scope"
    description = "the access token does not cover this"

    def __init__(self, scope: str) -> None:
        self.scope = scope

    def details(self) -> Mapping[str, str]:
        return {"scope": self.scope}


class InsufficientLevel(Refused):
    """The person is not known well enough; the challenge says what would do (RFC 9470 §3)."""

    error = "insufficient_user_authentication"
    description = "a higher level or a fresher proof is required"

    def __init__(self, acr_values: str, max_age: int | None = None) -> None:
        self.asked = {"acr_values": acr_values} | ({} if max_age is None else {"max_age": str(max_age)})

    def details(self) -> Mapping[str, str]:
        return self.asked


@dataclass(frozen=True)
class Gate:
    """What this API asks of a token: issuer, audience, scope and identity level."""

    issuer: str
    audience: str
    scope: str
    minimum_ial: int
    keys: SigningKeys
    minimum_aal: int = 1
    max_age: int | None = None
    """Seconds since the person last proved themselves; None: any age."""

    def stricter(self, minimum_aal: int, max_age: int) -> "Gate":
        """The same gate for something that takes more than looking."""
        return replace(self, minimum_aal=minimum_aal, max_age=max_age)

    def admit(self, authorization: str) -> Bearer:
        """Read an Authorization header; raise Refused unless its token passes every check."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise NoToken
        claims = self.verified(token.strip())
        if self.scope not in str(claims.get("scope", "")).split():
            raise InsufficientScope(self.scope)
        if not self.is_enough(claims):
            raise InsufficientLevel(acr_for(self.minimum_ial, self.minimum_aal), self.max_age)
        return Bearer(claims["sub"], str(claims.get("client_id", "")))

    def is_enough(self, claims: Mapping[str, Any]) -> bool:
        """Both levels, and how long ago the person proved themselves (RFC 9470 §3)."""
        proven_at = claims.get("auth_time")
        fresh = self.max_age is None or (
            isinstance(proven_at, int) and time.time() - proven_at <= self.max_age
        )
        levels = identity_level(claims) >= self.minimum_ial, authentication_level(claims) >= self.minimum_aal
        return fresh and all(levels)

    def verified(self, token: str) -> dict[str, Any]:
        try:
            header = jwt.get_unverified_header(token)
            key = self.key_named_by(header)
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=[key["alg"]],
                issuer=self.issuer,
                audience=self.audience,
                options=REQUIRED,
            )
        except JWTError as error:
            raise InvalidToken from error
        return claims

    def key_named_by(self, header: Mapping[str, Any]) -> dict[str, Any]:
        """Return the published key the header names, if its algorithm and the token's type are right."""
        if header.get("typ", "").lower() not in ("at+jwt", "application/at+jwt"):  # an ID token opens no API
            raise InvalidToken
        key = self.keys.find(str(header.get("kid")))
        if key is None or header.get("alg") not in ALGORITHMS or key.get("alg") != header["alg"]:
            raise InvalidToken
        return key
