"""The vault: seals texts for one cell, digests numbers for finding, derives keys for our own MACs."""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.crypto import envelope
from idp.keys.custody import Custody
from idp.keys.models import Key, KeyState, Purpose
from idp.storage.base import new_id

SECRET_PURPOSES = (Purpose.FIELDS, Purpose.INDEX, Purpose.SERVICE)


@dataclass(frozen=True)
class Ring:
    """The generations of one purpose; `active` makes new things, all of them open old ones."""

    keys: Mapping[int, bytes] = field(repr=False)
    active: int


class Vault:
    """Field encryption and blind indexes with key generations (`idp.storage.columns.Vault`)."""

    def __init__(self, fields: Ring, index: Ring, service: Ring) -> None:
        self._fields, self._index, self._service = fields, index, service

    def seal(self, plain: bytes, table: str, column: str, row: UUID) -> bytes:
        """Encrypt for one cell; nowhere else can it be opened."""
        key = envelope.derive(self._fields.keys[self._fields.active], table)
        return envelope.seal(key, self._fields.active, plain, _cell(table, column, row))

    def open(self, sealed: bytes, table: str, column: str, row: UUID) -> bytes:
        """Decrypt what was sealed for this cell; raises CannotOpen."""
        keys = {generation: envelope.derive(key, table) for generation, key in self._fields.keys.items()}
        return envelope.open_sealed(keys, sealed, _cell(table, column, row))

    def digests(self, kind: str, value: str) -> dict[int, bytes]:
        """The blind index of a value under every live generation (HMAC-SHA-256 over kind and value)."""
        message = f"{kind}\x00{value}".encode()
        return {
            generation: hmac.digest(envelope.derive(key, kind), message, hashlib.sha256)
            for generation, key in self._index.keys.items()
        }

    def digest(self, kind: str, value: str) -> bytes:
        """The blind index under the active generation, for counters and logs that must not name anyone."""
        return self.digests(kind, value)[self._index.active]

    def service_key(self, use: str) -> bytes:
        """A key for one use of our own (state, csrf, refresh, cookies)."""
        return envelope.derive(self._service.keys[self._service.active], use)

    def service_keys(self, use: str) -> dict[int, bytes]:
        """The same for every generation, for checking what an older one made."""
        return {generation: envelope.derive(key, use) for generation, key in self._service.keys.items()}

    @property
    def generation(self) -> int:
        """The service generation that makes new MACs."""
        return self._service.active

    @property
    def index_generation(self) -> int:
        """The index generation that `digest` uses."""
        return self._index.active

    def sealer(self, use: str) -> envelope.Sealer:
        """A sealer for short-lived records of one use."""
        return envelope.Sealer(self.service_key(use))


def add_generation(db: Session, custody: Custody, purpose: Purpose, now: datetime) -> Key:
    """Make a new active key for a purpose; the one before it is retired but still opens."""
    earlier = db.scalars(select(Key).where(Key.purpose == purpose)).all()
    for key in earlier:
        if key.state == KeyState.ACTIVE:
            key.state, key.retired_at = KeyState.RETIRED, now
    generation = max((key.generation for key in earlier), default=0) + 1
    kid = f"{purpose}-{generation}-{new_id().hex[-8:]}"
    key = Key(
        purpose=purpose,
        algorithm="AES-256" if purpose == Purpose.FIELDS else "HMAC-SHA-256",
        generation=generation,
        kid=kid,
        state=KeyState.ACTIVE,
        wrapped=custody.wrap(secrets.token_bytes(32), f"{purpose}|{kid}"),
        created_at=now,
        activated_at=now,
    )
    db.add(key)
    return key


def ensure(db: Session, custody: Custody, now: datetime) -> None:
    """Make the first generation of every secret purpose that has none."""
    for purpose in SECRET_PURPOSES:
        if db.scalar(select(Key.id).where(Key.purpose == purpose).limit(1)) is None:
            add_generation(db, custody, purpose, now)


def open_vault(db: Session, custody: Custody) -> Vault:
    """Read and unwrap every secret key; raises LookupError when `idp init` has not run."""
    rings = {}
    for purpose in SECRET_PURPOSES:
        rows = db.scalars(select(Key).where(Key.purpose == purpose)).all()
        active = [row.generation for row in rows if row.state == KeyState.ACTIVE]
        if not active:
            raise LookupError(f"no active {purpose} key: run `idp init`")
        keys = {row.generation: custody.unwrap(row.wrapped, f"{purpose}|{row.kid}") for row in rows}
        rings[purpose] = Ring(keys, max(active))
    return Vault(rings[Purpose.FIELDS], rings[Purpose.INDEX], rings[Purpose.SERVICE])


def _cell(table: str, column: str, row: UUID) -> bytes:
    return f"{table}|{column}|{row.hex}".encode()
