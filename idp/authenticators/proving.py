"""Judge a login and a password; a wrong one and an unknown person get the same answer after the same work."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from idp.authenticators import base, password, throttle
from idp.authenticators.base import Denied, Proven
from idp.authenticators.throttle import Limits, Wait
from idp.crypto import passwords
from idp.keys.vault import Vault
from idp.moving import arriving
from idp.persons import lifecycle, lookup
from idp.persons.models import Person, PersonStatus
from idp.storage.columns import identifier
from idp.storage.database import Database
from idp.storage.prepared import Prepared, Statement
from idp.storage.state import StateStore

LOOK = {
    way: Statement(
        f"""
        select p.id, p.status,
               (select c.secret from credentials c
                 where c.person_id = p.id and c.kind = '{password.KIND}' and c.ended_at is null)
          from persons p where p.id = ({person})
        """  # noqa: S608 – joined from constants
    )
    for way, person in lookup.PERSON_BY.items()
}
"""What `_Found` is made of, by each way to a person."""


@dataclass(frozen=True)
class Typed:
    """What came in, and from where."""

    login: str
    password: str
    source: str
    client_id: str | None = None
    """The application on whose behalf a sign-in is asked."""


@dataclass(frozen=True)
class _Found:
    """What must be known of somebody before the hash is computed."""

    person_id: UUID
    status: str
    secret: str | None


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
    who = lookup.who(vault, typed.login, now)
    found, old = _find(prepared, vault, typed.login, now), arriving.find(prepared, vault, typed.login, now)
    decoys = password.decoy(prepared, who), arriving.decoy(prepared, who)
    wait = throttle.pace(state, typed.source, "sign-in", limits) or throttle.admit(
        state, who, typed.source, limits
    )
    if wait:
        return wait
    secret = found.secret if found else old.secret if old else None
    if not password.verify(secret, typed.password, decoys[0] or decoys[1]):
        return _denied(database, typed, found, "wrong")
    throttle.succeeded(state, who, typed.source)
    if found is None:
        return Arrived(old.id) if old else _denied(database, typed, None, "wrong")
    if found.status not in {PersonStatus.ACTIVE, PersonStatus.CLOSING}:
        return _denied(database, typed, found, f"person_{found.status}")
    _keep_up(database, found, typed.password, now)
    return Proven(found.person_id, password.AMR)


def _find(prepared: Prepared, vault: Vault, login: str, now: datetime) -> _Found | None:
    """Who it is about; every way is gone, so that it takes as long for who is not known."""
    rows = [prepared.one(LOOK[way], values) for way, values in lookup.keys(vault, login, now)]
    row = next(filter(None, rows), None)
    return None if row is None else _Found(identifier(row[0]), row[1], row[2])


def _keep_up(database: Database, found: _Found, typed: str, now: datetime) -> None:
    closing = found.status == PersonStatus.CLOSING
    renewed = passwords.hash_password(typed) if passwords.needs_rehash(found.secret or "") else None
    if renewed is None and not closing:
        return
    with database.writing() as db:
        if renewed is not None:
            password.set_hash(db, found.person_id, renewed, "rehash", now)
        if closing:
            lifecycle.reopen(db, db.get_one(Person, found.person_id), now)


def _denied(database: Database, typed: Typed, person: _Found | None, reason: str) -> Denied:
    with database.writing() as db:
        return base.deny(db, "pwd", reason, person.person_id if person else None, typed.client_id)
