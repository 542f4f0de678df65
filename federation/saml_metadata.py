"""SAML metadata: where an upstream is asked and by which keys it is believed, and what it is told of us."""

from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from cryptography import x509

from idp.saml import documents
from idp.saml.documents import DS, MD, SAMLP, Element, Untrusted, attribute, escaped_attribute
from idp.saml.messages import POST_BINDING
from idp.zones import LOOPBACK

REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
DEFAULT = ' isDefault="true"'
LONGEST = 1024 * 1024


@dataclass(frozen=True)
class Provider:
    """An identity provider, as its operator described it to ours."""

    sign_on: str
    log_out: str
    """Empty where it has none."""
    certificates: tuple[x509.Certificate, ...] = field(repr=False)


def read(document: bytes, issuer: str) -> Provider:
    """
    The identity provider of this name in a file that came by hand; raises Untrusted.

    The file is trusted because of who brought it, so a signature in it is not looked at.
    """
    root = documents.parse(document, LONGEST)
    if root.tag != f"{{{MD}}}EntityDescriptor" or root.get("entityID") != issuer:
        raise Untrusted("no EntityDescriptor of this issuer")
    found = root.findall(f"{{{MD}}}IDPSSODescriptor")
    if len(found) != 1:
        raise Untrusted("not one identity provider")
    certificates = tuple(_certificates(found[0]))
    sign_on = _service(found[0], "SingleSignOnService")
    if not certificates or not sign_on:
        raise Untrusted("no key, or no SingleSignOnService by redirect")
    return Provider(sign_on, _service(found[0], "SingleLogoutService"), certificates)


def described(entity_id: str, consumers: Sequence[str], left: str, certificate: bytes) -> str:
    """
    Our own description for an upstream's operator; the first of `consumers` is the default one.

    `certificate` is of the key that signs our requests.
    """
    services = "".join(
        f'<md:AssertionConsumerService Binding="{POST_BINDING}" Location="{escaped_attribute(consumer)}"'
        f' index="{index}"{DEFAULT if index == 0 else ""}/>'
        for index, consumer in enumerate(consumers)
    )
    return (
        f'<md:EntityDescriptor xmlns:md="{MD}" entityID="{escaped_attribute(entity_id)}">'
        '<md:SPSSODescriptor AuthnRequestsSigned="true" WantAssertionsSigned="true"'
        f' protocolSupportEnumeration="{SAMLP}">'
        f'<md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="{DS}"><ds:X509Data><ds:X509Certificate>'
        f"{b64encode(certificate).decode()}"
        "</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
        f'<md:SingleLogoutService Binding="{REDIRECT}" Location="{escaped_attribute(left)}"/>'
        f"{services}</md:SPSSODescriptor></md:EntityDescriptor>"
    )


def _service(provider: Element, name: str) -> str:
    for service in provider.findall(f"{{{MD}}}{name}"):
        if service.get("Binding") == REDIRECT:
            return _address(attribute(service, "Location"))
    return ""


def _address(location: str) -> str:
    parts = urlsplit(location)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK):
        return location
    raise Untrusted("an address without TLS")


def _certificates(provider: Element) -> Iterator[x509.Certificate]:
    for key in provider.findall(f"{{{MD}}}KeyDescriptor"):
        if key.get("use", "signing") == "signing":
            for written in key.iter(f"{{{DS}}}X509Certificate"):
                yield _certificate("".join((written.text or "").split()))


def _certificate(written: str) -> x509.Certificate:
    try:
        return x509.load_der_x509_certificate(b64decode(written, validate=True))
    except ValueError as fault:
        raise Untrusted("a certificate that is none") from fault
