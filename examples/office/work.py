"""The two systems, and the files that lie there; every one of them is invented."""

from dataclasses import dataclass


@dataclass(frozen=True)
class System:
    """A department's system, and how well somebody must have proven themselves to act in it (AAL)."""

    key: str
    name: str
    least_aal: int
    files: tuple[str, ...]
    """Their numbers; `words` has the titles."""


APPROVALS = System("approvals", "审批系统", 3, ("2026-0413", "2026-0417", "2026-0422"))
"""A decision binds the department: it takes a key that does not leave its device."""
ARCHIVE = System("archive", "档案系统", 2, ("GJJ-1998-07", "GJJ-2004-11"))
"""Lending a file out takes no more than signing in did."""
