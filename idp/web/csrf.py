"""Form tokens: a form posts back only what this browser was shown, for the step it was shown at."""

import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from hashlib import sha256

SALT_LENGTH = 16
TOKEN_LENGTH = 64


def form_token(secret: bytes, binding: str, step: str) -> str:
    """
    A token for one step of whatever ``binding`` names: an interaction, a session or a pre-session cookie.

    It differs at every call, so that a compressed page does not betray it (BREACH), and nothing is stored.
    """
    return _sealed(secret, secrets.token_bytes(SALT_LENGTH), binding, step)


def token_matches(token: str | None, secret: bytes, binding: str, step: str) -> bool:
    """Whether the token was made by ``form_token`` with the same secret, binding and step."""
    if token is None or len(token) != TOKEN_LENGTH or not token.isascii():
        return False
    try:
        salt = urlsafe_b64decode(token)[:SALT_LENGTH]
    except NotBase64:
        return False
    return hmac.compare_digest(token, _sealed(secret, salt, binding, step))


def _sealed(secret: bytes, salt: bytes, binding: str, step: str) -> str:
    message = b"\0".join((b"form-token", salt.hex().encode(), binding.encode(), step.encode()))
    return urlsafe_b64encode(salt + hmac.digest(secret, message, sha256)).decode()
