"""A mandate as one sentence that anybody understands before they sign it, in Chinese and in English.

The Chinese is what is signed and kept, with a gap where the person's name goes: what is stored names nobody.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from idp import clock
from idp.mandates.models import WITHOUT_END, Role
from idp.mandates.scope import Scope
from idp.matters.models import Action
from idp.persons.divisions import PROVINCES

CHINESE = "zh-Hans"
GAP = "○○○"
"""Stands for the name of the agent in what is kept."""
ROLES = {
    Role.REPRESENTATIVE: ("法定代表人", "legal representative"),
    Role.ADMINISTRATOR: ("管理员", "administrator"),
    Role.AGENT: ("经办人", "agent"),
    Role.HELPER: ("帮代办人员", "window helper"),
}
ACTIONS = {
    Action.APPLY: ("申请", "apply"),
    Action.QUERY: ("查询", "query"),
    Action.PAY: ("缴费", "pay"),
    Action.SIGN: ("签署", "sign"),
    Action.RECEIVE: ("领取", "receive results"),
}
FULL_CODE = 6
"""Digits of a division code as people know it; scopes leave the trailing zeros out."""


@dataclass(frozen=True)
class Name:
    """A name in both languages; the English one may be missing."""

    chinese: str
    english: str | None = None

    def said(self, language: str) -> str:
        """In this language, or in Chinese."""
        return self.chinese if language == CHINESE else self.english or self.chinese


@dataclass(frozen=True)
class Names:
    """What the codes in a scope are called; a code without a name is said as it is."""

    matters: Mapping[str, Name] = field(default_factory=dict)
    groups: Mapping[str, Name] = field(default_factory=dict)
    group_of: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Terms:
    """What is said: who lets whom do what until when."""

    organisation: str
    role: Role
    scope: Scope
    valid_until: datetime
    may_delegate: bool = False


def sentence(terms: Terms, names: Names, language: str = CHINESE, agent: str = GAP) -> str:
    """The whole mandate in one sentence."""
    if language == CHINESE:
        whom = f"{role(terms.role, language)}{agent}{_until_chinese(terms.valid_until)}"
        what = "；".join([things(terms.scope, names, language), *_conditions(terms, language)])
        return f"{terms.organisation}授权{whom}办理以下事项：{what}。"
    until = _until_english(terms.valid_until)
    return (
        f"{terms.organisation} authorises {agent} as its {role(terms.role, language)}{until} to handle: "
        f"{things(terms.scope, names, language)}; {'; '.join(_conditions(terms, language))}."
    )


def naming(kept: str, agent: str) -> str:
    """A kept sentence with the name where the gap is."""
    return kept.replace(GAP, agent, 1)


def role(which: Role, language: str) -> str:
    """What the role is called."""
    return _pick(ROLES[which], language)


def things(scope: Scope, names: Names, language: str) -> str:
    """The matters of a scope: everything, whole groups, and single ones under the name of their group."""
    if scope.everything:
        return _pick(("全部事项，包括今后新增的事项", "all matters, those to come included"), language)
    said = [
        _pick((f"{name}（整组）", f"{name} (the whole group)"), language)
        for name in (_called(names.groups, code, language) for code in sorted(scope.groups))
    ]
    for group, codes in _by_group(scope.matters, names).items():
        matters = _list([_called(names.matters, code, language) for code in codes], language)
        called = _called(names.groups, group, language)
        said.append(_pick((f"{called}中的{matters}", f"{called}: {matters}"), language) if group else matters)
    return _list(said, language, apart=True) if said else _pick(("无", "nothing"), language)


def actions(scope: Scope, language: str) -> str:
    """What may be done in them."""
    said = [_pick(words, language) for action, words in ACTIONS.items() if action in scope.actions]
    return _list(said, language) if said else _pick(("无", "nothing"), language)


def limits(scope: Scope, language: str) -> list[str]:
    """What narrows it, each in a few words."""
    found = []
    if scope.regions:
        where = _list([region(code, language) for code in sorted(scope.regions)], language)
        found.append(_pick((f"限在{where}办理", f"only in {where}"), language))
    if scope.projects:
        which = _list(sorted(scope.projects), language)
        found.append(_pick((f"限项目{which}", f"only for project {which}"), language))
    if scope.amount is not None:
        yuan = money(scope.amount)
        found.append(_pick((f"每次缴费不超过{yuan}元", f"at most {yuan} yuan in one payment"), language))
    if scope.once:
        found.append(_pick(("只能办理一次", "for one act only"), language))
    return found


def region(code: str, language: str) -> str:
    """A place: a province by its Chinese name, others by the code people know."""
    known = code.ljust(FULL_CODE, "0")
    return _pick((PROVINCES.get(code, known), f"division {known}"), language)


def money(fen: int) -> str:
    """Yuan as people write them."""
    return f"{fen / 100:,.2f}".removesuffix(".00")


def last_day(valid_until: datetime) -> date | None:
    """The last day on which it holds, in Beijing; None where there is no end."""
    return None if valid_until >= WITHOUT_END else clock.last_day(valid_until)


def _conditions(terms: Terms, language: str) -> Sequence[str]:
    done = actions(terms.scope, language)
    passed_on = (
        ("可以转授权给他人", "it may be passed on")
        if terms.may_delegate or terms.role is not Role.AGENT
        else ("不得转授权", "it may not be passed on")
    )
    if terms.role is Role.ADMINISTRATOR:
        passed_on = ("可以在此范围内授权经办人", "agents may be authorised within it")
    return [
        _pick((f"可以{done}", f"they may {done}"), language),
        *limits(terms.scope, language),
        _pick(passed_on, language),
    ]


def _until_chinese(valid_until: datetime) -> str:
    day = last_day(valid_until)
    return f"在{day.year}年{day.month}月{day.day}日前（含当日）" if day else "长期"


def _until_english(valid_until: datetime) -> str:
    day = last_day(valid_until)
    return f", until {day.isoformat()} inclusive," if day else ""


def _called(names: Mapping[str, Name], code: str, language: str) -> str:
    return names[code].said(language) if code in names else code


def _by_group(matters: Iterable[str], names: Names) -> Mapping[str, Sequence[str]]:
    found: dict[str, list[str]] = {}
    for code in sorted(matters):
        found.setdefault(names.group_of.get(code, ""), []).append(code)
    return found


def _pick(words: tuple[str, str], language: str) -> str:
    return words[0] if language == CHINESE else words[1]


def _list(words: Iterable[str], language: str, apart: bool = False) -> str:
    """Joined; `apart` where the parts are lists themselves."""
    return (("，" if apart else "、") if language == CHINESE else ("; " if apart else ", ")).join(words)
