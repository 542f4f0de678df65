"""The matters somebody can grant, group by group, as the boxes of a form: none beyond what they hold."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from sqlalchemy.orm import Session

from idp.mandates.scope import Scope
from idp.mandates.statement import Name
from idp.matters import catalogue
from idp.matters.models import Matter

MOST_SOUGHT = 100
"""Characters in which somebody says what they look for; what is longer is cut."""
MOST_WORDS = 8
"""Different words of them; the rest are not looked for."""


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
class Picking:
    """The boxes in the order of the page: what is ticked first, then the rest that was sought, by group."""

    whole: Sequence[Group]
    """Groups that are ticked as one."""
    ticked: Sequence[Choice]
    groups: Sequence[Group]

    @property
    def left(self) -> int:
        """How many matters can still be ticked one by one."""
        return sum(len(group.matters) for group in self.groups)


@dataclass(frozen=True)
class Choices:
    """Everything that can be ticked."""

    groups: Sequence[Group]
    everything: bool
    actions: frozenset[str]
    group_of: Mapping[str, str]
    """The group of each matter that can be granted by itself."""

    def picking(self, groups: Iterable[str], matters: Iterable[str], sought: str = "") -> Picking:
        """The boxes of a form in which these are ticked and these words were sought, each once."""
        groups, matters, words = frozenset(groups), frozenset(matters), words_of(sought)
        return Picking(
            whole=[group for group in self.groups if group.whole and group.code in groups],
            ticked=[one for group in self.groups for one in group.matters if one.code in matters],
            groups=[
                left
                for group in self.groups
                if (left := _left(group, groups, matters, words)).matters or left.whole
            ],
        )

    def offers(self, scope: Scope) -> bool:
        """Whether all that a scope names stood in the form."""
        whole = {group.code for group in self.groups if group.whole}
        return (
            (self.everything or not scope.everything)
            and scope.matters <= set(self.group_of)
            and scope.groups <= whole
            and scope.actions <= self.actions
        )


def words_of(sought: str) -> Sequence[str]:
    """What is looked for: each word once, none beyond the bounds."""
    return list(dict.fromkeys(sought[:MOST_SOUGHT].casefold().split()))[:MOST_WORDS]


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


def _reaches(held: Scope, matter: Matter) -> bool:
    return held.everything or matter.group_code in held.groups or matter.code in held.matters


def _left(group: Group, groups: Container[str], matters: Container[str], words: Sequence[str]) -> Group:
    """What of a group is not ticked and has all the words; as one it is found by its own name only."""
    rest = [
        one
        for one in group.matters
        if one.code not in matters and _has(words, one.code, one.name, group.name)
    ]
    return replace(
        group,
        matters=rest,
        whole=group.whole and group.code not in groups and _has(words, group.code, group.name),
    )


def _has(words: Sequence[str], code: str, *names: Name) -> bool:
    if not words:
        return True
    told = _told(code, *(said for name in names for said in (name.chinese, name.english or "")))
    return all(word in told for word in words)


@lru_cache(maxsize=catalogue.MOST_REMEMBERED)
def _told(*said: str) -> str:
    """What words are looked for in; made once for as long as the catalogue says the same."""
    return " ".join(said).casefold()
