"""How a person gets to a higher identity level: every way there is, and the shortest one (domain §1.6)."""

from collections.abc import Container, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Way:
    """One verification a person can ask for."""

    name: str
    reaches: int
    """The level it supports."""
    after: int = 0
    """The level one must have first."""
    needs: str | None = None
    """A collaborator that not every instance has (`Services.extras`)."""


WAYS = (
    Way("registry", reaches=3),
    Way("real_person", reaches=4, after=3, needs="likeness"),
    Way("certificate", reaches=5, needs="certificates"),
    Way("window", reaches=5),
)
"""The least trouble first. No way is the only one: a window always is another."""


def up(level: int, wanted: int, collaborators: Container[str]) -> Sequence[Way]:
    """The ways that lead from one level to another or on the way there, in the order to take or try them."""
    return [
        way
        for way in WAYS
        if way.reaches > level and (way.reaches >= wanted or _leads_on(way, wanted, collaborators))
        if way.needs is None or way.needs in collaborators
    ]


def first(level: int, wanted: int, collaborators: Container[str]) -> Way | None:
    """What to do first on the shortest way; None where nothing is missing."""
    if level >= wanted:
        return None
    return next((way for way in up(level, wanted, collaborators) if way.after <= level), None)


def _leads_on(way: Way, wanted: int, collaborators: Container[str]) -> bool:
    """Whether another way needs this one first."""
    return any(
        way.reaches >= later.after > 0 and later.reaches >= wanted
        for later in WAYS
        if later.needs is None or later.needs in collaborators
    )
