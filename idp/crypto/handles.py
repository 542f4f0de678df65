"""Handles: random strings given out for codes, sessions and interactions; only digests of them are kept."""

import hmac
import secrets
from hashlib import sha256


def new_handle() -> str:
    """256 random bits as 43 url-safe characters, far beyond guessing (RFC 6749 §10.10 asks for 128)."""
    return secrets.token_urlsafe(32)


def digest(handle: str) -> str:
    """
    The SHA-256 of a handle, 64 hexadecimal characters; accepts whatever a stranger sends.

    Unsalted and fast on purpose: a handle has too many bits to be searched for.
    """
    return sha256(handle.encode("utf-8", "surrogatepass")).hexdigest()


def same(a: str, b: str) -> bool:
    """Whether two secrets are equal, in a time that tells nothing about where they differ."""
    return hmac.compare_digest(a.encode("utf-8", "surrogatepass"), b.encode("utf-8", "surrogatepass"))
