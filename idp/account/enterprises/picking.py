"""Which boxes a page of matters draws: a few dozen, however many there are, and nothing ticked is lost.

A small catalogue is drawn whole. A larger one is a list of groups of which one is open, or what a search
found, page by page. What is ticked comes first; where that is much, it is one more list to open, and what is
not drawn is kept by its code.
"""

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from idp.account.enterprises.choices import Choice, Choices, Group
from idp.mandates.statement import Name
from idp.matters import catalogue

MOST_SOUGHT = 100
"""Characters in which somebody says what they look for; what is longer is cut."""
MOST_WORDS = 8
"""Different words of them; the rest are not looked for."""
MOST_BOXES = 40
"""Matters to tick on one page, and as many that are ticked: pages stay light (40 kB)."""
MOST_GROUPS = 40
"""Groups to open on one page; the others are found by their names."""
TICKED = "*"
"""The list of what is ticked, among the groups that can be open; no group has this code."""


@dataclass(frozen=True)
class Looking:
    """What somebody wants to see: what fits some words, is in a group or is ticked; and which page of it."""

    sought: str = ""
    at: str = ""
    page: int = 1


@dataclass(frozen=True)
class Closed:
    """A group by its name alone, and how many of its matters are left."""

    code: str
    name: Name
    left: int


@dataclass(frozen=True)
class Picking:
    """The boxes in the order of the page: what is ticked first, then the rest that was sought, by group."""

    whole: Sequence[Group]
    """Groups that are ticked as one."""
    ticked: Sequence[Choice] | None
    """None where they are many and not what is looked at."""
    kept: Sequence[str]
    """Codes of what is ticked and not drawn."""
    groups: Sequence[Group | Closed]
    left: int
    """How many matters can still be ticked one by one."""
    unlisted: int
    """Groups that are not even named."""
    looking: Looking
    """What is looked at in fact."""
    pages: int
    """Of that."""

    @property
    def chosen(self) -> int:
        """How many boxes are ticked, drawn or not."""
        return len(self.whole) + len(self.ticked or ()) + len(self.kept)


def pick(choices: Choices, groups: Iterable[str], matters: Iterable[str], looking: Looking) -> Picking:
    """The boxes of a form in which these are ticked and this is looked at, each once."""
    groups, matters, words = frozenset(groups), frozenset(matters), words_of(looking.sought)
    ticked = [one for group in choices.groups for one in group.matters if one.code in matters]
    lefts = [_left(group, groups, matters, words) for group in choices.groups]
    found = [group for group in lefts if group.matters or group.whole]
    many, left = len(ticked) > MOST_BOXES, sum(len(group.matters) for group in found)
    looking, unfolded = _possible(looking, found, many), left <= MOST_BOXES
    opened = ticked if looking.at == TICKED else _opened(found, looking)
    pages = max(1, -(-len(opened) // MOST_BOXES))
    page = min(max(looking.page, 1), pages)
    drawn = opened[(page - 1) * MOST_BOXES : page * MOST_BOXES]
    codes = {one.code for one in drawn}
    return Picking(
        whole=[group for group in choices.groups if group.whole and group.code in groups],
        ticked=drawn if looking.at == TICKED else None if many else ticked,
        kept=[one.code for one in ticked if one.code not in codes] if many else [],
        groups=found if unfolded else list(_shelves(found, codes, replace(looking, page=page))),
        left=left,
        unlisted=0 if looking.sought or unfolded else max(0, len(found) - MOST_GROUPS),
        looking=replace(looking, page=page),
        pages=pages,
    )


def words_of(sought: str) -> Sequence[str]:
    """What is looked for: each word once, none beyond the bounds."""
    return list(dict.fromkeys(sought[:MOST_SOUGHT].casefold().split()))[:MOST_WORDS]


def _possible(looking: Looking, found: Sequence[Group], many: bool) -> Looking:
    """What can be looked at: words first, few that are ticked are drawn anyway, a single group is open."""
    if words_of(looking.sought):
        return replace(looking, at="")
    if looking.at == TICKED and many:
        return looking
    return replace(looking, at=found[0].code if len(found) == 1 else looking.at)


def _opened(found: Sequence[Group], looking: Looking) -> Sequence[Choice]:
    at = {group.code for group in found} if words_of(looking.sought) else {looking.at}
    return [one for group in found if group.code in at for one in group.matters]


def _shelves(found: Sequence[Group], drawn: Container[str], looking: Looking) -> Iterator[Group | Closed]:
    """The groups that are named on the page, with their boxes or closed."""
    for place, group in enumerate(found):
        mine = replace(group, matters=[one for one in group.matters if one.code in drawn])
        if words_of(looking.sought):
            if mine.matters or (looking.page == 1 and not group.matters):
                yield mine
        elif group.code == looking.at:
            yield mine
        elif place < MOST_GROUPS:
            yield Closed(group.code, group.name, len(group.matters))


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
