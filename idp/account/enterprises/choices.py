"""The matters somebody can grant, group by group, as the boxes of a form: none beyond what they hold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from idp.mandates.scope import WHOLE, Scope
from idp.mandates.statement import Name
from idp.matters import catalogue
from idp.matters.models import Matter


@dataclass(frozen=True)
class Choice:
    """One matter."""

    code: str
    name: Name


@dataclass(frozen=True)
class Group:
    """A group and those of its matters that can be granted."""

    code: str
    name: Name
    whole: bool
    """Whether the group can be granted as one."""
    matters: Sequence[Choice]


@dataclass(frozen=True)
class Choices:
    """Everything that can be ticked."""

    groups: Sequence[Group]
    everything: bool
    actions: frozenset[str]
    group_of: Mapping[str, str]
    """The group of each matter that can be granted by itself."""

    def offers(self, scope: Scope) -> bool:
        """Whether all that a scope names stood in the form."""
        whole = {group.code for group in self.groups if group.whole}
        return (
            (self.everything or not scope.everything)
            and scope.matters <= set(self.group_of)
            and scope.groups <= whole
            and scope.actions <= self.actions
        )


def within(db: Session, held: Scope) -> Choices:
    """What of the catalogue a scope reaches."""
    by_group: dict[str, list[Matter]] = {}
    for matter in catalogue.listed(db):
        if _reaches(held, matter):
            by_group.setdefault(matter.group_code, []).append(matter)
    groups = [
        Group(
            code=group.code,
            name=Name(group.name, group.name_en),
            whole=held.everything or group.code in held.groups,
            matters=[Choice(one.code, Name(one.name, one.name_en)) for one in by_group[group.code]],
        )
        for group in catalogue.groups(db)
        if group.code in by_group
    ]
    group_of = {one.code: group.code for group in groups for one in group.matters}
    return Choices(groups, held.everything, held.actions, group_of)


def one_by_one(db: Session) -> Choices:
    """Everything in the catalogue, each matter by itself: no group as one, nothing as a whole."""
    known = within(db, WHOLE)
    return replace(known, everything=False, groups=[replace(group, whole=False) for group in known.groups])


def _reaches(held: Scope, matter: Matter) -> bool:
    return held.everything or matter.group_code in held.groups or matter.code in held.matters
