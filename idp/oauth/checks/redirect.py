"""Where the answer goes. Nothing, not even an error, is redirected before this has matched."""

from idp.oauth.asked import Asked
from idp.oauth.errors import Displayed, Fault


def uri_is_registered(asked: Asked) -> None:
    """The redirect URI is sent and is one of the client's, exactly (OIDC Core §3.1.2.1, RFC 9700 §2.1)."""
    uri = asked.get("redirect_uri")
    if uri is None or "redirect_uri" in asked.parameters.repeated:
        raise Displayed(Fault.REDIRECT_MISSING)
    if not asked.client.may_redirect_to(uri):
        raise Displayed(Fault.REDIRECT_UNKNOWN)
    asked.redirect_uri = uri
