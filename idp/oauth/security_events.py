"""Signed events for clients that asked for them (RFC 8417), pushed to their address (RFC 8935).

An event says that something ended or changed, about a subject as that client knows it; what is true now is
asked for anew. A client that was not there is told again and again by the outbox.
"""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.clients.callbacks import Callbacks, NotReached
from idp.clients.metadata import Client
from idp.crypto import jose
from idp.oauth.collaborators import OAuth
from idp.oauth.models import Authorization
from idp.outbox import queue
from idp.sessions.logout import NotTold

TOPIC = "client.event"
"""Topic of `{client_id, event, sub, said}`."""
TYPE = "secevent+jwt"
ACCEPTED = 202


class SecurityEvent(StrEnum):
    """What a client can ask to be told of (`events_requested`)."""

    MANDATE_ENDED = "urn:yitong:event:mandate-ended"
    ORGANISATION_CHANGED = "urn:yitong:event:organisation-status-changed"
    SUBJECT_CHANGED = "urn:yitong:event:subject-changed"


@dataclass(frozen=True)
class EventMessenger:
    """Delivers `client.event` messages."""

    oauth: OAuth
    callbacks: Callbacks

    def deliver(self, payload: Mapping[str, Any], now: datetime) -> None:
        """Tell one client, if it wants to know; raises NotTold."""
        client = self.oauth.clients.find(payload["client_id"])
        if client is None or not client.is_online or not wants(client, payload["event"]):
            return
        token = event_token(self.oauth, client, payload, now)
        try:
            status = self.callbacks.push(client.events_uri or "", token.encode(), f"application/{TYPE}")
        except NotReached as failure:
            raise NotTold(str(failure)) from failure
        if status != ACCEPTED:
            raise NotTold(f"status {status}")


def wants(client: Client, event: str) -> bool:
    """Whether a client asked to be told of this."""
    return client.events_uri is not None and event in client.events_requested


def event_token(oauth: OAuth, client: Client, payload: Mapping[str, Any], now: datetime) -> str:
    """A security event token (RFC 8417 §2.2): no `exp`, no `sub`, the subject as `sub_id` (RFC 9493)."""
    said = {
        "iss": oauth.issuer,
        "aud": client.id,
        "iat": int(now.timestamp()),
        "jti": secrets.token_urlsafe(16),
        "sub_id": {"format": "iss_sub", "iss": oauth.issuer, "sub": payload["sub"]},
        "events": {payload["event"]: payload["said"]},
    }
    return jose.sign(said, oauth.keyring.signing(client.id_token_alg), TYPE)


def announce(
    db: Session, event: SecurityEvent, places: Iterable[tuple[str, str]], said: Mapping[str, Any]
) -> int:
    """Queue an event for clients, each with the subject it knows; who does not want it is skipped later."""
    told = set(places)
    for client_id, sub in sorted(told):
        message = {"client_id": client_id, "event": event.value, "sub": sub, "said": dict(said)}
        queue.put(db, TOPIC, message, subject=None)
    return len(told)


def where_known(db: Session, organisation_id: UUID) -> set[tuple[str, str]]:
    """The clients that were let in for an organisation, each with its subject there."""
    query = select(Authorization.client_id, Authorization.sub).where(
        Authorization.organisation_id == organisation_id, Authorization.derived_from.is_(None)
    )
    return {(client_id, sub) for client_id, sub in db.execute(query.distinct())}
