"""Wrong codes: how many a phone bears in a day before no code of it is believed until the next.

Two thirds are for anybody; the rest is for places where somebody has proven to be the phone's holder, so that
strangers cannot use up what the holder needs there. A guess is taken out before it is judged and put back if
it was right. One too many looks like a wrong one: whoever guesses is not told, nor where is familiar.
"""

from dataclasses import dataclass
from datetime import datetime

from idp import clock
from idp.authenticators import throttle
from idp.storage.state import StateStore
from idp.storage.tally import TWO_DAYS, Tally

KEPT = 3
"""One guess in so many is kept for familiar places."""


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
        return taken <= self.size

    def put_back(self) -> None:
        """It was no guess."""
        self._tally.give_back()
        self.state.take(f"purse-empty:{self.name}")

    @property
    def _tally(self) -> Tally:
        return Tally(self.state, f"guesses:{self.name}")


def purses(state: StateStore, who: str, source: str, limit: int, now: datetime) -> tuple[Purse, ...]:
    """What guesses of a phone (`who`: its blind digest) are taken from here; the holder's own first."""
    today, kept = f"{clock.day(now):%Y%m%d}", limit // KEPT
    anybodys = Purse(state, f"{who}:{today}:anybody", limit - kept)
    if not throttle.is_familiar(state, who, source):
        return (anybodys,)
    return Purse(state, f"{who}:{today}:holder", kept), anybodys


def admit(found: tuple[Purse, ...]) -> Purse | None:
    """Take one guess; gives the purse it came from, None when nothing is left today."""
    return next((purse for purse in found if purse.take()), None)
