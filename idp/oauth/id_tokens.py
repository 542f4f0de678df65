"""ID tokens: who signed in, when and how well; nothing else about the person (that is userinfo's)."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from hashlib import sha256
from types import MappingProxyType
from typing import Any, NamedTuple
from uuid import UUID

from idp.assurance import Level
from idp.clients.metadata import Client
from idp.crypto import jose
from idp.crypto.handles import mac
from idp.keys.vault import Vault
from idp.oauth import claims
from idp.oauth.collaborators import OAuth

TYPE = "JWT"


class SignIn(NamedTuple):
    """The sign-in an ID token tells of."""

    sub: str
    session_id: UUID | None
    authenticated_at: datetime
    reached: Level
    amr: Iterable[str]
    realm: str = "citizen"
    acting: Mapping[str, Any] = MappingProxyType({})
    """For whom and for what (`acting.claims`)."""


def make(
    oauth: OAuth, client: Client, sign_in: SignIn, access_token: str, nonce: str | None, now: datetime
) -> str:
    """A new ID token (OIDC Core §2), signed by the algorithm this client registered."""
    issued = int(now.timestamp())
    said: dict[str, Any] = {
        "iss": oauth.issuer,
        "sub": sign_in.sub,
        "aud": client.id,
        "iat": issued,
        "exp": issued + int(oauth.lifetimes.id_token.total_seconds()),
        "auth_time": int(sign_in.authenticated_at.timestamp()),
        "amr": sorted(sign_in.amr),
        "at_hash": half_hash(access_token),
    }
    said |= claims.of_levels(sign_in.reached) | claims.of_realm(sign_in.realm)
    said |= sign_in.acting
    if nonce is not None:
        said["nonce"] = nonce
    if sign_in.session_id is not None:
        said["sid"] = session_name(oauth.vault, sign_in.session_id, client.id)
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
