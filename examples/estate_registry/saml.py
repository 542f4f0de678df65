"""SAML 2.0 as a service provider: what is sent, and what must hold before anything received is believed.

Two rules carry the rest. Only the element that the verifier returns is read, never the document that came.
And an answer counts once, for the request that this site itself has made.
"""

import base64
import secrets
import time
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from lxml import etree
from signxml.exceptions import SignXMLException
from signxml.verifier import SignatureConfiguration, VerifyResult, XMLVerifier

NS = {
    "saml": "urn:oasis:names:tc:SAML:2.0:assertion",
    "samlp": "urn:oasis:names:tc:SAML:2.0:protocol",
    "md": "urn:oasis:names:tc:SAML:2.0:metadata",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
    "soap": "http://schemas.xmlsoap.org/soap/envelope/",
}
BINDING = "urn:oasis:names:tc:SAML:2.0:bindings:"
SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
SKEW = timedelta(seconds=60)
PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"


class Doubtful(Exception):
    """Something received that must not be believed."""


@dataclass(frozen=True)
class Own:
    """This site: its address, its key, its certificate."""

    url: str
    key_pem: bytes
    certificate_pem: bytes

    @property
    def entity_id(self) -> str:
        return f"{self.url}/saml/metadata"

    def metadata(self) -> str:
        """What the provider registers us by."""
        certificate = x509.load_pem_x509_certificate(self.certificate_pem).public_bytes(Encoding.DER)
        consumer = f'Binding="{BINDING}HTTP-POST" Location="{self.url}/saml/acs" index="0"'
        services = (
            f'<md:SingleLogoutService Binding="{BINDING}SOAP" Location="{self.url}/saml/soap"/>'
            f'<md:SingleLogoutService Binding="{BINDING}HTTP-Redirect" Location="{self.url}/saml/slo"/>'
            f"<md:NameIDFormat>{PERSISTENT}</md:NameIDFormat>"
            f"<md:AssertionConsumerService {consumer}/>"
        )
        return (
            f'<md:EntityDescriptor xmlns:md="{NS["md"]}" entityID="{self.entity_id}"><md:SPSSODescriptor '
            f'AuthnRequestsSigned="true" protocolSupportEnumeration="{NS["samlp"]}">'
            f'<md:KeyDescriptor><ds:KeyInfo xmlns:ds="{NS["ds"]}"><ds:X509Data><ds:X509Certificate>'
            f"{base64.b64encode(certificate).decode()}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"
            f"</md:KeyDescriptor>{services}</md:SPSSODescriptor></md:EntityDescriptor>"
        )


@dataclass(frozen=True)
class Provider:
    """Whom we believe: its name, its addresses, its certificates."""

    entity_id: str
    sso: str
    slo: str
    certificates: tuple[x509.Certificate, ...]


def believed(metadata: bytes) -> Provider:
    """Read the provider's metadata; whoever gave us its address vouches for it."""
    root = parsed(metadata)
    redirect = f"[@Binding='{BINDING}HTTP-Redirect']/@Location"
    found = root.iterfind(".//md:KeyDescriptor//ds:X509Certificate", NS)
    return Provider(
        entity_id=str(root.get("entityID")),
        sso=root.xpath(f"string(.//md:SingleSignOnService{redirect})", namespaces=NS),
        slo=root.xpath(f"string(.//md:SingleLogoutService{redirect})", namespaces=NS),
        certificates=tuple(x509.load_der_x509_certificate(base64.b64decode(one.text or "")) for one in found),
    )


def kept(fetch: Callable[[], bytes], seconds: float = 3600.0) -> Callable[[], Provider]:
    """The provider as its metadata says, read again every hour: that is how its next key becomes known."""
    read: list[tuple[float, Provider]] = []

    def provider() -> Provider:
        if not read or time.monotonic() - read[-1][0] > seconds:
            read[:] = [(time.monotonic(), believed(fetch()))]
        return read[-1][1]

    return provider


def sign_in(own: Own, provider: Provider) -> tuple[str, str]:
    """The id of a new request, and where to send the browser with it."""
    request_id = f"_{secrets.token_hex(20)}"
    message = (
        f'<samlp:AuthnRequest xmlns:samlp="{NS["samlp"]}" {_common(request_id, provider.sso)} '
        f'AssertionConsumerServiceURL="{own.url}/saml/acs">{_issuer(own)}</samlp:AuthnRequest>'
    )
    return request_id, _signed(own, provider.sso, message)


def sign_out(own: Own, provider: Provider, person: dict[str, Any]) -> str:
    """Where to send the browser so that everything ends that this sign-in opened."""
    message = (
        f'<samlp:LogoutRequest xmlns:samlp="{NS["samlp"]}" '
        f"{_common(f'_{secrets.token_hex(20)}', provider.slo)}>{_issuer(own)}"
        f'<saml:NameID xmlns:saml="{NS["saml"]}" Format="{PERSISTENT}">{person["sub"]}</saml:NameID>'
        f"<samlp:SessionIndex>{person['sid']}</samlp:SessionIndex></samlp:LogoutRequest>"
    )
    return _signed(own, provider.slo, message)


def person_in(own: Own, provider: Provider, answer: str, asked: Iterable[str]) -> tuple[str, dict[str, Any]]:
    """The request that an answer is to, and whom it is about; raises Doubtful.

    `asked` are the requests of ours that still wait; whoever calls takes the one that is named off the list.
    """
    consumer = f"{own.url}/saml/acs"
    response = _verified(provider, parsed(_decoded(answer)), "Response")
    _holds(response.get("Destination") == consumer, "destination")
    _holds(response.findtext("saml:Issuer", namespaces=NS) == provider.entity_id, "issuer")
    _holds(response.get("InResponseTo") in set(asked), "not asked for")
    _holds(_status(response) == SUCCESS, "declined")
    assertions = response.findall("saml:Assertion", NS)
    _holds(len(assertions) == 1, "assertions")
    _conditions(own, assertions[0], consumer, str(response.get("InResponseTo")))
    return str(response.get("InResponseTo")), _person(assertions[0])


def signed_out_by(provider: Provider, envelope: bytes, here: str) -> tuple[str, str, str]:
    """A request by SOAP that somebody leaves: its id, whom, and from which session; raises Doubtful."""
    body = parsed(envelope).find("soap:Body", NS)
    _holds(body is not None and len(body) == 1, "envelope")
    request = _verified(provider, body[0], "LogoutRequest")
    _holds(request.get("Destination") == here, "destination")
    _holds(_moment(request.get("NotOnOrAfter")) > datetime.now(UTC) - SKEW, "expired")
    name = request.findtext("saml:NameID", "", NS), request.findtext("samlp:SessionIndex", "", NS)
    return str(request.get("ID")), *name


def heard(own: Own, request_id: str) -> str:
    """The answer to such a request; TLS vouches for it."""
    message = (
        f'<samlp:LogoutResponse xmlns:samlp="{NS["samlp"]}" {_common(f"_{secrets.token_hex(20)}", "")} '
        f'InResponseTo="{request_id}">{_issuer(own)}'
        f'<samlp:Status><samlp:StatusCode Value="{SUCCESS}"/></samlp:Status></samlp:LogoutResponse>'
    )
    return f'<soap:Envelope xmlns:soap="{NS["soap"]}"><soap:Body>{message}</soap:Body></soap:Envelope>'


def parsed(document: bytes) -> etree._Element:
    """XML without document types, entities, comments and instructions: what one reader skips, none sees."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(document, parser)
    except etree.XMLSyntaxError as fault:
        raise Doubtful("not XML") from fault
    _holds(root.getroottree().docinfo.internalDTD is None, "document type")
    _holds(all(isinstance(one.tag, str) for one in root.iter()), "comment")
    return root


def _decoded(answer: str) -> bytes:
    """The document in a form's field; line breaks in it are allowed (SAML Bindings §3.5.4)."""
    try:
        return base64.b64decode("".join(answer.split()), validate=True)
    except ValueError as fault:
        raise Doubtful("not base64") from fault


def _verified(provider: Provider, element: etree._Element, name: str) -> etree._Element:
    """The element of that name as it was signed by the provider, as a whole."""
    own = parsed(etree.tostring(element, with_tail=False))
    _holds(own.tag == f"{{{NS['samlp']}}}{name}", "another message")
    references = own.xpath("ds:Signature/ds:SignedInfo/ds:Reference/@URI", namespaces=NS)
    _holds(references == [f"#{own.get('ID')}"], "signature of something else")
    for certificate in provider.certificates:
        try:
            config = SignatureConfiguration(location="./", expect_references=1)
            found = XMLVerifier().verify(own, x509_cert=certificate, id_attribute="ID", expect_config=config)
        except (SignXMLException, ValueError):
            continue
        if isinstance(found, VerifyResult) and found.signed_xml is not None:
            return found.signed_xml
    raise Doubtful("signature")


def _conditions(own: Own, assertion: etree._Element, consumer: str, request_id: str) -> None:
    """For us, for this request, at this moment."""
    audiences = [one.text for one in assertion.iterfind("saml:Conditions//saml:Audience", NS)]
    _holds(audiences == [own.entity_id], "audience")
    data = assertion.find("saml:Subject/saml:SubjectConfirmation/saml:SubjectConfirmationData", NS)
    _holds(data is not None and data.get("Recipient") == consumer, "recipient")
    _holds(data.get("InResponseTo") == request_id, "another request")
    conditions, now = assertion.find("saml:Conditions", NS), datetime.now(UTC)
    _holds(_moment(conditions.get("NotBefore")) <= now + SKEW, "not yet")
    for until in (conditions, data):
        _holds(now - SKEW < _moment(until.get("NotOnOrAfter")), "expired")


def _person(assertion: etree._Element) -> dict[str, Any]:
    said = {
        str(one.get("Name")): [value.text or "" for value in one]
        for one in assertion.iterfind("saml:AttributeStatement/saml:Attribute", NS)
    }
    statement = assertion.find("saml:AuthnStatement", NS)
    person: dict[str, Any] = {name: values[0] for name, values in said.items() if len(values) == 1}
    person["sub"] = assertion.findtext("saml:Subject/saml:NameID", "", NS)
    person["sid"] = statement.get("SessionIndex")
    return person


def _status(response: etree._Element) -> str:
    code = response.find("samlp:Status/samlp:StatusCode", NS)
    return "" if code is None else str(code.get("Value"))


def _signed(own: Own, endpoint: str, message: str) -> str:
    """A request in a query, with the signature beside it (SAML Bindings §3.4.4.1)."""
    key = load_pem_private_key(own.key_pem, None)
    assert isinstance(key, RSAPrivateKey)
    packed = zlib.compress(message.encode())[2:-4]
    query = f"SAMLRequest={_quoted(packed)}&SigAlg={quote(RSA_SHA256, safe='')}"
    return f"{endpoint}?{query}&Signature={_quoted(key.sign(query.encode(), PKCS1v15(), SHA256()))}"


def _common(message_id: str, destination: str) -> str:
    at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    where = f' Destination="{destination}"' if destination else ""
    return f'ID="{message_id}" Version="2.0" IssueInstant="{at}"{where}'


def _issuer(own: Own) -> str:
    return f'<saml:Issuer xmlns:saml="{NS["saml"]}">{own.entity_id}</saml:Issuer>'


def _moment(text: str | None) -> datetime:
    try:
        return datetime.fromisoformat(text or "").astimezone(UTC)
    except ValueError as fault:
        raise Doubtful("time") from fault


def _quoted(octets: bytes) -> str:
    return quote(base64.b64encode(octets).decode(), safe="")


def _holds(condition: bool, otherwise: str) -> None:
    if not condition:
        raise Doubtful(otherwise)
