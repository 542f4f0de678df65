"""Assertions for one reader's eyes (XML Encryption 1.1): AES-256-GCM under a key wrapped by RSA-OAEP.

OAEP is the older identifier with SHA-1 inside: peers on libxmlsec 1.2 know no other, and OAEP asks nothing of
its hash that SHA-1 has lost (NIST SP 800-131A allows it there).
"""

import secrets
from base64 import b64encode

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA1

from idp.saml.documents import DS, SAML

XENC = "http://www.w3.org/2001/04/xmlenc#"
GCM = "http://www.w3.org/2009/xmlenc11#aes256-gcm"
OAEP_URI = f"{XENC}rsa-oaep-mgf1p"
SHA1_URI = "http://www.w3.org/2000/09/xmldsig#sha1"
_OAEP = OAEP(MGF1(SHA1()), SHA1(), None)  # noqa: S303 – see above


def encrypted(assertion: str, reader: x509.Certificate) -> str:
    """An EncryptedAssertion (SAML Core §2.3.4), in canonical form like everything we write."""
    public = reader.public_key()
    if not isinstance(public, RSAPublicKey):
        raise ValueError("assertions are encrypted for RSA keys only")
    key, nonce = secrets.token_bytes(32), secrets.token_bytes(12)
    sealed = nonce + AESGCM(key).encrypt(nonce, assertion.encode(), None)
    wrapped = public.encrypt(key, _OAEP)
    return (
        f'<saml:EncryptedAssertion xmlns:saml="{SAML}">'
        f'<xenc:EncryptedData xmlns:xenc="{XENC}" Type="{XENC}Element">'
        f'<xenc:EncryptionMethod Algorithm="{GCM}"></xenc:EncryptionMethod>'
        f'<ds:KeyInfo xmlns:ds="{DS}"><xenc:EncryptedKey>'
        f'<xenc:EncryptionMethod Algorithm="{OAEP_URI}">'
        f'<ds:DigestMethod Algorithm="{SHA1_URI}"></ds:DigestMethod></xenc:EncryptionMethod>'
        f"{_cipher(wrapped)}</xenc:EncryptedKey></ds:KeyInfo>{_cipher(sealed)}"
        "</xenc:EncryptedData></saml:EncryptedAssertion>"
    )


def _cipher(sealed: bytes) -> str:
    value = b64encode(sealed).decode()
    return f"<xenc:CipherData><xenc:CipherValue>{value}</xenc:CipherValue></xenc:CipherData>"
