"""Whom the client expects."""

from idp.crypto import jose
from idp.oauth import id_tokens
from idp.oauth.asked import Asked
from idp.oauth.errors import Redirected


def id_token_is_ours(asked: Asked) -> None:
    """An `id_token_hint` is ours and this client's, perhaps expired; nobody else may then answer."""
    hint = asked.get("id_token_hint")
    if hint is None:
        return
    try:
        asked.subject = id_tokens.read(asked.oauth, hint, asked.client.id)["sub"]
    except jose.Refused as refusal:
        raise Redirected("invalid_request", "id_token_hint is not an ID token of this client") from refusal
