"""A system's own metadata file, turned into what is registered for it (SAML Metadata §2.4.4).

The operator who brings the file vouches for it; a signature in it is not looked at. What we do not support
(artifacts, PAOS) is left out, and nothing is fetched.
"""

from collections.abc import Iterator
from typing import Any

from idp import safe_xml
from idp.saml.documents import DS, MD, SAMLP, Element, Untrusted

LONGEST = 512 * 1024
BINDINGS = {
    "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect": "redirect",
    "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST": "post",
    "urn:oasis:names:tc:SAML:2.0:bindings:SOAP": "soap",
}
TRANSIENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"


def section(document: bytes) -> dict[str, Any]:
    """The `saml` section of a client's metadata; raises Untrusted for what is no service provider's."""
    entity = _entity(safe_xml.parse(document, LONGEST))
    role = entity.find(f"{{{MD}}}SPSSODescriptor")
    if role is None or SAMLP not in (role.get("protocolSupportEnumeration") or "").split():
        raise Untrusted("no SPSSODescriptor for SAML 2.0")
    formats = [(one.text or "").strip() for one in role.iterfind(f"{{{MD}}}NameIDFormat")]
    signing = list(_certificates(role, "signing"))
    return {
        "entity_id": entity.get("entityID") or "",
        "assertion_consumer_services": list(_consumers(role)),
        "single_logout_services": list(_logouts(role)) if signing else [],
        "certificates": signing,
        "encryption_certificates": list(_certificates(role, "encryption")),
        "requests_signed": role.get("AuthnRequestsSigned") in ("true", "1"),
        "name_id_format": "transient" if TRANSIENT in formats and PERSISTENT not in formats else "persistent",
    }


def _entity(root: Element) -> Element:
    if root.tag == f"{{{MD}}}EntityDescriptor":
        return root
    found = root.findall(f"{{{MD}}}EntityDescriptor") if root.tag == f"{{{MD}}}EntitiesDescriptor" else []
    if len(found) != 1:
        raise Untrusted("not the metadata of one entity")
    return found[0]


def _consumers(role: Element) -> Iterator[dict[str, Any]]:
    """Those over POST, the default first, then by index (SAML Metadata §2.2.3)."""
    found = [
        one
        for one in role.iterfind(f"{{{MD}}}AssertionConsumerService")
        if BINDINGS.get(one.get("Binding", "")) == "post"
    ]
    for one in sorted(found, key=lambda one: (one.get("isDefault") not in ("true", "1"), _index(one))):
        yield {"location": one.get("Location") or "", "index": _index(one)}


def _logouts(role: Element) -> Iterator[dict[str, Any]]:
    for one in role.iterfind(f"{{{MD}}}SingleLogoutService"):
        binding = BINDINGS.get(one.get("Binding", ""))
        if binding is not None:
            answers = (
                {"response_location": one.get("ResponseLocation")} if one.get("ResponseLocation") else {}
            )
            yield {"binding": binding, "location": one.get("Location") or "", **answers}


def _certificates(role: Element, use: str) -> Iterator[str]:
    """Those of keys for this use, or for any."""
    for key in role.iterfind(f"{{{MD}}}KeyDescriptor"):
        if key.get("use") in (None, use):
            for one in key.iterfind(f".//{{{DS}}}X509Certificate"):
                yield "".join((one.text or "").split())


def _index(one: Element) -> int:
    value = one.get("index", "0")
    if not (value.isascii() and value.isdecimal() and len(value) < 6):
        raise Untrusted("index")
    return int(value)
