"""Authenticated encryption at rest; the algorithm and the key's generation stand beside the ciphertext.

Layout: version (1 byte) | algorithm (1) | key generation (2, big endian) | nonce (12) | ciphertext and tag.
SM4-GCM can join as algorithm 2 without touching what is stored (GB/T 39786 §8.4).
"""

import secrets
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

VERSION = 1
AES_256_GCM = 1
HEADER = struct.Struct(">BBH")
NONCE_BYTES = 12


class CannotOpen(Exception):
    """The ciphertext is damaged, moved to another place, or sealed under a key we do not have."""


@lru_cache(maxsize=4096)
def derive(key: bytes, info: str) -> bytes:
    """A 32-byte key of its own for one use of `key` (RFC 5869)."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info.encode()).derive(key)


@lru_cache(maxsize=4096)
def _cipher(key: bytes) -> AESGCM:
    return AESGCM(key)


def seal(key: bytes, generation: int, plain: bytes, context: bytes) -> bytes:
    """Encrypt `plain` for exactly this `context`."""
    header = HEADER.pack(VERSION, AES_256_GCM, generation)
    nonce = secrets.token_bytes(NONCE_BYTES)
    return header + nonce + _cipher(key).encrypt(nonce, plain, header + context)


def open_sealed(keys: Mapping[int, bytes], sealed: bytes, context: bytes) -> bytes:
    """Decrypt with the generation the ciphertext names; `keys` maps generation to key."""
    start = HEADER.size + NONCE_BYTES
    try:
        version, algorithm, generation = HEADER.unpack_from(sealed)
        if (version, algorithm) != (VERSION, AES_256_GCM):
            raise CannotOpen(f"unknown envelope {version}.{algorithm}")
        nonce = sealed[HEADER.size : start]
        return _cipher(keys[generation]).decrypt(nonce, sealed[start:], sealed[: HEADER.size] + context)
    except (struct.error, KeyError, InvalidTag, ValueError) as failure:
        raise CannotOpen(type(failure).__name__) from failure


@dataclass(frozen=True)
class Sealer:
    """Seals records that live minutes (state store, outbox) under one derived key."""

    key: bytes

    def seal(self, plain: bytes, context: bytes) -> bytes:
        """Encrypt for this context."""
        return seal(self.key, 1, plain, context)

    def open(self, sealed: bytes, context: bytes) -> bytes:
        """Decrypt what was sealed for this context."""
        return open_sealed({1: self.key}, sealed, context)

    def __repr__(self) -> str:
        return "Sealer(…)"
