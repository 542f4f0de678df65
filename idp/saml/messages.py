"""Messages of systems, read into plain values; whoever reads one has verified what had to be signed."""

import zlib
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from idp.saml import documents
from idp.saml.documents import LONGEST, SAML, SAMLP, Element, Untrusted, attribute, moment, optional

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
POST_BINDING = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
OURS = "urn:yitong:saml"
"""The namespace of what we add to requests."""
LONGEST_NAME = 256
"""Characters of an ID or name that we are willing to repeat."""
MOST_CLASSES = 20
MOST_MATTERS = 10


@dataclass(frozen=True)
class AuthnRequest:
    """A system asks for somebody (SAML Core §3.4.1)."""

    id: str
    issuer: str
    issued_at: datetime
    destination: str | None
    consumer_url: str | None
    consumer_index: int | None
    binding: str | None
    force: bool
    passive: bool
    classes: tuple[str, ...]
    comparison: str
    name_id_format: str | None
    name_qualifier: str | None
    subject: str | None
    organisation: str | None
    """The credit code of the one somebody is to come for, in an extension of ours."""
    matters: tuple[Mapping[str, str], ...] = ()
    """What they come to do: the attributes of each of our extensions that says so."""


@dataclass(frozen=True)
class LogoutRequest:
    """A system says that somebody signs out (SAML Core §3.7.1)."""

    id: str
    issuer: str
    issued_at: datetime
    expires_at: datetime | None
    destination: str | None
    name_id: str
    session_indexes: tuple[str, ...]


@dataclass(frozen=True)
class LogoutResponse:
    """A system answers that it has heard (SAML Core §3.7.2)."""

    issuer: str
    in_response_to: str
    statuses: tuple[str, ...]
    """The status codes, the outermost first."""


def inflated(parameter: str) -> bytes:
    """A message out of a query (SAML Bindings §3.4.4.1, DEFLATE), never longer than we read."""
    try:
        opened = zlib.decompressobj(-zlib.MAX_WBITS)
        message = opened.decompress(b64decode(parameter, validate=True), LONGEST)
    except (ValueError, zlib.error) as fault:
        raise Untrusted("encoding") from fault
    if not opened.eof:
        raise Untrusted("too long")
    return message


def deflated(message: str) -> str:
    """A message for a query."""
    packed = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return b64encode(packed.compress(message.encode()) + packed.flush()).decode()


def decoded(parameter: str) -> bytes:
    """A message out of a form (SAML Bindings §3.5.4); white space in it means nothing."""
    try:
        return b64decode("".join(parameter.split()), validate=True)
    except ValueError as fault:
        raise Untrusted("encoding") from fault


def issuer_of(root: Element) -> str:
    """Who says to have sent it; good only for finding whose keys to verify it with."""
    return _text(documents.child(root, "Issuer"))


def authn_request(root: Element) -> AuthnRequest:
    """Read an AuthnRequest; raises Untrusted."""
    _is_a(root, "AuthnRequest")
    policy, context = optional(root, "NameIDPolicy"), optional(root, "RequestedAuthnContext")
    index = root.get("AssertionConsumerServiceIndex")
    if index is not None and not (index.isascii() and index.isdecimal() and len(index) < 6):
        raise Untrusted("index")
    subject = optional(root, "Subject")
    named = None if subject is None else documents.child(subject, "NameID")
    classes = [] if context is None else [_text(one) for one in context if isinstance(one.tag, str)]
    if len(classes) > MOST_CLASSES:
        raise Untrusted("too many classes")
    return AuthnRequest(
        id=_name(attribute(root, "ID")),
        issuer=issuer_of(root),
        issued_at=moment(attribute(root, "IssueInstant")),
        destination=root.get("Destination"),
        consumer_url=root.get("AssertionConsumerServiceURL"),
        consumer_index=None if index is None else int(index),
        binding=root.get("ProtocolBinding"),
        force=_truth(root, "ForceAuthn"),
        passive=_truth(root, "IsPassive"),
        classes=tuple(classes),
        comparison="exact" if context is None else context.get("Comparison", "exact"),
        name_id_format=None if policy is None else policy.get("Format"),
        name_qualifier=None if policy is None else policy.get("SPNameQualifier"),
        subject=None if named is None else _text(named),
        organisation=_organisation(root),
        matters=_matters(root),
    )


def logout_request(root: Element) -> LogoutRequest:
    """Read a LogoutRequest; raises Untrusted."""
    _is_a(root, "LogoutRequest")
    expires = root.get("NotOnOrAfter")
    indexes = documents.children(root, f"{{{SAMLP}}}SessionIndex")
    return LogoutRequest(
        id=_name(attribute(root, "ID")),
        issuer=issuer_of(root),
        issued_at=moment(attribute(root, "IssueInstant")),
        expires_at=None if expires is None else moment(expires),
        destination=root.get("Destination"),
        name_id=_text(documents.child(root, "NameID")),
        session_indexes=tuple(_text(one) for one in indexes[:MOST_CLASSES]),
    )


def logout_response(root: Element) -> LogoutResponse:
    """Read a LogoutResponse; raises Untrusted."""
    _is_a(root, "LogoutResponse")
    statuses, parent = [], documents.child(root, "Status")
    while (code := optional(parent, "StatusCode")) is not None:
        statuses.append(attribute(code, "Value"))
        parent = code
    return LogoutResponse(issuer_of(root), attribute(root, "InResponseTo"), tuple(statuses))


def out_of_soap(envelope: bytes) -> Element:
    """The one message in a SOAP body (SAML Bindings §3.2)."""
    root = documents.parse(envelope)
    if root.tag != f"{{{SOAP}}}Envelope":
        raise Untrusted("not SOAP")
    body = documents.child(root, "Body")
    if body.tag != f"{{{SOAP}}}Body" or len(body) != 1:
        raise Untrusted("not one message")
    return documents.parse(etree.tostring(body[0], with_tail=False))


def in_soap(message: str) -> bytes:
    """A message of ours in a SOAP envelope."""
    return (f'<soap:Envelope xmlns:soap="{SOAP}"><soap:Body>{message}</soap:Body></soap:Envelope>').encode()


def _organisation(root: Element) -> str | None:
    """`<Organisation xmlns="urn:yitong:saml">` among the extensions (SAML Core §3.2.1)."""
    extensions = optional(root, "Extensions")
    named = None if extensions is None else extensions.find(f"{{{OURS}}}Organisation")
    return None if named is None else _text(named)


def _matters(root: Element) -> tuple[Mapping[str, str], ...]:
    """`<Matter xmlns="urn:yitong:saml" Code="…" Action="apply"/>` among the extensions, one for each act."""
    extensions = optional(root, "Extensions")
    found = [] if extensions is None else extensions.findall(f"{{{OURS}}}Matter")
    if len(found) > MOST_MATTERS:
        raise Untrusted("too many matters")
    return tuple(_plain(one) for one in found)


def _plain(element: Element) -> Mapping[str, str]:
    """Its attributes; what else it holds would be read by nobody, so it may hold nothing."""
    if len(element) or (element.text or "").strip():
        raise Untrusted("content in a matter")
    return {str(name): str(value) for name, value in element.attrib.items()}


def _is_a(root: Element, name: str) -> None:
    if root.tag != f"{{{SAMLP}}}{name}" or root.get("Version") != "2.0":
        raise Untrusted(f"not a {name}")
    issuer = documents.child(root, "Issuer")
    if issuer.tag != f"{{{SAML}}}Issuer":
        raise Untrusted("issuer")


def _name(value: str) -> str:
    if len(value) > LONGEST_NAME or not value.isprintable():
        raise Untrusted("name")
    return value


def _text(element: Element) -> str:
    """Plain text of an element, trimmed."""
    if len(element) or len(element.text or "") > 4 * LONGEST_NAME:
        raise Untrusted("not plain text")
    return str(element.text or "").strip()


def _truth(element: Element, name: str) -> bool:
    value = element.get(name, "false")
    if value not in ("true", "false", "1", "0"):
        raise Untrusted(name)
    return value in ("true", "1")
