"""Which organisations the sandbox begins with: who represents each, and whom it lets do what until when.

By their keys in the simulated registries (`connectors/simulator/registered.csv`), whose rows have them as
they are in the end; `first` is what a registry said while its people came, where that was something else.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from idp.mandates.models import Role
from idp.matters.models import Action

ALL = frozenset(Action)
LOOK = frozenset({Action.QUERY, Action.RECEIVE})
WORK = frozenset({Action.APPLY, Action.QUERY, Action.PAY, Action.RECEIVE})


@dataclass(frozen=True)
class Granted:
    """A mandate to a person or to another organisation, by the representative or whoever is named."""

    to: str
    role: Role = Role.AGENT
    matters: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    actions: frozenset[str] = WORK
    everything: bool = False
    days: int = 90
    by: str = ""


@dataclass(frozen=True)
class Firm:
    """An organisation to begin with; `case` says what it is there to show."""

    key: str
    case: str
    representative: str
    """Who registers it here."""
    granted: tuple[Granted, ...] = ()
    first: Mapping[str, object] = field(default_factory=dict)
    days_ago: int = 0
    """When that was."""
    heard_days_ago: int = 0
    """When the registry was first heard to say what it says today."""
    then: str = ""
    """Who came to represent it afterwards."""


def _matters(*codes: str) -> frozenset[str]:
    return frozenset(f"210100-{code}" for code in codes)


INSURANCE = _matters("sb-002", "sb-005", "sb-006")
TAXES = frozenset({"sf"})

FIRMS = (
    Firm(
        "company-agents",
        "管理员和两位经办人",
        "owner",
        (
            Granted("manager", Role.ADMINISTRATOR, actions=ALL, everything=True, days=300),
            Granted("agent", matters=INSURANCE, by="manager"),
            Granted("founder", groups=TAXES, actions=LOOK, by="manager"),
        ),
    ),
    Firm(
        "company-accountant",
        "代理记账机构 · 替别的公司办税",
        "accountant",
        (Granted("bookkeeper", groups=TAXES, matters=_matters("qykb-014"), actions=ALL),),
    ),
    Firm(
        "company-outsourced",
        "委托记账机构办税 · 授权链两段",
        "owner",
        (Granted("company-accountant", groups=TAXES, matters=_matters("qykb-014")),),
    ),
    Firm("company-lapsed", "授权已到期", "manager", (Granted("founder", groups=TAXES),), days_ago=100),
    Firm(
        "company-winding-up",
        "已被吊销 · 只能注销和清算",
        "accountant",
        (Granted("bookkeeper", groups=frozenset({"qyzx", "sf"})),),
        {"state": "live"},
    ),
    Firm(
        "company-gone",
        "已注销",
        "successor",
        (Granted("agent", groups=TAXES),),
        {"state": "live"},
    ),
    Firm(
        "company-handover",
        "法定代表人已变更 · 待交接",
        "founder",
        (
            Granted("manager", Role.ADMINISTRATOR, actions=ALL, everything=True, days=300),
            Granted("agent", matters=INSURANCE),
        ),
        {"representative": {"persona": "founder"}},
    ),
    Firm(
        "business-agents",
        "个体工商户",
        "manager",
        (Granted("agent", matters=_matters("spyp-004", "sb-005")),),
    ),
    Firm(
        "association-agents",
        "社会团体 · 经办人已暂停",
        "founder",
        (Granted("agent", matters=_matters("rlzy-003", "rlzy-009")),),
        {"representative": {"persona": "founder"}},
        days_ago=40,
        heard_days_ago=20,
        then="secretary",
    ),
    Firm(
        "institution-agents",
        "事业单位",
        "secretary",
        (Granted("manager", groups=frozenset({"sb", "gjj"}), actions=ALL),),
    ),
)
