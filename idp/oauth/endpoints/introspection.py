"""Tell a client or resource server what a token stands for (RFC 7662); about others' tokens: inactive."""

from typing import Any

from authlib.oauth2.rfc6749 import TokenEndpoint

from idp.clients.metadata import Client
from idp.crypto import jose
from idp.oauth import access_tokens, liveness, rotation
from idp.oauth.access_tokens import AccessToken
from idp.oauth.collaborators import OAuth
from idp.oauth.errors import Answered, refuse_client
from idp.oauth.grants.base import Reply
from idp.oauth.token_request import TokenRequest

INACTIVE: dict[str, Any] = {"active": False}
OURS = ("azid", "cgen")
"""Claims that tell nobody but us anything."""


class IntrospectionEndpoint(TokenEndpoint):  # type: ignore[misc]  # Authlib is not typed
    """Every caller proves who it is; a public client cannot, and is refused (RFC 7662 §2.1)."""

    ENDPOINT_NAME = "introspection"

    def create_endpoint_response(self, request: TokenRequest) -> Reply:
        """Look the token up, whatever the hint says it is."""
        oauth: OAuth = self.server.oauth
        request.client = self.server.authenticate_client(request)
        if request.client.is_public:
            raise refuse_client()
        token = request.form.get("token")
        if token is None:
            raise Answered("invalid_request", "token is missing")
        told = _refresh_token(oauth, token, request) or _access_token(oauth, token, request)
        oauth.count("introspection", "active" if told["active"] else "inactive")
        return 200, told, []


def concerns(client: Client, token: AccessToken) -> bool:
    """Whether this client may know: the token is its own, or made for an API it is approved to serve."""
    if token.client.id == client.id:
        return True
    serves = {client.id, *map(str, client.raw.get("serves") or ())}
    return not serves.isdisjoint(token.audience)


def _access_token(oauth: OAuth, text: str, request: TokenRequest) -> dict[str, Any]:
    try:
        token = access_tokens.read(oauth, text, request.now)
    except jose.Refused:
        return INACTIVE
    if not concerns(request.client, token):
        return INACTIVE
    if token.authorization_id is None:
        return INACTIVE if liveness.is_revoked(oauth.prepared, token.jti) else _told(token, {})
    level = liveness.level_if_alive(
        oauth.prepared, token.authorization_id, token.client.id, token.jti, request.now
    )
    return INACTIVE if level is None else _told(token, {"ial": level})


def _told(token: AccessToken, fresh: dict[str, Any]) -> dict[str, Any]:
    """Ours are the ids nobody else needs; the level is the one of this moment."""
    said = {"active": True, "token_type": "Bearer", **token.claims, **fresh}
    for name in OURS:
        said.pop(name, None)
    return said


def _refresh_token(oauth: OAuth, text: str, request: TokenRequest) -> dict[str, Any] | None:
    """A refresh token is told about only to its own client."""
    presented = rotation.parse(oauth.vault, request.client, text)
    if presented is None:
        return None
    family_id, generation = presented
    family = rotation.look(oauth, family_id, request.client.id, request.now)
    if family is None or not family.usable or family.generation != generation:
        return INACTIVE
    return {
        "active": True,
        "token_type": "refresh_token",
        "client_id": request.client.id,
        "sub": family.sub,
        "scope": " ".join(sorted(family.scopes)),
        "exp": int(family.expires_at.timestamp()),
        "iss": oauth.issuer,
    }
