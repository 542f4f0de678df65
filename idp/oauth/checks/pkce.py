"""Proof key for code exchange (RFC 7636), both halves: the challenge at authorize, the verifier at token."""

import re
from base64 import urlsafe_b64encode
from hashlib import sha256
from hmac import compare_digest

from idp.clients.metadata import Client
from idp.oauth.asked import Asked
from idp.oauth.errors import Answered, Redirected, refuse_grant

CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


def is_required(client: Client) -> bool:
    """Always for public clients; for the others unless their registration excuses them (RFC 9700 §2.1.1)."""
    return client.is_public or client.raw.get("require_pkce", True) is not False


def challenge_is_present(asked: Asked) -> None:
    """The challenge is there and made by S256; `plain` protects nothing and is refused (RFC 7636 §4.2)."""
    challenge, method = asked.get("code_challenge"), asked.get("code_challenge_method")
    if challenge is None:
        if method is not None or is_required(asked.client):
            raise Redirected("invalid_request", "code_challenge is missing")
        return
    if method != "S256":
        raise Redirected("invalid_request", "code_challenge_method must be S256")
    if not CHALLENGE.fullmatch(challenge):
        raise Redirected("invalid_request", "code_challenge is not an S256 challenge")


def verify(challenge: str | None, verifier: str | None) -> None:
    """The verifier belongs to the challenge (RFC 7636 §4.6); one without the other is a downgrade."""
    if challenge is None:
        if verifier is not None:
            raise refuse_grant("code_verifier was sent for a code without a challenge")
        return
    if verifier is None:
        raise Answered("invalid_request", "code_verifier is missing")
    if not VERIFIER.fullmatch(verifier) or not compare_digest(challenge, challenge_of(verifier)):
        raise refuse_grant("code_verifier does not belong to this code")


def challenge_of(verifier: str) -> str:
    """BASE64URL(SHA256(verifier))."""
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
