"""Files sealed to somebody's public key, of any length: one JWE (RFC 7516) a line, each a part of the parcel.

The first line inside each part says which parcel it belongs to, its number, whether it is the last, and
whether its last line goes on in the next: what is left out, mixed up or cut off is found when the parcel is
opened. No part is larger than what libraries open by default (64 KiB).
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import IO

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from joserfc import jwe
from joserfc.errors import ExceededSizeError, JoseError
from joserfc.jwe import JWERegistry
from joserfc.jwk import ECKey, RSAKey

from idp.crypto.handles import new_handle

CONTENT = "A256GCM"
ALGORITHMS = {"RSA": "RSA-OAEP-256", "EC": "ECDH-ES+A256KW"}
PART = 12_000
"""Characters in a part, of at most four bytes each: 64 KiB as it is written."""
LARGEST = 64 * 1024 * 1024
"""Bytes of a part that is opened: earlier versions closed one after 500 lines, however long."""
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
    held = ""
    for line in lines:
        held += f"{line}\n"
        while len(held) > PART:
            piece, held = held[:PART], held[PART:]
            file.write(_part(_Said(parcel, number, False, not piece.endswith("\n")), piece, key))
            number += 1
    file.write(_part(_Said(parcel, number, True, False), held, key))


def opened(file: Iterable[str], key: PublicKey) -> Iterator[str]:
    """The lines of a parcel, part by part; raises Damaged, at the end if its end is missing."""
    parcel, expected, last, held = "", 0, False, ""
    for sealed in file:
        told, _, text = _plain(sealed.strip(), key).partition("\n")
        said = _Said(**json.loads(told))
        parcel = parcel or said.parcel
        if last or said.parcel != parcel or said.part != expected:
            raise Damaged("a part is missing, or of another parcel")
        expected, last = expected + 1, said.last
        lines = (held + text).split("\n")
        held = lines.pop() if said.goes_on else ""
        yield from filter(None, lines)
    if not last or held:
        raise Damaged("the end is missing")


@dataclass(frozen=True)
class _Said:
    """What the first line of a part says."""

    parcel: str
    part: int
    last: bool
    goes_on: bool = False


def _part(said: _Said, text: str, key: PublicKey) -> str:
    alg = ALGORITHMS[key.key_type]
    header = {"alg": alg, "enc": CONTENT, "kid": key.thumbprint()}
    plain = f"{json.dumps(asdict(said))}\n{text}".encode()
    return jwe.encrypt_compact(header, plain, key, algorithms=[alg, CONTENT]) + "\n"


def _plain(sealed: str, key: PublicKey) -> str:
    registry = JWERegistry(algorithms=[ALGORITHMS[key.key_type], CONTENT])
    registry.max_ciphertext_length = LARGEST
    try:
        found = jwe.decrypt_compact(sealed, key, registry=registry)
    except ExceededSizeError as fault:
        raise Damaged("a part is larger than any that was written") from fault
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
