"""Tell a client that a session is over (OpenID Connect Back-Channel Logout 1.0); a topic of the worker."""

import ipaddress
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import httpx2

from idp.clients.metadata import Client
from idp.crypto import jose
from idp.oauth import id_tokens
from idp.oauth.collaborators import OAuth

TYPE = "logout+jwt"
EVENT = "http://schemas.openid.net/event/backchannel-logout"
LIFETIME = timedelta(seconds=120)
DEADLINE = 3.0
"""Seconds a client has to answer; it is asked again later if it does not."""


class NotTold(Exception):
    """The client could not be reached or did not accept; worth another try."""


@dataclass(frozen=True)
class Messenger:
    """Delivers `session.logout` messages. `loopback` lets clients on this machine be told (the sandbox)."""

    oauth: OAuth
    loopback: bool = False

    def deliver(self, payload: Mapping[str, Any], now: datetime) -> bool:
        """Tell one client; false when it does not want to know. Raises NotTold."""
        client = self.oauth.clients.find(payload["client_id"])
        if client is None or not client.is_online or client.backchannel_logout_uri is None:
            return False
        token = logout_token(self.oauth, client, UUID(payload["session_id"]), payload["sub"], now)
        self._post(client.backchannel_logout_uri, token)
        return True

    def _post(self, url: str, token: str) -> None:
        if not self._may_be_called(url):
            raise NotTold("the address is not one we call")
        try:
            with httpx2.Client(timeout=DEADLINE, follow_redirects=False, trust_env=False) as http:
                answer = http.post(url, data={"logout_token": token})
        except httpx2.HTTPError as failure:
            raise NotTold(type(failure).__name__) from failure
        if answer.status_code not in (200, 204):
            raise NotTold(f"status {answer.status_code}")

    def _may_be_called(self, url: str) -> bool:
        """Whether every address behind the name is public, or on this machine where that is allowed."""
        parts = urlsplit(url)
        try:
            found = socket.getaddrinfo(parts.hostname, parts.port or 443, type=socket.SOCK_STREAM)
        except OSError as failure:
            raise NotTold("the name is not known") from failure
        addresses = {ipaddress.ip_address(entry[4][0]) for entry in found}
        return all(ip.is_global or (self.loopback and ip.is_loopback) for ip in addresses)


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
