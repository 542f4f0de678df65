"""Tell CAS services that a session is over: single logout (CAS 3.0 §2.3.3); a protocol of the worker's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from xml.sax.saxutils import escape

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.cas.models import CasSession
from idp.clients import services
from idp.clients.callbacks import Callbacks, NotReached
from idp.clients.metadata import Client
from idp.clock import instant
from idp.crypto.handles import new_handle
from idp.oauth.collaborators import OAuth
from idp.sessions.logout import NotTold

REDIRECTS = 400
"""The protocol knows no acknowledgement: clients answer 200 or lead on to a page; from here on it is a no."""


@dataclass(frozen=True)
class Messenger:
    """Delivers `session.logout` messages to CAS clients."""

    oauth: OAuth
    callbacks: Callbacks

    def deliver(self, payload: Mapping[str, Any], now: datetime) -> bool:
        """Tell every service a ticket of this session was for; false where there is none. Raises NotTold.

        Those that took it are noted at once, so that the next try is for the others alone.
        """
        client = self.oauth.clients.find(payload["client_id"])
        if client is None or not client.hears_logout:
            return False
        with self.oauth.database.reading() as db:
            known = [(row.id, row.ticket, row.service, row.told_at) for row in _tickets(db, payload)]
        failures = [
            self._tell(client, row, ticket or "", service or "", now)
            for row, ticket, service, told_at in known
            if told_at is None
        ]
        found = [failure for failure in failures if failure]
        if found:
            raise NotTold(found[0])
        return bool(known)

    def _tell(self, client: Client, row: UUID, ticket: str, service: str, now: datetime) -> str:
        """Why one service was not told; empty when it was."""
        if services.best(client.services, service) is None:
            return ""  # no longer the client's: nothing is sent there
        try:
            status = self.callbacks.post(service, {"logoutRequest": request(ticket, now)})
        except NotReached as failure:
            return str(failure)
        if not 200 <= status < REDIRECTS:
            return f"status {status}"
        with self.oauth.database.writing() as db:
            db.get_one(CasSession, row).told_at = now
        return ""


def request(ticket: str, now: datetime) -> str:
    """A logout request as CAS clients read it: the session is named by its ticket."""
    saml = "urn:oasis:names:tc:SAML:2.0:"
    return (
        f'<samlp:LogoutRequest xmlns:samlp="{saml}protocol" ID="LR-{new_handle()}" Version="2.0" '
        f'IssueInstant="{instant(now)}"><saml:NameID xmlns:saml="{saml}assertion">@NOT_USED@</saml:NameID>'
        f"<samlp:SessionIndex>{escape(ticket)}</samlp:SessionIndex></samlp:LogoutRequest>"
    )


def _tickets(db: Session, payload: Mapping[str, Any]) -> Sequence[CasSession]:
    return db.scalars(
        select(CasSession)
        .where(
            CasSession.session_id == UUID(payload["session_id"]),
            CasSession.client_id == payload["client_id"],
            CasSession.sub == payload["sub"],
        )
        .order_by(CasSession.validated_at)
    ).all()
