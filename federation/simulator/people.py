"""People with an account at the province; some have one in the city too, most must not matter there."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from idp.organisations import synthetic as organisations
from idp.persons import synthetic
from idp.persons.identifiers import DocumentType


@dataclass(frozen=True)
class Firm:
    """An organisation somebody may come for at the province."""

    code: str
    name: str
    level: int = 3


@dataclass(frozen=True)
class Citizen:
    """Somebody who may sign in at the province; every dialect says this in words of its own."""

    key: str
    case: str
    name: str = field(repr=False)
    kind: DocumentType
    number: str = field(repr=False)
    """Empty where the province knows no document of theirs."""
    phone: str = field(default="", repr=False)
    level: int = 3
    """How well the province knows them, on our scale; a dialect writes its own sign for it."""
    aal: int = 1
    firm: Firm | None = None
    national: bool = False
    """Whether the province only hands on what the nation says."""

    @property
    def subject(self) -> str:
        """Their stable id at the province; tells nobody who they are."""
        return hashlib.sha256(f"province|{self.key}|{self.number}".encode()).hexdigest()[:32]

    @property
    def cert_key(self) -> str:
        """The stand-in for the national hash of name and number (身份散列值)."""
        return hashlib.sha256(f"certkey|{self.name}|{self.number}".encode()).hexdigest()


class People:
    """Everybody, by key and by subject."""

    def __init__(self, citizens: Iterable[Citizen]) -> None:
        self.all: Sequence[Citizen] = tuple(citizens)
        self._by = {c.key: c for c in self.all} | {c.subject: c for c in self.all}

    def add(self, citizen: Citizen) -> None:
        """Somebody more, or somebody as they are from now on."""
        self.all = (*(one for one in self.all if one.key != citizen.key), citizen)
        self._by |= {citizen.key: citizen, citizen.subject: citizen}

    def find(self, key_or_subject: str) -> Citizen | None:
        return self._by.get(key_or_subject)


def invented() -> People:
    """The province's own people, the same every time."""
    return People(
        (
            _citizen("resident", "省级账号，三级", "钱思齐", date(1989, 4, 17), level=3),
            _citizen("well-known", "省级账号，四级", "冯若兰", date(1992, 11, 5), level=4, aal=2),
            _citizen("barely-known", "省级账号，未实名", "何晓东", date(1996, 2, 21), level=1),
            _citizen("handed-down", "国家平台账号", "曹建军", date(1978, 8, 8), level=3, national=True),
            Citizen(
                "nameless", "省级账号，不提供证件", "吕晨", DocumentType.RESIDENT_ID, "", _phone(4), level=3
            ),
            _citizen(
                "representative",
                "法人账号",
                "蒋国平",
                date(1975, 6, 30),
                level=4,
                firm=Firm(organisations.credit_code(7), "远山仪器有限公司"),
            ),
        )
    )


def read(path: Path) -> People:
    """The people of a file that `written` made."""
    return People(as_shown(entry) for entry in json.loads(path.read_text()))


def written(citizens: Iterable[Citizen]) -> str:
    """People as a file that another process reads."""
    return json.dumps([shown(citizen) for citizen in citizens], ensure_ascii=False, indent=1)


def shown(citizen: Citizen) -> dict[str, Any]:
    """Somebody as JSON; everybody here is made up."""
    firm = citizen.firm
    plain = {name: getattr(citizen, name) for name in _PLAIN}
    about = {"code": firm.code, "name": firm.name, "level": firm.level} if firm else None
    return {**plain, "kind": citizen.kind.value, "firm": about}


_PLAIN = ("key", "case", "name", "number", "phone", "level", "aal", "national")


def as_shown(entry: Mapping[str, Any]) -> Citizen:
    """Somebody from the JSON that `shown` gives; raises KeyError, TypeError or ValueError."""
    firm = entry.get("firm")
    return Citizen(
        **{name: entry[name] for name in _PLAIN if name in entry},
        kind=DocumentType(entry["kind"]),
        firm=Firm(**firm) if firm else None,
    )


def _citizen(
    key: str,
    case: str,
    name: str,
    birth: date,
    *,
    level: int,
    aal: int = 1,
    firm: Firm | None = None,
    national: bool = False,
) -> Citizen:
    number = synthetic.resident_id(birth, "M" if birth.day % 2 else "F", "610000", _SPARE)
    return Citizen(
        key, case, name, DocumentType.RESIDENT_ID, number, _phone(birth.day), level, aal, firm, national
    )


_SPARE = 41
"""Sequence index of the province's people; neither the city's personas nor its crowd have it."""


def _phone(index: int) -> str:
    return f"+861990001{index:04d}"
