"""The password: policy without superstition, verification that takes as long for strangers."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from idp.audit import trail
from idp.audit.events import PasswordChanged
from idp.authenticators.models import Credential
from idp.crypto import passwords

KIND = "password"
AMR = frozenset({"pwd"})
UNTOLD = frozenset({"rehash", "registration"})
"""Reasons that are no change to tell of: the same password hashed anew, and the first one."""
SHORTEST = 8
LONGEST = 128
COMMONEST = frozenset(
    "12345678 123456789 1234567890 password password1 qwertyui qwerty123 11111111 00000000 88888888 66666666 "
    "iloveyou abc12345 abcd1234 a1234567 aa123456 1qaz2wsx q1w2e3r4 woaini1314 5201314520 13145200".split()
)


class Weak(StrEnum):
    """Why a new password is refused; the pages know these reason codes."""

    TOO_SHORT = "password_short"
    TOO_LONG = "password_long"
    TOO_COMMON = "password_common"
    CONTAINS_IDENTITY = "password_personal"


def weakness(password: str, known: tuple[str, ...] = ()) -> Weak | None:
    """Why this password must not be used, or None. `known` are the person's login, phone and number."""
    folded = password.casefold()
    if len(password) < SHORTEST:
        return Weak.TOO_SHORT
    if len(password) > LONGEST:
        return Weak.TOO_LONG
    if folded in COMMONEST:
        return Weak.TOO_COMMON
    if len(set(folded)) < 4 or (folded.isdigit() and len(folded) < 12):
        return Weak.TOO_COMMON
    if any(len(word) >= 6 and word.casefold() in folded for word in known):
        return Weak.CONTAINS_IDENTITY
    return None


def stored(db: Session, person_id: UUID) -> str | None:
    """The person's password hash, if they have one."""
    return db.scalar(
        select(Credential.secret).where(
            Credential.person_id == person_id, Credential.kind == KIND, Credential.ended_at.is_(None)
        )
    )


def set_hash(db: Session, person_id: UUID, hashed: str, because: str, now: datetime) -> None:
    """Keep a new hash, made by `passwords.hash_password` before the transaction began."""
    credential = db.scalar(
        select(Credential).where(
            Credential.person_id == person_id, Credential.kind == KIND, Credential.ended_at.is_(None)
        )
    )
    if credential is None:
        db.add(Credential(person_id=person_id, kind=KIND, secret=hashed, created_at=now, changed_at=now))
    else:
        credential.secret, credential.changed_at = hashed, now
    if because not in UNTOLD:
        trail.record(db, PasswordChanged(person_id=person_id, because=because))


def replace_hash(
    db: Session, person_id: UUID, verified: str, hashed: str, because: str, now: datetime
) -> bool:
    """Keep a new hash in place of the one that was just verified; False when that has changed since."""
    result = db.execute(
        update(Credential)
        .where(
            Credential.person_id == person_id,
            Credential.kind == KIND,
            Credential.ended_at.is_(None),
            Credential.secret == verified,
        )
        .values(secret=hashed, changed_at=now)
    )
    if not isinstance(result, CursorResult) or result.rowcount != 1:
        return False
    trail.record(db, PasswordChanged(person_id=person_id, because=because))
    return True


def verify(secret: str | None, password: str) -> bool:
    """Whether the password fits the hash; equally slow when there is none."""
    if len(password) > passwords.MAXIMUM_LENGTH:
        return passwords.verify(None, "")
    return passwords.verify(secret, password)
