"""How often an authority may be asked about one number in a day, and by one asker; both counters are blind.

An attempt is counted before it is made, so that many sent at once gain nothing.
"""

from dataclasses import dataclass
from datetime import datetime

from idp import clock
from idp.keys.vault import Vault
from idp.storage.state import StateStore
from idp.storage.tally import Tally


@dataclass(frozen=True)
class Attempts:
    """Today's attempts about one number, by whoever makes them, and with what limits."""

    about: Tally
    of: Tally
    most_about: int
    most_of: int

    def enter(self) -> int | None:
        """Count one; gives how many are left about this number, or None if there was none left."""
        left = self.most_about - self.about.enter()
        return None if min(left, self.most_of - self.of.enter()) < 0 else left

    def was_right(self) -> None:
        """It does not count against the number: a counter moved by mistakes alone tells nothing."""
        self.about.give_back()

    def was_wrong(self) -> None:
        """It counts, and takes as long to say as being right: something is given back that nobody reads."""
        Tally(self.about.state, f"{self.about.name}:nobody").give_back()

    def had_no_answer(self) -> None:
        """Nor against whoever asked."""
        self.of.give_back()


def today(
    state: StateStore,
    vault: Vault,
    names: tuple[str, str],
    number: str,
    asker: str,
    limits: tuple[int, int],
    now: datetime,
) -> Attempts:
    """
    The counters of this day in China.

    `names` are what the two are kept under; `asker` is who asks, in any spelling that stays the same;
    `limits` are those about one number and of one asker.
    """
    about, of = names
    return Attempts(tally(state, vault, about, number, now), tally(state, vault, of, asker, now), *limits)


def tally(state: StateStore, vault: Vault, name: str, about: str, now: datetime) -> Tally:
    """One counter of this day in China, under this name, about what nobody can read in it."""
    return Tally(state, f"{name}:{vault.digest(name, about).hex()}:{clock.day(now):%Y%m%d}")
