"""Wrong codes: how many a phone, and a network address, bears in a day before no code is believed there.

Two thirds are for anybody; the rest is for phones and places that know each other, so that strangers cannot
use up what a phone's holder needs there. A guess is taken out before it is judged and put back if it was
right, and so are the wrong ones before it: a mistake that was mended is no guess. One too many looks like a
wrong one: whoever guesses is not told, nor where is familiar.
"""

from dataclasses import dataclass
from datetime import datetime

from idp import clock
from idp.authenticators import throttle
from idp.crypto.handles import digest, new_handle
from idp.storage.state import StateStore
from idp.storage.tally import TWO_DAYS, Tally

KEPT = 3
"""One guess in so many is kept for those who know each other."""


@dataclass(frozen=True)
class Purse:
    """So many guesses for a day."""

    state: StateStore
    name: str
    size: int

    @property
    def is_empty(self) -> bool:
        """Whether the last guess was taken."""
        return self.state.get(f"purse-empty:{self.name}") is not None

    def take(self) -> bool:
        """Take a guess out, if one is left."""
        taken = self._tally.enter()
        if taken >= self.size:
            self.state.put(f"purse-empty:{self.name}", b"yes", TWO_DAYS)
        if taken > self.size:
            self._tally.give_back()
        return taken <= self.size

    def put_back(self) -> None:
        """It was no guess."""
        self._tally.give_back()
        self.state.take(f"purse-empty:{self.name}")

    @property
    def _tally(self) -> Tally:
        return Tally(self.state, f"guesses:{self.name}")


Budget = tuple[Purse, ...]
"""Where a guess may come from, the purse of one's own first."""
Guess = tuple[Purse, ...]
"""The purses one guess was taken from, one of each budget."""


def budgets(
    state: StateStore, who: str, source: str, of_phone: int, of_source: int, now: datetime
) -> tuple[Budget, Budget]:
    """What a guess of a phone (`who`: its blind digest) at this source is taken from: of both."""
    known, today = throttle.is_familiar(state, who, source), f"{clock.day(now):%Y%m%d}"
    phone = _budget(state, f"{who}:{today}", of_phone, known)
    return phone, _budget(state, f"source:{digest(source)}:{today}", of_source, known)


def of_person(state: StateStore, who: str, source: str, limit: int, now: datetime) -> Budget:
    """What a guess of a code that only `who` (a blind name) has is taken from; `forgive` begins it anew."""
    turn = (state.get(f"purse-turn:{who}") or b"first").decode()
    known = throttle.is_familiar(state, who, source)
    return _budget(state, f"{who}:{turn}:{clock.day(now):%Y%m%d}", limit, known)


def forgive(state: StateStore, who: str) -> None:
    """The code was right in the end, so the wrong ones before it were mistakes and no guesses."""
    state.put(f"purse-turn:{who}", new_handle().encode(), TWO_DAYS)


def is_spent(found: tuple[Budget, ...]) -> bool:
    """Whether no guess would be heard any more."""
    return any(all(purse.is_empty for purse in budget) for budget in found)


def admit(found: tuple[Budget, ...]) -> Guess | None:
    """Take one guess out of each budget; None, and nothing taken, when one of them has none left today."""
    taken: list[Purse] = []
    for budget in found:
        purse = next((purse for purse in budget if purse.take()), None)
        if purse is None:
            put_back(tuple(taken))
            return None
        taken.append(purse)
    return tuple(taken)


def put_back(guess: Guess) -> None:
    """It was none."""
    for purse in guess:
        purse.put_back()


def _budget(state: StateStore, name: str, limit: int, known: bool) -> Budget:
    kept = limit // KEPT
    anybodys = Purse(state, f"{name}:anybody", limit - kept)
    return (Purse(state, f"{name}:holder", kept), anybodys) if known else (anybodys,)


@dataclass(frozen=True)
class Ledger:
    """Wrong guesses of one code, kept as long as it may still be guessed right."""

    state: StateStore
    serial: str
    lifetime: float

    def enter(self, guess: Guess) -> None:
        """One more was wrong."""
        number = self.state.count(f"code-owing:{self.serial}", self.lifetime)
        names = "\n".join(purse.name for purse in guess).encode()
        self.state.put(f"code-owed:{self.serial}:{number}", names, self.lifetime)

    def settle(self, most: int) -> None:
        """The code was guessed right in the end: whoever mistyped it had it before their eyes."""
        for number in range(1, most + 1):
            names = self.state.take(f"code-owed:{self.serial}:{number}")
            for name in names.decode().split("\n") if names else ():
                Purse(self.state, name, 0).put_back()
