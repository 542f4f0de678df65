"""Judge a login and a password; a wrong one and an unknown person get the same answer after the same work."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from idp.authenticators import base, password, recalled, throttle
from idp.authenticators.base import Denied, Proven
from idp.authenticators.recalled import Found
from idp.authenticators.throttle import Limits, Wait
from idp.crypto import passwords
from idp.keys.vault import Vault
from idp.persons import lifecycle, locking, lookup
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

    A hash of outdated parameters is renewed. A closing that has begun stays: a further step may be missing.
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
    if found.status not in lifecycle.ENTERING:
        return _denied(database, typed, found, f"person_{found.status}")
    kept = _kept_up(database, found, typed.password, now)
    if kept is None:
        return _denied(database, typed, found, "wrong")
    return Proven(found.person_id, password.AMR, kept, found.proofs_count_from)


def _kept_up(database: Database, found: Found, typed: str, now: datetime) -> str | None:
    """The hash as it is from now on; None if it was changed while this password was compared with it."""
    if not passwords.needs_rehash(found.secret or ""):
        return found.secret
    renewed = passwords.hash_password(typed)
    with database.writing() as db:
        locking.alone(db, found.person_id)
        still = password.renew_hash(db, found.person_id, found.secret or "", renewed, now)
    return renewed if still else None


def _denied(database: Database, typed: Typed, person: Found | None, reason: str) -> Denied:
    with database.writing() as db:
        return base.deny(db, "pwd", reason, person.person_id if person else None, typed.client_id)
