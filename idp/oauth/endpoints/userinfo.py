"""What the scopes of an access token give away about its person (OIDC Core §5.3)."""

from datetime import datetime

from idp.assurance import Level
from idp.clients.scopes import IDENTITY_DOCUMENT, OPENID, STAFF
from idp.crypto import jose
from idp.oauth import access_tokens, acting, claims, liveness
from idp.oauth.access_tokens import AccessToken
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
    known = liveness.person_if_alive(
        oauth.prepared,
        token.authorization_id,
        token.client.id,
        token.jti,
        now,
        with_document=IDENTITY_DOCUMENT in token.scopes,
    )
    if known is None:
        raise Challenged("invalid_token", DEAD)
    given = token.scopes & token.client.scopes
    reached = Level(known.evidence.level if known.evidence else 0, token.claims["aal"])
    said = {"sub": token.claims["sub"], "auth_time": token.claims["auth_time"]}
    said |= claims.of_levels(reached)
    said |= claims.of_realm(known.realm)
    of_person = claims.of_person(oauth.vault, known, given)
    said |= _for_another(oauth, token, of_person) if "organisation" in token.claims else of_person
    if STAFF in given:
        said |= claims.of_post(liveness.post_of(oauth.prepared, known.person_id))
    oauth.count("userinfo", "answered")
    oauth.read(token.authorization_id, given, now)
    return json_response(200, said)


def _for_another(oauth: OAuth, token: AccessToken, of_person: claims.Claims) -> claims.Claims:
    """`sub` is the organisation, so what is told of the person stands under `act`."""
    found = acting.behind(oauth.prepared, token.authorization_id) if token.authorization_id else None
    if found is None:
        raise Challenged("invalid_token", DEAD)
    said = acting.claims(found.on_behalf, None)
    said["act"] |= of_person
    said["verified_claims"] = {
        "verification": {"trust_framework": claims.TRUST_FRAMEWORK},
        "claims": {"authority": acting.authority_of(found)},
    }
    details = token.claims.get("authorization_details")
    return said | ({"authorization_details": details} if details else {})
