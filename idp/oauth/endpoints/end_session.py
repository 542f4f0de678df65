"""Sign out at a client's request (OpenID Connect RP-Initiated Logout 1.0)."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode
from uuid import UUID

from idp.clients.metadata import Client
from idp.crypto import jose
from idp.oauth import id_tokens
from idp.oauth.collaborators import OAuth
from idp.oauth.errors import Displayed, Fault


@dataclass(frozen=True)
class SigningOut:
    """A request to sign out that holds together."""

    client: Client | None
    back_to: str | None
    """Where the browser goes afterwards, `state` included."""
    proven: bool
    """Whether the client has shown that it means the session of this very browser."""


def examine(oauth: OAuth, values: Mapping[str, str], session_id: UUID | None) -> SigningOut:
    """Judge a request; raises Displayed, since no unregistered address is ever redirected to.

    A hint of another session or client proves nothing: the person is asked, because anybody can put a link
    to this endpoint on a page (§2, §6).
    """
    hint = values.get("id_token_hint")
    said = _hinted(oauth, hint) if hint else {}
    client_id = values.get("client_id") or said.get("aud")
    client = oauth.clients.find(client_id) if client_id else None
    if client_id and client is None:
        raise Displayed(Fault.CLIENT_UNKNOWN)
    if said and said["aud"] != client_id:
        raise Displayed(Fault.CLIENT_UNKNOWN)
    uri = values.get("post_logout_redirect_uri")
    if uri is not None and (client is None or not client.may_return_to(uri)):
        raise Displayed(Fault.RETURN_UNKNOWN)
    return SigningOut(
        client=client,
        back_to=None if uri is None else _with_state(uri, values.get("state")),
        proven=client is not None
        and session_id is not None
        and said.get("sid") == id_tokens.session_name(oauth.vault, session_id, client.id),
    )


def _hinted(oauth: OAuth, hint: str) -> Mapping[str, str]:
    """An expired ID token is still a good hint (§2); one that is not ours is none."""
    try:
        return id_tokens.read(oauth, hint)
    except jose.Refused:
        return {}


def _with_state(uri: str, state: str | None) -> str:
    if state is None:
        return uri
    return f"{uri}{'&' if '?' in uri else '?'}{urlencode({'state': state}, quote_via=quote)}"
