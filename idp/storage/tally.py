"""How often something was tried, less what was given back."""

from dataclasses import dataclass

from idp.storage.state import StateStore

TWO_DAYS = 172_800.0
"""Seconds a day's tallies are kept; the day itself is in their names."""


@dataclass(frozen=True)
class Tally:
    """One count in the state store; its name is blind."""

    state: StateStore
    name: str

    def enter(self) -> int:
        """Count one more before it is judged, so that many at once gain nothing; gives how many there are."""
        made = self.state.count(f"tally:{self.name}", TWO_DAYS)
        return made - int(self.state.get(f"tally-back:{self.name}") or 0)

    def give_back(self) -> None:
        """That one does not count."""
        returned = self.state.count(f"tally-returned:{self.name}", TWO_DAYS)
        self.state.put(f"tally-back:{self.name}", str(returned).encode(), TWO_DAYS)
