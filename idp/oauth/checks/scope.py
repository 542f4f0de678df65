"""What the client asks to know."""

from idp.clients.scopes import SCOPES
from idp.oauth.asked import Asked
from idp.oauth.errors import Redirected


def is_within_registration(asked: Asked) -> None:
    """The client is approved for every scope we know; unknown ones are ignored (OIDC Core §3.1.2.1)."""
    scopes = frozenset((asked.get("scope") or "").split()).intersection(SCOPES)
    if not scopes:
        raise Redirected("invalid_scope", "scope is missing or names nothing we know")
    if not scopes <= asked.client.scopes:
        raise Redirected("invalid_scope", "scope goes beyond what this client is approved for")
    asked.scopes = scopes
