"""A passkey for somebody of the sandbox, whose private key anybody may have: tools can sign in by it."""

from collections.abc import Mapping
from uuid import UUID

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from sqlalchemy.orm import Session
from webauthn.helpers import bytes_to_base64url

from idp import clock
from idp.authenticators import credentials, passkey
from idp.authenticators.ceremonies import New, RelyingParty
from idp.crypto.handles import digest, new_handle

HOLDERS = frozenset({"hong_kong"})
"""Personas with a passkey from the beginning."""
NAME = "sandbox.json"

Known = Mapping[str, str]
"""`credential_id`, `private_key_pem`, `rp_id`, `user_handle`; what is binary is base64url."""


def settle(db: Session, party: RelyingParty, person_id: UUID, told: Known | None) -> Known:
    """The passkey that was told before if it is still there, or a new one."""
    found = credentials.find(db, passkey.KIND, digest(told["credential_id"])) if told else None
    if told and found and found.person_id == person_id:
        return told
    made = _made(party, person_id)
    passkey.keep(db, person_id, _new(made), NAME, clock.now())
    return made


def _made(party: RelyingParty, person_id: UUID) -> Known:
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    return {
        "credential_id": new_handle(),
        "private_key_pem": pem.decode(),
        "rp_id": party.id,
        "user_handle": bytes_to_base64url(person_id.bytes),
    }


def _new(known: Known) -> New:
    """As a device would have made it: it keeps no counter and may be copied."""
    key = load_pem_private_key(known["private_key_pem"].encode(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    numbers = key.public_key().public_numbers()
    point = {-2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
    public_key = bytes_to_base64url(cbor2.dumps({1: 2, 3: -7, -1: 1, **point}))
    return New(known["credential_id"], public_key, count=0, synced=True, backed_up=True)
