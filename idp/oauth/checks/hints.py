"""Whom the client expects."""

from dataclasses import replace

from idp.crypto import jose
from idp.interaction.record import OnBehalf
from idp.oauth import id_tokens
from idp.oauth.asked import Asked
from idp.oauth.errors import Redirected


def id_token_is_ours(asked: Asked) -> None:
    """An `id_token_hint` is ours and this client's, perhaps expired; nobody else may then answer."""
    hint = asked.get("id_token_hint")
    if hint is None:
        return
    try:
        said = id_tokens.read(asked.oauth, hint, asked.client.id)
    except jose.Refused as refusal:
        raise Redirected("invalid_request", "id_token_hint is not an ID token of this client") from refusal
    organisation, act = said.get("organisation"), said.get("act")
    asked.subject = act["sub"] if isinstance(act, dict) else said["sub"]
    if asked.on_behalf is not None:
        asked.on_behalf = _as_before(asked.on_behalf, organisation)


def _as_before(wanted: OnBehalf, organisation: object) -> OnBehalf:
    """Whoever came for an organisation comes for that one again, whoever came as themselves as themselves.

    What the request itself names stays: a hint of another then meets nobody, and that is the answer.
    """
    if not isinstance(organisation, dict):
        return replace(wanted, others=False)
    return replace(wanted, oneself=False, organisation=wanted.organisation or str(organisation["code"]))
