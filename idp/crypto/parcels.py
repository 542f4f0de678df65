"""Files sealed to somebody's public key, of any length: one JWE (RFC 7516) a line, each a part of the parcel.

The first line inside each part says which parcel it belongs to, its number, and whether it is the last: what
is left out, mixed up or cut off is found when the parcel is opened.
"""

import json
from collections.abc import Iterable, Iterator
from typing import IO

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from idp.crypto.handles import new_handle

CONTENT = "A256GCM"
ALGORITHMS = {"RSA": "RSA-OAEP-256", "EC": "ECDH-ES+A256KW"}
PART = 500
"""Lines in a part."""
LEAST_RSA_BITS = 2048
CURVES = {"secp256r1", "secp384r1", "secp521r1"}

PublicKey = RSAKey | ECKey


class Unsuitable(ValueError):
    """This is no public key one may seal to."""


class Damaged(ValueError):
    """The parcel is not whole, or not for this key."""


def public_key(pem: bytes) -> PublicKey:
    """Read the key to seal to; raises Unsuitable, also for a private one, which has no business here."""
    key = _key(pem)
    if key.is_private:
        raise Unsuitable("this is a private key; give its public half")
    return key


def private_key(pem: bytes) -> PublicKey:
    """Read the key to open with; raises Unsuitable."""
    key = _key(pem)
    if not key.is_private:
        raise Unsuitable("this is a public key; opening needs its private half")
    return key


def seal(lines: Iterable[str], key: PublicKey, file: IO[str]) -> None:
    """Write the parcel; only a part of it is ever in memory."""
    parcel, number = new_handle(), 0
    part: list[str] = []
    for line in lines:
        if len(part) == PART:
            file.write(_part(parcel, number, False, part, key))
            part, number = [], number + 1
        part.append(line)
    file.write(_part(parcel, number, True, part, key))


def opened(file: Iterable[str], key: PublicKey) -> Iterator[str]:
    """The lines of a parcel, part by part; raises Damaged, at the end if its end is missing."""
    parcel, expected, last = "", 0, False
    for sealed in file:
        told, *lines = _plain(sealed.strip(), key).split("\n")
        said = json.loads(told)
        parcel = parcel or said["parcel"]
        if last or said["parcel"] != parcel or said["part"] != expected:
            raise Damaged("a part is missing, or of another parcel")
        expected, last = expected + 1, said["last"]
        yield from filter(None, lines)
    if not last:
        raise Damaged("the end is missing")


def _part(parcel: str, number: int, last: bool, lines: list[str], key: PublicKey) -> str:
    said = json.dumps({"parcel": parcel, "part": number, "last": last})
    alg = ALGORITHMS[key.key_type]
    header = {"alg": alg, "enc": CONTENT, "kid": key.thumbprint()}
    plain = "\n".join([said, *lines]).encode()
    return jwe.encrypt_compact(header, plain, key, algorithms=[alg, CONTENT]) + "\n"


def _plain(sealed: str, key: PublicKey) -> str:
    try:
        found = jwe.decrypt_compact(sealed, key, algorithms=[ALGORITHMS[key.key_type], CONTENT])
    except (JoseError, ValueError) as fault:
        raise Damaged("not for this key, or changed on its way") from fault
    return (found.plaintext or b"").decode()


def _key(pem: bytes) -> PublicKey:
    try:
        found = _loaded(pem)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise Unsuitable("not an RSA or EC key as PEM, without a password") from None
    if isinstance(found, RSAPrivateKey | RSAPublicKey) and found.key_size >= LEAST_RSA_BITS:
        return RSAKey.import_key(pem)
    if isinstance(found, EllipticCurvePrivateKey | EllipticCurvePublicKey) and found.curve.name in CURVES:
        return ECKey.import_key(pem)
    raise Unsuitable(f"give RSA of {LEAST_RSA_BITS} bits or more, or EC on {' or '.join(sorted(CURVES))}")


def _loaded(pem: bytes) -> object:
    return load_pem_private_key(pem, None) if b"PRIVATE KEY" in pem else load_pem_public_key(pem)
