"""Tell a client that a session is over (OpenID Connect Back-Channel Logout 1.0); a topic of the worker."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from idp.clients.callbacks import Callbacks, NotReached
from idp.clients.metadata import Client
from idp.crypto import jose
from idp.oauth import id_tokens
from idp.oauth.collaborators import OAuth
from idp.sessions.logout import NotTold

TYPE = "logout+jwt"
EVENT = "http://schemas.openid.net/event/backchannel-logout"
LIFETIME = timedelta(seconds=120)


@dataclass(frozen=True)
class Messenger:
    """Delivers `session.logout` messages."""

    oauth: OAuth
    callbacks: Callbacks

    def deliver(self, payload: Mapping[str, Any], now: datetime) -> bool:
        """Tell one client; false when it does not want to know. Raises NotTold."""
        client = self.oauth.clients.find(payload["client_id"])
        if client is None or not client.hears_logout or client.backchannel_logout_uri is None:
            return False
        token = logout_token(self.oauth, client, UUID(payload["session_id"]), payload["sub"], now)
        self._post(client.backchannel_logout_uri, token)
        return True

    def _post(self, url: str, token: str) -> None:
        """An answer has one of two statuses (§2.8); nothing else counts as heard."""
        try:
            status = self.callbacks.post(url, {"logout_token": token})
        except NotReached as failure:
            raise NotTold(str(failure)) from failure
        if status not in (200, 204):
            raise NotTold(f"status {status}")


def logout_token(oauth: OAuth, client: Client, session_id: UUID, sub: str, now: datetime) -> str:
    """A logout token (§2.4): `sid` always, `sub` as this client knows it, never a nonce."""
    issued = int(now.timestamp())
    said = {
        "iss": oauth.issuer,
        "aud": client.id,
        "iat": issued,
        "exp": issued + int(LIFETIME.total_seconds()),
        "jti": secrets.token_urlsafe(16),
        "sub": sub,
        "sid": id_tokens.session_name(oauth.vault, session_id, client.id),
        "events": {EVENT: {}},
    }
    return jose.sign(said, oauth.keyring.signing(client.id_token_alg), TYPE)
