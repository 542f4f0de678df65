"""Who asks."""

from idp.oauth.asked import Asked
from idp.oauth.errors import Displayed, Fault, Redirected


def is_known(asked: Asked) -> None:
    """The client is registered and online; otherwise there is nobody to answer."""
    client_id = asked.get("client_id")
    if client_id is None or "client_id" in asked.parameters.repeated:
        raise Displayed(Fault.CLIENT_MISSING)
    client = asked.oauth.clients.find(client_id)
    if client is None or not client.is_online:
        raise Displayed(Fault.CLIENT_UNKNOWN)
    asked.client = client


def may_use_codes(asked: Asked) -> None:
    """The client is registered for the code grant (RFC 6749 §4.1.2.1, unauthorized_client)."""
    if "authorization_code" not in asked.client.grant_types:
        raise Redirected("unauthorized_client", "this client is not registered for authorization codes")
