"""Somebody with a key, a certificate and something to say in SAML."""

import secrets
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import urlencode

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from idp import clock
from idp.crypto import jose
from idp.keys import self_signed
from idp.saml import messages, signatures
from idp.saml.documents import DS, MD, SAML, SAMLP, escaped, escaped_attribute
from idp.saml.signatures import Signer

MADE = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
POST = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
ARTIFACT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Artifact"
SOAP = "urn:oasis:names:tc:SAML:2.0:bindings:SOAP"
HOST = "https://fund.example.gov.cn"


@dataclass(frozen=True)
class Party:
    """Somebody who signs."""

    signer: Signer

    @property
    def certificate(self) -> x509.Certificate:
        return x509.load_der_x509_certificate(self.signer.certificate)

    @property
    def encoded(self) -> str:
        """The certificate as metadata has it."""
        return b64encode(self.signer.certificate).decode()

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def private(self) -> RSAPrivateKey:
        assert isinstance(self.signer.key.private, RSAPrivateKey)
        return self.signer.key.private

    @property
    def private_pem(self) -> bytes:
        return self.private.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())


@cache
def party(name: str) -> Party:
    """The same one for every test that says the name: keys take a while to make."""
    key = jose.generate("RS256", name)
    return Party(Signer(key, self_signed.certificate(key, MADE)))


@dataclass
class System:
    """A department system that speaks SAML."""

    host: str = HOST
    party: Party = field(default_factory=lambda: party("system"))

    @property
    def entity_id(self) -> str:
        return f"{self.host}/saml"

    @property
    def consumer(self) -> str:
        return f"{self.host}/saml/acs"

    def registration(self, **changes: Any) -> dict[str, Any]:
        """What it registers under `saml`."""
        section = {
            "entity_id": self.entity_id,
            "assertion_consumer_services": [
                {"location": self.consumer, "index": 0},
                {"location": f"{self.host}/saml/other", "index": 7},
            ],
            "single_logout_services": [{"binding": "redirect", "location": f"{self.host}/saml/slo"}],
            "certificates": [self.party.encoded],
            "requests_signed": True,
            **changes,
        }
        return {name: value for name, value in section.items() if value is not None}

    def request(self, inner: str = "", /, **attributes: str | None) -> str:
        """An AuthnRequest, unsigned; an attribute given as None is left out."""
        return self._message("AuthnRequest", "http://127.0.0.1:8000/saml/sso", inner, attributes)

    def logout(self, name_id: str, index: str | None, **attributes: str | None) -> str:
        """A LogoutRequest, unsigned."""
        named = f'<saml:NameID xmlns:saml="{SAML}">{escaped(name_id)}</saml:NameID>'
        indexed = f"<samlp:SessionIndex>{escaped(index)}</samlp:SessionIndex>" if index else ""
        return self._message("LogoutRequest", "http://127.0.0.1:8000/saml/slo", named + indexed, attributes)

    def query(
        self, message: str, relay_state: str | None = None, signed: bool = True, name: str = "SAMLRequest"
    ) -> str:
        """For the redirect binding."""
        pairs = [(name, messages.deflated(message))]
        pairs += [] if relay_state is None else [("RelayState", relay_state)]
        return signatures.signed_query(pairs, self.party.signer) if signed else urlencode(pairs)

    def signed(self, message: str) -> str:
        """For the other bindings."""
        element_id = message.partition(' ID="')[2].partition('"')[0]
        head, close, tail = message.partition("</saml:Issuer>")
        return signatures.signed(head + close, tail, element_id, self.party.signer)

    def _message(self, kind: str, to: str, inner: str, changes: dict[str, str | None]) -> str:
        values: dict[str, str | None] = {
            "Destination": to,
            "ID": f"_{secrets.token_hex(16)}",
            "IssueInstant": moment(clock.now()),
            "Version": "2.0",
        }
        issuer = changes.pop("Issuer", self.entity_id)
        values |= changes
        written = "".join(
            f' {name}="{escaped_attribute(value)}"'
            for name, value in sorted(values.items())
            if value is not None
        )
        return (
            f'<samlp:{kind} xmlns:samlp="{SAMLP}"{written}>'
            f'<saml:Issuer xmlns:saml="{SAML}">{escaped(issuer or "")}</saml:Issuer>{inner}</samlp:{kind}>'
        )


def moment(at: datetime, **ago: float) -> str:
    """A time as SAML writes it."""
    return (at - timedelta(**ago)).strftime("%Y-%m-%dT%H:%M:%SZ")


def metadata_file(
    inner: str = "", attributes: str = "", around: Callable[[str], str] = lambda xml: xml
) -> bytes:
    """A metadata file as a system's makers would hand it in."""
    key = (
        f'<KeyDescriptor><KeyInfo xmlns="{DS}"><X509Data><X509Certificate>\n{party("system").encoded}\n'
        "</X509Certificate></X509Data></KeyInfo></KeyDescriptor>"
    )
    return around(
        f'<EntityDescriptor xmlns="{MD}" entityID="https://fund.example.gov.cn/saml">'
        f'<!-- made by hand --><SPSSODescriptor protocolSupportEnumeration="{SAMLP}" {attributes}>{key}'
        f'<SingleLogoutService Binding="{SOAP}" Location="https://fund.example.gov.cn/soap"/>'
        f'<AssertionConsumerService Binding="{ARTIFACT}" Location="https://fund.example.gov.cn/a" index="0"/>'
        f'<AssertionConsumerService Binding="{POST}" Location="https://fund.example.gov.cn/b" index="1"/>'
        f'<AssertionConsumerService Binding="{POST}" Location="https://fund.example.gov.cn/c" index="2"'
        f' isDefault="true"/>{inner}</SPSSODescriptor></EntityDescriptor>'
    ).encode()


def company(code: str) -> str:
    """Our extension that names for whom somebody is to come."""
    return (
        '<samlp:Extensions><yt:Organisation xmlns:yt="urn:yitong:saml">'
        f"{code}</yt:Organisation></samlp:Extensions>"
    )


def matter(code: str, action: str = "apply", inner: str = "", **more: str) -> str:
    """Our extension that says what somebody comes to do."""
    said = {"Code": code, "Action": action, **more}
    written = "".join(f' {name}="{escaped_attribute(value)}"' for name, value in said.items())
    return f'<yt:Matter xmlns:yt="urn:yitong:saml"{written}>{inner}</yt:Matter>'


def extensions(*elements: str) -> str:
    """Extensions of a request."""
    return f"<samlp:Extensions>{''.join(elements)}</samlp:Extensions>"
