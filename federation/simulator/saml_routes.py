"""A province that speaks SAML 2.0, by signxml: requests by redirect, responses by POST, and its lies."""

import secrets
import zlib
from base64 import b64decode, b64encode
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from html import escape
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import quote

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from flask import Blueprint, Response, abort, redirect, request
from lxml import etree
from signxml.algorithms import CanonicalizationMethod
from signxml.signer import XMLSigner
from werkzeug.wrappers import Response as AnyResponse

from federation.simulator.docking import ABOUT_SOMEBODY, Desk, Visit, attributes
from federation.simulator.faults import Lie
from federation.simulator.province import SANDBOX, Province

KEY_FILE = "saml.pem"
CLASSES = "urn:oasis:names:tc:SAML:2.0:ac:classes:"
CLASS = {1: "PasswordProtectedTransport", 2: "MobileTwoFactorContract", 3: "SmartcardPKI"}
OWN = 'xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"'
NAMES = f'xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" {OWN}'
SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"
NO = (
    "urn:oasis:names:tc:SAML:2.0:status:Responder",
    "urn:oasis:names:tc:SAML:2.0:status:RequestDenied",
)


@dataclass(frozen=True)
class Keys:
    """A key with a certificate of its own making."""

    key: rsa.RSAPrivateKey
    certificate: x509.Certificate


@cache
def keys(which: str) -> Keys:
    """The key that is published, and one that is not."""
    key = rsa.generate_private_key(65537, 2048)
    name, now = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "province")]), datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=3650))
    return Keys(key, made.sign(key, SHA256()))


def kept(folder: Path) -> Keys:
    """The published key of a province that is started again and again; made when it is not there yet."""
    file = folder / KEY_FILE
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        made = keys("published")
        private = made.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        file.touch(mode=0o600)
        file.write_bytes(private + made.certificate.public_bytes(Encoding.PEM))
    written = file.read_bytes()
    key = load_pem_private_key(written, None)
    assert isinstance(key, rsa.RSAPrivateKey)
    return Keys(key, x509.load_pem_x509_certificate(written))


def metadata(url: str, pair: Keys | None = None) -> str:
    """What the province's operator gives to those who dock."""
    published = pair or keys("published")
    written = b64encode(published.certificate.public_bytes(Encoding.DER)).decode()
    binding = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
    return (
        f'<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="{url}/saml">'
        '<md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">'
        '<md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#">'
        f"<ds:X509Data><ds:X509Certificate>{written}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"
        f'</md:KeyDescriptor><md:SingleLogoutService Binding="{binding}" Location="{url}/saml/slo"/>'
        f'<md:SingleSignOnService Binding="{binding}" Location="{url}/saml/sso"/>'
        "</md:IDPSSODescriptor></md:EntityDescriptor>"
    )


def table(url: str, metadata_file: str) -> dict[str, Any]:
    """The settings of a city that docks here."""
    return {
        "protocol": "saml",
        "title": "省级统一身份认证平台",
        "issuer": f"{url}/saml",
        "client_id": SANDBOX.id,
        "options": {"metadata": metadata_file},
        "trust": {"levels": {"1": 1, "2": 2, "3": 3, "4": 4, "5": 5}},
    }


def routes(province: Province) -> Blueprint:
    """Everything below ``/saml``."""
    saml, desk = Blueprint("province_saml", __name__, url_prefix="/saml"), Desk(province, "saml")
    last: list[str] = []
    left: list[str] = []

    def published() -> Keys:
        return kept(province.folder) if province.folder else keys("published")

    @saml.get("/metadata")
    def described() -> Response:
        described = metadata(request.url_root.rstrip("/"), published())
        return Response(described, content_type="application/samlmetadata+xml")

    @saml.get("/sso")
    def sso() -> AnyResponse:
        """Show the login page where it must, then a page whose form posts the response."""
        asked = _asked(request.args.get("SAMLRequest", ""))
        back = asked.get("AssertionConsumerServiceURL", "")
        if not SANDBOX.may_be_answered_at(back):
            abort(HTTPStatus.BAD_REQUEST)
        left.append(back.replace("/callback", "/left"))
        seat = province.seat()
        if province.lies("saml.authorize", Lie.DENIED) or (seat is None and "IsPassive" in asked):
            return _posting(province, back, _response(asked, f"{request.url_root}saml", NO, ""))
        if seat is None:
            return province.asks_to_sign_in()
        if "ForceAuthn" in asked and "again" not in request.args:
            return desk.ask_anew()
        if not province.lies("saml.authorize", Lie.REPLAYED) or not last:
            visit = Visit(SANDBOX.id, back, province.now(), seat)
            lie = province.lies("saml.user", *(one for one in Lie if one not in ABOUT_SOMEBODY))
            pair = keys("forged") if lie == Lie.FORGED else published()
            last[:] = [_signed(pair, desk, visit, asked, f"{request.url_root}saml", lie)]
        return _posting(province, back, last[0])

    @saml.get("/slo")
    def slo() -> AnyResponse:
        """End the session and go back where the city's metadata says, which lies beside its callback."""
        asked = _asked(request.args.get("SAMLRequest", ""))
        refuses = province.lies("saml.slo", Lie.DENIED)
        if not refuses:
            province.signs_out()
        if not left:
            return redirect("/", HTTPStatus.SEE_OTHER)
        pair = keys("forged") if province.lies("saml.slo", Lie.FORGED) else published()
        answer = _left(pair, asked, request.url_root, NO if refuses else (SUCCESS,))
        return redirect(f"{left[-1]}?{answer}", HTTPStatus.SEE_OTHER)

    return saml


def _left(pair: Keys, asked: dict[str, str], root: str, statuses: tuple[str, ...]) -> str:
    """A signed LogoutResponse in a query (SAML Bindings §3.4.4.1)."""
    status = ""
    for one in reversed(statuses):
        status = f'<samlp:StatusCode Value="{one}">{status}</samlp:StatusCode>'
    message = (
        f'<samlp:LogoutResponse {NAMES} ID="_{secrets.token_hex(16)}" Version="2.0"'
        f' IssueInstant="{_instant(datetime.now(UTC))}" InResponseTo="{escape(asked["ID"])}">'
        f"<saml:Issuer>{root}saml</saml:Issuer><samlp:Status>{status}</samlp:Status></samlp:LogoutResponse>"
    )
    packed = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    written = b64encode(packed.compress(message.encode()) + packed.flush()).decode()
    algorithm = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
    query = f"SAMLResponse={quote(written, safe='')}&SigAlg={quote(algorithm, safe='')}"
    signature = b64encode(pair.key.sign(query.encode(), PKCS1v15(), SHA256())).decode()
    return f"{query}&Signature={quote(signature, safe='')}"


def _asked(message: str) -> dict[str, str]:
    """The attributes of the request."""
    try:
        root = etree.fromstring(zlib.decompress(b64decode(message), -zlib.MAX_WBITS))
    except (ValueError, zlib.error, etree.XMLSyntaxError):
        abort(HTTPStatus.BAD_REQUEST)
    return {str(name): str(value) for name, value in root.attrib.items()}


def _posting(province: Province, back: str, response: str) -> AnyResponse:
    """A form the browser posts (SAML Bindings §3.5)."""
    state = request.args.get("RelayState", "")
    if province.lies("saml.authorize", Lie.WRONG_STATE):
        state = secrets.token_urlsafe(16)
    return Response(
        f'<!doctype html><form method="post" action="{escape(back)}">'
        f'<input type="hidden" name="SAMLResponse" value="{b64encode(response.encode()).decode()}">'
        f'<input type="hidden" name="RelayState" value="{escape(state)}"><button>继续</button></form>'
        "<script>document.forms[0].submit()</script>"
    )


def _signed(pair: Keys, desk: Desk, visit: Visit, asked: dict[str, str], issuer: str, lie: str | None) -> str:
    if lie == Lie.GARBAGE:
        return "<samlp:Response>"
    assertion = etree.fromstring(_assertion(desk, visit, asked, issuer, lie))
    if lie != Lie.UNSIGNED:
        signer = XMLSigner(c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0)
        assertion = signer.sign(
            assertion, key=pair.key, cert=[pair.certificate], reference_uri=str(assertion.get("ID"))
        )
    return _response(asked, issuer, (SUCCESS,), etree.tostring(assertion).decode())


def _response(asked: dict[str, str], issuer: str, statuses: tuple[str, ...], assertion: str) -> str:
    status = ""
    for one in reversed(statuses):
        status = f'<samlp:StatusCode Value="{one}">{status}</samlp:StatusCode>'
    now = _instant(datetime.now(UTC))
    return (
        f'<samlp:Response {NAMES} ID="_{secrets.token_hex(16)}" Version="2.0" IssueInstant="{now}"'
        f' Destination="{escape(asked["AssertionConsumerServiceURL"])}" InResponseTo="{escape(asked["ID"])}">'
        f"<saml:Issuer>{issuer}</saml:Issuer><samlp:Status>{status}</samlp:Status>{assertion}</samlp:Response>"
    )


def _assertion(desk: Desk, visit: Visit, asked: dict[str, str], issuer: str, lie: str | None) -> str:
    told, shift = desk.told(visit), {Lie.EXPIRED: -2, Lie.EARLY: 2}
    citizen = told.citizen if lie != Lie.NO_DOCUMENT else replace(told.citizen, number="")
    now = datetime.now(UTC) + timedelta(hours=shift.get(Lie(lie), 0) if lie else 0)
    begins, ends = _instant(now - timedelta(minutes=1)), _instant(now + timedelta(minutes=3))
    back = asked["AssertionConsumerServiceURL"]
    written = "".join(
        f'<saml:Attribute Name="{name}"><saml:AttributeValue>{escape(value)}</saml:AttributeValue>'
        "</saml:Attribute>"
        for name, value in attributes(citizen).items()
    )
    said_by = "https://elsewhere.example" if lie == Lie.WRONG_ISSUER else issuer
    audience = "somebody-else" if lie == Lie.WRONG_AUDIENCE else SANDBOX.id
    in_response_to = "_another" if lie == Lie.WRONG_NONCE else asked["ID"]
    return (
        f'<saml:Assertion {OWN} ID="_{secrets.token_hex(16)}"'
        f' Version="2.0" IssueInstant="{_instant(now)}"><saml:Issuer>{said_by}</saml:Issuer>'
        f"<saml:Subject><saml:NameID>{told.subject}</saml:NameID>"
        '<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">'
        f'<saml:SubjectConfirmationData InResponseTo="{escape(in_response_to)}" NotOnOrAfter="{ends}"'
        f' Recipient="{escape(back)}"/></saml:SubjectConfirmation></saml:Subject>'
        f'<saml:Conditions NotBefore="{begins}" NotOnOrAfter="{ends}"><saml:AudienceRestriction>'
        f"<saml:Audience>{audience}</saml:Audience></saml:AudienceRestriction></saml:Conditions>"
        f'<saml:AuthnStatement AuthnInstant="{_instant(visit.seat.at)}" SessionIndex="{visit.seat.mark}">'
        f"<saml:AuthnContext><saml:AuthnContextClassRef>{CLASSES}{CLASS[citizen.aal]}"
        "</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>"
        f"<saml:AttributeStatement>{written}</saml:AttributeStatement></saml:Assertion>"
    )


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
