"""Signed tokens (RFC 7515, 7519): sign with our keys, verify with keys that were known beforehand.

Verification is joserfc's. Signing joins the three parts itself, because that costs a third less than the
library and is the hottest thing we do; the tests check every signature with joserfc. A token never chooses
its key or its algorithm: `jwk`, `jku`, `x5u` and `x5c` are not looked at, and `crit` is refused.
"""

import json
import math
from binascii import b2a_base64
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property, lru_cache, partial
from typing import Any, Protocol

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as generate_ec
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, Key, OctKey, RSAKey
from joserfc.jws import CompactSignature, JWSRegistry, extract_compact, validate_compact
from pydantic_core import to_json

OURS = ("ES256", "RS256")
"""What we sign with; the first is the default."""
THEIRS = frozenset({"ES256", "ES384", "ES512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "EdDSA"})
"""What a client may sign its assertions with; every one is asymmetric."""
LONGEST = 8192
"""Characters of a token we are willing to look at."""
RSA_BITS = 2048

_ECDSA = ECDSA(SHA256())
_PKCS1 = PKCS1v15()
_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_encode = partial(to_json, inf_nan_mode="null")


class Reason(StrEnum):
    """Why a token was refused."""

    MALFORMED = "malformed"
    TOO_LONG = "too long"
    CRITICAL = "critical header not understood"
    TYPE = "token of another type"
    ALGORITHM = "algorithm not allowed"
    KEY = "no such key"
    SIGNATURE = "wrong signature"
    EXPIRED = "expired"
    NOT_YET = "not valid yet"


class Refused(Exception):
    """A token that must not be believed."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(str(reason))
        self.reason = reason


class KeySource(Protocol):
    """Where verification keys come from: our key ring, or a client's registered set."""

    def verifying(self, kid: str | None, alg: str) -> Sequence[Key]:
        """The public keys that may have signed under this name; empty when there is none."""
        ...


@dataclass(frozen=True)
class SigningKey:
    """A private key of ours with the name and the one algorithm it is published under."""

    kid: str
    alg: str
    private: EllipticCurvePrivateKey | RSAPrivateKey = field(repr=False)

    @cached_property
    def public(self) -> dict[str, Any]:
        """The public half as published (RFC 7517)."""
        kind = ECKey if self.alg == "ES256" else RSAKey
        jwk = kind.import_key(self.private.public_key())  # type: ignore[arg-type]  # the pair always fits
        return {**jwk.as_dict(private=False), "kid": self.kid, "alg": self.alg, "use": "sig"}

    def signature(self, message: bytes) -> bytes:
        """The raw signature as RFC 7518 §3.3 and §3.4 lay it out."""
        if isinstance(self.private, RSAPrivateKey):
            return self.private.sign(message, _PKCS1, SHA256())
        r, s = decode_dss_signature(self.private.sign(message, _ECDSA))
        return r.to_bytes(32) + s.to_bytes(32)

    def to_der(self) -> bytes:
        """The private key in PKCS #8, for custody to wrap."""
        return self.private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def generate(alg: str, kid: str) -> SigningKey:
    """Make a key for ES256 or RS256."""
    if alg == "ES256":
        return SigningKey(kid, alg, generate_ec(SECP256R1()))
    if alg == "RS256":
        return SigningKey(kid, alg, generate_rsa(public_exponent=65537, key_size=RSA_BITS))
    raise ValueError(f"we do not sign with {alg}")


def from_der(alg: str, kid: str, der: bytes) -> SigningKey:
    """The key that `to_der` wrote; custody vouches for every bit: its numbers are not proven again."""
    private = load_der_private_key(der, password=None, unsafe_skip_rsa_key_validation=True)
    if not isinstance(private, EllipticCurvePrivateKey if alg == "ES256" else RSAPrivateKey):
        raise ValueError(f"{kid} is not a key for {alg}")
    return SigningKey(kid, alg, private)


def sign(claims: Mapping[str, Any], key: SigningKey, typ: str) -> str:
    """A compact JWS; `typ` keeps one kind of token from passing for another (RFC 8725 §3.11)."""
    message = _header(key.alg, key.kid, typ) + base64url(_encode(claims))
    return (message + b"." + base64url(key.signature(message))).decode()


def base64url(octets: bytes) -> bytes:
    """Without padding (RFC 7515 §2)."""
    return b2a_base64(octets, newline=False).translate(_URL_SAFE, b"=")


def verify(
    token: str, keys: KeySource, algorithms: Collection[str] = OURS, typ: str = "JWT"
) -> dict[str, Any]:
    """The claims of a token whose signature, type and algorithm are right; raises Refused.

    Times are the caller's to judge (`check_times`), because an expired ID token is still a good hint.
    A header without `typ` counts as ``JWT``.
    """
    parsed = _parse(token)
    header = parsed.headers()
    if "crit" in header or "b64" in header:
        raise Refused(Reason.CRITICAL)
    alg, kid = header.get("alg"), header.get("kid")
    if not isinstance(alg, str) or alg not in algorithms or alg not in THEIRS:
        raise Refused(Reason.ALGORITHM)
    if not _is_type(header.get("typ", "JWT"), typ):
        raise Refused(Reason.TYPE)
    if kid is not None and not isinstance(kid, str):
        raise Refused(Reason.KEY)
    candidates = keys.verifying(kid, alg)
    if not candidates:
        raise Refused(Reason.KEY)
    if not any(_fits(parsed, key, alg) for key in candidates):
        raise Refused(Reason.SIGNATURE)
    return _claims(parsed)


def unverified(token: str) -> dict[str, Any]:
    """The claims of a token nobody has checked: good only for finding whose keys to check it with."""
    return _claims(_parse(token))


def named_key(token: str) -> str | None:
    """The `kid` of a token nobody has checked: good only for fetching keys to check it with."""
    kid = _parse(token).headers().get("kid")
    return kid if isinstance(kid, str) else None


def check_times(claims: Mapping[str, Any], now: datetime, skew: float = 0) -> None:
    """Refuse claims that have expired or are not valid yet; `exp` must be there (RFC 7519 §4.1.4–4.1.6)."""
    moment = now.timestamp()
    expires, begins = seconds(claims, "exp"), seconds(claims, "nbf")
    if expires is None or moment >= expires + skew:
        raise Refused(Reason.EXPIRED)
    if begins is not None and moment < begins - skew:
        raise Refused(Reason.NOT_YET)


def seconds(claims: Mapping[str, Any], name: str) -> float | None:
    """A NumericDate claim (RFC 7519 §2), None when absent; anything but a finite number is refused."""
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Refused(Reason.MALFORMED)
    try:
        moment = float(value)
    except OverflowError as failure:  # a whole number of four hundred digits
        raise Refused(Reason.MALFORMED) from failure
    if not math.isfinite(moment):
        raise Refused(Reason.MALFORMED)
    return moment


def public_key(jwk: Mapping[str, Any]) -> Key:
    """A public verification key; raises ValueError for secrets, private halves, weak or foreign keys."""
    try:
        key = JWKRegistry.import_key(dict(jwk))
    except (JoseError, ValueError, TypeError, KeyError, AttributeError) as failure:
        raise ValueError("not a usable JWK") from failure
    if isinstance(key, OctKey) or key.is_private:
        raise ValueError("only public keys may be registered")
    if isinstance(key, RSAKey) and key.raw_value.key_size < RSA_BITS:
        raise ValueError(f"RSA keys need {RSA_BITS} bits")
    if jwk.get("use", "sig") != "sig":
        raise ValueError("the key is not meant for signatures")
    return key


def suits(key: Key, alg: str) -> bool:
    """Whether a key can have made signatures of this algorithm."""
    try:
        JWSRegistry.algorithms[alg].check_key(key)
        key.check_alg(alg)
    except (JoseError, KeyError, AttributeError):
        return False
    return True


def _parse(token: str) -> CompactSignature:
    if len(token) > LONGEST:
        raise Refused(Reason.TOO_LONG)
    try:
        parsed = extract_compact(token.encode("ascii"), registry=_registry("ES256"))
    except (JoseError, ValueError, TypeError, RecursionError) as failure:
        raise Refused(Reason.MALFORMED) from failure
    if not isinstance(parsed.protected, dict):
        raise Refused(Reason.MALFORMED)
    return parsed


def _fits(parsed: CompactSignature, key: Key, alg: str) -> bool:
    try:
        return validate_compact(parsed, key, registry=_registry(alg))
    except (JoseError, ValueError, TypeError):
        return False


def _claims(parsed: CompactSignature) -> dict[str, Any]:
    try:
        claims = json.loads(parsed.payload or b"")
    except (ValueError, RecursionError) as failure:
        raise Refused(Reason.MALFORMED) from failure
    if not isinstance(claims, dict):
        raise Refused(Reason.MALFORMED)
    return claims


def _is_type(given: object, wanted: str) -> bool:
    """Media types compare without case and without their prefix (RFC 7515 §4.1.9)."""
    return isinstance(given, str) and given.lower().removeprefix("application/") == wanted.lower()


@lru_cache(maxsize=16)
def _registry(alg: str) -> JWSRegistry:
    registry = JWSRegistry(algorithms=[alg], strict_check_header=False)
    registry.max_header_length = LONGEST
    registry.max_payload_length = LONGEST
    return registry


@lru_cache(maxsize=64)
def _header(alg: str, kid: str, typ: str) -> bytes:
    return base64url(_encode({"alg": alg, "kid": kid, "typ": typ})) + b"."
