"""How a client proves at the token endpoint and its neighbours that it is itself (RFC 6749 §2.3).

Exactly one method, the one it registered. A refusal says why only to the log.
"""

import binascii
import hmac
from base64 import b64decode
from collections.abc import Collection, Mapping, Set
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Protocol
from urllib.parse import unquote_plus

from idp.clients import assertions
from idp.clients.directory import Clients
from idp.clients.metadata import Client
from idp.crypto import jose
from idp.storage.database import Refusal
from idp.storage.state import StateStore

PARAMETERS = frozenset({"client_id", "client_secret", "client_assertion", "client_assertion_type"})
SECRET_METHODS = ("client_secret_basic", "client_secret_post")
LONGEST_SECRET = 256


class Reason(StrEnum):
    """Why a client was not believed."""

    REPEATED = "repeated parameter"
    SEVERAL = "several methods at once"
    MALFORMED = "malformed credentials"
    MISSING = "no credentials"
    UNKNOWN = "unknown client"
    SUSPENDED = "suspended client"
    METHOD = "not the registered method"
    PROOF = "wrong secret"
    MISMATCH = "client_id of another client"
    ASSERTION = "assertion refused"


class AuthenticationRefused(Refusal):
    """The client is not believed; `detail` is for the log alone."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else str(reason))
        self.reason = reason
        self.detail = detail

    @property
    def is_malformed(self) -> bool:
        """Whether the request itself is wrong (invalid_request) rather than the client (invalid_client)."""
        return self.reason in (Reason.REPEATED, Reason.SEVERAL)


class Form(Protocol):
    """The parameters of the request, those without a value left out (`oauth.message.Parameters`)."""

    @property
    def values(self) -> Mapping[str, str]:
        """Each by its name."""
        ...

    @property
    def repeated(self) -> Set[str]:
        """Names that came more than once."""
        ...

    def get(self, name: str) -> str | None:
        """The value of a parameter."""
        ...


@dataclass(frozen=True)
class Presented:
    """What a request shows of its client, before any of it is believed."""

    method: str
    client_id: str
    secret: str = field(default="", repr=False)
    assertion: str = field(default="", repr=False)


def authenticate(
    form: Form,
    authorization: str | None,
    directory: Clients,
    state: StateStore,
    now: datetime,
    audience: Collection[str],
) -> Client:
    """The client that sent this request; raises AuthenticationRefused.

    `audience` is what an assertion may be addressed to: our issuer and the token endpoint.
    """
    presented = _presented(form, authorization)
    client = directory.find(presented.client_id)
    fits = _secret_fits(client, presented.secret)  # also for nobody, so that time tells nothing
    if client is None:
        raise AuthenticationRefused(Reason.UNKNOWN)
    if presented.method != client.auth_method:
        raise AuthenticationRefused(Reason.METHOD, presented.method)
    if presented.method in SECRET_METHODS and not fits:
        raise AuthenticationRefused(Reason.PROOF)
    if presented.method == "private_key_jwt":
        try:
            assertions.check(presented.assertion, client, state, now, audience)
        except jose.Refused as refusal:
            raise AuthenticationRefused(Reason.ASSERTION, str(refusal)) from refusal
    if not client.is_online:
        raise AuthenticationRefused(Reason.SUSPENDED)
    return client


def digest(secret: str) -> bytes:
    """What is kept of a secret; it has too many bits to be searched for, so nothing slower is needed."""
    return sha256(secret.encode("utf-8", "surrogatepass")).digest()


def _presented(form: Form, authorization: str | None) -> Presented:
    if PARAMETERS & form.repeated:
        raise AuthenticationRefused(Reason.REPEATED)
    client_id, secret, assertion = (
        form.get("client_id"),
        form.get("client_secret"),
        form.get("client_assertion"),
    )
    kind = form.get("client_assertion_type")
    basic = _basic(authorization)
    if sum((basic is not None, secret is not None, assertion is not None or kind is not None)) > 1:
        raise AuthenticationRefused(Reason.SEVERAL)
    if basic:
        if client_id not in (None, basic.client_id):
            raise AuthenticationRefused(Reason.MISMATCH)
        return basic
    if assertion or kind:
        return _asserted(assertion, kind, client_id)
    if not client_id:
        raise AuthenticationRefused(Reason.MISSING)
    if secret:
        return Presented("client_secret_post", client_id, secret=secret)
    return Presented("none", client_id)


def _basic(authorization: str | None) -> Presented | None:
    """Both halves are urlencoded before they are joined (RFC 6749 §2.3.1); None for another scheme."""
    scheme, _, encoded = (authorization or "").strip().partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        client_id, colon, secret = b64decode(encoded.strip(), validate=True).decode("utf-8").partition(":")
        client_id, secret = (unquote_plus(half, errors="strict") for half in (client_id, secret))
    except (binascii.Error, ValueError) as failure:
        raise AuthenticationRefused(Reason.MALFORMED) from failure
    if not (client_id and colon and secret):
        raise AuthenticationRefused(Reason.MALFORMED)
    return Presented("client_secret_basic", client_id, secret=secret)


def _asserted(assertion: str | None, kind: str | None, client_id: str | None) -> Presented:
    if not assertion or kind != assertions.TYPE:
        raise AuthenticationRefused(Reason.MALFORMED)
    try:
        issuer = jose.unverified(assertion).get("iss")
    except jose.Refused as refusal:
        raise AuthenticationRefused(Reason.ASSERTION, str(refusal)) from refusal
    if not isinstance(issuer, str) or client_id not in (None, issuer):
        raise AuthenticationRefused(Reason.MISMATCH)
    return Presented("private_key_jwt", issuer, assertion=assertion)


def _secret_fits(client: Client | None, secret: str) -> bool:
    stored = client.secret_digest if client else None
    if len(secret) > LONGEST_SECRET:
        return False
    return hmac.compare_digest(digest(secret), stored or _NOBODY) and stored is not None


_NOBODY = digest("nobody has this secret")
