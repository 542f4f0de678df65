"""A civil servant's login and password, judged by their directory once our own counters let them through.

The directory locks an entry after so many wrong passwords, and a stranger must not be able to make it do so.
So of the wrong passwords it would bear, one is left over, a third is kept for places where the civil servant
is known, and only the rest is spent on anybody else; each is given back when the directory has forgotten it.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import IntegrityError

from idp.authenticators import base, throttle
from idp.authenticators.base import Denied, Proven
from idp.authenticators.directory import Directory, Entry, Reason, Shut, Unavailable, Wrong
from idp.authenticators.proving import Typed
from idp.authenticators.throttle import Limits, Wait
from idp.crypto.handles import digest, new_handle
from idp.keys.vault import Vault
from idp.persons import staff
from idp.persons.staff import Source
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


def by_directory(
    database: Database,
    vault: Vault,
    state: StateStore,
    limits: Limits,
    staffing: Staffing,
    typed: Typed,
    now: datetime,
) -> Proven | Denied | Wait:
    """Count, ask the directory outside any transaction, write what follows."""
    login = spelled(typed.login)
    who = vault.digest("attempt", f"staff|{login}").hex()
    wait = (
        throttle.pace(state, typed.source, "staff", limits)
        or throttle.admit(state, who, typed.source, limits)
        or _asking_takes(state, who, typed.source, staffing.patience)
    )
    if wait:
        return wait
    plain = LOGIN.fullmatch(login) is not None
    answer = staffing.directory.authenticate(login, typed.password) if plain else Wrong()
    match answer:
        case Entry() as entry:
            throttle.succeeded(state, who, typed.source)
            _forget_wrong_ones(state, who)
            return _entered(database, staffing.source, entry, now)
        case Wrong():
            return _denied(database, "staff_wrong", typed)
        case Shut(reason=reason):
            return _denied(database, reason, typed)
        case Unavailable():
            return Denied("staff_unavailable")


def spelled(login: str) -> str:
    """One spelling for all that a directory takes for the same, or each would have guesses of its own."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", login.strip()).casefold())


def _entered(database: Database, source: Source, entry: Entry, now: datetime) -> Proven | Denied:
    try:
        with database.writing() as db:
            return base.let_in(db, staff.arrived(db, source, entry, now), AMR, now)
    except IntegrityError:  # their first sign-in, twice at once: now they are there
        with database.writing() as db:
            return base.let_in(db, staff.arrived(db, source, entry, now), AMR, now)


def _denied(database: Database, reason: str, typed: Typed) -> Denied:
    with database.writing() as db:
        base.deny(db, METHOD, reason, client_id=typed.client_id)
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


def _forget_wrong_ones(state: StateStore, who: str) -> None:
    """A right password is where the directory, too, begins to count anew."""
    state.put(_round(who), new_handle().encode(), throttle.FAMILIAR)


def _round(who: str) -> str:
    return f"bind-round:{digest(who)}"
