"""Handles: random strings given out for codes, sessions and interactions; only digests of them are kept."""

import hmac
import secrets
from functools import lru_cache
from hashlib import sha256

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC


def new_handle() -> str:
    """256 random bits as 43 url-safe characters, far beyond guessing (RFC 6749 §10.10 asks for 128)."""
    return secrets.token_urlsafe(32)


def digest(handle: str) -> str:
    """
    The SHA-256 of a handle, 64 hexadecimal characters; accepts whatever a stranger sends.

    Unsalted and fast on purpose: a handle has too many bits to be searched for.
    """
    return sha256(handle.encode("utf-8", "surrogatepass")).hexdigest()


def mac(key: bytes, message: bytes) -> bytes:
    """HMAC-SHA-256 (RFC 2104) under a key of ours; what the key does to every message is done once."""
    running = _keyed(key).copy()
    running.update(message)
    return running.finalize()


def same(a: str, b: str) -> bool:
    """Whether two secrets are equal, in a time that tells nothing about where they differ."""
    return hmac.compare_digest(a.encode("utf-8", "surrogatepass"), b.encode("utf-8", "surrogatepass"))


@lru_cache(maxsize=256)
def _keyed(key: bytes) -> HMAC:
    return HMAC(key, SHA256())
