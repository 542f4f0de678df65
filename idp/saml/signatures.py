"""XML signatures as SAML uses them (SAML Core §5): one enveloped signature over the root, by its ID.

We sign what we wrote in exclusive canonical form ourselves, which costs one RSA operation and two digests.
What others signed is verified by signxml, by keys that were registered before; whatever is read afterwards is
the element the verifier gives back, never the document that arrived.
"""

import hashlib
import re
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import quote, unquote_to_bytes

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512, HashAlgorithm
from lxml import etree
from signxml.algorithms import DigestAlgorithm, SignatureMethod
from signxml.exceptions import SignXMLException
from signxml.verifier import SignatureConfiguration, VerifyResult, XMLVerifier

from idp.crypto.jose import SigningKey
from idp.saml import documents
from idp.saml.documents import DS, ID, Element, Untrusted

EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
SHA256_DIGEST = "http://www.w3.org/2001/04/xmlenc#sha256"

DETACHED: dict[str, type[HashAlgorithm]] = {
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256": SHA256,
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384": SHA384,
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512": SHA512,
}
"""`SigAlg` of a query → digest; neither SHA-1 nor DSA is among them (NIST SP 800-131A)."""

PLAIN = re.compile(r"[A-Za-z0-9_.~-]*")
"""Names of parameters that mean what they say, undecoded."""

METHODS = frozenset(
    SignatureMethod(f"http://www.w3.org/{uri}")
    for uri in (
        *(f"2001/04/xmldsig-more#{key}-sha{bits}" for key in ("rsa", "ecdsa") for bits in (256, 384, 512)),
        *(f"2007/05/xmldsig-more#sha{bits}-rsa-MGF1" for bits in (256, 384, 512)),
    )
)
DIGESTS = frozenset({DigestAlgorithm.SHA256, DigestAlgorithm.SHA384, DigestAlgorithm.SHA512})


class Unsigned(Untrusted):
    """There is no signature, or none that one of the registered keys made over the whole element."""


@dataclass(frozen=True)
class Signer:
    """Our key with the certificate it is published under."""

    key: SigningKey
    certificate: bytes
    """DER."""

    @cached_property
    def key_info(self) -> str:
        """The certificate as every signature carries it; who verifies has it already."""
        return (
            "<ds:KeyInfo><ds:X509Data><ds:X509Certificate>"
            f"{b64encode(self.certificate).decode()}"
            "</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"
        )


def signed(head: str, tail: str, element_id: str, signer: Signer) -> str:
    """An element with its signature between the two halves, each in exclusive canonical form.

    The signature's place is after the issuer (SAML Core §3.2.1), in metadata before the first child.
    """
    digest = hashlib.sha256(f"{head}{tail}".encode()).digest()
    info = (
        f'><ds:CanonicalizationMethod Algorithm="{EXCLUSIVE}"></ds:CanonicalizationMethod>'
        f'<ds:SignatureMethod Algorithm="{RSA_SHA256}"></ds:SignatureMethod>'
        f'<ds:Reference URI="#{element_id}"><ds:Transforms>'
        f'<ds:Transform Algorithm="{ENVELOPED}"></ds:Transform>'
        f'<ds:Transform Algorithm="{EXCLUSIVE}"></ds:Transform></ds:Transforms>'
        f'<ds:DigestMethod Algorithm="{SHA256_DIGEST}"></ds:DigestMethod>'
        f"<ds:DigestValue>{b64encode(digest).decode()}</ds:DigestValue></ds:Reference></ds:SignedInfo>"
    )
    value = signer.key.signature(f'<ds:SignedInfo xmlns:ds="{DS}"{info}'.encode())
    return (
        f'{head}<ds:Signature xmlns:ds="{DS}"><ds:SignedInfo{info}'
        f"<ds:SignatureValue>{b64encode(value).decode()}</ds:SignatureValue>"
        f"{signer.key_info}</ds:Signature>{tail}"
    )


def is_signed(element: Element) -> bool:
    """Whether an element claims to be signed itself."""
    return element.find(f"{{{DS}}}Signature") is not None


def verify(element: Element, certificates: Sequence[x509.Certificate]) -> Element:
    """What the signature of this very element covers, read anew from the bytes that were digested.

    The element is taken out of its document first, so that no reference leads anywhere else. Raises Unsigned.
    """
    own = documents.parse(etree.tostring(element, with_tail=False))
    _is_of_our_form(own)
    for certificate in certificates:
        found = _verified(own, certificate)
        if found is not None:
            if found.tag != own.tag or found.get(ID) != own.get(ID):
                raise Unsigned("signature of something else")
            return found
    raise Unsigned("signature")


def signed_query(pairs: Sequence[tuple[str, str]], signer: Signer) -> str:
    """A query with a detached signature (SAML Bindings §3.4.4.1)."""
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in pairs)
    query += f"&SigAlg={quote(RSA_SHA256, safe='')}"
    return f"{query}&Signature={quote(b64encode(signer.key.signature(query.encode())), safe='')}"


def verify_query(query: str, message: str, certificates: Sequence[x509.Certificate]) -> None:
    """Check the detached signature over a query as it was sent (SAML Bindings §3.4.4.1); raises Unsigned.

    `message` is SAMLRequest or SAMLResponse. The signature covers the sender's own encoding of exactly the
    message, the relay state and the algorithm, so nothing is decoded and encoded again.
    """
    sent: dict[str, str] = {}
    for part in query.split("&"):
        name, _, value = part.partition("=")
        if name in sent:
            raise Unsigned("repeated parameter")
        if not PLAIN.fullmatch(name):  # spelt otherwise it would not be covered, and be read all the same
            raise Unsigned("name of a parameter")
        sent[name] = value
    if not {message, "SigAlg", "Signature"} <= set(sent):
        raise Unsigned("no signature")
    covered = "&".join(f"{name}={sent[name]}" for name in (message, "RelayState", "SigAlg") if name in sent)
    algorithm = DETACHED.get(unquote_to_bytes(sent["SigAlg"]).decode("utf-8", "replace"))
    if algorithm is None:
        raise Unsigned("algorithm")
    try:
        signature = b64decode(unquote_to_bytes(sent["Signature"]), validate=True)
    except ValueError as fault:
        raise Unsigned("signature") from fault
    if not any(_signs(one.public_key(), algorithm(), signature, covered) for one in certificates):
        raise Unsigned("signature")


def _is_of_our_form(root: Element) -> None:
    """One signature directly in the root, one reference, to it, by the two transforms of SAML Core §5.4.4."""
    found = list(root.iter(f"{{{DS}}}Signature"))
    here = [one for one in found if one.getparent() is root]
    if len(here) != 1:
        raise Unsigned(f"{len(here)} signatures")
    (signature,) = here
    if signature.find(f"{{{DS}}}Object") is not None:
        raise Unsigned("object in the signature")
    references = list(signature.iter(f"{{{DS}}}Reference"))
    if len(references) != 1:
        raise Unsigned(f"{len(references)} references")
    if not root.get(ID) or references[0].get("URI") != f"#{root.get(ID)}":
        raise Unsigned("reference to something else")
    transforms = [one.get("Algorithm") for one in references[0].iter(f"{{{DS}}}Transform")]
    if transforms != [ENVELOPED, EXCLUSIVE]:
        raise Unsigned("transforms")
    canonical = [one.get("Algorithm") for one in signature.iter(f"{{{DS}}}CanonicalizationMethod")]
    if canonical != [EXCLUSIVE]:
        raise Unsigned("canonicalization")


def _verified(root: Element, certificate: x509.Certificate) -> Element | None:
    """None where this key did not make it. A certificate is but a name for a key here: whoever registered it
    vouches for it, whatever its dates (SAML V2.0 Metadata Interoperability Profile §2.6.1)."""
    config = SignatureConfiguration(
        location="./",
        expect_references=1,
        signature_methods=METHODS,
        digest_algorithms=DIGESTS,
        ignore_ambiguous_key_info=True,
        verification_time=certificate.not_valid_before_utc,
    )
    try:
        result = XMLVerifier().verify(root, x509_cert=certificate, id_attribute=ID, expect_config=config)
    except (SignXMLException, InvalidSignature, UnsupportedAlgorithm, etree.LxmlError, ValueError, TypeError):
        return None
    return result.signed_xml if isinstance(result, VerifyResult) else None


def _signs(key: object, digest: HashAlgorithm, signature: bytes, covered: str) -> bool:
    if not isinstance(key, RSAPublicKey):
        return False
    try:
        key.verify(signature, covered.encode(), PKCS1v15(), digest)
    except InvalidSignature:
        return False
    return True
