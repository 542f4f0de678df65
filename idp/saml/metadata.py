"""Our own metadata, signed (SAML Metadata §2.4.3): where to ask us and by which keys to believe us.

Every published key is in it: peers that take it again within the hour know the next key long before it signs.
"""

from base64 import b64encode
from hashlib import sha256

from idp.oauth.documents import Document, document
from idp.saml import signatures
from idp.saml.collaborators import Saml
from idp.saml.documents import DS, MD, SAMLP, escaped_attribute
from idp.saml.names import FORMAT

BINDING = "urn:oasis:names:tc:SAML:2.0:bindings:"
MEDIA_TYPE = "application/samlmetadata+xml"
KEPT_SECONDS = 300


class Metadata:
    """The documents, one for each network zone, written again only when keys have changed."""

    def __init__(self, saml: Saml) -> None:
        self._saml = saml
        self._keys: tuple[bytes, ...] = ()
        self._documents: dict[str, Document] = {}

    def document(self, host: str = "") -> Document:
        """The metadata as it is now, for the network zone it was asked for in; the same until keys change."""
        keys, base = tuple(self._saml.oauth.keyring.certificates()), self._saml.oauth.zones.base_for(host)
        if keys != self._keys:
            self._documents, self._keys = {}, keys
        if base not in self._documents:
            body = written(self._saml, keys, base).encode()
            self._documents[base] = document(body, KEPT_SECONDS, MEDIA_TYPE)
        return self._documents[base]


def written(saml: Saml, certificates: tuple[bytes, ...], base: str) -> str:
    """The document with these certificates, the one that signs first; endpoints are below `base`."""
    body = (
        f'<md:IDPSSODescriptor WantAuthnRequestsSigned="false" protocolSupportEnumeration="{SAMLP}">'
        + "".join(map(_key, certificates))
        + _service("SingleLogoutService", "HTTP-Redirect", f"{base}/saml/slo")
        + _service("SingleLogoutService", "HTTP-POST", f"{base}/saml/slo")
        + _service("SingleLogoutService", "SOAP", f"{base}/saml/soap")
        + "".join(
            f"<md:NameIDFormat>{FORMAT}{name}</md:NameIDFormat>" for name in ("persistent", "transient")
        )
        + _service("SingleSignOnService", "HTTP-Redirect", f"{base}/saml/sso")
        + _service("SingleSignOnService", "HTTP-POST", f"{base}/saml/sso")
        + "</md:IDPSSODescriptor></md:EntityDescriptor>"
    )
    element_id = f"_{sha256(body.encode()).hexdigest()[:40]}"
    head = (
        f'<md:EntityDescriptor xmlns:md="{MD}" ID="{element_id}" cacheDuration="PT1H"'
        f' entityID="{escaped_attribute(saml.entity_id)}">'
    )
    return signatures.signed(head, body, element_id, saml.signer)


def _key(certificate: bytes) -> str:
    return (
        f'<md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="{DS}"><ds:X509Data><ds:X509Certificate>'
        f"{b64encode(certificate).decode()}"
        "</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
    )


def _service(name: str, binding: str, location: str) -> str:
    return f'<md:{name} Binding="{BINDING}{binding}" Location="{escaped_attribute(location)}"></md:{name}>'
