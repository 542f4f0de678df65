"""Recovery codes: ten, printed and kept at home, each good once in place of a second factor."""

import hmac
import secrets
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from sqlalchemy import CursorResult, update
from sqlalchemy.orm import Session

from idp.audit import trail
from idp.audit.events import RecoveryCodesMade
from idp.authenticators import credentials
from idp.authenticators.models import Credential
from idp.keys.vault import Vault
from idp.notices.telling import tell

KIND = "recovery_code"
AMR = frozenset({"rc"})
MANY = 10
ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
"""Without what looks alike in print."""
LENGTH = 12
"""59 bits: more than anybody guesses at one attempt a minute, and no slow hash is needed at rest."""


def renew(db: Session, vault: Vault, person_id: UUID, now: datetime) -> list[str]:
    """Make ten new ones in place of those that are left; they are shown once, in groups of four."""
    for earlier in credentials.living(db, person_id, KIND):
        earlier.ended_at = now
    codes = ["".join(secrets.choice(ALPHABET) for _ in range(LENGTH)) for _ in range(MANY)]
    for code in codes:
        secret = _digest(vault, person_id, code)
        db.add(Credential(person_id=person_id, kind=KIND, secret=secret, created_at=now, changed_at=now))
    made = RecoveryCodesMade(person_id=person_id)
    trail.record(db, made)
    tell(db, person_id, made.topic, now)
    return ["-".join(code[start : start + 4] for start in range(0, LENGTH, 4)) for code in codes]


def left(db: Session, person_id: UUID) -> int:
    """How many are unused."""
    return len(credentials.living(db, person_id, KIND))


def spend(db: Session, vault: Vault, person_id: UUID, typed: str, now: datetime) -> bool:
    """Whether this is one of them, unused; of two at once, one is."""
    code = "".join(letter for letter in typed.lower() if letter in ALPHABET)
    if len(code) != LENGTH:
        return False
    spent = db.execute(
        update(Credential)
        .where(
            Credential.person_id == person_id,
            Credential.kind == KIND,
            Credential.secret == _digest(vault, person_id, code),
            Credential.ended_at.is_(None),
        )
        .values(ended_at=now, used_at=now)
    )
    return isinstance(spent, CursorResult) and spent.rowcount == 1


def _digest(vault: Vault, person_id: UUID, code: str) -> str:
    message = f"{person_id.hex}|{code}".encode()
    return hmac.digest(vault.service_key("recovery-code"), message, sha256).hex()
