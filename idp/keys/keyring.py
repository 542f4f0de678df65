"""The ring of signing keys: which one signs now, which ones verify, what the world is shown.

Keys are unwrapped and parsed once per process and again when the configuration version moves.
"""

import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from joserfc.jwk import Key as VerificationKey
from sqlalchemy import select

from idp.crypto import jose
from idp.crypto.jose import SigningKey
from idp.keys import self_signed
from idp.keys.custody import Custody
from idp.keys.models import Key, KeyState, Purpose
from idp.storage.configuration import Watch, version
from idp.storage.database import Database, DatabaseUnavailable

ORDER = (KeyState.ACTIVE, KeyState.NEXT, KeyState.RETIRED)


@dataclass(frozen=True)
class _Ring:
    """Everything at one configuration version."""

    version: int
    signing: Mapping[str, SigningKey]
    verifying: Mapping[str, tuple[str, VerificationKey]]
    jwks: Mapping[str, Any]
    document: bytes
    rsa: Sequence[Key]
    """The rows of keys for RS256: the one that signs first, then the next, then the retired."""


class Keyring:
    """Our signing keys, ready for use (`jose.KeySource`)."""

    def __init__(
        self, database: Database, custody: Custody, tick: Callable[[], float] = time.monotonic
    ) -> None:
        self._database, self._custody = database, custody
        self._watch = Watch(database, tick)
        self._loading = threading.Lock()
        self._loaded: _Ring | None = None
        self._certificates: dict[str, bytes] = {}

    def signing(self, alg: str = jose.OURS[0]) -> SigningKey:
        """The active key for ES256 or RS256; raises LookupError when `idp init` has not run."""
        try:
            return self._ring().signing[alg]
        except KeyError:
            raise LookupError(f"no active {alg} key: run `idp init`") from None

    def verifying(self, kid: str | None, alg: str) -> Sequence[VerificationKey]:
        """The published key of this name, whatever its state, if it is one for this algorithm."""
        known = self._ring().verifying.get(kid or "")
        return (known[1],) if known and known[0] == alg else ()

    def public_jwks(self) -> Mapping[str, Any]:
        """The JWK set: next, active and retired keys (RFC 7517 §5); the same object until it changes."""
        return self._ring().jwks

    def jwks_document(self) -> bytes:
        """The JWK set as JSON, encoded once; the same object until it changes."""
        return self._ring().document

    def certificates(self) -> Sequence[bytes]:
        """Certificates of all published RSA keys, that of the one that signs first."""
        return [self._certificate(row) for row in self._ring().rsa]

    def certified(self) -> tuple[SigningKey, bytes]:
        """The RSA key that signs now, with its certificate; raises LookupError like `signing`."""
        ring = self._ring()
        if "RS256" not in ring.signing:
            raise LookupError("no active RS256 key: run `idp init`")
        return ring.signing["RS256"], self._certificate(ring.rsa[0])

    def _certificate(self, row: Key) -> bytes:
        """Derived once a process; a key's certificate never changes."""
        if row.kid not in self._certificates:
            made = self_signed.certificate(private_half(row, self._custody), row.created_at)
            self._certificates[row.kid] = made
        return self._certificates[row.kid]

    def _ring(self) -> _Ring:
        wanted, ring = self._watch.version(), self._loaded
        if ring is not None and ring.version >= wanted:
            return ring
        with self._loading:
            if self._loaded is None or self._loaded.version < wanted:
                try:
                    self._loaded = self._load()
                except DatabaseUnavailable:
                    if self._loaded is None:
                        raise
            return self._loaded

    def _load(self) -> _Ring:
        with self._database.reading() as db:
            now_at = version(db)  # before the rows: then they are at least this new
            rows = db.scalars(
                select(Key).where(Key.purpose == Purpose.SIGNING).order_by(Key.created_at)
            ).all()
        active = [row for row in rows if row.state == KeyState.ACTIVE]
        published = {row.kid: row for row in rows if row.public}
        jwks = {"keys": [row.public for row in published.values()]}
        return _Ring(
            version=now_at,
            signing={row.algorithm: private_half(row, self._custody) for row in active},
            verifying={
                kid: (row.algorithm, jose.public_key(row.public or {})) for kid, row in published.items()
            },
            jwks=jwks,
            document=json.dumps(jwks, separators=(",", ":")).encode(),
            rsa=sorted(
                (row for row in published.values() if row.algorithm == "RS256"),
                key=lambda row: ORDER.index(KeyState(row.state)),
            ),
        )


def private_half(row: Key, custody: Custody) -> SigningKey:
    """Unwrap the private key of a row; raises CustodyFault under the wrong master key."""
    return jose.from_der(row.algorithm, row.kid, custody.unwrap(row.wrapped, f"{row.purpose}|{row.kid}"))
