"""What the grants share: Authlib's class, typed, and a scope that may only shrink."""

from collections.abc import Set
from typing import Any

from authlib.oauth2.rfc6749.grants import BaseGrant, TokenEndpointMixin

from idp.oauth import access_tokens, id_tokens
from idp.oauth.access_tokens import Authorized
from idp.oauth.collaborators import OAuth
from idp.oauth.errors import Answered
from idp.oauth.events import TokenEvent
from idp.oauth.id_tokens import SignIn
from idp.oauth.message import Headers
from idp.oauth.token_request import TokenRequest

Reply = tuple[int, dict[str, Any], Headers]


class Grant(BaseGrant, TokenEndpointMixin):  # type: ignore[misc]  # Authlib is not typed
    """A grant of ours: `validate_token_request` proves, `create_token_response` spends and gives."""

    GRANT_TYPE: str
    request: TokenRequest
    resource: str | None
    """What `target` has found, for the grants that ask it."""

    @property
    def oauth(self) -> OAuth:
        """The collaborators."""
        oauth: OAuth = self.server.oauth
        return oauth

    def target(self) -> str | None:
        """The one place a token is for, so that whoever takes it there cannot use it here (RFC 8707 §2)."""
        asked = self.request.form.get("resource")
        if asked is None:
            return None
        client = self.request.client
        if self.request.form.several or asked not in access_tokens.audiences_of(self.oauth, client):
            raise Answered("invalid_target", "name one resource that this client may call")
        if client.access_token_format == access_tokens.OPAQUE:
            raise Answered("invalid_target", "opaque tokens are for every resource of their client")
        return asked

    def tokens(self, authorized: Authorized, scopes: Set[str], sign_in: SignIn) -> dict[str, Any]:
        """What the scopes give on behalf of a person.

        Both signatures are made one right after the other: what the first one fetches of the curve's tables
        soon leaves the processor's cache.
        """
        oauth, client, now = self.oauth, self.request.client, self.request.now
        told = id_tokens.claims_of(oauth, client, authorized, sign_in, now) if "openid" in scopes else None
        access_token = access_tokens.make(oauth, client, scopes, authorized, now, self.resource)
        tokens = {"access_token": access_token, "scope": " ".join(sorted(scopes))}
        if told is not None:
            tokens["id_token"] = id_tokens.sign(oauth, client, told, access_token)
        if "authorization_details" in authorized.acting:
            tokens["authorization_details"] = authorized.acting["authorization_details"]
        return tokens

    def give(self, tokens: dict[str, Any], lifetime: int | None = None) -> Reply:
        """Count, record and answer (RFC 6749 §5.1); the access token lives as usual unless told otherwise."""
        self.oauth.count("token", self.GRANT_TYPE)
        self.oauth.record(TokenEvent(self.GRANT_TYPE, "issued", self.request.client.id))
        if lifetime is None:
            lifetime = int(self.oauth.lifetimes.access.total_seconds())
        return 200, tokens | {"token_type": "Bearer", "expires_in": lifetime}, []


def narrowed(asked: str | None, granted: Set[str]) -> frozenset[str]:
    """The scopes asked for, all of them if none were named; never one that was not granted."""
    if asked is None:
        return frozenset(granted)
    scopes = frozenset(asked.split())
    if not scopes <= granted:
        raise Answered("invalid_scope", "scope goes beyond what was granted")
    return scopes
