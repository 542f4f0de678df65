"""
How the data-exchange platform signs calls and hands out its working secret.

Confirmed shape: four values (rid, sid, rtime, sign) whose prefix differs by generation of the platform, and
sign = base64(HmacSHA256(sid + rid + rtime, secret)). Two things the platform's documents leave open are
assumptions of this adapter, each in one function: how the working secret is encrypted (`cipher_key`,
`unwrap_secret`) and how an answer is signed (`sign_answer`).
"""

import base64
import hashlib
import hmac

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

PREFIX = "gjzwfwpt_"
"""Prefix of the four values on the newer national platform; older ones say ``gjgxjhpt_``."""


def sign(sid: str, rid: str, rtime: str, secret: str) -> str:
    """base64(HmacSHA256(sid + rid + rtime, secret)); rtime is epoch milliseconds as decimal digits."""
    return _mac(f"{sid}{rid}{rtime}".encode(), secret)


def signed_values(prefix: str, *, sid: str, rid: str, rtime: str, secret: str) -> dict[str, str]:
    """The four values every call carries, as HTTP headers, SOAP header elements or JSON members."""
    return {
        f"{prefix}rid": rid,
        f"{prefix}sid": sid,
        f"{prefix}rtime": rtime,
        f"{prefix}sign": sign(sid, rid, rtime, secret),
    }


def sign_answer(sid: str, rid: str, rtime: str, body: bytes, secret: str) -> str:
    """Assumption: an answer is signed as a call is, with the hexadecimal SHA-256 of its body appended."""
    return _mac(f"{sid}{rid}{rtime}{hashlib.sha256(body).hexdigest()}".encode(), secret)


def same(expected: str, actual: str) -> bool:
    """Compare two signatures in constant time, whatever characters the other side sent."""
    return hmac.compare_digest(expected.encode(), actual.encode("utf-8", "surrogatepass"))


def cipher_key(app_key: str) -> bytes:
    """Assumption: the AES-128 key is the first 16 bytes of SHA-256 over the application key."""
    return hashlib.sha256(app_key.encode()).digest()[:16]


def unwrap_secret(wrapped: str, app_key: str) -> str:
    """
    The working secret from its base64 ciphertext; raises ValueError if it is not one.

    Assumption: AES-128-ECB with PKCS#7 padding. Another mode changes this function alone.
    """
    cipher = _cipher(app_key).decryptor()
    padded = cipher.update(base64.b64decode(wrapped, validate=True)) + cipher.finalize()
    padding = PKCS7(128).unpadder()
    return (padding.update(padded) + padding.finalize()).decode()


def wrap_secret(secret: str, app_key: str) -> str:
    """The platform's side of `unwrap_secret`, for its simulation."""
    padding = PKCS7(128).padder()
    padded = padding.update(secret.encode()) + padding.finalize()
    cipher = _cipher(app_key).encryptor()
    return base64.b64encode(cipher.update(padded) + cipher.finalize()).decode()


def _cipher(app_key: str) -> Cipher[modes.ECB]:
    return Cipher(algorithms.AES(cipher_key(app_key)), modes.ECB())  # noqa: S305 – the platform chose it


def _mac(message: bytes, secret: str) -> str:
    return base64.b64encode(hmac.digest(secret.encode(), message, "sha256")).decode()
