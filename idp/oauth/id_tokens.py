"""ID tokens: who signed in, when and how well; nothing else about the person (that is userinfo's)."""

from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import UUID

from idp.clients.metadata import Client
from idp.crypto import jose
from idp.crypto.handles import mac
from idp.keys.vault import Vault
from idp.oauth import claims
from idp.oauth.access_tokens import Authorized
from idp.oauth.collaborators import OAuth

TYPE = "JWT"


class SignIn(NamedTuple):
    """What an ID token tells of a sign-in, and no access token does."""

    amr: Iterable[str]
    session_id: UUID | None
    nonce: str | None = None


def claims_of(
    oauth: OAuth, client: Client, authorized: Authorized, sign_in: SignIn, now: datetime
) -> dict[str, Any]:
    """What a new ID token says (OIDC Core §2), but for the access token it is given with (`sign`)."""
    issued = int(now.timestamp())
    said: dict[str, Any] = {
        "iss": oauth.issuer,
        "sub": authorized.sub,
        "aud": client.id,
        "iat": issued,
        "exp": issued + int(oauth.lifetimes.id_token.total_seconds()),
        "auth_time": int(authorized.authenticated_at.timestamp()),
        "amr": sorted(sign_in.amr),
    }
    said |= claims.of_levels(authorized.reached) | claims.of_realm(authorized.realm)
    said |= authorized.acting
    if sign_in.nonce is not None:
        said["nonce"] = sign_in.nonce
    if sign_in.session_id is not None:
        said["sid"] = session_name(oauth.vault, sign_in.session_id, client.id)
    return said


def sign(oauth: OAuth, client: Client, said: dict[str, Any], access_token: str) -> str:
    """The ID token that goes with this access token, signed by the algorithm its client registered."""
    said["at_hash"] = half_hash(access_token)
    return jose.sign(said, oauth.keyring.signing(client.id_token_alg), TYPE)


def read(oauth: OAuth, token: str, client_id: str | None = None) -> dict[str, Any]:
    """The claims of an ID token we made, perhaps long ago (OIDC Core §3.1.2.1); raises jose.Refused."""
    said = jose.verify(token, oauth.keyring, typ=TYPE)
    if said.get("iss") != oauth.issuer or not isinstance(said.get("sub"), str):
        raise jose.Refused(jose.Reason.MALFORMED)
    if not isinstance(said.get("aud"), str) or client_id not in (None, said["aud"]):
        raise jose.Refused(jose.Reason.MALFORMED)
    return said


def session_name(vault: Vault, session_id: UUID, client_id: str) -> str:
    """`sid` as one client knows a session; two clients cannot tell that theirs is the same."""
    message = session_id.bytes + client_id.encode()
    return jose.base64url(mac(vault.service_key("sid"), message)[:16]).decode()


def half_hash(token: str) -> str:
    """`at_hash` (OIDC Core §3.1.3.6); ES256 and RS256 both hash by SHA-256."""
    return jose.base64url(sha256(token.encode()).digest()[:16]).decode()
