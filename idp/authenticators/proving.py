"""Judge a login and a password; a wrong one and an unknown person get the same answer after the same work."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from idp.authenticators import base, password, recalled, throttle
from idp.authenticators.base import Denied, Proven
from idp.authenticators.recalled import Found
from idp.authenticators.throttle import Limits, Wait
from idp.crypto import passwords
from idp.keys.vault import Vault
from idp.persons import lifecycle, locking, lookup
from idp.persons.models import PersonStatus
from idp.storage.database import Database
from idp.storage.prepared import Prepared
from idp.storage.state import StateStore


@dataclass(frozen=True)
class Typed:
    """What came in, and from where."""

    login: str
    password: str
    source: str
    client_id: str | None = None
    """The application on whose behalf a sign-in is asked."""


@dataclass(frozen=True)
class Arrived:
    """The right password of an account of another system; nobody has proven whose it is."""

    account_id: UUID


def by_password(
    database: Database,
    prepared: Prepared,
    vault: Vault,
    state: StateStore,
    limits: Limits,
    typed: Typed,
    now: datetime,
) -> Proven | Denied | Wait | Arrived:
    """
    Read, wait for the hash without a transaction, write what follows.

    Signing in takes back a closing that has begun (PIPL Art. 47), and renews a hash of outdated parameters.
    Attempts are counted by what was typed, never by whom it found: a count that two logins share would tell
    that both are one registered person's.
    """
    login = lookup.read(typed.login, now)
    who = lookup.who(vault, login)
    known = recalled.recall(prepared, vault, login, who)
    found, old = known.person, known.old
    wait = throttle.pace(state, typed.source, "sign-in", limits) or throttle.admit(
        state, who, typed.source, limits
    )
    if wait:
        return wait
    secret = found.secret if found else old.secret if old else None
    if not password.verify(secret, typed.password, known.decoy):
        return _denied(database, typed, found, "wrong")
    throttle.succeeded(state, who, typed.source)
    if found is None:
        return Arrived(old.id) if old else _denied(database, typed, None, "wrong")
    if found.status not in {PersonStatus.ACTIVE, PersonStatus.CLOSING}:
        return _denied(database, typed, found, f"person_{found.status}")
    kept = _kept_up(database, found, typed.password, now)
    if kept is None:
        return _denied(database, typed, found, "wrong")
    return Proven(found.person_id, password.AMR, kept, found.proofs_count_from)


def _kept_up(database: Database, found: Found, typed: str, now: datetime) -> str | None:
    """The hash as it is from now on; None if it was changed while this password was compared with it."""
    closing = found.status == PersonStatus.CLOSING
    renewed = passwords.hash_password(typed) if passwords.needs_rehash(found.secret or "") else None
    if renewed is None and not closing:
        return found.secret
    with database.writing() as db:
        person = locking.alone(db, found.person_id)
        if not _is_still(db, found, renewed, now):
            return None
        if person is not None and person.status == PersonStatus.CLOSING:
            lifecycle.reopen(db, person, now)
    return renewed or found.secret


def _is_still(db: Session, found: Found, renewed: str | None, now: datetime) -> bool:
    if renewed is None:
        return password.is_still(db, found.person_id, found.secret)
    return password.renew_hash(db, found.person_id, found.secret or "", renewed, now)


def _denied(database: Database, typed: Typed, person: Found | None, reason: str) -> Denied:
    with database.writing() as db:
        return base.deny(db, "pwd", reason, person.person_id if person else None, typed.client_id)
