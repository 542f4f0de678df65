"""What companies can do here, with the catalogue's own codes: a few matters of some departments."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class BusinessMatter:
    """One matter, and the actions of it that this portal offers."""

    code: str
    name: str
    name_en: str
    actions: tuple[str, ...]


@dataclass(frozen=True)
class Bureau:
    """Who handles them, and the mark on its card."""

    mark: str
    name: str
    name_en: str
    matters: tuple[BusinessMatter, ...]


BUREAUS = (
    Bureau(
        "市",
        "市场监督管理局",
        "Market regulation",
        (
            BusinessMatter("210100-qykb-014", "企业年度报告公示", "Annual report", ("apply", "sign")),
            BusinessMatter("210100-qykb-008", "企业变更登记", "Changing a registration", ("apply",)),
            BusinessMatter("210100-qyzx-003", "企业简易注销登记", "Closing the short way", ("apply",)),
        ),
    ),
    Bureau(
        "保",
        "人力资源和社会保障局",
        "Social insurance",
        (
            BusinessMatter("210100-sb-002", "职工参保登记", "Enrolling an employee", ("apply", "query")),
            BusinessMatter("210100-sb-005", "社会保险费缴纳", "Paying contributions", ("query", "pay")),
            BusinessMatter("210100-sb-006", "社会保险参保证明", "Certificate of insurance", ("receive",)),
            BusinessMatter("210100-rlzy-009", "劳动用工备案", "Filing labour contracts", ("apply",)),
        ),
    ),
    Bureau(
        "税",
        "税务局",
        "Taxes",
        (
            BusinessMatter("210100-sf-012", "完税证明开具", "Certificate of tax paid", ("query", "receive")),
            BusinessMatter("210100-sf-013", "纳税信用查询", "Tax credit rating", ("query",)),
        ),
    ),
    Bureau(
        "水",
        "水务集团",
        "Water",
        (BusinessMatter("210100-gyfw-001", "单位用水报装", "Connecting to water", ("apply", "pay")),),
    ),
)


def every_matter() -> Iterator[BusinessMatter]:
    """All of them, bureau by bureau."""
    for bureau in BUREAUS:
        yield from bureau.matters


def find(code: str, action: str) -> BusinessMatter | None:
    """The matter of this code, if this portal offers that action of it."""
    return next((one for one in every_matter() if one.code == code and action in one.actions), None)
