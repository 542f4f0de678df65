"""What the scopes of an access token give away about its person (OIDC Core §5.3)."""

from datetime import datetime

from idp.clients.scopes import OPENID
from idp.crypto import jose
from idp.oauth import access_tokens, identity
from idp.oauth.collaborators import OAuth
from idp.oauth.errors import Challenged
from idp.oauth.message import Request, Response, bearer, json_response

DEAD = "the access token is not ours, has expired or was revoked"


def answer(oauth: OAuth, request: Request, now: datetime) -> Response:
    """The claims; the token travels in the Authorization header only, never in a URL or body."""
    text = bearer(request)
    if text is None:
        raise Challenged(None)
    try:
        token = access_tokens.read(oauth, text, now)
    except jose.Refused as refusal:
        raise Challenged("invalid_token", DEAD) from refusal
    if oauth.issuer not in token.audience:
        raise Challenged("invalid_token", DEAD)
    if token.authorization_id is None or OPENID not in token.scopes:
        raise Challenged("insufficient_scope", "the access token is not about a person", status=403)
    given, acts = token.scopes & token.client.scopes, "organisation" in token.claims
    said = identity.of(
        oauth, token.authorization_id, token.client.id, token.jti, given, token.claims["aal"], acts, now
    )
    if said is None:
        raise Challenged("invalid_token", DEAD)
    said |= {"sub": token.claims["sub"], "auth_time": token.claims["auth_time"]}
    if acts and token.claims.get("authorization_details"):
        said["authorization_details"] = token.claims["authorization_details"]
    oauth.count("userinfo", "answered")
    oauth.read(token.authorization_id, given, now)
    return json_response(200, said)
