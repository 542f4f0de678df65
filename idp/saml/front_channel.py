"""Telling a system by the browser that somebody has signed out (SAML Profiles §4.4.3.2): it has no SOAP.

Each request has an id of its own that only its answer brings back, once: a signed LogoutResponse of the very
system that was asked. Whoever does not answer so has not been signed out, as far as we can say.
"""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from idp.clients.metadata import Client
from idp.clients.saml_metadata import LogoutService
from idp.oauth.responses import FormPost, Redirect
from idp.saml import asked, documents, logout, messages, signatures
from idp.saml.collaborators import Leaving, Saml
from idp.saml.documents import Untrusted
from idp.saml.errors import Unanswerable
from idp.sessions.logout import note_answer_of
from idp.sessions.models import Participant

ID = "_"
"""In front of a handle, so that it is an XML name (SAML Core §1.3.4)."""


@dataclass(frozen=True)
class Visit:
    """A system that a browser must take the message to, and how many of its names there are over."""

    client: Client
    subs: tuple[str, ...]
    """By which it knows the session: the person's, and that of every organisation they came for."""
    over: int
    """How many of these it has confirmed."""

    @property
    def is_done(self) -> bool:
        """Whether it has confirmed all."""
        return self.over == len(self.subs)


def service_of(client: Client) -> LogoutService | None:
    """Where a browser takes the message; None for a system that hears by SOAP, or not at all."""
    if client.saml is None or not client.is_online or client.saml.logout("soap") is not None:
        return None
    return client.saml.logout("redirect", "post")


def visits(saml: Saml, session_id: UUID) -> list[Visit]:
    """The systems of a session that hear by the browser, in the order in which they were entered."""
    query = select(Participant).where(Participant.session_id == session_id).order_by(Participant.first_at)
    with saml.oauth.database.reading() as db:
        entered = list(db.scalars(query))
    found = []
    for client_id in dict.fromkeys(one.client_id for one in entered):
        client = saml.oauth.clients.find(client_id)
        if client is not None and service_of(client) is not None:
            theirs = [one for one in entered if one.client_id == client_id]
            waiting = [one.sub for one in theirs if one.notified_at is None]
            told = [one.sub for one in theirs if one.notified_at is not None]
            found.append(Visit(client, (*told, *waiting), len(told)))
    return found


def ask(saml: Saml, visit: Visit, session_id: UUID, now: datetime) -> Redirect | FormPost | None:
    """A signed request over the system's binding, for the first name that is not over."""
    service = service_of(visit.client)
    if service is None or visit.is_done:
        return None
    sub = visit.subs[visit.over]
    request_id = ID + saml.leaving.add(Leaving(visit.client.id, session_id, sub))
    by_post = service.binding == "post"
    message = logout.request(
        saml, visit.client, service.location, session_id, sub, request_id, now, signed=by_post
    )
    if by_post:
        return FormPost(service.location, {"SAMLRequest": b64encode(message.encode()).decode()})
    separator = "&" if "?" in service.location else "?"
    query = signatures.signed_query([("SAMLRequest", messages.deflated(message))], saml.signer)
    return Redirect(service.location + separator + query)


def heard_by_redirect(saml: Saml, query: str, now: datetime) -> bool:
    """Whether a query is the answer to a request of ours; if it is, it is noted."""
    try:
        root = documents.parse(messages.inflated(asked.parameters(query)["SAMLResponse"]))
        client, system = asked.sender(saml, messages.issuer_of(root))
        signatures.verify_query(query, "SAMLResponse", system.certificates)
        return _noted(saml, client, root, now)
    except (Untrusted, Unanswerable, KeyError):
        return False


def heard_by_post(saml: Saml, message: str, now: datetime) -> bool:
    """The same of a form."""
    try:
        root = documents.parse(messages.decoded(message))
        client, system = asked.sender(saml, messages.issuer_of(root))
        return _noted(saml, client, signatures.verify(root, system.certificates), now)
    except (Untrusted, Unanswerable):
        return False


def _noted(saml: Saml, client: Client, root: documents.Element, now: datetime) -> bool:
    answer, destination = messages.logout_response(root), root.get("Destination")
    if destination is None or not saml.is_here(destination, saml.slo) or not _has_left(answer.statuses):
        return False
    handle = answer.in_response_to.removeprefix(ID)
    leaving = saml.leaving.find(handle)
    if leaving is None or leaving.client_id != client.id or saml.leaving.take(handle) is None:
        return False
    with saml.oauth.database.writing() as db:
        note_answer_of(db, leaving.session_id, client.id, leaving.sub, now)
    return True


def _has_left(statuses: Sequence[str]) -> bool:
    return bool(logout.HEARD & set(statuses))
