"""From a ticket to who came (CAS 3.0 §2.4–2.8, appendix B): every version of the protocol asks here."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from idp.cas import proxying, tickets
from idp.cas.tickets import PROXY, SERVICE, Cas, Ticket
from idp.clients import services
from idp.clients.metadata import Client
from idp.oauth import identity
from idp.oauth.claims import Claims
from idp.oauth.message import Parameters
from idp.oauth.redemption import Beside
from idp.storage.base import new_id

REMEMBER = """
    insert into cas_sessions (id, session_id, client_id, sub, ticket_sealed, service_sealed, validated_at)
    select :cas_session, :session, :client, :sub, :ticket, :service, :now
"""
"""The ticket as the service knows its session by, in the same moment as the participant."""


class Code(StrEnum):
    """Why a ticket is refused (CAS 3.0 §2.5.3)."""

    INVALID_REQUEST = "INVALID_REQUEST"
    INVALID_TICKET_SPEC = "INVALID_TICKET_SPEC"
    INVALID_TICKET = "INVALID_TICKET"
    INVALID_SERVICE = "INVALID_SERVICE"
    INVALID_PROXY_CALLBACK = "INVALID_PROXY_CALLBACK"
    UNAUTHORIZED_SERVICE = "UNAUTHORIZED_SERVICE"
    INTERNAL_ERROR = "INTERNAL_ERROR"


DESCRIPTIONS = {
    Code.INVALID_REQUEST: "service and ticket must be sent, each once",
    Code.INVALID_TICKET_SPEC: "this endpoint takes service tickets only",
    Code.INVALID_TICKET: "the ticket is unknown, was used, has expired, or its session has ended",
    Code.INVALID_SERVICE: "the ticket was given for another service",
    Code.INVALID_PROXY_CALLBACK: "pgtUrl is not registered for this service, or did not answer 200",
    Code.UNAUTHORIZED_SERVICE: "the target may not be entered in this person's name",
    Code.INTERNAL_ERROR: "try again",
}


@dataclass(frozen=True)
class Failure:
    """A refusal; its description is ours and never repeats what was sent."""

    code: Code

    @property
    def description(self) -> str:
        """The same in words, for the developer."""
        return DESCRIPTIONS[self.code]


@dataclass(frozen=True)
class Success:
    """Who came."""

    claims: Claims
    fresh: bool
    at: datetime
    proxies: tuple[str, ...] = ()
    iou: str | None = None
    """By which a proxy finds the granting ticket that was sent to its callback."""

    @property
    def user(self) -> str:
        """The subject, as everywhere."""
        return str(self.claims["sub"])


def validate(cas: Cas, asked: Parameters, now: datetime, *, proxied: bool) -> Success | Failure:
    """
    Prove, give; the ticket is spent by being looked at, whatever comes of it.

    The protocol wants it so (§2.5: whether or not validation was successful), because here nobody but the
    ticket proves anything: a second look would only help whoever picked it up.
    """
    text, service = asked.get("ticket"), services.normalised(asked.get("service"))
    if text is None or service is None or asked.repeated:
        return _refused(cas, Code.INVALID_REQUEST)
    if text.startswith(PROXY) and not proxied:
        return _refused(cas, Code.INVALID_TICKET_SPEC)
    ticket = tickets.take(cas, text) if text.startswith((SERVICE, PROXY)) else None
    if ticket is None or (asked.get("renew") == "true" and not ticket.fresh):
        return _refused(cas, Code.INVALID_TICKET)
    client = cas.entrances.of_service(service)
    if ticket.given.redirect_uri != service or client is None or client.id != ticket.given.client_id:
        return _refused(cas, Code.INVALID_SERVICE)
    return _admitted(cas, client, ticket, text, asked.get("pgtUrl"), now)


def _admitted(
    cas: Cas, client: Client, ticket: Ticket, text: str, callback: str | None, now: datetime
) -> Success | Failure:
    oauth = cas.oauth
    if not tickets.hang_together(oauth, ticket.behind, now):
        return _refused(cas, Code.INVALID_TICKET)
    beside = _remembered(cas, ticket, text) if client.hears_logout else None
    claims = identity.admit(oauth, client, ticket.given, now, beside)
    if claims is None:
        return _refused(cas, Code.INVALID_TICKET)
    iou = None
    if callback is not None:
        iou = proxying.grant(cas, client, ticket, callback)
        if iou is None:
            return _refused(cas, Code.INVALID_PROXY_CALLBACK)
    oauth.count("cas_validate", "answered")
    return Success(claims, ticket.fresh, ticket.given.authenticated_at, ticket.proxies, iou)


def _refused(cas: Cas, code: Code) -> Failure:
    cas.oauth.count("cas_validate", code.lower())
    return Failure(code)


def _remembered(cas: Cas, ticket: Ticket, text: str) -> Beside:
    row, vault = new_id(), cas.oauth.vault
    service = ticket.given.redirect_uri.encode()
    return Beside(
        REMEMBER,
        {
            "cas_session": row,
            "ticket": vault.seal(text.encode(), "cas_sessions", "ticket", row),
            "service": vault.seal(service, "cas_sessions", "service", row),
        },
    )
