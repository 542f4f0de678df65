"""A civil servant's login and password, judged by their directory once our own counters let them through.

Whoever has an account of our own (`local_staff`) is judged here; to a stranger both look alike.

The directory locks an entry after so many wrong passwords, and a stranger must not be able to make it do so.
So of the wrong passwords it would bear, one is left over, a third is kept for places where the civil servant
is known, and only the rest is spent on anybody else; each is given back when the directory has forgotten it.
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.exc import IntegrityError

from idp.authenticators import base, local_staff, throttle
from idp.authenticators.base import Denied, Proven
from idp.authenticators.directory import Directory, Entry, Reason, Shut, Unavailable, Wrong
from idp.authenticators.local_staff import Judged
from idp.authenticators.proving import Typed
from idp.authenticators.throttle import Limits, Wait
from idp.crypto.handles import digest, new_handle
from idp.keys.vault import Vault
from idp.persons import staff
from idp.persons.models import Person
from idp.persons.staff import Source, spelled
from idp.storage.database import Database
from idp.storage.state import StateStore

METHOD = "directory"
AMR = frozenset({"pwd"})
LOGIN = re.compile(r"[a-z0-9._@\u3400-\u9fff\U00020000-\U0003ffff-]{1,128}")
"""Letters of which a directory ignores none; with accents, say, some take é for e (RFC 4518)."""
KEPT = 3
"""One wrong password in so many is kept for familiar places."""
PAUSE = 60
"""Seconds somebody is asked to wait when the directory may not be asked."""
SHOWN = {Reason.LOCKED: "staff_wrong"}
"""Where the directory's own reason would tell a stranger that there is somebody of this login."""


@dataclass(frozen=True)
class Patience:
    """How many wrong passwords the directory bears, in how many seconds."""

    locks_after: int = 5
    locks_within: float = 900.0


@dataclass(frozen=True)
class Staffing:
    """What proving a civil servant takes (`Services.extras["directory"]`)."""

    directory: Directory
    source: Source
    patience: Patience


def by_login(
    database: Database,
    vault: Vault,
    state: StateStore,
    limits: Limits,
    staffing: Staffing | None,
    typed: Typed,
    now: datetime,
) -> Proven | Denied | Wait:
    """Count, judge an account of our own, or else ask the directory, outside any transaction."""
    login = spelled(typed.login)
    who = vault.digest("attempt", f"staff|{login}").hex()
    wait = throttle.pace(state, typed.source, "staff", limits) or throttle.admit(
        state, who, typed.source, limits
    )
    if wait:
        return wait
    judged = local_staff.judge(database, login, typed.password)
    if judged.right and judged.person_id is not None:
        _succeeded(state, who, typed.source)
        with database.writing() as db:
            outcome = base.let_in(db, db.get_one(Person, judged.person_id), AMR)
        return _of_then(outcome, judged)
    if staffing is None:
        return _denied(database, "staff_wrong", typed, judged)
    if wait := _asking_takes(state, who, typed.source, staffing.patience):
        return wait
    return _by_directory(database, state, who, staffing, typed, judged, now)


def _of_then(outcome: Proven | Denied, judged: Judged) -> Proven | Denied:
    """Proven is what counted when the password was compared, whatever was changed since."""
    if isinstance(outcome, Denied):
        return outcome
    return replace(outcome, secret=judged.secret, seen=judged.seen)


def _by_directory(
    database: Database,
    state: StateStore,
    who: str,
    staffing: Staffing,
    typed: Typed,
    judged: Judged,
    now: datetime,
) -> Proven | Denied:
    """For a wrong password of our own the directory is asked about nobody: the answer takes as long."""
    login = spelled(typed.login) if judged.person_id is None else new_handle()
    plain = LOGIN.fullmatch(login) is not None or judged.person_id is not None
    answer = staffing.directory.authenticate(login, typed.password) if plain else Wrong()
    match answer:
        case Entry() as entry:
            _succeeded(state, who, typed.source)
            return _entered(database, staffing.source, entry, now)
        case Wrong():
            return _denied(database, "staff_wrong", typed, judged)
        case Shut(reason=reason):
            return _denied(database, reason, typed, judged)
        case Unavailable():
            return Denied("staff_unavailable")


def _entered(database: Database, source: Source, entry: Entry, now: datetime) -> Proven | Denied:
    try:
        with database.writing() as db:
            return base.let_in(db, staff.arrived(db, source, entry, now), AMR)
    except IntegrityError:  # their first sign-in, twice at once: now they are there
        with database.writing() as db:
            return base.let_in(db, staff.arrived(db, source, entry, now), AMR)


def _denied(database: Database, reason: str, typed: Typed, judged: Judged) -> Denied:
    method = METHOD if judged.person_id is None else local_staff.METHOD
    with database.writing() as db:
        base.deny(db, method, reason, judged.person_id, typed.client_id)
    return Denied(SHOWN.get(Reason(reason), reason) if reason in set(Reason) else reason)


def _asking_takes(state: StateStore, who: str, source: str, patience: Patience) -> Wait | None:
    """Take one of the wrong passwords that may still be asked about; a Wait when none is left."""
    borne = patience.locks_after - 1
    kept = max(1, borne // KEPT)
    if throttle.is_familiar(state, who, source) and _take(state, who, "known", kept, patience):
        return None
    return None if _take(state, who, "anybody", borne - kept, patience) else Wait(PAUSE)


def _take(state: StateStore, who: str, whose: str, many: int, patience: Patience) -> bool:
    """Whether one of so many was free; each is taken for as long as the directory counts it."""
    since = (state.get(_round(who)) or b"first").decode()
    names = (f"bind:{digest(f'{who}|{whose}|{since}|{number}')}" for number in range(many))
    return any(state.once(name, patience.locks_within) for name in names)


def _succeeded(state: StateStore, who: str, source: str) -> None:
    throttle.succeeded(state, who, source)
    _forget_wrong_ones(state, who)


def _forget_wrong_ones(state: StateStore, who: str) -> None:
    """A right password is where the directory, too, begins to count anew."""
    state.put(_round(who), new_handle().encode(), throttle.FAMILIAR)


def _round(who: str) -> str:
    return f"bind-round:{digest(who)}"
