"""The password: policy without superstition, verification that takes as long for strangers."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from idp.audit import trail
from idp.audit.events import PasswordChanged
from idp.authenticators.frequent_passwords import is_common
from idp.authenticators.models import Credential
from idp.crypto import passwords
from idp.crypto.handles import digest, new_handle
from idp.persons import locking
from idp.persons.models import Person, Realm

KIND = "password"
AMR = frozenset({"pwd"})
UNTOLD = frozenset({"rehash", "registration"})
"""Reasons that are no change to tell of: the same password hashed anew, and the first one."""
SHORTEST = 8
LONGEST = 128
REMEMBERED = 5
"""Of a civil servant's passwords; a citizen's earlier ones are forgotten at once."""
IMPORTED = "zz"
"""What the handle of another system's hash begins with: no digest does, and it sorts alike everywhere."""


class Weak(StrEnum):
    """Why a new password is refused; the pages know these reason codes."""

    TOO_SHORT = "password_short"
    TOO_LONG = "password_long"
    TOO_COMMON = "password_common"
    CONTAINS_IDENTITY = "password_personal"
    USED_BEFORE = "password_used"


def weakness(password: str, known: tuple[str, ...] = ()) -> Weak | None:
    """Why this password must not be used, or None. `known` are the person's login, phone and number."""
    folded = password.casefold()
    if len(password) < SHORTEST:
        return Weak.TOO_SHORT
    if len(password) > LONGEST:
        return Weak.TOO_LONG
    if len(set(folded)) < 4 or (folded.isdigit() and len(folded) < 12) or is_common(password):
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
        locking.first(db, person_id)
        if because != "rehash":
            _remember(db, person_id, credential.secret, now)
        credential.secret, credential.changed_at, credential.handle = hashed, now, None
    if because not in UNTOLD:
        trail.record(db, PasswordChanged(person_id=person_id, because=because))


def replace_hash(
    db: Session, person_id: UUID, verified: str, hashed: str, because: str, now: datetime
) -> bool:
    """Keep a new hash in place of the one that was just verified; False when that has changed since."""
    if not renew_hash(db, person_id, verified, hashed, now):
        return False
    _remember(db, person_id, verified, now)
    trail.record(db, PasswordChanged(person_id=person_id, because=because))
    return True


def renew_hash(db: Session, person_id: UUID, verified: str, hashed: str, now: datetime) -> bool:
    """Keep the same password hashed anew; False when another was chosen since, which stays."""
    locking.first(db, person_id)
    result = db.execute(
        update(Credential)
        .where(
            Credential.person_id == person_id,
            Credential.kind == KIND,
            Credential.ended_at.is_(None),
            Credential.secret == verified,
        )
        .values(secret=hashed, changed_at=now, handle=None)
    )
    return isinstance(result, CursorResult) and result.rowcount == 1


def is_still(db: Session, person_id: UUID, verified: str | None) -> bool:
    """
    Whether the hash that was verified is the person's until this transaction ends; true where none was.

    The person's row comes first (`locking.first`).
    """
    if verified is None:
        return True
    own = (Credential.person_id == person_id, Credential.kind == KIND, Credential.ended_at.is_(None))
    return db.scalar(select(Credential.secret).where(*own).with_for_update(read=True)) == verified


def verify(secret: str | None, password: str, instead: str | None = None) -> bool:
    """Whether the password fits the hash; where there is none, as slow as with the one `instead`."""
    if len(password) > passwords.MAXIMUM_LENGTH:
        return passwords.verify(None, "")
    return passwords.verify(secret or instead, password) and secret is not None


def keep_imported(db: Session, person_id: UUID, kept: str, now: datetime) -> bool:
    """Keep another system's hash (`passwords.take_in`) of who has no password; False if they have one."""
    if stored(db, person_id) is not None:
        return False
    handle = f"{IMPORTED}{digest(new_handle())}"[:64]
    db.add(
        Credential(person_id=person_id, kind=KIND, secret=kept, handle=handle, created_at=now, changed_at=now)
    )
    db.flush()
    return True


_IMPORTED = f"from credentials where handle >= :least and handle <= '{IMPORTED}z' order by handle limit 1"
DECOY = f"""
    select secret from (select 1 as turn, secret from (select secret {_IMPORTED}) later
                   union all
                   select 2, secret from (select secret {_IMPORTED.replace(":least", ":first")}) around) found
     order by turn limit 1
"""  # noqa: S608 - joined from constants
"""SQL: the imported hash that follows a handle, or else the first of all (`decoy_values`)."""
NOWHERE = f"{IMPORTED}{IMPORTED}"
"""Behind every handle of an imported hash."""


def decoy_values(who: str) -> dict[str, object]:
    """
    Which hash a stranger's password is compared with, in vain: always the same for what was typed (`who`).

    Hashes of other systems take another time than ours. As long as somebody has one, every second stranger
    is given one of them: then slowness tells nobody that there is an account.
    """
    if int(who[-1], 16) % 2:
        return {"least": NOWHERE, "first": NOWHERE}
    return {"least": f"{IMPORTED}{who}"[:64], "first": IMPORTED}


def is_used_before(earlier: Sequence[str], password: str) -> bool:
    """Whether a civil servant had this password of late; `earlier` are the hashes `remembered`."""
    return any(verify(secret, password) for secret in earlier)


def remembered(db: Session, person_id: UUID) -> Sequence[str]:
    """The hashes a new password must not fit, the latest first; the living one among them."""
    if db.scalar(select(Person.realm).where(Person.id == person_id)) != Realm.STAFF:
        return ()
    query = select(Credential.secret).where(
        Credential.person_id == person_id, Credential.kind == KIND, Credential.secret != ""
    )
    return db.scalars(query.order_by(Credential.ended_at.desc().nulls_first()).limit(REMEMBERED)).all()


def _remember(db: Session, person_id: UUID, secret: str, now: datetime) -> None:
    """Keep a civil servant's earlier hash as one that has ended."""
    if db.scalar(select(Person.realm).where(Person.id == person_id)) == Realm.STAFF:
        db.add(
            Credential(
                person_id=person_id, kind=KIND, secret=secret, created_at=now, changed_at=now, ended_at=now
            )
        )
