"""A device with passkeys, in software: it does what a phone or security key does, or whatever it is told.

What goes in are the options of a page, as JSON; what comes out is what the page's script would post.
"""

import hashlib
import json
import secrets
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

PRESENT, VERIFIED, SYNCED, BACKED_UP, ATTESTED = 0x01, 0x04, 0x08, 0x10, 0x40


def encoded(octets: bytes) -> str:
    """base64url without padding."""
    return urlsafe_b64encode(octets).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    """The bytes of it."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Device:
    """One passkey on one device. Change an attribute to have it misbehave."""

    origin: str = "http://localhost"
    rp_id: str = "localhost"
    synced: bool = False
    verifies: bool = True
    """Whether it checks fingerprint, face or PIN."""
    counts: bool = True
    count: int = 0
    id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    user: bytes = b""

    @classmethod
    def of(cls, told: Mapping[str, str], origin: str) -> Self:
        """The device of somebody whose private key the sandbox tells."""
        key = load_pem_private_key(told["private_key_pem"].encode(), None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        known, user = decoded(told["credential_id"]), decoded(told["user_handle"])
        return cls(origin, told["rp_id"], synced=True, counts=False, id=known, key=key, user=user)

    @property
    def public_key(self) -> bytes:
        """As COSE writes it."""
        numbers = self.key.public_key().public_numbers()
        point = {-2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        return cbor2.dumps({1: 2, 3: -7, -1: 1, **point})

    def create(self, options: dict[str, Any], **client: Any) -> str:
        """Make the passkey (`navigator.credentials.create`)."""
        self.user = decoded(options["user"]["id"])
        attested = bytes(16) + struct.pack(">H", len(self.id)) + self.id + self.public_key
        statement = {"fmt": "none", "attStmt": {}, "authData": self._data(ATTESTED) + attested}
        response = {
            "clientDataJSON": self._client("webauthn.create", options, client),
            "attestationObject": encoded(cbor2.dumps(statement)),
            "transports": ["internal", "hybrid"],
        }
        return self._answer(response)

    def get(self, options: dict[str, Any], **client: Any) -> str:
        """Sign with it (`navigator.credentials.get`)."""
        said, data = self._client("webauthn.get", options, client), self._data()
        signed = data + hashlib.sha256(decoded(said)).digest()
        response = {
            "clientDataJSON": said,
            "authenticatorData": encoded(data),
            "signature": encoded(self.key.sign(signed, ec.ECDSA(hashes.SHA256()))),
            "userHandle": encoded(self.user),
        }
        return self._answer(response)

    def _client(self, kind: str, options: dict[str, Any], more: dict[str, Any]) -> str:
        said = {"type": kind, "challenge": options["challenge"], "origin": self.origin, **more}
        return encoded(json.dumps(said).encode())

    def _data(self, flags: int = 0) -> bytes:
        self.count += self.counts
        flags |= PRESENT | VERIFIED * self.verifies | (SYNCED | BACKED_UP) * self.synced
        return hashlib.sha256(self.rp_id.encode()).digest() + bytes([flags]) + struct.pack(">I", self.count)

    def _answer(self, response: dict[str, Any]) -> str:
        id = encoded(self.id)
        return json.dumps({"id": id, "rawId": id, "type": "public-key", "response": response})
