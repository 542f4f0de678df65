"""Slow down guessing: per person, per source and per pair of both. Delay only, never a hard lock.

An attempt is counted before it is judged, so that a hundred guesses sent at once gain nothing; a success
begins a new count. Counters live in the state store under digests; nothing in them names anyone.
"""

from dataclasses import dataclass

from idp.crypto.handles import digest, new_handle
from idp.storage.state import StateStore

WINDOW = 900.0
"""Seconds an attempt is remembered."""
LONGEST = 60
"""Seconds nobody ever waits more than."""
FAMILIAR = 2_592_000.0
"""Seconds a source stays familiar where somebody has proven themselves."""
KNOWN = (b"yes", FAMILIAR)


@dataclass(frozen=True)
class Limits:
    """How many attempts are free; each further one waits twice as long as the one before."""

    pair: int = 5
    person: int = 10
    source_per_minute: int = 60


@dataclass(frozen=True)
class Wait:
    """Come back after `seconds`; the form is kept."""

    seconds: int


def pace(state: StateStore, source: str, what: str, limits: Limits) -> Wait | None:
    """Count one request of a network source; a Wait when it has had its share of this minute."""
    requests = state.count(f"pace:{digest(f'{what}|{source}')}", 60.0)
    return Wait(60) if requests > limits.source_per_minute else None


def admit(state: StateStore, who: str, source: str, limits: Limits) -> Wait | None:
    """
    Count one attempt to prove being `who` (a blind digest); a Wait when it comes too early.

    Where they have proven themselves before, strangers' guesses elsewhere do not take the turn away.
    """
    here, anywhere = _names(who, source)
    keys = (f"round:{here}", f"round:{anywhere}", _familiar(who, source))
    round_here, round_anywhere, familiar = state.get_all(keys)
    pair = _enter(state, here, round_here, limits.pair)
    if familiar is not None:
        return pair
    person = _enter(state, anywhere, round_anywhere, limits.person)
    waits = [wait for wait in (pair, person) if wait is not None]
    return max(waits, key=lambda wait: wait.seconds) if waits else None


def succeeded(state: StateStore, who: str, source: str) -> None:
    """Begin new counts: whoever proves themselves owes nothing for earlier mistakes."""
    rounds = {f"round:{name}": (new_handle().encode(), WINDOW) for name in _names(who, source)}
    state.put_all({**rounds, _familiar(who, source): KNOWN})


def remember(state: StateStore, who: str, source: str) -> None:
    """Somebody has proven to be `who` here; the place is familiar from now on."""
    state.put(_familiar(who, source), *KNOWN)


def is_familiar(state: StateStore, who: str, source: str) -> bool:
    """Whether somebody has proven to be `who` here of late."""
    return state.get(_familiar(who, source)) is not None


def _familiar(who: str, source: str) -> str:
    return f"familiar:{digest(f'{who}|{source}')}"


def _names(who: str, source: str) -> tuple[str, str]:
    """Under which names attempts are counted: of the pair of both, and of the person."""
    return f"b:{digest(f'{who}|{source}')}", f"p:{digest(who)}"


def _enter(state: StateStore, name: str, begun: bytes | None, free: int) -> Wait | None:
    turn = (begun or b"first").decode()
    attempts = state.count(f"tries:{name}:{turn}", WINDOW)
    if attempts <= free:
        return None
    seconds = min(2 ** min(attempts - free, 10), LONGEST)
    return None if state.once(f"slot:{name}:{turn}", float(seconds)) else Wait(seconds)
