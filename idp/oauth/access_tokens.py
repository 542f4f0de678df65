"""Access tokens: made here, read here. A JWT (RFC 9068), or an opaque handle for clients that chose so.

Both name the authorization they come from; whether that still lives is asked at every use (`liveness`).
"""

import secrets
from collections.abc import Mapping, Set
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple
from uuid import UUID

from idp.assurance import Level
from idp.clients.metadata import Client
from idp.crypto import jose
from idp.crypto.handles import digest, new_handle
from idp.oauth import acting, claims
from idp.oauth.collaborators import OAuth
from idp.storage.columns import identifier, moment
from idp.storage.prepared import Statement

TYPE = "at+jwt"
OPAQUE = "opaque"

KEEP_OPAQUE = Statement(
    """
    insert into opaque_tokens
           (digest, authorization_id, client_id, client_generation, scopes, issued_at, expires_at)
    values (:digest, (select id from authorizations where id = :authorization), :client, :generation, :scopes,
            :now, :expires_at)
    returning digest
    """
)
FIND_OPAQUE = Statement(
    """
    select o.authorization_id, o.client_id, o.client_generation, o.scopes, o.issued_at, o.expires_at,
           a.sub, a.aal, a.authenticated_at, a.details, a.organisation_id is not null
      from opaque_tokens o left join authorizations a on a.id = o.authorization_id
     where o.digest = :digest and o.expires_at > :now
    """
)


class Authorized(NamedTuple):
    """On whose behalf a token is made; absent for a client acting for itself."""

    id: UUID
    sub: str
    authenticated_at: datetime
    reached: Level
    realm: str = "citizen"
    acting: Mapping[str, Any] = MappingProxyType({})
    """For whom and for what, as every token says it (`acting.claims`)."""
    ends_at: datetime | None = None
    """When the mandate ends that it rests on."""


class AccessToken(NamedTuple):
    """A token as read back: its signature, or its digest, was right and it has not expired."""

    jti: str
    client: Client
    authorization_id: UUID | None
    scopes: frozenset[str]
    claims: Mapping[str, Any]
    """What introspection may tell: the claims of the JWT, or their like."""

    @property
    def audience(self) -> frozenset[str]:
        """Who it is for."""
        aud = self.claims.get("aud", ())
        return frozenset([aud] if isinstance(aud, str) else aud)


def make(
    oauth: OAuth,
    client: Client,
    scopes: Set[str],
    authorized: Authorized | None,
    now: datetime,
    resource: str | None = None,
) -> str:
    """A new access token of the kind this client chose; a JWT may be for one resource alone."""
    if client.access_token_format == OPAQUE:
        return _keep(oauth, client, scopes, authorized, now)
    claims = _claims(oauth, client, scopes, authorized, now)
    if resource is not None:
        claims["aud"] = resource
    if authorized is None:
        return jose.sign(claims, oauth.keyring.signing(), TYPE)
    return oauth.verified.signed(claims, oauth.keyring, TYPE)


def read(oauth: OAuth, token: str, now: datetime) -> AccessToken:
    """What the token says; raises jose.Refused for anything that is not a token of ours in its time."""
    if "." not in token:
        return _find(oauth, token, now)
    claims = oauth.verified.claims(token, oauth.keyring, TYPE)
    jose.check_times(claims, now)
    if claims.get("iss") != oauth.issuer:
        raise jose.Refused(jose.Reason.KEY)
    client = _client(oauth, claims["client_id"], claims.get("cgen"))
    authorization = claims.get("azid")
    return AccessToken(
        jti=claims["jti"],
        client=client,
        authorization_id=None if authorization is None else _identifier(authorization),
        scopes=_words(claims.get("scope", "")),
        claims=claims,
    )


def stamped(now: datetime, life: int) -> dict[str, Any]:
    """When a token begins and ends, and the name it can be revoked by."""
    issued = int(now.timestamp())
    return {"iat": issued, "exp": issued + life, "jti": secrets.token_urlsafe(16)}


def lifetime(oauth: OAuth, authorized: Authorized | None, now: datetime) -> int:
    """Seconds an access token lives; one under a mandate is short, and no longer than the mandate."""
    if authorized is None or authorized.ends_at is None:
        return int(oauth.lifetimes.access.total_seconds())
    left = authorized.ends_at - now
    return max(1, int(min(oauth.lifetimes.acting, left).total_seconds()))


def audience_of(oauth: OAuth, client: Client) -> str | list[str]:
    """Ourselves, and the resource servers that the client's registration names (RFC 9068 §3)."""
    everywhere = audiences_of(oauth, client)
    return everywhere if len(everywhere) > 1 else oauth.issuer


def audiences_of(oauth: OAuth, client: Client) -> list[str]:
    """The same as a list."""
    resources = client.raw.get("resources")
    return [oauth.issuer, *map(str, resources if isinstance(resources, list) else ())]


_identifier = lru_cache(4096)(UUID)
"""Read once, like the signature beside it."""


@lru_cache(256)
def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _claims(
    oauth: OAuth, client: Client, scopes: Set[str], authorized: Authorized | None, now: datetime
) -> dict[str, Any]:
    said: dict[str, Any] = {
        "iss": oauth.issuer,
        "aud": audience_of(oauth, client),
        "client_id": client.id,
        "sub": authorized.sub if authorized else client.id,
        **stamped(now, lifetime(oauth, authorized, now)),
        "cgen": client.generation,
    }
    if scopes:
        said["scope"] = " ".join(sorted(scopes))
    if authorized:
        said["azid"] = authorized.id.hex
        said["auth_time"] = int(authorized.authenticated_at.timestamp())
        said |= claims.of_levels(authorized.reached) | claims.of_realm(authorized.realm)
        said |= authorized.acting
    return said


def _keep(
    oauth: OAuth, client: Client, scopes: Set[str], authorized: Authorized | None, now: datetime
) -> str:
    token = new_handle()
    values = {
        "digest": digest(token),
        "authorization": authorized.id if authorized else None,
        "client": client.id,
        "generation": client.generation,
        "scopes": " ".join(sorted(scopes)),
        "now": now,
        "expires_at": now + timedelta(seconds=lifetime(oauth, authorized, now)),
    }
    oauth.prepared.one(KEEP_OPAQUE, values)
    return token


def _find(oauth: OAuth, token: str, now: datetime) -> AccessToken:
    found = oauth.prepared.one(FIND_OPAQUE, {"digest": digest(token), "now": now})
    if found is None:
        raise jose.Refused(jose.Reason.KEY)
    authorization, client_id, generation, scopes, issued_at, expires_at, sub, aal, at, details, acts = found
    client = _client(oauth, client_id, generation)
    said = {
        "iss": oauth.issuer,
        "aud": audience_of(oauth, client),
        "client_id": client_id,
        "sub": sub or client_id,
        "scope": scopes,
        "iat": int(moment(issued_at).timestamp()),
        "exp": int(moment(expires_at).astimezone(UTC).timestamp()),
    }
    if authorization is not None:
        said |= {"aal": aal, "auth_time": int(moment(at).timestamp())}
        behind = acting.behind(oauth.prepared, identifier(authorization)) if acts else None
        said |= acting.claims(behind.on_behalf if behind else None, details)
    return AccessToken(
        jti=digest(token),
        client=client,
        authorization_id=None if authorization is None else identifier(authorization),
        scopes=frozenset(scopes.split()),
        claims=said,
    )


def _client(oauth: OAuth, client_id: str, generation: int | None) -> Client:
    """The client it was given to, while that is served and has not been reset since."""
    client = oauth.clients.find(client_id)
    if client is None or not client.is_online or client.generation != generation:
        raise jose.Refused(jose.Reason.KEY)
    return client
