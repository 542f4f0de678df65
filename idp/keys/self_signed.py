"""Certificates of our own RSA keys, for those who want a key in that form (SAML metadata, KeyInfo).

Nobody issues them: who trusts our metadata trusts the key inside. Everything in one follows from the key and
the day it was made, and RSA signatures of PKCS #1 v1.5 have no randomness, so every process on every machine
derives the very same bytes and none are stored.
"""

from datetime import datetime, timedelta
from hashlib import sha256

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from idp.crypto.jose import SigningKey

VALID = timedelta(days=3650)
"""Longer than any key signs: rotation ends it, not this date, which some peers insist on."""


def certificate(key: SigningKey, made_at: datetime) -> bytes:
    """The certificate of a key in DER; the common name is the key's own."""
    if not isinstance(key.private, RSAPrivateKey):
        raise ValueError(f"{key.kid} is not an RSA key")
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, key.kid)])
    begins = made_at.replace(microsecond=0)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.private.public_key())
        .serial_number(int.from_bytes(sha256(key.kid.encode()).digest()[:16]) | 1)
        .not_valid_before(begins)
        .not_valid_after(begins + VALID)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key.private, SHA256())
    )
    return made.public_bytes(Encoding.DER)
