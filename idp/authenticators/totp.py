"""Codes of an authenticator app (RFC 6238): six digits, thirty seconds, each accepted once."""

import hmac
from base64 import b32encode
from datetime import datetime
from hashlib import sha256
from uuid import UUID
from weakref import WeakKeyDictionary

import pyotp
from sqlalchemy import Connection, CursorResult, Engine, func, select, update
from sqlalchemy.orm import Session

from idp.authenticators import credentials
from idp.authenticators.models import Credential
from idp.keys.vault import Vault

KIND = "totp"
AMR = frozenset({"otp"})
WRONG_A_DAY = 3
"""Guesses a person's codes bear in a day before none is believed, one of them kept for familiar places.

Three codes are right at any moment, so whoever has the password too is let in by 9 in a million such days.
"""
WINDOW = 1
"""Steps of thirty seconds a clock may be wrong, each way (RFC 6238 §5.2)."""

_judged_last: WeakKeyDictionary[Engine | Connection, UUID] = WeakKeyDictionary()
"""Whose app, by database."""


def offered(db: Session, vault: Vault, person_id: UUID, session_id: UUID) -> str:
    """The seed that a session is offered: 160 bits in base32, the same until it has been taken.

    It is derived and not kept, so that a page which is opened twice shows one picture.
    """
    had = select(func.count()).where(Credential.person_id == person_id, Credential.kind == KIND)
    message = f"{person_id.hex}|{session_id.hex}|{db.scalar(had)}".encode()
    return b32encode(hmac.digest(vault.service_key("totp"), message, sha256)[:20]).decode()


def address(seed: str, issuer: str, login: str) -> str:
    """What the picture for the app says (`otpauth:`); it holds the seed, so it belongs on no other page."""
    return pyotp.TOTP(seed).provisioning_uri(name=login, issuer_name=issuer)


def step_of(seed: str, typed: str, now: datetime, after: int = 0) -> int | None:
    """The time step this code is of, if it is right and later than the last one accepted (RFC 6238 §5.2)."""
    try:
        step = pyotp.TOTP(seed).verify_and_get_timecode(typed, for_time=now, valid_window=WINDOW)
    except pyotp.OTPVerificationError:
        return None
    return step if step > after else None


def enrol(db: Session, person_id: UUID, seed: str, step: int, name: str, now: datetime) -> Credential:
    """Keep the seed of an app that has just shown a right code, in place of the one before."""
    for earlier in credentials.living(db, person_id, KIND):
        credentials.end(db, earlier, "replaced", now)
    credential = Credential(person_id=person_id, kind=KIND, name=name, used=step)
    credentials.add(db, credential, now)
    credential.seed = seed
    return credential


def of(db: Session, person_id: UUID) -> Credential | None:
    """The person's app."""
    return next(iter(credentials.living(db, person_id, KIND)), None)


def accept(db: Session, person_id: UUID, typed: str, now: datetime) -> bool:
    """Whether the code is right and was never accepted before; of two at once, one is."""
    credential = _judged(db, person_id)
    if credential is None or credential.seed is None:
        return False
    step = step_of(credential.seed, typed, now, credential.used)
    if step is None or credential.person_id != person_id:
        return False
    moved = db.execute(
        update(Credential)
        .where(Credential.id == credential.id, Credential.used < step, Credential.ended_at.is_(None))
        .values(used=step, used_at=now)
    )
    return isinstance(moved, CursorResult) and moved.rowcount == 1


def _judged(db: Session, person_id: UUID) -> Credential | None:
    """The person's app; where there is none the last one judged here, in vain, so that time tells of none."""
    bind = db.get_bind()
    either = Credential.person_id.in_([person_id, _judged_last.get(bind, person_id)])
    query = select(Credential).where(either, Credential.kind == KIND, Credential.ended_at.is_(None))
    found = db.scalar(query.order_by(Credential.person_id != person_id).limit(1))
    if found is not None:
        _judged_last[bind] = found.person_id
    return found
