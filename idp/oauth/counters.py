"""How often each outcome happened, for the metrics; nothing about anybody."""

from collections import Counter
from threading import Lock


class Counters:
    """Counts by name and outcome in one process; `snapshot` gives them to whoever exports them."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()
        self._lock = Lock()

    def __call__(self, name: str, outcome: str) -> None:
        """One more."""
        with self._lock:
            self._counts[name, outcome] += 1

    def snapshot(self) -> dict[tuple[str, str], int]:
        """All counts since the process began."""
        with self._lock:
            return dict(self._counts)
