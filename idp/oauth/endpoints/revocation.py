"""Give a token back (RFC 7009). Unknown ones and those of others are answered alike, and left alone."""

from datetime import UTC, datetime

from authlib.oauth2.rfc6749 import TokenEndpoint

from idp.crypto import jose
from idp.crypto.handles import digest
from idp.oauth import access_tokens, rotation
from idp.oauth.collaborators import OAuth
from idp.oauth.errors import Answered
from idp.oauth.events import TokenEvent
from idp.oauth.grants.base import Reply
from idp.oauth.token_request import TokenRequest
from idp.storage.prepared import Statement

REMEMBER = Statement(
    """
    insert into revoked_tokens (jti, expires_at) values (:jti, :expires_at)
    on conflict (jti) do nothing returning jti
    """
)
FORGET_OPAQUE = Statement(
    "delete from opaque_tokens where digest = :digest and client_id = :client returning digest"
)


class RevocationEndpoint(TokenEndpoint):  # type: ignore[misc]  # Authlib is not typed
    """An access token dies alone; a refresh token takes its family and every access token along (§2.1)."""

    ENDPOINT_NAME = "revocation"

    def create_endpoint_response(self, request: TokenRequest) -> Reply:
        """Revoke what is there; 200 in any case (§2.2)."""
        oauth: OAuth = self.server.oauth
        request.client = self.server.authenticate_client(request)
        token = request.form.get("token")
        if token is None:
            raise Answered("invalid_request", "token is missing")
        if not _revoke_refresh_token(oauth, token, request):
            _revoke_access_token(oauth, token, request)
        oauth.count("revocation", "done")
        oauth.record(TokenEvent("revocation", "done", request.client.id))
        return 200, {}, []


def _revoke_refresh_token(oauth: OAuth, text: str, request: TokenRequest) -> bool:
    presented = rotation.parse(oauth.vault, request.client, text)
    if presented is None:
        return False
    family = rotation.look(oauth, presented[0], request.client.id, request.now)
    if family is not None:
        rotation.end(oauth, family.id, "revoked", request.now)
    return True


def _revoke_access_token(oauth: OAuth, text: str, request: TokenRequest) -> None:
    if "." not in text:
        oauth.prepared.one(FORGET_OPAQUE, {"digest": digest(text), "client": request.client.id})
        return
    try:
        token = access_tokens.read(oauth, text, request.now)
    except jose.Refused:
        return
    if token.client.id == request.client.id:
        expires_at = datetime.fromtimestamp(token.claims["exp"], UTC)
        oauth.prepared.one(REMEMBER, {"jti": token.jti, "expires_at": expires_at})
