"""People of the sandbox one can call by name: each stands for a case the product must serve."""

from dataclasses import dataclass, field
from datetime import date
from random import Random

from connectors.simulator import people_names
from idp.persons import synthetic
from idp.persons.identifiers import DocumentType

UNREGISTERED = 60


@dataclass(frozen=True)
class Persona:
    """Somebody in the sandbox; `name` is what the person's document shows and the person would type."""

    key: str
    case: str
    name: str = field(repr=False)
    kind: DocumentType
    number: str = field(repr=False)
    phone: str = field(repr=False)
    registered: bool = True
    """Whether the sandbox opens an account for the person; the others are there to register."""
    registry_name: str = field(default="", repr=False)
    """How the registry spells the name, where it differs."""
    former_name: str = field(default="", repr=False)
    deceased: bool = False
    country: str = ""
    """Alpha-3 code of the country that issued a foreign passport."""


def phone(index: int) -> str:
    """A number in E.164 that looks made up and passes for a mobile one; nothing is ever sent to it."""
    return f"+861990000{index:04d}"


def everybody(random: Random) -> tuple[Persona, ...]:
    """The named personas and those who have not registered yet."""
    return (*_named(), *(_unregistered(index, random) for index in range(1, UNREGISTERED + 1)))


def _named() -> tuple[Persona, ...]:
    citizen = DocumentType.RESIDENT_ID
    return (
        Persona("parent", "有未成年子女", "周雅琳", citizen, _id(1988, 4, 12, "F"), phone(1)),
        Persona("woman", "成年女性", "林晓云", citizen, _id(1994, 9, 3, "F", "350000"), phone(2)),
        Persona("man", "成年男性", "赵志远", citizen, _id(1985, 11, 20, "M", "440000"), phone(3)),
        Persona("elder", "老年人", "孙桂珍", citizen, _id(1945, 2, 8, "F", "610000"), phone(4)),
        Persona(
            "foreigner",
            "持外国人永久居留身份证",
            "EMMA GRACE MILLER",
            DocumentType.FOREIGN_PERMANENT_RESIDENT,
            synthetic.foreign_permanent_resident(date(1990, 6, 15), "F", "USA", "31", _SPARE),
            phone(5),
        ),
        Persona(
            "hong_kong",
            "持港澳居民居住证",
            "陈嘉欣",
            DocumentType.HK_RESIDENCE_PERMIT,
            synthetic.residence_permit(DocumentType.HK_RESIDENCE_PERMIT, date(1992, 1, 23), "F", _SPARE),
            phone(6),
        ),
        Persona(
            "rare_character", "姓名含生僻字", "林𠮷安", citizen, _id(1997, 7, 7, "M", "330000"), phone(7)
        ),
        Persona(
            "middle_dot", "姓名含间隔号", "阿依古丽·麦麦提", citizen, _id(1991, 5, 1, "F", "650000"), phone(8)
        ),
        Persona(
            "dot_dropped",
            "人口库中的姓名不含间隔号",
            "迪丽努尔·艾力",
            citizen,
            _id(1996, 8, 18, "F", "650000"),
            phone(9),
            registry_name="迪丽努尔艾力",
        ),
        Persona(
            "renamed",
            "曾更改姓名",
            "王悦然",
            citizen,
            _id(1993, 3, 30, "F", "370000"),
            phone(10),
            former_name="王小草",
        ),
        Persona(
            "child", "未满十四周岁", "吴子轩", citizen, _id(2019, 6, 1, "M"), phone(11), registered=False
        ),
        Persona(
            "deceased",
            "已死亡",
            "郑国庆",
            citizen,
            _id(1946, 10, 9, "M"),
            phone(12),
            registered=False,
            deceased=True,
        ),
        Persona(
            "passport",
            "仅持外国护照",
            "LUCAS MARTIN",
            DocumentType.FOREIGN_PASSPORT,
            synthetic.foreign_passport(1),
            phone(13),
            registered=False,
            country="FRA",
        ),
        Persona(
            "taiwan",
            "持台湾居民来往大陆通行证",
            "李雅婷",
            DocumentType.TAIWAN_TRAVEL_PERMIT,
            synthetic.taiwan_travel_permit(1),
            phone(14),
            registered=False,
        ),
        *_enterprise_people(),
    )


def _enterprise_people() -> tuple[Persona, ...]:
    """Those who act for organisations, so that the others have nothing to choose when they sign in."""
    citizen = DocumentType.RESIDENT_ID
    return (
        Persona("owner", "企业法定代表人", "顾明远", citizen, _id(1979, 5, 16, "M", "320000"), phone(15)),
        Persona("accountant", "记账机构法定代表人", "宋雅琴", citizen, _id(1983, 10, 8, "F"), phone(16)),
        Persona("manager", "管理员和法定代表人", "韩立新", citizen, _id(1987, 2, 27, "M"), phone(17)),
        Persona("secretary", "社团和事业单位负责人", "唐婉清", citizen, _id(1990, 12, 1, "F"), phone(18)),
        Persona("successor", "新任法定代表人", "梁思远", citizen, _id(1986, 6, 6, "M", "430000"), phone(19)),
        Persona("founder", "已卸任的法定代表人", "丁国栋", citizen, _id(1972, 3, 3, "M"), phone(20)),
        Persona("agent", "企业经办人", "许佳宁", citizen, _id(1995, 9, 19, "F", "330000"), phone(21)),
        Persona("bookkeeper", "记账机构经办人", "叶文静", citizen, _id(1998, 1, 11, "F"), phone(22)),
    )


def _unregistered(index: int, random: Random) -> Persona:
    """An adult citizen who may still register."""
    place, later = (index - 1) % 20 + 1, (index - 1) // 20
    return Persona(
        f"unregistered-{index:02d}",
        "尚未注册",
        people_names.name(random),
        DocumentType.RESIDENT_ID,
        _id(1960 + 2 * place - later, 1 + place % 12, 1 + place, "MF"[index % 2]),
        phone(100 + index),
        registered=False,
    )


_SPARE = 40
"""Sequence index of the personas; the crowd of the population never reaches it."""


def _id(year: int, month: int, day: int, sex: str, province: str = "210000") -> str:
    return synthetic.resident_id(date(year, month, day), "M" if sex == "M" else "F", province, _SPARE)
