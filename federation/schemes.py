"""
How upstreams sign and seal, as small named functions; a profile says over which text and with which key.

MD5 and a bare hash around a secret are what these platforms ask for. They prove our calls to them inside TLS
and are never the reason why we believe somebody.
"""

import base64
import hashlib
import hmac
import os
from collections.abc import Callable, Mapping
from types import MappingProxyType

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import hmac as macs
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7


def md5(_: str, text: str) -> str:
    """Lower-case hexadecimal MD5; the secret is part of the text."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def sha256_upper(_: str, text: str) -> str:
    """Upper-case hexadecimal SHA-256; the secret is part of the text."""
    return hashlib.sha256(text.encode()).hexdigest().upper()


def hmac_sha256(key: str, text: str) -> str:
    """HMAC-SHA256 in base64."""
    return base64.b64encode(hmac.digest(key.encode(), text.encode(), "sha256")).decode()


def hmac_sm3(key: str, text: str) -> str:
    """HMAC-SM3 in lower-case hexadecimal (GB/T 15852.2, GB/T 32905)."""
    mac = macs.HMAC(key.encode(), hashes.SM3())
    mac.update(text.encode())
    return mac.finalize().hex()


SIGNATURES: Mapping[str, Callable[[str, str], str]] = MappingProxyType(
    {"md5": md5, "sha256_upper": sha256_upper, "hmac_sha256": hmac_sha256, "hmac_sm3": hmac_sm3}
)
"""Name in a profile → (key, text) → signature."""


def seal_sm4(key: str, text: str) -> str:
    """
    SM4-CBC with PKCS#7 padding in base64, the initial vector in front (GB/T 32907).

    Assumption, because no upstream publishes it: the key is the first half of SM3 over the issued secret.
    """
    padding, start = PKCS7(128).padder(), os.urandom(16)
    padded = padding.update(text.encode()) + padding.finalize()
    encryptor = _sm4(key, start).encryptor()
    return base64.b64encode(start + encryptor.update(padded) + encryptor.finalize()).decode()


def open_sm4(key: str, sealed: str) -> str:
    """The text in what `seal_sm4` gave; raises ValueError if there is none."""
    octets = base64.b64decode(sealed, validate=True)
    decryptor, padding = _sm4(key, octets[:16]).decryptor(), PKCS7(128).unpadder()
    padded = decryptor.update(octets[16:]) + decryptor.finalize()
    return (padding.update(padded) + padding.finalize()).decode()


def seal_base64(_: str, text: str) -> str:
    """No seal at all: an envelope around a text that was signed as it stands."""
    return base64.b64encode(text.encode()).decode()


def open_base64(_: str, sealed: str) -> str:
    """The text; raises ValueError if it is none."""
    return base64.b64decode(sealed, validate=True).decode()


SEALS: Mapping[str, tuple[Callable[[str, str], str], Callable[[str, str], str]]] = MappingProxyType(
    {"sm4": (seal_sm4, open_sm4), "base64": (seal_base64, open_base64)}
)
"""Name in a profile → how a text is sealed with a key, and how it is opened."""


def _sm4(key: str, start: bytes) -> Cipher[modes.CBC]:
    digest = hashes.Hash(hashes.SM3())
    digest.update(key.encode())
    return Cipher(algorithms.SM4(digest.finalize()[:16]), modes.CBC(start))
