"""Single logout (SAML Profiles §4.4): a system signs somebody out here, and hears that others have.

A request is signed by a key the system registered, so nobody else can sign people out by a link. It ends the
whole session: every other participant is told by the outbox, whatever its protocol.
"""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.clients.callbacks import Callbacks, NotReached
from idp.clients.metadata import Client
from idp.clients.saml_metadata import LogoutService, SamlSystem
from idp.clock import instant
from idp.crypto.handles import digest
from idp.oauth.models import Subject
from idp.oauth.responses import FormPost, Redirect
from idp.saml import asked, documents, messages, names, signatures
from idp.saml.assertions import STATUS, issuer, name_id, new_id
from idp.saml.collaborators import Saml
from idp.saml.documents import SAMLP, Untrusted, escaped_attribute
from idp.saml.errors import Fault, Second, Unanswerable
from idp.saml.messages import LogoutRequest
from idp.sessions import lifecycle, logout
from idp.sessions.logout import NotTold
from idp.sessions.models import Participant, SignInSession

XML = "text/xml; charset=utf-8"
SUCCESS = f"{STATUS}Success"
HEARD = frozenset({SUCCESS, f"{STATUS}{Second.UNKNOWN_PRINCIPAL}", f"{STATUS}PartialLogout"})
"""Statuses of a system that has nobody signed in any more, or never had."""


@dataclass(frozen=True)
class SigningOut:
    """A request that holds together."""

    client: Client
    system: SamlSystem
    request: LogoutRequest
    relay_state: str | None = None


def by_redirect(saml: Saml, query: str, now: datetime) -> SigningOut:
    """A request in a query; raises Unanswerable."""
    values = asked.parameters(query)
    try:
        root = documents.parse(messages.inflated(values["SAMLRequest"]))
        client, system = asked.sender(saml, messages.issuer_of(root))
        signatures.verify_query(query, "SAMLRequest", system.certificates)
        return _checked(saml, client, system, root, saml.slo, values.get("RelayState"), now)
    except signatures.Unsigned as fault:
        raise Unanswerable(Fault.SIGNATURE) from fault
    except (Untrusted, KeyError) as fault:
        raise Unanswerable(Fault.UNREADABLE) from fault


def by_post(saml: Saml, message: str, relay_state: str | None, now: datetime) -> SigningOut:
    """A request in a form; raises Unanswerable."""
    try:
        return _verified(saml, documents.parse(messages.decoded(message)), saml.slo, relay_state, now)
    except Untrusted as fault:
        raise Unanswerable(Fault.UNREADABLE) from fault


def by_soap(saml: Saml, envelope: bytes, now: datetime) -> SigningOut:
    """A request in SOAP, without a browser; raises Unanswerable."""
    try:
        return _verified(saml, messages.out_of_soap(envelope), saml.soap, None, now)
    except Untrusted as fault:
        raise Unanswerable(Fault.UNREADABLE) from fault


def end(saml: Saml, leaving: SigningOut, now: datetime) -> list[UUID] | None:
    """End what the request means and give it; None where it means nobody this system was told of."""
    with saml.oauth.database.writing() as db:
        meant = _sessions(saml, db, leaving, now)
        if meant is None:
            return None
        lifecycle.end(db, meant, lifecycle.SIGNED_OUT, now)
        for session in meant:  # who asked knows already
            logout.note_answer(db, {"session_id": str(session.id), "client_id": leaving.client.id}, now)
        return [session.id for session in meant]


def answer(saml: Saml, leaving: SigningOut, ended: bool, now: datetime) -> Redirect | FormPost | None:
    """Our answer through the browser; None where the system registered nowhere for it."""
    service = leaving.system.logout("redirect", "post")
    if service is None:
        return None
    return carried(saml, service, leaving.relay_state, leaving.request.id, ended, now)


def carried(
    saml: Saml, service: LogoutService, relay_state: str | None, request_id: str, ended: bool, now: datetime
) -> Redirect | FormPost:
    """A response over the binding of a service."""
    by_post = service.binding == "post"
    message = response(saml, service.response_location, request_id, ended, now, signed=by_post)
    if by_post:
        fields = {"SAMLResponse": b64encode(message.encode()).decode()}
        return FormPost(
            service.response_location, fields | ({"RelayState": relay_state} if relay_state else {})
        )
    pairs = [("SAMLResponse", messages.deflated(message))]
    pairs += [("RelayState", relay_state)] if relay_state else []
    separator = "&" if "?" in service.response_location else "?"
    return Redirect(service.response_location + separator + signatures.signed_query(pairs, saml.signer))


def response(saml: Saml, to: str, request_id: str, ended: bool, now: datetime, signed: bool) -> str:
    """A LogoutResponse (SAML Core §3.7.2); in a query the query is signed instead."""
    element_id = new_id()
    inner = (
        "" if ended else f'<samlp:StatusCode Value="{STATUS}{Second.UNKNOWN_PRINCIPAL}"></samlp:StatusCode>'
    )
    status = SUCCESS if ended else f"{STATUS}Requester"
    destination = f' Destination="{escaped_attribute(to)}"' if to else ""
    head = (
        f'<samlp:LogoutResponse xmlns:samlp="{SAMLP}"{destination} ID="{element_id}"'
        f' InResponseTo="{escaped_attribute(request_id)}" IssueInstant="{instant(now)}" Version="2.0">'
        f"{issuer(saml, own=True)}"
    )
    tail = (
        f'<samlp:Status><samlp:StatusCode Value="{status}">{inner}</samlp:StatusCode></samlp:Status>'
        "</samlp:LogoutResponse>"
    )
    return signatures.signed(head, tail, element_id, saml.signer) if signed else head + tail


@dataclass(frozen=True)
class Messenger:
    """Tells SAML systems that a session is over, by SOAP (`sessions.logout.Messenger`)."""

    saml: Saml
    callbacks: Callbacks

    def deliver(self, payload: Mapping[str, Any], now: datetime) -> bool:
        """Tell one system; false when it registered no SOAP service. Raises NotTold."""
        client = self.saml.oauth.clients.find(payload["client_id"])
        service = client.saml.logout("soap") if client is not None and client.saml else None
        if client is None or client.saml is None or service is None or not client.is_online:
            return False
        request_id = new_id()
        session_id, sub = UUID(payload["session_id"]), payload["sub"]
        message = request(self.saml, client, service.location, session_id, sub, request_id, now)
        try:
            status, body = self.callbacks.ask(service.location, messages.in_soap(message), XML)
        except NotReached as failure:
            raise NotTold(str(failure)) from failure
        if status != 200:
            raise NotTold(f"status {status}")
        _has_heard(client.saml, body, request_id)
        return True


def _has_heard(system: SamlSystem, body: bytes, request_id: str) -> None:
    """The connection is the system's own (TLS); an answer that is signed besides must verify."""
    try:
        root = messages.out_of_soap(body)
        if signatures.is_signed(root):
            root = signatures.verify(root, system.certificates)
        heard = messages.logout_response(root)
    except Untrusted as fault:
        raise NotTold(f"answer: {fault}") from fault
    if heard.in_response_to != request_id or heard.issuer != system.entity_id:
        raise NotTold("answer to something else")
    if not HEARD & set(heard.statuses):
        raise NotTold("refused")


def request(
    saml: Saml,
    client: Client,
    to: str,
    session_id: UUID,
    sub: str,
    request_id: str,
    now: datetime,
    signed: bool = True,
) -> str:
    """A LogoutRequest (SAML Core §3.7.1); in a query the query is signed instead."""
    head = (
        f'<samlp:LogoutRequest xmlns:samlp="{SAMLP}" Destination="{escaped_attribute(to)}" ID="{request_id}"'
        f' IssueInstant="{instant(now)}" NotOnOrAfter="{instant(now + saml.lifetimes.logout)}" Version="2.0">'
        f"{issuer(saml, own=True)}"
    )
    index = names.session_index(saml.oauth.vault, session_id, client.id)
    tail = (
        f"{name_id(saml, client, session_id, sub, own=True)}"
        f"<samlp:SessionIndex>{index}</samlp:SessionIndex>"
        "</samlp:LogoutRequest>"
    )
    return signatures.signed(head, tail, request_id, saml.signer) if signed else head + tail


def _verified(
    saml: Saml, root: documents.Element, endpoint: str, relay_state: str | None, now: datetime
) -> SigningOut:
    client, system = asked.sender(saml, messages.issuer_of(root))
    try:
        root = signatures.verify(root, system.certificates)
    except Untrusted as fault:
        raise Unanswerable(Fault.SIGNATURE) from fault
    return _checked(saml, client, system, root, endpoint, relay_state, now)


def _checked(
    saml: Saml,
    client: Client,
    system: SamlSystem,
    root: documents.Element,
    endpoint: str,
    relay_state: str | None,
    now: datetime,
) -> SigningOut:
    """For us, now, and for the first time."""
    request = messages.logout_request(root)
    if request.issuer != system.entity_id:
        raise Unanswerable(Fault.UNKNOWN_SYSTEM)
    if request.destination is None or not saml.is_here(request.destination, endpoint):
        raise Unanswerable(Fault.DESTINATION)
    skew, longest = saml.lifetimes.skew, saml.lifetimes.logout
    expires = min(request.expires_at or now + longest, request.issued_at + longest)
    if request.issued_at > now + skew or now >= expires + skew:
        raise Unanswerable(Fault.TIME)
    key = f"saml-logout:{digest(f'{client.id}|{request.id}')}"
    if not saml.oauth.state.once(key, (longest + 2 * skew).total_seconds()):
        raise Unanswerable(Fault.TIME)
    if request.issued_at < saml.oauth.state.epoch() - skew:  # the store may have forgotten what it knew
        raise Unanswerable(Fault.TIME)
    return SigningOut(client, system, request, asked.bounded(relay_state))


def _sessions(saml: Saml, db: Session, leaving: SigningOut, now: datetime) -> list[SignInSession] | None:
    """The living sessions that a request means; None where it names nobody this system knows there."""
    indexes, client = leaving.request.session_indexes, leaving.client
    if indexes:
        ids = [names.session_of(saml.oauth.vault, one, client.id) for one in indexes]
        found = [db.get(SignInSession, one) for one in ids if one is not None]
        meant = [session for session in found if session is not None]
    else:
        meant = _of_person(db, leaving, now)
    known = [one for one in meant if _knows(saml, db, leaving, one)]
    return [one for one in known if one.ended_at is None] if known else None


def _of_person(db: Session, leaving: SigningOut, now: datetime) -> list[SignInSession]:
    """Without an index, every session of the person of this name (SAML Core §3.7.3.1)."""
    person_id = db.scalar(select(Subject.person_id).where(Subject.sub == leaving.request.name_id))
    return lifecycle.live(db, person_id, now) if person_id is not None else []


def _knows(saml: Saml, db: Session, leaving: SigningOut, session: SignInSession) -> bool:
    """Whether this system was told of this very name in this session."""
    subs = db.scalars(
        select(Participant.sub).where(
            Participant.session_id == session.id, Participant.client_id == leaving.client.id
        )
    )
    vault, client = saml.oauth.vault, leaving.client
    return any(names.name_id(vault, client, session.id, sub) == leaving.request.name_id for sub in subs)
