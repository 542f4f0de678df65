"""A request to sign somebody in, checked; each check is one rule, in the order they must be made.

Until the system and its address have matched, whatever is wrong is shown to the person; after that the system
is told (`errors`).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl

from idp.assurance import CLASSES, Level, least
from idp.clients.metadata import Client
from idp.clients.saml_metadata import Consumer, SamlSystem, client_id_of
from idp.interaction.record import Demand, OnBehalf
from idp.matters.catalogue import Catalogue
from idp.oauth import standing
from idp.oauth.checks import details
from idp.oauth.checks.details import Meant
from idp.oauth.errors import Redirected
from idp.saml import documents, messages, names, signatures
from idp.saml.collaborators import Saml
from idp.saml.documents import Element, Untrusted
from idp.saml.errors import Fault, Refused, Second, Unanswerable
from idp.saml.messages import POST_BINDING, AuthnRequest

LONGEST_RELAY_STATE = 1024
"""Bytes; the specification says 80 (SAML Bindings §3.4.3), which many overstep."""
MOST_PARAMETERS = 20
EXACT, MINIMUM = "exact", "minimum"
DETAIL = {
    "Code": "matter",
    "Action": "action",
    "Organisation": "organisation",
    "Project": "project",
    "Region": "region",
    "Amount": "amount",
}
"""Attribute of our extension → field of an authorization detail."""
FEN = re.compile(r"[0-9]{1,16}")


@dataclass(frozen=True)
class Asked:
    """Who asks, where the answer goes, and what was asked; `request` is None for a link of ours."""

    client: Client
    system: SamlSystem
    consumer: Consumer
    request: AuthnRequest | None
    relay_state: str | None
    matters: Catalogue = field(repr=False)
    """Those there are, for judging the ones a request names."""

    @property
    def passive(self) -> bool:
        """Whether no page may be shown (IsPassive)."""
        return self.request is not None and self.request.passive

    @property
    def request_id(self) -> str | None:
        """What an answer answers."""
        return self.request.id if self.request else None

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes one of which an answer must name: those that were asked for exactly."""
        exact = self.request is not None and self.request.comparison == EXACT
        return self.request.classes if self.request is not None and exact else ()

    @property
    def scopes(self) -> frozenset[str]:
        """What a SAML system gets is what it was approved for: a request cannot say less."""
        return standing.scopes(self.client)

    @cached_property
    def meant(self) -> Meant:
        """For what and for whom people come, as the request says; raises Refused."""
        request = self.request
        named = request.organisation if request is not None else None
        try:
            wanted = [_detail(one) for one in request.matters] if request is not None else []
            return details.meant(self.client, self.matters, wanted, named)
        except Redirected as fault:
            raise Refused(Second.UNSUPPORTED) from fault

    @property
    def on_behalf(self) -> OnBehalf | None:
        """As what people come, and for whom and what where the request names it; raises Refused."""
        meant = self.meant
        return standing.on_behalf(self.client, meant.wishes, meant.organisation)

    def demand(self) -> Demand:
        """What the interaction must bring about; raises Refused."""
        request = self.request
        return replace(
            standing.demand(self.client, fresh=request is not None and request.force),
            level=self.client.minimum.union(_level(self)).union(self.meant.level),
            subject=request.subject if request is not None else None,
            on_behalf=self.on_behalf,
        )


def by_redirect(saml: Saml, query: str, now: datetime) -> Asked:
    """A request in a query (SAML Bindings §3.4); raises Unanswerable."""
    try:
        values = parameters(query)
        root = documents.parse(messages.inflated(values["SAMLRequest"]))
        client, system = _sender(saml, root)
    except (Untrusted, KeyError) as fault:
        raise Unanswerable(Fault.UNREADABLE) from fault
    is_signed = "Signature" in values and bool(system.certificates)
    if is_signed or system.requests_signed:
        try:
            signatures.verify_query(query, "SAMLRequest", system.certificates)
        except Untrusted as fault:
            raise Unanswerable(Fault.SIGNATURE) from fault
    return _asked(saml, client, system, root, values.get("RelayState"), is_signed, now)


def by_post(saml: Saml, message: str, relay_state: str | None, now: datetime) -> Asked:
    """A request in a form (SAML Bindings §3.5); raises Unanswerable."""
    try:
        root = documents.parse(messages.decoded(message))
        client, system = _sender(saml, root)
    except Untrusted as fault:
        raise Unanswerable(Fault.UNREADABLE) from fault
    is_signed = signatures.is_signed(root) and bool(system.certificates)
    if is_signed or system.requests_signed:
        try:
            root = signatures.verify(root, system.certificates)
        except Untrusted as fault:
            raise Unanswerable(Fault.SIGNATURE) from fault
    return _asked(saml, client, system, root, relay_state, is_signed, now)


def by_link(saml: Saml, client_id: str, relay_state: str | None) -> Asked:
    """A link of ours instead of a request (SAML Profiles §4.1.5); raises Unanswerable."""
    client = saml.oauth.clients.find(client_id)
    if client is None or not client.is_online or client.saml is None or not client.saml.idp_initiated:
        raise Unanswerable(Fault.UNKNOWN_SYSTEM)
    return Asked(
        client, client.saml, client.saml.consumers[0], None, bounded(relay_state), saml.oauth.matters
    )


def sender(saml: Saml, entity_id: str) -> tuple[Client, SamlSystem]:
    """The system of this name, if it is served; raises Unanswerable."""
    client = saml.oauth.clients.find(client_id_of(entity_id))
    if client is None or client.saml is None or not client.is_online:
        raise Unanswerable(Fault.UNKNOWN_SYSTEM)
    if client.saml.entity_id != entity_id:
        raise Unanswerable(Fault.UNKNOWN_SYSTEM)
    return client, client.saml


def parameters(query: str) -> dict[str, str]:
    """The parameters of a query; one that comes twice is refused."""
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=MOST_PARAMETERS)
    except ValueError as fault:
        raise Unanswerable(Fault.UNREADABLE) from fault
    values = dict(pairs)
    if len(values) != len(pairs):
        raise Unanswerable(Fault.UNREADABLE)
    return values


def is_answerable(asked: Asked) -> None:
    """What may be wrong with a request whose sender and address are right; raises Refused."""
    request = asked.request
    if request is None:
        return
    if request.binding not in (None, POST_BINDING):
        raise Refused(Second.UNSUPPORTED_BINDING)
    wanted = request.name_id_format
    if wanted not in (None, names.UNSPECIFIED, names.name_id_format(asked.client)):
        raise Refused(Second.NAME_ID_POLICY)
    if request.name_qualifier not in (None, "", asked.system.entity_id):
        raise Refused(Second.NAME_ID_POLICY)


def _detail(attributes: Mapping[str, str]) -> Mapping[str, Any]:
    """One of our extensions as the authorization detail it stands for (RFC 9396, ``urn:yitong:matter``)."""
    if not set(attributes) <= set(DETAIL):
        raise Refused(Second.UNSUPPORTED)
    detail: dict[str, Any] = {DETAIL[name]: value for name, value in attributes.items()}
    if "amount" in detail:
        amount = detail["amount"]
        detail["amount"] = int(amount) if FEN.fullmatch(amount) else amount
    return detail


def _level(asked: Asked) -> Level:
    """What the classes asked for require: of several the first known one, as with `acr_values`.

    Classes have no order, so nothing can be promised to be better than one or at most one.
    """
    request = asked.request
    if request is None or not request.classes:
        return least(asked.client.default_acr)
    if request.comparison not in (EXACT, MINIMUM):
        raise Refused(Second.NO_CONTEXT)
    known = [CLASSES[one] for one in request.classes if one in CLASSES]
    if not known:
        raise Refused(Second.NO_CONTEXT)
    return known[0]


def _sender(saml: Saml, root: Element) -> tuple[Client, SamlSystem]:
    return sender(saml, messages.issuer_of(root))


def _asked(
    saml: Saml,
    client: Client,
    system: SamlSystem,
    root: Element,
    relay_state: str | None,
    is_signed: bool,
    now: datetime,
) -> Asked:
    """The same for both bindings, once the signature is settled."""
    try:
        request = messages.authn_request(root)
    except Untrusted as fault:
        raise Unanswerable(Fault.UNREADABLE) from fault
    if request.issuer != system.entity_id:
        raise Unanswerable(Fault.UNKNOWN_SYSTEM)
    if request.destination is None:
        if is_signed:  # a signed message is for somebody (SAML Bindings §3.4.5.2, §3.5.5.2)
            raise Unanswerable(Fault.DESTINATION)
    elif not saml.is_here(request.destination, saml.sso):
        raise Unanswerable(Fault.DESTINATION)
    consumer = system.consumer(request.consumer_url, request.consumer_index)
    if consumer is None:
        raise Unanswerable(Fault.UNKNOWN_CONSUMER)
    lifetimes = saml.lifetimes
    if not now - lifetimes.request <= request.issued_at <= now + lifetimes.skew:
        raise Unanswerable(Fault.TIME)
    return Asked(client, system, consumer, request, bounded(relay_state), saml.oauth.matters)


def bounded(value: str | None) -> str | None:
    """A relay state that is not too long to carry; nothing of it is read."""
    if value is not None and len(value.encode("utf-8", "surrogatepass")) > LONGEST_RELAY_STATE:
        raise Unanswerable(Fault.UNREADABLE)
    return value or None
