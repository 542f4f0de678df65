"""The life of a signing key: made and published, then signing, then kept for what it once signed.

A key signs only after it has been published long enough for everybody who caches the JWK set to know it, and
after two libraries have verified a probe it signed (portals verify with either).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from joserfc.jwk import Key as VerificationKey
from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.audit import trail
from idp.audit.events import ConfigurationChanged
from idp.crypto import jose, second_opinion
from idp.crypto.handles import new_handle
from idp.keys.custody import Custody
from idp.keys.keyring import private_half
from idp.keys.models import Key, KeyState, Purpose
from idp.storage.configuration import touch
from idp.storage.database import Refusal

PUBLICATION = timedelta(minutes=10)
"""How long a key is published before it signs; the max-age of the JWK set must stay below it."""
KEPT = timedelta(days=30)
"""How long a retired key still verifies: longer than anything it signed is of use, hints included."""


class NotPublished(Refusal):
    """The next key is too new: somebody's cache may not have it."""

    def __init__(self, kid: str, ready_at: datetime) -> None:
        super().__init__(f"{kid} must stay published until {ready_at:%Y-%m-%d %H:%M:%S}Z before it signs")
        self.kid, self.ready_at = kid, ready_at


class KeyRejected(Refusal):
    """A library could not verify what the key signed; it stays as it was."""

    def __init__(self, kid: str, rejected_by: list[str]) -> None:
        super().__init__(f"{kid} was rejected by {', '.join(rejected_by)}; withdraw it")
        self.kid, self.rejected_by = kid, rejected_by


class StillSigning(Refusal):
    """An active key cannot be withdrawn: rotate first."""


def ensure(db: Session, custody: Custody, now: datetime) -> None:
    """See to it that every algorithm of ours has a key that signs and one that may follow it."""
    touch(db)
    for alg in jose.OURS:
        keys = signing_keys(db, alg)
        if not _in_state(keys, KeyState.ACTIVE):
            _activate(_publish(db, custody, now, alg), custody, now)
        if not _in_state(keys, KeyState.NEXT):
            _publish(db, custody, now, alg)


def rotate(db: Session, custody: Custody, now: datetime, alg: str, force: bool = False) -> Key:
    """Let the next key sign, retire the one that did, publish another; raises NotPublished or KeyRejected.

    `force` does not wait for caches: only for a key that must stop signing at once. Two rotations at a time
    wait for one another at `touch`, and the second finds a next key that is too new.
    """
    touch(db)
    keys = signing_keys(db, alg)
    upcoming = next(iter(_in_state(keys, KeyState.NEXT)), None) or _publish(db, custody, now, alg)
    ready_at = upcoming.created_at + PUBLICATION
    if now < ready_at and not force:
        raise NotPublished(upcoming.kid, ready_at)
    _activate(upcoming, custody, now)
    for key in _in_state(keys, KeyState.ACTIVE):
        if key is not upcoming:
            key.state, key.retired_at = KeyState.RETIRED, now
    trail.record(db, ConfigurationChanged(what=upcoming.kid, change="key activated"))
    _publish(db, custody, now, alg)
    return upcoming


def withdraw(db: Session, kid: str) -> None:
    """Take a key out of publication at once, so that nothing it signed is believed any more.

    For a next key that was rejected or a retired one that leaked; raises StillSigning, or LookupError.
    """
    touch(db)
    key = db.scalar(select(Key).where(Key.purpose == Purpose.SIGNING, Key.kid == kid))
    if key is None:
        raise LookupError(f"no signing key {kid}")
    if key.state == KeyState.ACTIVE:
        raise StillSigning(f"{kid} signs; rotate with force first")
    db.delete(key)
    trail.record(db, ConfigurationChanged(what=kid, change="key withdrawn"))


def purge(db: Session, now: datetime) -> int:
    """Delete keys that retired long enough ago; says how many."""
    stale = [
        key
        for key in signing_keys(db)
        if key.state == KeyState.RETIRED and (key.retired_at or now) < now - KEPT
    ]
    for key in stale:
        db.delete(key)
    if stale:
        touch(db)
    return len(stale)


def rejected_by(key: Key, custody: Custody) -> list[str]:
    """Which libraries do not verify, with the key as published, a probe signed by its private half."""
    published = key.public or {}
    claims = {"iss": "urn:yitong:probe", "sub": key.kid, "jti": new_handle()}
    probe = jose.sign(claims, private_half(key, custody), "JWT")
    verdicts = {
        "joserfc": _joserfc_reads(probe, _Published(key)) == claims,
        "python-jose": second_opinion.claims_of(probe, published) == claims,
    }
    return [library for library, accepts in verdicts.items() if not accepts]


def signing_keys(db: Session, alg: str | None = None) -> Sequence[Key]:
    """The rows of our signing keys, oldest first."""
    query = select(Key).where(Key.purpose == Purpose.SIGNING).order_by(Key.algorithm, Key.generation)
    return db.scalars(query if alg is None else query.where(Key.algorithm == alg)).all()


def _publish(db: Session, custody: Custody, now: datetime, alg: str) -> Key:
    """Make a key and publish it as the next one."""
    generation = max((key.generation for key in signing_keys(db, alg)), default=0) + 1
    made = jose.generate(alg, f"{alg.lower()}-{generation}-{new_handle()[:8]}")
    key = Key(
        purpose=Purpose.SIGNING,
        algorithm=alg,
        generation=generation,
        kid=made.kid,
        state=KeyState.NEXT,
        wrapped=custody.wrap(made.to_der(), f"{Purpose.SIGNING}|{made.kid}"),
        public=made.public,
        created_at=now,
    )
    db.add(key)
    db.flush()
    return key


def _activate(key: Key, custody: Custody, now: datetime) -> None:
    rejecting = rejected_by(key, custody)
    if rejecting:
        raise KeyRejected(key.kid, rejecting)
    key.state, key.activated_at = KeyState.ACTIVE, now


def _in_state(keys: Sequence[Key], state: KeyState) -> list[Key]:
    return [key for key in keys if key.state == state]


@dataclass(frozen=True)
class _Published:
    """One key as others see it (`jose.KeySource`)."""

    key: Key

    def verifying(self, kid: str | None, alg: str) -> Sequence[VerificationKey]:
        return (jose.public_key(self.key.public or {}),) if kid == self.key.kid else ()


def _joserfc_reads(token: str, published: _Published) -> object:
    try:
        return jose.verify(token, published)
    except (jose.Refused, ValueError):
        return None
