"""Whether two sets of times can be told apart: Mann and Whitney's statistic asks nothing of their shape."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import median

SURE = 4.0
"""Standard errors of no difference; among a hundred comparisons without one, one in 150 goes beyond."""


@dataclass(frozen=True)
class Difference:
    """How times of what is known compare with times of what is not, in seconds."""

    known: float
    """Median."""
    unknown: float
    auc: float
    """How likely one of the known takes longer than one of the unknown; 0.5 tells nothing."""
    error: float
    """Standard error of `auc` where there is no difference."""

    @property
    def shows(self) -> bool:
        """Whether whoever takes as many looks knows which is which better than by chance."""
        return abs(self.auc - 0.5) > SURE * self.error


def between(known: Sequence[float], unknown: Sequence[float]) -> Difference:
    """Compare two sets of times."""
    ordered = sorted(unknown)
    below = sum(bisect_left(ordered, one) + bisect_right(ordered, one) for one in known) / 2
    pairs = len(known) * len(unknown)
    error = sqrt((len(known) + len(unknown) + 1) / (12 * pairs))
    return Difference(median(known), median(unknown), below / pairs, error)
