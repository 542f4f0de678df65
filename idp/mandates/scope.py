"""What a mandate names: matters, groups or everything, with which actions, within which limits.

Deny by default: nothing named is nothing allowed. Limits that are empty do not limit.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from idp.matters.catalogue import Listed
from idp.matters.models import Action


class Beyond(StrEnum):
    """What of an act a scope does not reach, in the order in which it is looked at."""

    MATTER = "matter_not_granted"
    ACTION = "action_not_granted"
    REGION = "region_not_granted"
    PROJECT = "project_not_granted"
    AMOUNT = "amount_exceeded"


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody wants to do: one action in one matter."""

    matter: Listed
    action: Action
    region: str | None = None
    """Division code of the place it is done for (GB/T 2260, two to twelve digits)."""
    project: str | None = None
    """The code of one case or project (一项一码)."""
    amount: int | None = None
    """Fen, where money moves."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What is named."""

    everything: bool = False
    """全业务授权: every matter, those to come too."""
    matters: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    actions: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()
    """Division codes without their trailing zeros; a place is within one when its code begins with it."""
    projects: frozenset[str] = frozenset()
    amount: int | None = None
    """At most so many fen in one act."""
    once: bool = False
    """One act uses it up."""

    def reaches(self, act: Act, signed_at: datetime) -> Beyond | None:
        """None if the act is within what was named when it was signed; otherwise what is beyond it."""
        if not self.names(act.matter, signed_at):
            return Beyond.MATTER
        if act.action not in self.actions:
            return Beyond.ACTION
        if self.regions and not any((act.region or "").startswith(region) for region in self.regions):
            return Beyond.REGION
        if self.projects and act.project not in self.projects:
            return Beyond.PROJECT
        if self.amount is not None and act.action == Action.PAY and not _within(act.amount, self.amount):
            return Beyond.AMOUNT
        return None

    def names(self, matter: Listed, signed_at: datetime) -> bool:
        """Whether the matter is among those named.

        A part of a matter that was split is still what was named; what was merged, or moved into a group
        after the signature, is not: no change of the catalogue widens a mandate.
        """
        return (
            self.everything
            or not self.matters.isdisjoint((matter.code, *matter.lineage))
            or (matter.group in self.groups and matter.grouped_since <= signed_at)
        )

    def is_empty(self) -> bool:
        """Whether nobody can do anything under it."""
        return not self.actions or not (self.everything or self.matters or self.groups)

    def is_within(self, wider: "Scope", group_of: Mapping[str, str]) -> bool:
        """Whether nothing in it is beyond another: nobody grants more than they hold.

        `group_of` gives the group of each matter that is named here.
        """
        return (
            (wider.everything or not self.everything)
            and (wider.everything or self.groups <= wider.groups)
            and all(
                wider.everything or code in wider.matters or group_of.get(code) in wider.groups
                for code in self.matters
            )
            and self.actions <= wider.actions
            and _limited(self.regions, wider.regions, lambda inner, outer: inner.startswith(outer))
            and _limited(self.projects, wider.projects, lambda inner, outer: inner == outer)
            and (wider.amount is None or _within(self.amount, wider.amount))
            and (self.once or not wider.once)
        )


ALL_ACTIONS = frozenset(Action)
WHOLE = Scope(everything=True, actions=ALL_ACTIONS)
"""What a legal representative may do."""


def _within(amount: int | None, limit: int) -> bool:
    return amount is not None and 0 <= amount <= limit


def _limited(inner: frozenset[str], outer: frozenset[str], fits: Callable[[str, str], bool]) -> bool:
    """Whether every inner limit lies in an outer one; no outer limit bounds nothing."""
    return not outer or (bool(inner) and all(any(fits(i, o) for o in outer) for i in inner))
